"""Paths of which too little is known next to an end: told from their nodes, and graded; traced.

docs/accuracy.md says when, and what for.
"""

from __future__ import annotations

import tensorflow as tf

from kerasig._engine.columns import at, diff, numbers
from kerasig._engine.estimate import LARGEST, Estimate, Rule, finest_gaps
from kerasig._engine.grading import AT_INPUT
from kerasig._engine.nodes import Paths

# A path is graded from its baseline on where the contributions there are larger than those elsewhere by 1 / STEEP, so
# that, were they to stay, they would reach the whole change within that share of the path; or where the first interval,
# this short by now, still has most of the error.
STEEP, SHORT = 2.0**-10, 2.0**-10
# From here on it is asked whether contributions change as 1 / alpha does, up to this power of alpha.
NEAR_BASELINE, UNSTEADY = 2.0**-4, 0.3


def leave_out(paths: Paths) -> Paths:
    """Paths in which what is not finite at an end alone counts as nothing: the other scores say what is lacking."""
    nodes, last = paths.nodes, paths.count - 1
    lost = ~(tf.math.is_finite(nodes.scores) & tf.math.is_finite(nodes.slopes))
    columns = numbers(nodes.scores)[None]
    first_alone = (lost[:, 0] & ~lost[:, 1])[:, None] & (columns == 0)
    # Padding repeats the last node.
    last_alone = (at(lost, last) & ~at(lost, last - 1))[:, None] & (columns >= last[:, None])
    return paths.replaced(left_out=first_alone | last_alone)


def grade_where_steep(rule: Rule, paths: Paths) -> Paths:
    """Paths whose first grid shows that they need it are graded."""
    nodes = paths.nodes
    sizes = tf.where(nodes.left_out, tf.zeros_like(nodes.sizes), nodes.sizes)
    scores = paths.continued_scores
    wander = tf.reduce_max(tf.abs(scores - scores[:, :1]), axis=1)
    first = sizes[:, 0]
    gap = tf.maximum(tf.reduce_max(sizes[:, 1:], axis=1), wander) / tf.where(first > 0, first, tf.ones_like(first))
    infinite = tf.fill(tf.shape(gap), tf.constant(float("inf"), gap.dtype))
    steep = (first > 0) & (gap < STEEP)
    gap = tf.where(nodes.left_out[:, 0], tf.zeros_like(gap), tf.where(steep, _power_of_two(gap), infinite))
    at_input = tf.where(at(nodes.left_out, paths.count - 1), AT_INPUT * tf.ones_like(gap), infinite)
    return _graded(rule, paths, gap, at_input)


def too_little_known(paths: Paths, estimate: Estimate) -> tuple[tf.Tensor, Paths]:
    """Whether too little is known of paths [R] next to the baseline, and the paths, now that they were looked at.

    Either most of the error lies in a short first interval. Or the gradient at the baseline alone is smaller than
    that beside it, as that of a ReLU is, which is 0 at 0: then it tells nothing of the scales between the two, and
    on a path not graded so far contributions that grow as 1 / alpha say that each scale adds as much as the last.
    """
    squares = tf.minimum(estimate.shares, LARGEST) ** 2
    first, graded = paths.nodes.alphas[:, 1], tf.math.is_finite(paths.start_gap)
    open_ended = estimate.finite & (first <= paths.start_gap) & ~paths.finest
    most = 2 * squares[:, 0] > tf.maximum(tf.reduce_sum(squares, axis=1), 1)
    gathered = most & (first <= SHORT) & ~graded & open_ended
    looked = open_ended & ~gathered & (first <= NEAR_BASELINE) & (first < paths.looked_at)
    alphas, sizes = paths.nodes.alphas[:, 1:4], paths.nodes.sizes[:, :4]
    sizes = tf.where(paths.nodes.left_out[:, :4], tf.zeros_like(sizes), sizes)
    rises = tf.abs(diff(tf.math.log(sizes[:, 1:] * alphas))) < UNSTEADY * diff(tf.math.log(alphas))
    grows = (sizes[:, 1] > 2 * sizes[:, 0]) & (graded | tf.reduce_all(rises, axis=1))
    looked_at = tf.where(looked, first, paths.looked_at)
    return gathered | (looked & grows), paths._replace(looked_at=looked_at)


def graded_as_finely_as_can_be(rule: Rule, paths: Paths, wanted: tf.Tensor) -> Paths:
    """The paths, graded at the baseline where `wanted` [R]; their contributions are from now on those by place."""
    infinite = tf.fill(tf.shape(wanted), tf.constant(float("inf"), paths.start_gap.dtype))
    return _graded(rule, paths, tf.where(wanted, tf.zeros_like(infinite), infinite), infinite)


def _graded(rule: Rule, paths: Paths, start_gap: tf.Tensor, end_gap: tf.Tensor) -> Paths:
    """The paths, graded where gaps [R] are finite."""
    finest = finest_gaps(rule, paths)
    start, end = tf.math.is_finite(start_gap), tf.math.is_finite(end_gap)
    wanted = tf.where(start, tf.maximum(start_gap, finest), paths.start_gap)
    return paths._replace(
        start_gap=wanted,
        end_gap=tf.minimum(end_gap, paths.end_gap),
        finest=tf.where(start | end, wanted <= finest, paths.finest),
    )


def _power_of_two(gap: tf.Tensor) -> tf.Tensor:
    """The next one below: a path's nodes must not change with the last digits of its gradients."""
    safe = tf.where(gap > 0, gap, tf.ones_like(gap))
    return 2 ** tf.floor(tf.math.log(safe) / tf.math.log(tf.constant(2.0, gap.dtype)))

