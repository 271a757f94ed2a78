"""The errors of paths, estimated from their nodes, and what follows: go on, and where; or stop, and why.

On small arrays, NumPy's or TensorFlow's (`arrays.py`).

Shapes: R paths, K nodes of the longest one; shorter ones are padded.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasig._engine import arrays as xp
from kerasig._engine import piecewise
from kerasig._engine.columns import closed, diff, finite_or_zero, largest, relative
from kerasig._engine.nodes import Paths
from kerasig._engine.piecewise import Piecewise
from kerasig._quadrature.error_estimates import MAP_ERROR_FACTOR
from kerasig._status import code

# Nodes after which residuals that half precision rounds off end a path.
PATIENCE = 64
# Nodes that a path may take although it cannot converge, for the sake of the rest of it.
ENOUGH = 32
# A jump nearer to the baseline than this is one at the baseline, as is any next to it.
AT_BASELINE = 2.0**-40
# Beyond this a share's size says nothing more, and its square is finite.
LARGEST = 1e100
# Intervals this long can be halved on any path.
_ORDINARY = 2.0**-12


class Limits(NamedTuple):
    """The limits of an explanation, those that were asked for and those of its model: scalars."""

    tolerance: Any
    map_tolerance: Any
    max_steps: Any  # int32
    rounding: Any  # of the scores, relative, of the floats that they are returned in
    computed: Any  # of those that the model computes in
    shortest: Any  # an interval this short, relative to its own place, is not halved again


class Estimate(NamedTuple):
    """The errors of R paths as their nodes tell them."""

    fitted: Piecewise
    error: Any  # [R] completeness error
    scale: Any  # [R]
    sizes: Any  # [R] L1 norm of the values, by the trapezoid
    bound: Any  # [R] what the map's error is at least, by the triangle inequality
    halvable: Any  # [R, K - 1]
    rounded: Any  # [R, K - 1] whether a residual is rounding of the scores, which no node mends
    finite: Any  # [R]
    # [R, K - 1] the gain that halving each interval promises: within tolerance, the squares sum to at most 1.
    shares: Any

    def settled(self, rule: Limits, error: Any, map_error: Any, sizes: Any) -> Any:
        """Whether the paths [R] are within tolerance, or as near to it as their scores' digits allow."""
        within = relative(error, self.scale) <= rule.tolerance
        return (within | xp.row_all(self.rounded)) & (relative(map_error, sizes) <= rule.map_tolerance)

    def hopeless(self, paths: Paths) -> Any:
        """Whether paths cannot converge, and the rest of them is known or has had its share of nodes [R].

        Their error lies where nothing can be halved, or the score at an end is not finite.
        """
        left = xp.row_sum(self._squares(self.halvable))
        endless = xp.row_any(paths.nodes.left_out & ~xp.isfinite(paths.nodes.scores))
        stuck = xp.row_sum(self._squares(~self.halvable)) > 1
        return (endless | stuck) & ((left <= 1) | (paths.count >= ENOUGH))

    def reasons(self, rule: Limits, paths: Paths) -> Any:
        """Why the paths, if they ended now, would not have converged, as codes [R] of `kerasig._status`."""
        fixed = self._squares(~self.halvable)
        alphas = paths.nodes.alphas
        near = (xp.part(alphas, None, -1) == 0) | (xp.part(alphas, 1) <= AT_BASELINE)
        at_baseline = 2 * xp.row_sum(xp.where(near, fixed, 0))
        total = xp.row_sum(fixed)
        jumps = xp.where(at_baseline > total, code("jump at the baseline"), code("jump at alpha"))
        out = xp.where(paths.count >= rule.max_steps, code("out of steps"), code("rounding"))
        return xp.where(self.finite, xp.where(total > 1, jumps, out), code("not finite"))

    def _squares(self, where: Any) -> Any:
        squares = xp.minimum(self.shares, LARGEST) ** 2
        return xp.where(where, squares, 0)


