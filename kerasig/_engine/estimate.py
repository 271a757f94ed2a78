"""The errors of paths, estimated from their nodes, and what follows: go on, and where; or stop, and why; traced.

Shapes: R paths, K nodes of the longest one; shorter ones are padded.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

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


class Rule(NamedTuple):
    """What an explanation is asked for, and what is known of its model: scalars."""

    tolerance: tf.Tensor
    map_tolerance: tf.Tensor
    max_steps: tf.Tensor  # int32
    rounding: tf.Tensor  # of the scores, relative, of the floats that they are returned in
    computed: tf.Tensor  # of those that the model computes in
    shortest: tf.Tensor  # an interval this short, relative to its own place, is not halved again


class Estimate(NamedTuple):
    """The errors of R paths as their nodes tell them."""

    fitted: Piecewise
    error: tf.Tensor  # [R] completeness error
    scale: tf.Tensor  # [R]
    sizes: tf.Tensor  # [R] L1 norm of the values, by the trapezoid
    bound: tf.Tensor  # [R] what the map's error is at least, by the triangle inequality
    halvable: tf.Tensor  # [R, K - 1]
    rounded: tf.Tensor  # [R, K - 1] whether a residual is rounding of the scores, which no node mends
    finite: tf.Tensor  # [R]
    # [R, K - 1] the gain that halving each interval promises: within tolerance, the squares sum to at most 1.
    shares: tf.Tensor

    def settled(self, rule: Rule, error: tf.Tensor, map_error: tf.Tensor, sizes: tf.Tensor) -> tf.Tensor:
        """Whether the paths [R] are within tolerance, or as near to it as their scores' digits allow."""
        within = relative(error, self.scale) <= rule.tolerance
        return (within | tf.reduce_all(self.rounded, axis=1)) & (relative(map_error, sizes) <= rule.map_tolerance)

    def hopeless(self, paths: Paths) -> tf.Tensor:
        """Whether paths cannot converge, and the rest of them is known or has had its share of nodes [R].

        Their error lies where nothing can be halved, or the score at an end is not finite.
        """
        left = tf.reduce_sum(self._squares(self.halvable), axis=1)
        endless = tf.reduce_any(paths.nodes.left_out & ~tf.math.is_finite(paths.nodes.scores), axis=1)
        stuck = tf.reduce_sum(self._squares(~self.halvable), axis=1) > 1
        return (endless | stuck) & ((left <= 1) | (paths.count >= ENOUGH))

    def reasons(self, rule: Rule, paths: Paths) -> tf.Tensor:
        """Why the paths, if they ended now, would not have converged, as codes [R] of `kerasig._status`."""
        fixed = self._squares(~self.halvable)
        alphas = paths.nodes.alphas
        near = (alphas[:, :-1] == 0) | (alphas[:, 1:] <= AT_BASELINE)
        at_baseline = 2 * tf.reduce_sum(tf.where(near, fixed, tf.zeros_like(fixed)), axis=1)
        total = tf.reduce_sum(fixed, axis=1)
        jumps = tf.where(at_baseline > total, code("jump at the baseline"), code("jump at alpha"))
        out = tf.where(paths.count >= rule.max_steps, code("out of steps"), code("rounding"))
        return tf.where(self.finite, tf.where(total > 1, jumps, out), code("not finite"))

    def _squares(self, where: tf.Tensor) -> tf.Tensor:
        squares = tf.minimum(self.shares, LARGEST) ** 2
        return tf.where(where, squares, tf.zeros_like(squares))


