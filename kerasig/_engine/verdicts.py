"""The fate of paths whose nodes are all there: prepared at first, looked at, ended or halved further.

On small arrays, NumPy's or TensorFlow's (`arrays.py`). Shapes: R paths, K nodes of the longest one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasig._engine import arrays as xp
from kerasig._engine import near_ends
from kerasig._engine.columns import first_and_last, relative
from kerasig._engine.estimate import Estimate, Limits, middles
from kerasig._engine.nodes import NEXT_TO, Paths
from kerasig._engine.piecewise import Piecewise, controlled
from kerasig._status import code

# The exact estimate is made when the bound, corrected by the last exact one, comes this near to the tolerance.
NEAR = 1.05


class Outlook(NamedTuple):
    """The outlook of R paths, before their gradients are gone through."""

    ends: Any  # whether they cannot go on, or need not
    promising: Any  # whether they may be within tolerance


class Exact(NamedTuple):
    """Values of R paths, from all of their gradients, in a few numbers."""

    totals: Any  # [R] their sum
    sizes: Any  # [R] their L1 norm
    map_errors: Any  # [R] their expected L1 error


class Verdict(NamedTuple):
    """The verdicts on R paths."""

    done: Any
    reasons: Any
    completeness: Any
    map_error: Any
    tightness: Any


def prepared(rule: Limits, paths: Paths) -> Paths:
    """Paths that have their first grid, graded where it says so."""
    return near_ends.grade_where_steep(rule, near_ends.leave_out(paths))


def outlook(rule: Limits, paths: Paths, found: Estimate, unreached: Any, reproducible: Any) -> Outlook:
    """Which paths end, and which may.

    Args:
        rule: the tolerances.
        paths: [R].
        found: of them.
        unreached: [R] what the score changes by, absolute, where no gradient reaches.
        reproducible: whether the same point has the same score each time.
    """
    ends = ~found.finite | found.hopeless(paths) | (paths.count >= rule.max_steps)
    # What no gradient reaches, and what is another number each time, no further node mends.
    ends = ends | (unreached > rule.tolerance * found.scale) | xp.logical_not(reproducible)
    ends = ends | ~xp.row_any(found.halvable & (found.shares > 0))
    promising = found.settled(rule, found.error, found.bound * paths.tightness / NEAR, found.sizes)
    return Outlook(ends, promising)


def weights(fitted: Piecewise, paths: Paths) -> Any:
    """The weights [R, K] of the contributions by place of paths."""
    return controlled(fitted, paths.places, paths.slopes_by_place, paths.count)


def verdict(rule: Limits, paths: Paths, found: Estimate, before: Outlook, whole: Exact, looked: Any) -> Verdict:
    """The verdicts on paths.

    Args:
        rule: the tolerances.
        paths: [R].
        found: of them.
        before: of them.
        whole: what their gradients say, of those that were gone through.
        looked: [R] which were.
    """
    start, end = paths.ends(paths.continued_scores)
    delta = whole.totals - (end - start)
    error = xp.where(xp.isfinite(delta), xp.maximum(xp.absolute(delta), found.error), delta)
    settled = found.settled(rule, error, whole.map_errors, whole.sizes) & looked
    within = settled & (relative(error, found.scale) <= rule.tolerance)
    reasons = found.reasons(rule, paths)
    reasons = xp.where(settled, code("rounding") + xp.zeros_like(reasons), reasons)
    reasons = xp.where(within, code("converged") + xp.zeros_like(reasons), reasons)
    bounded = xp.where(found.bound > 0, whole.map_errors / found.bound, 1)
    tightness = xp.where(looked, bounded, paths.tightness)
    return Verdict(before.ends | settled, reasons, error, whole.map_errors, tightness)


def halved(rule: Limits, paths: Paths, found: Estimate) -> Any:
    """After which nodes [R, K] to halve the interval."""
    priorities = xp.where(found.halvable, found.shares, 0)
    return middles(paths, priorities, rule.max_steps)


def bounds(paths: Paths) -> tuple[Any, Any]:
    """The least and the largest alpha [R] of nodes that are not left out."""
    first, last = first_and_last(paths.known & ~paths.nodes.left_out)
    return xp.at(paths.nodes.alphas, first), xp.at(paths.nodes.alphas, last)


def beyond_known(alphas: Any, lowest: Any, highest: Any) -> Any:
    """Whether alphas [C] lie next to an end, nearer than any node that is not left out: between `bounds` [C]."""
    return ((alphas < lowest) & (alphas < NEXT_TO)) | ((alphas > highest) & (1 - alphas < NEXT_TO))