def estimate(rule: Limits, paths: Paths, sizes: Any) -> Estimate:
    """The estimate that nodes, scores and gradients of paths allow.

    Args:
        rule: the tolerances.
        paths: [R].
        sizes: [R] L1 norm of their values, by the trapezoid.
    """
    precision = xp.maximum(rule.rounding, rule.computed)
    scores = paths.continued_scores
    fitted = piecewise.fit(paths.places, scores, paths.slopes_by_place, paths.count, precision)
    lacking = xp.row_sum(fitted.residuals)
    error = xp.maximum(xp.absolute(lacking), xp.sqrt(xp.row_sum(fitted.residuals**2)))
    changes = xp.part(paths.nodes.changes, None, -1)
    nothing = xp.zeros_like(changes)
    moves, spread = (xp.where(part > 0, part * changes, nothing) for part in (fitted.jumps, fitted.spread))
    bound = MAP_ERROR_FACTOR * xp.sqrt(xp.row_sum(spread**2))
    start, end = paths.ends(scores)
    change = xp.absolute(end - start)
    largest_score, scale = largest(xp.absolute(scores)), score_scale(scores, start, end)
    # Nodes among the roundings of half precision still help, as these average out, but not for ever.
    patient = xp.where(paths.count < PATIENCE, rule.rounding, precision)
    # A slope is a sum over features: it is known to a rounding of their sizes, not of its own.
    limit = 2 * patient * xp.maximum(largest_score, largest(xp.upright(sizes)))
    rounded = xp.absolute(fitted.residuals) <= xp.upright(limit)
    # Roundings have either sign: what adds up beyond that is an error of the rule's, however small its parts are.
    n_intervals = xp.as_float(xp.maximum(paths.count - 1, 1))
    rounded &= xp.upright(xp.absolute(lacking) <= 4 * limit * xp.sqrt(n_intervals))
    finite = xp.isfinite(lacking + bound + sizes + change + scale)
    shares = _shares(rule, fitted.residuals, moves, rounded, scale, sizes)
    return Estimate(fitted, error, scale, sizes, bound, _halvable(rule, paths), rounded, finite, shares)


def score_scale(scores: Any, start: Any, end: Any) -> Any:
    """`error_estimates.score_scale`, of scores [R, K] in which others than the path's are the one at an end."""
    wander = largest(xp.absolute(scores - xp.upright(start)))
    size = xp.maximum(largest(xp.absolute(scores)), xp.maximum(xp.absolute(start), xp.absolute(end)))
    return xp.maximum(xp.absolute(end - start), xp.maximum(0.01 * wander, 1e-6 * size))


def finest_gaps(rule: Limits, paths: Paths) -> Any:
    """The alpha [R] below which a path's points are hardly further apart than at its baseline."""
    return rule.shortest * paths.offset + paths.least


def _halvable(rule: Limits, paths: Paths) -> Any:
    """Whether intervals [R, K - 1] are long enough that halving them gives the model other points."""
    alphas = paths.nodes.alphas
    lengths, known, rights = diff(alphas), xp.part(paths.known, 1), xp.part(alphas, 1)
    # How far apart points are matters where intervals are short.
    short = xp.row_any((lengths < _ORDINARY) & known) | paths.grading.graded
    if xp.surely_none(short):
        finest = rule.shortest * rights
    else:
        offset, least = (xp.where(short, part, 0) for part in (paths.offset, paths.least))
        finest = xp.maximum(rule.shortest * (rights + xp.upright(offset)), xp.upright(least))
    return (lengths >= 2 * finest) & known


def _shares(rule: Limits, residuals: Any, moves: Any, rounded: Any, scale: Any, sizes: Any) -> Any:
    """Each interval's part in both errors, in units of their tolerances; its square, as squares are what adds up."""
    # A score that stands still, or values that cancel, at these nodes only: any size will do to go on.
    scale, size = (xp.upright(xp.where(part > 0, part, 1)) for part in (scale, sizes))
    residual = xp.where(rounded, 0, finite_or_zero(residuals / scale)) / rule.tolerance
    move = MAP_ERROR_FACTOR * finite_or_zero(moves / size) / rule.map_tolerance
    larger, smaller = xp.maximum(xp.absolute(residual), move), xp.minimum(xp.absolute(residual), move)
    return larger * xp.sqrt(1 + (smaller / xp.where(larger > 0, larger, 1)) ** 2)


def middles(paths: Paths, priorities: Any, max_steps: Any) -> Any:
    """Which intervals [R, K] of each path to halve next: those after the nodes that are True.

    Each path takes the fewest intervals without which it can be within tolerance, had they no error any more: that
    many more nodes are needed in any case, so a round of them wastes next to none.

    Args:
        paths: [R].
        priorities: [R, K - 1] the gain that halving promises; 0 for intervals that cannot be halved.
        max_steps: most nodes of a path.
    """
    ordered, best = xp.descending(priorities)
    left = xp.cumsum(xp.minimum(ordered, LARGEST) ** 2, reverse=True)
    needed = xp.maximum(xp.row_sum(left > 1), 1)
    most = xp.minimum(xp.minimum(needed, xp.maximum(paths.count // 3, 1)), max_steps - paths.count)
    return closed(xp.as_int(xp.among_first(ordered, best, most) & (priorities > 0))) > 0
