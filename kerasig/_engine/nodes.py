"""The nodes of paths that are being refined, as small arrays, NumPy's or TensorFlow's (`arrays.py`).

Shapes: R paths, K nodes of the longest one; shorter ones are padded by repeating their last node.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine import arrays as xp
from kerasig._engine.columns import first_and_last, known
from kerasig._engine.grading import Grading

# Nearer to an end than this, what is not finite counts as the end's own.
NEXT_TO = 2.0**-10


class Nodes(NamedTuple):
    """Nodes [R, K], sorted by alpha."""

    alphas: Any
    scores: Any
    slopes: Any
    sizes: Any  # L1 norm of the contributions
    changes: Any  # L1 of how the contributions by place change from a node to the next
    rows: Any  # int32, of the store
    left_out: Any  # whether score or gradient is not finite, at an end alone: it counts as nothing


class Paths(NamedTuple):
    """R paths under way, and what is known of each."""

    nodes: Nodes
    count: Any  # [R] int32, nodes that are no padding
    start_gap: Any  # [R] of `Grading`
    end_gap: Any
    finest: Any  # [R] bool: no smaller gap at the baseline means anything
    looked_at: Any  # [R] first alpha after the baseline, when what lies before it was last asked for
    tightness: Any  # [R] exact map error over its bound, when last seen
    # [R] |x'| / |x - x'| of the feature that moves off its baseline the most, and the least alpha that moves any.
    offset: Any
    least: Any

    @property
    def known(self) -> Any:
        """[R, K] whether a node is no padding."""
        return known(self.nodes.alphas, self.count)

    @property
    def grading(self) -> Grading:
        """How the paths are graded."""
        return Grading(self.start_gap, self.end_gap)

    @property
    def places(self) -> Any:
        """[R, K]"""
        return self.grading.places(self.nodes.alphas)

    @property
    def _plain(self) -> bool:
        """Whether, as far as is known without running a graph, no path is graded and no node left out."""
        return xp.surely_none(self.grading.graded) and xp.surely_none(self.nodes.left_out)

    @property
    def slopes_by_place(self) -> Any:
        """The slopes [R, K] as derivatives by place; 0 where they are left out."""
        slopes = self.nodes.slopes
        if self._plain:
            return slopes
        return xp.where(self.nodes.left_out, 0, slopes * self.grading.densities(self.nodes.alphas))

    @property
    def factors(self) -> Any:
        """The factors [R, K] on contributions in the store: the density, 0 where they are left out."""
        densities = self.grading.densities(self.nodes.alphas)
        return xp.where(self.nodes.left_out, 0, densities)

    @property
    def continued_scores(self) -> Any:
        """The scores [R, K]; for one that is left out and not finite, the nearest finite one."""
        scores = self.nodes.scores
        if xp.surely_none(self.nodes.left_out):
            return scores
        unknown = self.nodes.left_out & ~xp.isfinite(scores)
        first, last = first_and_last(self.known & ~unknown)
        nearest = xp.where(xp.columns(scores) < xp.upright(first), xp.upright(first), xp.upright(last))
        return xp.where(unknown, xp.at(scores, nearest), scores)

    def ends(self, scores: Any) -> tuple[Any, Any]:
        """The first and the last of `continued_scores`, each [R]."""
        return xp.column(scores, 0), xp.at(scores, self.count - 1)

    def take(self, rows: Any) -> Paths:
        """Those of `rows` [R], numbers; NumPy only."""
        nodes = (np.take(array.T, rows, axis=1).T for array in self.nodes)
        return Paths(Nodes(*nodes), *(array[rows] for array in self[1:]))

    def joined(self, other: Paths) -> Paths:
        """Both, padded to the same number of nodes; NumPy only."""
        if not len(self.count):
            return other
        width = max(self.nodes.alphas.shape[1], other.nodes.alphas.shape[1])
        pairs = zip(self.nodes, other.nodes, strict=True)
        nodes = (np.asfortranarray(np.concatenate([_padded(array, width) for array in pair])) for pair in pairs)
        rest = zip(self[1:], other[1:], strict=True)
        return Paths(Nodes(*nodes), *(np.concatenate(pair) for pair in rest))

    def replaced(self, **arrays: Any) -> Paths:
        """With other nodes' arrays."""
        return self._replace(nodes=self.nodes._replace(**arrays))


def begun(first: NDArray[np.float64], count: int) -> Paths:
    """Paths [count] with their first grid [K], of which nothing is known; NumPy only."""
    shape = len(first), count
    # Column after column, as `arrays.py` has it.
    alphas = np.repeat(first, count).reshape(shape).T
    scores, slopes, sizes, changes = (np.zeros(shape).T for _ in range(4))
    rows, left_out = np.zeros(shape, np.int64).T, np.zeros(shape, bool).T
    nodes = Nodes(alphas, scores, slopes, sizes, changes, rows, left_out)
    infinite, nothing = (np.full(count, value) for value in (np.inf, 0.0))
    finest = np.zeros(count, bool)
    gaps = infinite, infinite, finest, infinite, np.ones(count)
    return Paths(nodes, np.full(count, len(first)), *gaps, nothing, nothing)


def _padded(array: NDArray[Any], width: int) -> NDArray[Any]:
    """[R, K] as [R, width]."""
    return np.pad(array, ((0, 0), (0, width - array.shape[1])), mode="edge")


def chosen(which: Any, these: Any, others: Any) -> Any:
    """A nest of arrays [R] and [R, K], of each row one or the other."""

    if isinstance(which, np.ndarray) and which.all():
        return these

    def one(this: Any, other: Any) -> Any:
        return xp.where(xp.upright(which) if len(this.shape) == 2 else which, this, other)

    return tf.nest.map_structure(one, these, others)


def inserted(paths: Paths, halved: Any, width: Any) -> tuple[Nodes, Any, Any]:
    """Nodes [R, width] with one more in the middle of intervals; which these are, and how many there are now [R].

    Args:
        paths: [R].
        halved: [R, K] after which nodes.
        width: of the arrays, at least the largest number of nodes.
    """
    nodes, added = paths.nodes, xp.as_int(halved)
    count = paths.count + xp.row_sum(added)
    before = xp.columns(added)
    # Where the nodes go; padding goes beyond the end.
    places = xp.where(paths.known, before + xp.cumsum(added, exclusive=True), width + before + xp.zeros_like(added))
    source = xp.last_not_above(places, width)
    take, columns = xp.taker(source), xp.columns(source)
    new = (take(places) != columns) & (columns < xp.upright(count))
    rights = xp.concat([xp.part(nodes.alphas, 1), xp.part(nodes.alphas, -1)])
    middle = paths.grading.middles(nodes.alphas, rights)
    found = Nodes(*(take(array) for array in nodes))
    return found._replace(alphas=xp.where(new, take(middle), found.alphas)), new, count
