"""Whether a score rests on a region: the region replaced by the baseline, against random regions of its size.

The effect has a sign: how far the score falls back towards the baseline's, sign(F(x) - F(x')) (F(x) - F(x without it)).
That is what attributions add up to. A mark that disturbs a model which was trained without it also changes the score,
often by more than a part of the digit does, but away from the baseline's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig.alarms.random_regions import random_region
from kerasig.alarms.record import Record

# Of a region that is like any other, one check in 20 finds it ahead of all draws.
DRAWS = 19

# [N, positions] masks to the scores [N] with those positions replaced by the baseline.
Replace = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


@dataclass(frozen=True)
class Effect:
    """What replacing a region by the baseline does to the score.

    Args:
        region: by how much the score falls back towards the baseline's, in the mean over the probes that have it.
        draws: the same with random regions in its place, one mean per draw.
        rounding: below which a difference between them says nothing.
    """

    region: float
    draws: tuple[float, ...]
    rounding: float

    @property
    def is_clear(self) -> bool:
        """Whether the score rests on the region more than on any draw of random regions."""
        return self.region > self.largest + self.rounding

    @property
    def largest(self) -> float:
        """The largest mean among the draws."""
        return max(self.draws)

    @property
    def sentence(self) -> str:
        """For people."""
        return (
            f"Replaced by the baseline, it takes the score back towards the baseline's by {self.region:.2g} on "
            f"average; random regions of its size by {np.mean(self.draws):.2g}, in none of {len(self.draws)} draws by "
            f"more than {self.largest:.2g}."
        )


def effect_of(region: str, record: Record, replace: Replace) -> Effect:
    """Replaces a region in all probes that have it and are trusted, and random regions after it.

    Step and region alone decide what is drawn, so that every worker draws the same; no global generator is used.

    Args:
        region: the name of one.
        record: of the model as it is now.
        replace: from masks [N, positions] to scores [N].

    Raises:
        ValueError: no trusted probe has the region and room for another one.
    """
    known = record.regions[region]
    score, baseline_score = (record.columns[name] for name in ("score", "baseline_score"))
    generator = np.random.default_rng([abs(record.step), *region.encode()])
    draws = {
        probe: drawn
        for probe in np.flatnonzero(record.trusted & np.isfinite(score)).tolist()
        if (drawn := random_region(known, probe, known.present[probe] & (record.sizes[probe] > 0))) is not None
    }
    if not draws:
        raise ValueError(
            f"The region {region!r} must leave room for random regions of its size. Received one that covers "
            "everything in all probes that have it and are trusted."
        )
    probes = list(draws)

    # Away from the baseline's score, which is where attributions point.
    away = np.sign(score - baseline_score)

    def effect(masks: NDArray[np.bool_]) -> float:
        return float((away * (score - replace(masks)))[probes].mean())

    def randomly() -> NDArray[np.bool_]:
        masks = np.zeros_like(known.inside)
        for probe, drawn in draws.items():
            masks[probe] = drawn(generator)
        return masks

    # A score and the same one from a batch of another shape differ by rounding.
    rounding = 1e-6 * float(np.maximum(np.abs(score), np.abs(baseline_score))[probes].max())
    return Effect(effect(known.inside), tuple(effect(randomly()) for _ in range(DRAWS)), rounding)