def estimate(rule: Rule, paths: Paths, sizes: tf.Tensor) -> Estimate:
    """The estimate that nodes, scores and gradients of paths allow.

    Args:
        rule: the tolerances.
        paths: [R].
        sizes: [R] L1 norm of their values, by the trapezoid.
    """
    precision = tf.maximum(rule.rounding, rule.computed)
    scores = paths.continued_scores
    fitted = piecewise.fit(paths.places, scores, paths.slopes_by_place, paths.count, precision)
    lacking = tf.reduce_sum(fitted.residuals, axis=1)
    error = tf.maximum(tf.abs(lacking), tf.sqrt(tf.reduce_sum(fitted.residuals**2, axis=1)))
    changes = paths.nodes.changes[:, :-1]
    nothing = tf.zeros_like(changes)
    moves, spread = (tf.where(part > 0, part * changes, nothing) for part in (fitted.jumps, fitted.spread))
    bound = MAP_ERROR_FACTOR * tf.sqrt(tf.reduce_sum(spread**2, axis=1))
    start, end = paths.ends(scores)
    change = tf.abs(end - start)
    wander, largest_score = largest(tf.abs(scores - start[:, None])), largest(tf.abs(scores))
    scale = tf.maximum(change, tf.maximum(0.01 * wander, 1e-6 * largest_score))
    # Nodes among the roundings of half precision still help, as these average out, but not for ever.
    patient = tf.where(paths.count < PATIENCE, rule.rounding, precision)
    # A slope is a sum over features: it is known to a rounding of their sizes, not of its own.
    limit = 2 * patient * tf.maximum(largest_score, largest(sizes[:, None]))
    rounded = tf.abs(fitted.residuals) <= limit[:, None]
    # Roundings have either sign: what adds up beyond that is an error of the rule's, however small its parts are.
    n_intervals = tf.cast(tf.maximum(paths.count - 1, 1), limit.dtype)
    rounded &= (tf.abs(lacking) <= 4 * limit * tf.sqrt(n_intervals))[:, None]
    finite = tf.math.is_finite(lacking + bound + sizes + change + scale)
    shares = _shares(rule, fitted.residuals, moves, rounded, scale, sizes)
    return Estimate(fitted, error, scale, sizes, bound, _halvable(rule, paths), rounded, finite, shares)


def finest_gaps(rule: Rule, paths: Paths) -> tf.Tensor:
    """The alpha [R] below which a path's points are hardly further apart than at its baseline."""
    return rule.shortest * paths.offset + paths.least


def _halvable(rule: Rule, paths: Paths) -> tf.Tensor:
    """Whether intervals [R, K - 1] are long enough that halving them gives the model other points."""
    alphas = paths.nodes.alphas
    lengths = diff(alphas)
    # How far apart points are matters where intervals are short.
    short = tf.reduce_any((lengths < _ORDINARY) & paths.known[:, 1:], axis=1) | paths.grading.graded
    offset, least = (tf.where(short, part, tf.zeros_like(part)) for part in (paths.offset, paths.least))
    finest = tf.maximum(rule.shortest * (alphas[:, 1:] + offset[:, None]), least[:, None])
    return (lengths >= 2 * finest) & paths.known[:, 1:]


def _shares(
    rule: Rule, residuals: tf.Tensor, moves: tf.Tensor, rounded: tf.Tensor, scale: tf.Tensor, sizes: tf.Tensor
) -> tf.Tensor:
    """Each interval's part in the squares of both errors, in units of their tolerances: the squares are what adds up."""
    # A score that stands still, or values that cancel, at these nodes only: any size will do to go on.
    scale, size = (tf.where(part > 0, part, tf.ones_like(part))[:, None] for part in (scale, sizes))
    residual = tf.where(rounded, tf.zeros_like(residuals), finite_or_zero(residuals / scale)) / rule.tolerance
    move = MAP_ERROR_FACTOR * finite_or_zero(moves / size) / rule.map_tolerance
    larger, smaller = tf.maximum(tf.abs(residual), move), tf.minimum(tf.abs(residual), move)
    return larger * tf.sqrt(1 + (smaller / tf.where(larger > 0, larger, tf.ones_like(larger))) ** 2)


def middles(paths: Paths, priorities: tf.Tensor, max_steps: tf.Tensor) -> tf.Tensor:
    """Which intervals [R, K] of each path to halve next: those after the nodes that are True.

    Each path takes the fewest intervals without which it can be within tolerance, had they no error any more: that
    many more nodes are needed in any case, so a round of them wastes next to none.

    Args:
        paths: [R].
        priorities: [R, K - 1] the gain that halving promises; 0 for intervals that cannot be halved.
        max_steps: most nodes of a path.
    """
    ordered, best = tf.math.top_k(priorities, k=tf.shape(priorities)[1])
    left = tf.cumsum(tf.minimum(ordered, LARGEST) ** 2, axis=1, reverse=True)
    needed = tf.maximum(tf.reduce_sum(tf.cast(left > 1, tf.int32), axis=1), 1)
    most = tf.minimum(tf.minimum(needed, tf.maximum(paths.count // 3, 1)), max_steps - paths.count)
    wanted = (ordered > 0) & (tf.range(tf.shape(best)[1])[None] < most[:, None])
    # Back into the order of the nodes: each interval finds its own rank.
    rank = tf.argsort(best, axis=1, stable=True)
    return closed(tf.cast(tf.gather(wanted, rank, axis=1, batch_dims=1), tf.int32)) > 0
