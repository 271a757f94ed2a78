"""Paths of which too little is known next to an end: told from their nodes, and graded.

On small arrays, NumPy's or TensorFlow's (`arrays.py`).

docs/internals/accuracy.md says when, and what for.
"""

from __future__ import annotations

from typing import Any

from kerasig._engine import arrays as xp
from kerasig._engine.columns import diff
from kerasig._engine.estimate import LARGEST, Estimate, Limits, finest_gaps
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
    lost = ~(xp.isfinite(nodes.scores) & xp.isfinite(nodes.slopes))
    columns = xp.columns(nodes.scores)
    first_alone = xp.upright(xp.column(lost, 0) & ~xp.column(lost, 1)) & (columns == 0)
    # Padding repeats the last node.
    last_alone = xp.upright(xp.at(lost, last) & ~xp.at(lost, last - 1)) & (columns >= xp.upright(last))
    return paths.replaced(left_out=first_alone | last_alone)


def grade_where_steep(rule: Limits, paths: Paths) -> Paths:
    """Paths whose first grid shows that they need it are graded."""
    nodes = paths.nodes
    sizes = xp.where(nodes.left_out, 0, nodes.sizes)
    scores = paths.continued_scores
    wander = xp.row_max(xp.absolute(scores - xp.part(scores, None, 1)))
    first = xp.column(sizes, 0)
    gap = xp.maximum(xp.row_max(xp.part(sizes, 1)), wander) / xp.where(first > 0, first, 1)
    infinite = xp.full_like(gap, float("inf"))
    steep = (first > 0) & (gap < STEEP)
    gap = xp.where(xp.column(nodes.left_out, 0), 0, xp.where(steep, _power_of_two(gap), infinite))
    at_input = xp.where(xp.at(nodes.left_out, paths.count - 1), AT_INPUT * xp.ones_like(gap), infinite)
    return _graded(rule, paths, gap, at_input)


def too_little_known(paths: Paths, estimate: Estimate) -> tuple[Any, Paths]:
    """Whether too little is known of paths [R] next to the baseline, and the paths, now that they were looked at.

    Either most of the error lies in a short first interval. Or the gradient at the baseline alone is smaller than
    that beside it, as that of a ReLU is, which is 0 at 0: then it tells nothing of the scales between the two, and
    on a path not graded so far contributions that grow as 1 / alpha say that each scale adds as much as the last.
    """
    squares = xp.minimum(estimate.shares, LARGEST) ** 2
    first, graded = xp.column(paths.nodes.alphas, 1), xp.isfinite(paths.start_gap)
    open_ended = estimate.finite & (first <= paths.start_gap) & ~paths.finest
    most = 2 * xp.column(squares, 0) > xp.maximum(xp.row_sum(squares), 1)
    gathered = most & (first <= SHORT) & ~graded & open_ended
    looked = open_ended & ~gathered & (first <= NEAR_BASELINE) & (first < paths.looked_at)
    alphas, sizes = xp.part(paths.nodes.alphas, 1, 4), xp.part(paths.nodes.sizes, None, 4)
    sizes = xp.where(xp.part(paths.nodes.left_out, None, 4), 0, sizes)
    rises = xp.absolute(diff(xp.log(xp.part(sizes, 1) * alphas))) < UNSTEADY * diff(xp.log(alphas))
    grows = (xp.column(sizes, 1) > 2 * xp.column(sizes, 0)) & (graded | xp.row_all(rises))
    looked_at = xp.where(looked, first, paths.looked_at)
    return gathered | (looked & grows), paths._replace(looked_at=looked_at)


def graded_as_finely_as_can_be(rule: Limits, paths: Paths, wanted: Any) -> Paths:
    """The paths, graded at the baseline where `wanted` [R]; their contributions are from now on those by place."""
    infinite = xp.full_like(paths.start_gap, float("inf"))
    return _graded(rule, paths, xp.where(wanted, 0, infinite), infinite)


def _graded(rule: Limits, paths: Paths, start_gap: Any, end_gap: Any) -> Paths:
    """The paths, graded where gaps [R] are finite."""
    finest = finest_gaps(rule, paths)
    start, end = xp.isfinite(start_gap), xp.isfinite(end_gap)
    wanted = xp.where(start, xp.maximum(start_gap, finest), paths.start_gap)
    return paths._replace(
        start_gap=wanted,
        end_gap=xp.minimum(end_gap, paths.end_gap),
        finest=xp.where(start | end, wanted <= finest, paths.finest),
    )


def _power_of_two(gap: Any) -> Any:
    """The next one below gaps [R] of at most 1: a path's nodes must not change with the last digits of its gradients.

    Found by comparing, which is exact: a logarithm's rounding would take the one after for some powers of two, and
    for others on another device. Below the finest gap any will do.
    """
    above = xp.ones_like(gap)
    for halvings in (64, 32, 16, 8, 4, 2, 1):
        lower = above * 2.0**-halvings
        above = xp.where(lower > gap, lower, above)
    return xp.where(above > gap, above / 2, above)
