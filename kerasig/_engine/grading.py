"""A coordinate along the path in which what happens near an end is as wide as the rest. NumPy only.

A network that normalises does its work near a zero baseline on scales that differ by powers of ten: at alpha = 1e-20 as
at 0.1. In the place

    u = log(alpha + d),        d alpha / du = alpha + d

each scale down to d has the same length, so nodes are found among them by halving, and the integral of c d alpha is
that of c (d alpha / du) du. The same at the input, u = -log(1 - alpha + e), and at both ends, the sum of the two. With
both gaps infinite a path is not graded, and u is alpha. docs/accuracy.md has when paths are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

# The least gap at the baseline, and the least alpha: float32 has no normal numbers below 2^-126.
FINEST = 2.0**-120
# The gap at the input, where float32 alphas meet.
AT_INPUT = 2.0**-20


@dataclass(frozen=True, eq=False)
class Grading:
    """How R paths are graded.

    Args:
        start: [R] the gap d at the baseline; infinite where a path is not graded there.
        end: [R] the gap e at the input, likewise.
    """

    start: Float
    end: Float

    @property
    def any(self) -> bool:
        """Whether any path is graded."""
        return bool((np.isfinite(self.start) | np.isfinite(self.end)).any())

    def of(self, rows: NDArray[np.int64]) -> Grading:
        """That of some of the paths."""
        return Grading(self.start[rows], self.end[rows])

    def places(self, alphas: Float) -> Float:
        """The places u [R, K] of alphas [R, K]."""
        if not self.any:
            return alphas
        start, end = self.start[:, None], self.end[:, None]
        low = np.where(np.isfinite(start), np.log(alphas + start), 0)
        high = np.where(np.isfinite(end), np.log(1 - alphas + end), 0)
        return np.where(np.isfinite(start) | np.isfinite(end), low - high, alphas)

    def densities(self, alphas: Float) -> Float:
        """d alpha / du [R, K] at alphas [R, K]."""
        if not self.any:
            return np.ones_like(alphas)
        rate = 1 / (alphas + self.start[:, None]) + 1 / (1 - alphas + self.end[:, None])
        return 1 / np.where(rate > 0, rate, 1)

    def middles(self, lefts: Float, rights: Float) -> Float:
        """The alphas [R, J] halfway in place between alphas [R, J].

        Next to a graded end it is first the alpha a gap away from it: what changes within the gap is then told apart at
        once from what changes anywhere else.
        """
        if not self.any:
            return (lefts + rights) / 2
        # Any finite number does for the formulas of the others.
        start, end = (np.where(np.isfinite(gap), gap, 1)[:, None] for gap in (self.start, self.end))
        by_start, by_end = np.isfinite(self.start)[:, None], np.isfinite(self.end)[:, None]
        at_start = np.sqrt((lefts + start) * (rights + start)) - start
        at_end = 1 + end - np.sqrt((1 - lefts + end) * (1 - rights + end))
        odds = np.sqrt((lefts + start) / (1 - lefts + end) * ((rights + start) / (1 - rights + end)))
        at_both = (odds * (1 + end) - start) / (1 + odds)
        one = np.where(by_start, at_start, np.where(by_end, at_end, (lefts + rights) / 2))
        middles = np.where(by_start & by_end, at_both, one)
        middles = np.where(by_start & (lefts == 0) & (rights > 4 * start), start, middles)
        return np.where(by_end & (rights == 1) & (1 - lefts > 4 * end), 1 - end, middles)
