"""Integrating a slope whose antiderivative is known at the nodes, on nodes of any spacing.

On small arrays, NumPy's or TensorFlow's (`arrays.py`).

The trapezoid is what suits a slope that jumps. Where the slope is smooth, an end correction of the cubic Hermite
interpolant is better by orders:

    integral over step k = L/2 (f_k + f_k+1) + L^2/12 (f'_k - f'_k+1),

with the derivatives taken from the parabola through three neighbouring nodes. Which of the two an interval gets is
decided by its exact residual, F(a_k+1) - F(a_k) minus the integral of the slope. docs/internals/accuracy.md derives it.
Shapes: R paths, K nodes of the longest path; shorter ones are padded by repeating their last node.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasig._engine import arrays as xp
from kerasig._engine.columns import closed, diff, finite_or_zero, known, opened

# The corrected rule is taken where it lowers the residuals around an interval below this share of the trapezoid's.
GAIN = 0.9
# Rounding of float32 scores, relative to the largest: residuals below it say nothing of smoothness.
ROUNDING = 1e-7
DOUBLE_ROUNDING = 1e-15
# A residual of more standard deviations than this is not what jumps between the nodes leave.
MOST_DEVIATIONS = 3.0


class Piecewise(NamedTuple):
    """The rule that suits each path's own nodes."""

    smooth: Any  # [R, K - 1] which intervals got the end correction
    residuals: Any  # [R, K - 1], exact, of the rule that each interval got; 0 where padded
    # [R, K - 1] length of each interval times how much of the jump model is left in it: 1 where the trapezoid was
    # kept, elsewhere the square root of the share to which the correction lowered the residuals, and at least half:
    # features may jump against each other, unseen by the score. 0 where padded.
    jumps: Any
    # [R, K - 1] what `jumps` is when the rate of jumps in an interval is taken half from its own ends and a quarter
    # each from its neighbours': ends that happen to agree do not hide what lies between them.
    spread: Any

    def take(self, rows: Any) -> Piecewise:
        """Those of `rows` [R], numbers; NumPy only."""
        return Piecewise(*(array.T[:, rows].T for array in self))


def trapezoid_weights(places: Any) -> Any:
    """Weights [R, K] of the trapezoid on increasing places [R, K]; equal places add nothing."""
    half = diff(places) / 2
    return closed(half) + opened(half)


def fit(places: Any, scores: Any, slopes: Any, count: Any, rounding: Any) -> Piecewise:
    """The rule for nodes at increasing places [R, K], with scores and slopes there.

    Args:
        places: padded like the others.
        scores: at the nodes.
        slopes: at the nodes.
        count: [R] nodes of each path, at least 3.
        rounding: relative error of the scores, a scalar.
    """
    lengths = diff(places)
    tangents = _Tangents(lengths, count - 1)
    derivatives = tangents.derivatives(diff(slopes))
    plain = diff(scores) - lengths * (xp.part(slopes, 1) + xp.part(slopes, None, -1)) / 2
    corrected = plain - lengths**2 / 12 * (xp.part(derivatives, None, -1) - xp.part(derivatives, 1))
    noise = xp.upright(rounding * xp.row_max(xp.absolute(scores))) ** 2
    gain = xp.sqrt((_around(corrected**2) + noise) / (_around(plain**2) + noise))
    smooth = gain < GAIN
    jumps = lengths * xp.where(smooth, xp.maximum(xp.sqrt(gain), 0.5), 1)
    return Piecewise(smooth, xp.where(smooth, corrected, plain), jumps, jumps * _borrowed(lengths))


def weights(fitted: Piecewise, places: Any, count: Any) -> Any:
    """The weights [R, K] of the rule, 0 where padded; each path's sum to its length.

    Args:
        fitted: of the same nodes.
        places: increasing.
        count: [R] nodes of each path.
    """
    lengths = diff(places)
    # Each interval adds the tangent at its left end and takes that at its right.
    corrections = xp.where(fitted.smooth, lengths**2 / 12, 0)
    shares = closed(corrections) - opened(corrections)
    found = trapezoid_weights(places) + _Tangents(lengths, count - 1).weights(shares)
    return xp.where(known(found, count), found, 0)


