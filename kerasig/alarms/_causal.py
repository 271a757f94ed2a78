"""The test of whether a score rests on a region: the baseline replaces it, and random regions of its size.

The effect has a sign: how much of what speaks for the explained class is lost with the region. A mark that disturbs a
model which was trained without it also changes the score, often by more than a part of the digit does, but there the
score of the class rises when the mark is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig.alarms._random_regions import random_region
from kerasig.alarms._record import Record

# One check in 20 finds a region that is like any other ahead of all draws.
DRAWS = 19

# [N, positions] masks to the scores [N] with those positions replaced by the baseline.
Replace = Callable[[NDArray[np.bool_]], NDArray[np.float64]]


@dataclass(frozen=True)
class Effect:
    """The effect on the score of replacing a region by the baseline.

    Args:
        region: how much of the score is lost with it, in the mean over the probes that have it.
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
            f"Where the baseline replaces the region, the score falls by {self.region:.2g} on average; with random "
            f"regions of its size in its place by {np.mean(self.draws):.2g} on average, and by at most "
            f"{self.largest:.2g} in {len(self.draws)} draws."
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

    def effect(masks: NDArray[np.bool_]) -> float:
        return float((record.direction * (score - replace(masks)))[probes].mean())

    def randomly() -> NDArray[np.bool_]:
        masks = np.zeros_like(known.inside)
        for probe, drawn in draws.items():
            masks[probe] = drawn(generator)
        return masks

    # A score and the same one from a batch of another shape differ by rounding.
    rounding = 1e-6 * float(np.maximum(np.abs(score), np.abs(baseline_score))[probes].max())
    return Effect(effect(known.inside), tuple(effect(randomly()) for _ in range(DRAWS)), rounding)
