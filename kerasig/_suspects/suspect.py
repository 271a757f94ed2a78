"""Candidate: one place that a network may rely on, and what was measured of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.watching import watch_line


@dataclass(frozen=True)
class Interval:
    """A mean over examples, and the interval of 95% that its spread over them leaves.

    Args:
        mean: of the examples.
        low: lower end of the interval.
        high: upper end of the interval.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.2g} ({self.low:.2g} to {self.high:.2g})"


def estimate(values: NDArray[np.float64], scale: float = 1.0) -> Interval:
    """The mean of values [N] divided by `scale`, with its interval; NaN without any."""
    known = values[np.isfinite(values)]
    if not len(known) or not scale:
        return Interval(np.nan, np.nan, np.nan)
    mean = float(known.mean()) / scale
    half = 1.96 * float(known.std(ddof=1)) / len(known) ** 0.5 / abs(scale) if len(known) > 1 else np.inf
    return Interval(mean, mean - half, mean + half)


def effect_of(fall: Interval, rise: Interval) -> float:
    """The part of the lead that moves with a place both ways: the geometric mean, zero where one way nothing."""
    return float((max(0.0, fall.mean) * max(0.0, rise.mean)) ** 0.5)


# What a place of each family is called in a sentence.
WHERE = {
    "word": 'the words "{}"',
    "feature": "the column {}",
    "missing flag": "the missing values of {}",
    "node": "the nodes {}",
    "coordinate": "the {}",
}


@dataclass(frozen=True, eq=False)
class Candidate:
    """One place that a network may rely on.

    Shares are of the absolute attribution, from 0 to 1. Falls are shares of the class's lead: of the mean distance
    between its examples and the others in score, which is 1 where the place alone decides.

    Args:
        group: the examples that it is about, in words.
        label: their class.
        members: their rows in the audit.
        family: what kind of place: "window", "moving window", "part of a class", "word", "feature", "missing flag",
            "node", "coordinate".
        name: where it is, in words.
        leaf: the input that it lies in.
        region: boolean mask over the positions, or one per member; None where it is no region. Of images [H, W]:
            `region[..., None]` is the mask for images with channels, such as in np.where.
        share: of the attribution that lies there, now.
        before: the same in the untrained network.
        emphasis: `share` over `before` plus the place's share of all positions: what training has added.
        repeated: share of the class's examples that have the very same content there.
        fall: of the class's score when contents of other classes replace the place in its examples.
        rise: of the class's score when its examples' contents replace the place in examples of other classes.
        fall_baseline: of the score when the baseline replaces the place; NaN where that was not asked.
        matched: the larger of fall and rise at each matched place: of the same size, where as much changes. Empty where
            there is none, and of candidates that do too little by themselves to be compared.
        flips: share of other classes' examples that are taken for the class when its content is put there.
        matched_flips: the same at matched places; NaN without any.
        p_value: that the place matters no more than matched ones, corrected for all that was tested; 1 where it was not
            compared.
        evidence: of maps and contents, before any transplant. Suspects come in the order of this times the effect (the
            geometric mean of fall and rise) times the share; see docs/internals/shortcuts.md.
        stands_clear: whether it is a suspect, and no mere candidate.
        first_step: of the first audit at which it stood clear; None where only one was made.
        examples: rows of the audit that show it best, the best first.
        mean_map: mean share of the attribution of the members, over positions; None where it is no map.
    """

    group: str
    label: int
    members: NDArray[np.int64]
    family: str
    name: str
    leaf: str
    region: NDArray[np.bool_] | None
    share: Interval
    before: Interval
    emphasis: Interval
    repeated: float
    fall: Interval
    rise: Interval
    fall_baseline: float
    matched: NDArray[np.float64]
    flips: float
    matched_flips: float
    p_value: float
    evidence: float
    stands_clear: bool
    first_step: int | None = None
    examples: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    mean_map: NDArray[np.float32] | None = None

    @property
    def where(self) -> str:
        """The place in words that say what kind it is."""
        return WHERE.get(self.family, "{}").format(self.name)

    @property
    def sentence(self) -> str:
        """For people."""
        others = f", beside {self.matched.mean():.0%} at matched places" if len(self.matched) else ""
        return (
            f"For {self.group}, {self.share.mean:.0%} of the attribution lies in {self.where}, "
            f"{self.emphasis.mean:.1f} times what an untrained network and the place's size give; put into other "
            "classes' examples it brings "
            f"{self.rise.mean:.0%} of the class's lead{others}."
        )

    @property
    def watch(self) -> str | None:
        """Python that makes probes of the examples that show it, of `audit`, and an alarm on its region.

        The next training takes both: `IGCallback(probes, alarms=alarms)`. None without a region.
        """
        return watch_line(self)