def controlled(fitted: Piecewise, places: Any, slopes: Any, count: Any) -> Any:
    """The weights [R, K] after the score's own integral, which is known, has been used as a control variate.

    What the slope's integral lacks, sum_k r_k, the contributions lack in proportion to how they change along with the
    slope: by the coefficient of their regression on it over the intervals, sum_k d_k,i s_k / sum_k s_k^2, where s_k is
    the slope's change. That sum of gradients makes completeness exact. Nothing is moved where jumps of the slope do not
    explain the residual: a score that jumps itself says nothing of the gradients.

    Args:
        fitted: of the same nodes.
        places: increasing.
        slopes: at the nodes.
        count: [R] nodes of each path.
    """
    lengths, changes = diff(places), finite_or_zero(diff(slopes))
    lacking = xp.row_sum(fitted.residuals)
    power = xp.row_sum(changes**2)
    deviation = xp.sqrt(xp.row_sum((lengths * changes) ** 2) / 12)
    explained = (power > 0) & (xp.absolute(lacking) <= MOST_DEVIATIONS * deviation)
    share = xp.where(explained, lacking, 0) / xp.where(power > 0, power, 1)
    moved = xp.upright(share) * changes
    return weights(fitted, places, count) + opened(moved) - closed(moved)


class _Tangents:
    """Derivatives at the nodes, of the parabola through each and its neighbours; at an end, through the nearest three.

    Args:
        lengths: [R, K - 1] of the intervals, 0 where padded.
        last: [R] each path's last node, at least 2.
    """

    def __init__(self, lengths: Any, last: Any) -> None:
        self._last = last
        self._safe = xp.where(lengths > 0, lengths, 1)
        both = xp.part(lengths, None, -1) + xp.part(lengths, 1)
        both = xp.where(both > 0, both, 1)
        # An inner node's derivative in terms of the divided differences before and after it.
        self._before, self._after = xp.part(lengths, 1) / both, xp.part(lengths, None, -1) / both
        # An end's: its own difference, and this share of how it differs from the next.
        self._first = xp.column(lengths, 0) / (xp.column(lengths, 0) + xp.column(lengths, 1))
        nearest = xp.at(lengths, last - 1)
        self._end = nearest / (nearest + xp.at(lengths, last - 2))

    def derivatives(self, changes: Any) -> Any:
        """[R, K] from the changes [R, K - 1] over the intervals."""
        rises = changes / self._safe
        first = xp.column(rises, 0) + self._first * (xp.column(rises, 0) - xp.column(rises, 1))
        nearest = xp.at(rises, self._last - 1)
        end = nearest + self._end * (nearest - xp.at(rises, self._last - 2))
        inner = self._before * xp.part(rises, None, -1) + self._after * xp.part(rises, 1)
        found = closed(xp.concat([xp.upright(first), inner]))
        return xp.where(self._here(found, 0), xp.upright(end), found)

    def weights(self, shares: Any) -> Any:
        """Weights [R, K] on the nodes' values that stand for the sum of `shares` [R, K] times the derivatives."""
        first, end = xp.column(shares, 0), xp.at(shares, self._last)
        inner = xp.part(xp.where(self._here(shares, 0), 0, shares), 1, -1)
        of_rises = closed(inner * self._before) + opened(inner * self._after)

        def add(column: Any, amount: Any) -> Any:
            return xp.where(column, of_rises + xp.upright(amount), of_rises)

        columns = xp.columns(of_rises)
        of_rises = add(columns == 0, first * (1 + self._first))
        of_rises = add(columns == 1, -first * self._first)
        of_rises = add(self._here(of_rises, 1), end * (1 + self._end))
        of_rises = add(self._here(of_rises, 2), -end * self._end)
        of_changes = of_rises / self._safe
        return opened(of_changes) - closed(of_changes)

    def _here(self, array: Any, before_last: int) -> Any:
        return xp.columns(array) == xp.upright(self._last - before_last)


def _borrowed(lengths: Any) -> Any:
    """Factor [R, K - 1] on an interval's jumps for what its neighbours are taken to hold of the like.

    A rate d^2 / L of jumps gives an interval of length L an error of variance rate L^3 / 12. Each interval's rate
    counts half for itself and a quarter for each neighbour; at the ends of the path, for itself.
    """
    safe = xp.where(lengths > 0, lengths, 1)
    first = xp.ones_like(xp.part(lengths, None, 1))

    def beside(neighbour: Any, own: Any) -> Any:
        # Neighbours are hardly ever longer than 4 times; it bounds what one that was left as needless can add.
        return xp.where(neighbour > 0, xp.minimum(neighbour / own, 4), 1)

    before = xp.concat([first, beside(xp.part(lengths, None, -1), xp.part(safe, 1))])
    after = xp.concat([beside(xp.part(lengths, 1), xp.part(safe, None, -1)), first])
    return xp.sqrt(0.5 + (before**3 + after**3) / 4)


def _around(values: Any) -> Any:
    """Sum over each interval and its two neighbours: one small residual may be luck, three in a row hardly."""
    return values + opened(xp.part(values, None, -1)) + closed(xp.part(values, 1))
