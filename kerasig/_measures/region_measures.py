"""Measures of each region of a probe set."""

from __future__ import annotations

from typing import Any

from kerasig._measures.measure_row import SHARE, SIZE, ComputeInside, MeasureRow
from kerasig.metrics import _functions as metrics
from kerasig.metrics._regions import region_mass_by_chance


def _of_region(name: str, label: str, sentence: str, inside: ComputeInside, **more: Any) -> MeasureRow:
    """A measure of each region."""
    return MeasureRow(
        name=name,
        label=label,
        sentence=sentence,
        anchor="regions",
        inside=inside,
        on_maps=True,
        summary="mean",
        **{"range": SHARE, "percent": True, **more},
    )


REGION_MEASURES = (
    _of_region(
        *("region", "share", "The share of the absolute attribution inside."),
        lambda facts, mask: metrics.region_mass(facts.positions, mask),
        summary_name="region_mass",
        logged=True,
        compared="area",
        charted=0,
        sorted=4,
    ),
    _of_region(
        *("region_chance", "share by chance", "The share if the map's values lay anywhere on its nonzero positions."),
        lambda facts, mask: region_mass_by_chance(facts.positions, mask),
    ),
    _of_region(
        *("region_noise", "noise", "The most that the map's error can be in the share inside."),
        lambda facts, mask: metrics.region_noise(metrics.region_mass(facts.positions, mask), facts.position_map_error),
    ),
    _of_region(
        *("region_lift", "lift", "How many times the share of the positions the share of the attribution is."),
        lambda facts, mask: metrics.region_lift(facts.positions, mask, facts.present),
        range=SIZE,
        percent=False,
    ),
    _of_region(
        *(
            "region_signed",
            "signed share",
            "What the region adds to the score, as a share of the absolute attribution.",
        ),
        lambda facts, mask: metrics.region_signed(facts.positions, mask),
        range=(-1.0, 1.0),
    ),
    _of_region(
        *("region_hit", "hits", "Whether the largest attribution lies inside."),
        lambda facts, mask: metrics.region_hit(facts.positions, mask),
    ),
)
