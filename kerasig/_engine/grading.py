"""A coordinate along the path in which what happens near an end is as wide as the rest.

On small arrays, NumPy's or TensorFlow's (`arrays.py`).

A network that normalises does its work near a zero baseline on scales that differ by powers of ten: at alpha = 1e-20 as
at 0.1. In the place

    u = log(alpha + d),        d alpha / du = alpha + d

each scale down to d has the same length, so nodes are found among them by halving, and the integral of c d alpha is
that of c (d alpha / du) du. The same at the input, u = -log(1 - alpha + e), and at both ends, the sum of the two. With
both gaps infinite a path is not graded, and u is alpha. docs/internals/accuracy.md has when paths are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasig._engine import arrays as xp

# The least gap at the baseline, and the least alpha: float32 has no normal numbers below 2^-126.
FINEST = 2.0**-120
# The gap at the input, where float32 alphas meet.
AT_INPUT = 2.0**-20


class Grading(NamedTuple):
    """The grading of R paths."""

    start: Any  # [R] the gap d at the baseline; infinite where a path is not graded there
    end: Any  # [R] the gap e at the input, likewise

    @property
    def graded(self) -> Any:
        """[R] whether a path is."""
        return xp.isfinite(self.start) | xp.isfinite(self.end)

    def of(self, rows: Any) -> Grading:
        """That of some of the paths; NumPy only."""
        return Grading(self.start[rows], self.end[rows])

    def places(self, alphas: Any) -> Any:
        """The places u [R, K] of alphas [R, K]."""
        if xp.surely_none(self.graded):
            return alphas
        start, end = xp.upright(self.start), xp.upright(self.end)
        nothing = xp.zeros_like(alphas)
        low = xp.where(xp.isfinite(start), xp.log(alphas + start), nothing)
        high = xp.where(xp.isfinite(end), xp.log(1 - alphas + end), nothing)
        return xp.where(xp.upright(self.graded), low - high, alphas)

    def densities(self, alphas: Any) -> Any:
        """d alpha / du [R, K] at alphas [R, K]."""
        if xp.surely_none(self.graded):
            return xp.ones_like(alphas)
        rate = 1 / (alphas + xp.upright(self.start)) + 1 / (1 - alphas + xp.upright(self.end))
        return 1 / xp.where(rate > 0, rate, 1)

    def middles(self, lefts: Any, rights: Any) -> Any:
        """The alphas [R, J] halfway in place between alphas [R, J].

        Next to a graded end it is first the alpha a gap away from it: what changes within the gap is then told apart at
        once from what changes anywhere else.
        """
        if xp.surely_none(self.graded):
            return (lefts + rights) / 2
        by_start, by_end = xp.upright(xp.isfinite(self.start)), xp.upright(xp.isfinite(self.end))
        # Any finite number does for the formulas of the others.
        start = xp.where(by_start, xp.upright(self.start), 1)
        end = xp.where(by_end, xp.upright(self.end), 1)
        # Each as a step from an end of the interval: sqrt(a b) - d would lose all digits where alphas are far below d.
        lengths = rights - lefts
        from_start, from_end = (rights + start) / (lefts + start), (1 - lefts + end) / (1 - rights + end)
        at_start = lefts + lengths / (1 + xp.sqrt(from_start))
        at_end = rights - lengths / (1 + xp.sqrt(from_end))
        odds = (rights + start) / (1 - rights + end)
        ratio = xp.sqrt(from_start * from_end)
        at_both = lefts + lengths / (1 + ratio) * ((1 + odds) / (1 + odds / ratio))
        one = xp.where(by_start, at_start, xp.where(by_end, at_end, (lefts + rights) / 2))
        middles = xp.where(by_start & by_end, at_both, one)
        middles = xp.where(by_start & (lefts == 0) & (rights > 4 * start), start, middles)
        return xp.where(by_end & (rights == 1) & (1 - lefts > 4 * end), 1 - end, middles)
