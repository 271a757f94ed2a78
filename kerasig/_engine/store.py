"""Gradients that refinement still needs, kept on the device in rows of one array.

A row holds the contributions of one node, all leaves one after the other. Long rows are cut into parts of equal length,
so that what goes through many of them can take a part at a time: the store is [rows * parts, width]. Shapes: R paths
and K nodes as in `nodes.py`, C points, F features over all leaves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.nodes import Paths
from kerasig._engine.piecewise import trapezoid_weights
from kerasig._quadrature.error_estimates import MAP_ERROR_FACTOR

Float = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

# Features of a part at most: with some hundreds of nodes, a part of a path's gradients stays within working memory.
WIDEST = 1 << 14
# What one step of arithmetic over stored rows works on, so that temporaries stay small whatever the number of paths.
WORK_BYTES = 64 << 20


@dataclass(frozen=True)
class Layout:
    """How rows of features are cut.

    Args:
        features: F.
    """

    features: int

    @property
    def parts(self) -> int:
        """Of a row."""
        return max(1, -(-self.features // WIDEST))

    @property
    def width(self) -> int:
        """Of a part."""
        return max(1, -(-self.features // self.parts))

    def empty(self, rows: Any) -> tf.Tensor:
        """[rows * parts, width] of any numbers: memory is taken as rows come into use."""
        return tf.raw_ops.Empty(shape=[rows * self.parts, self.width], dtype=tf.float32)

    def cut(self, leaves: Sequence[tf.Tensor]) -> tf.Tensor:
        """Leaves [C, *F] as [C * parts, width]."""
        flat = [tf.cast(tf.reshape(leaf, [-1, leaf.shape[1:].num_elements()]), tf.float32) for leaf in leaves]
        missing = self.parts * self.width - self.features
        if missing:
            flat.append(tf.zeros([tf.shape(flat[0])[0], missing]))
        joined = flat[0] if len(flat) == 1 else tf.concat(flat, axis=1)
        return tf.reshape(joined, [-1, self.width])

    def index(self, rows: Any) -> Any:
        """Where rows [C] lie: [C * parts]."""
        if isinstance(rows, np.ndarray):
            return (rows[:, None] * self.parts + np.arange(self.parts)).ravel().astype(np.int32)
        return tf.reshape(rows[:, None] * self.parts + tf.range(self.parts)[None], [-1])

    def each(self, factors: Any) -> Any:
        """Factors [C] of rows as those [C * parts, 1] of their parts, in float32."""
        if isinstance(factors, np.ndarray):
            return np.repeat(factors, self.parts).astype(np.float32)[:, None]
        return tf.cast(tf.repeat(factors, self.parts), tf.float32)[:, None]

    def sizes(self, cut: tf.Tensor) -> tf.Tensor:
        """The L1 norm [C] of rows [C * parts, width]."""
        return self.summed(tf.reduce_sum(tf.abs(cut), axis=1))

    def summed(self, parts: tf.Tensor) -> tf.Tensor:
        """The sums [C] of what parts [C * parts] have, in float64."""
        parts = tf.cast(parts, tf.float64)
        return parts if self.parts == 1 else tf.reduce_sum(tf.reshape(parts, [-1, self.parts]), axis=1)


# Arithmetic on rows, traced.


def by_place(contributions: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """Contributions [..., width] times factors that broadcast to them; by 0 they become it, whatever they are."""

    def scaled() -> tf.Tensor:
        return tf.where(factors == 0, tf.zeros_like(contributions), contributions * factors)

    return tf.cond(tf.reduce_all(factors == 1), lambda: contributions, scaled)


def weighted(weights: tf.Tensor, gathered: tf.Tensor) -> tf.Tensor:
    """[R, width] from weights [R, K] and rows [R, K, width]."""
    return tf.linalg.matvec(gathered, weights, transpose_a=True)


def changes_between(gathered: tf.Tensor) -> tf.Tensor:
    """L1 [R, K - 1] of how rows [R, K, width] change from one to the next."""
    return tf.reduce_sum(tf.abs(gathered[:, 1:] - gathered[:, :-1]), axis=2)


def jump_sizes(gathered: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """sum_i sqrt(sum_k (L_k d_k,i)^2) [R] of the changes d of rows [R, K, width], and lengths [R, K - 1]."""
    lengths = lengths[..., None]
    # Padding repeats a row that may hold anything.
    jumps = tf.where(lengths > 0, lengths * (gathered[:, 1:] - gathered[:, :-1]), 0 * lengths)
    return tf.reduce_sum(tf.sqrt(tf.reduce_sum(jumps * jumps, axis=1)), axis=1)


def moved_by(
    before: tf.Tensor, here: tf.Tensor, after: tf.Tensor, to_left: tf.Tensor, to_right: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """What a node in the middle adds to an integral by the trapezoid, and the changes up to it and from there on.

    Args:
        before: rows [C * parts, width] of the nodes to the left.
        here: of those in the middle.
        after: of those to the right.
        to_left: [C * parts, 1] how far it is from the middle.
        to_right: likewise.
    """
    down, up = here - before, after - here
    return (to_right * down - to_left * up) / 2, down, up


# What the host calls on a store; traced once, whatever the model.


def _shared(*specs: tf.TensorSpec) -> Any:
    return tf.function(autograph=False, input_signature=list(specs))


_STORE = tf.TensorSpec([], tf.resource)
_ROWS, _FLAT = tf.TensorSpec([None, None], tf.float32), tf.TensorSpec([None, 1], tf.float32)
_INDEX, _GRID = tf.TensorSpec([None], tf.int32), tf.TensorSpec([None, None], tf.int32)


def _taken(store: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    found = tf.raw_ops.ResourceGather(resource=store, indices=index, dtype=tf.float32)
    return tf.ensure_shape(found, [*index.shape, None])


@_shared(_STORE, _INDEX, _ROWS)
def _kept(store: tf.Tensor, to: tf.Tensor, cut: tf.Tensor) -> tf.Tensor:
    tf.raw_ops.ResourceScatterUpdate(resource=store, indices=to, updates=cut)
    return tf.reduce_sum(tf.abs(cut), axis=1)


@_shared(_STORE, _STORE, _INDEX, _ROWS, _INDEX, _INDEX, *[_FLAT] * 5, _INDEX)
def _kept_and_moved(
    store: tf.Tensor,
    integrals: tf.Tensor,
    to: tf.Tensor,
    cut: tf.Tensor,
    left: tf.Tensor,
    right: tf.Tensor,
    left_factors: tf.Tensor,
    factors: tf.Tensor,
    right_factors: tf.Tensor,
    to_left: tf.Tensor,
    to_right: tf.Tensor,
    slots: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    sizes = _kept(store, to, cut)
    before = by_place(_taken(store, left), left_factors)
    after = by_place(_taken(store, right), right_factors)
    moved, down, up = moved_by(before, by_place(cut, factors), after, to_left, to_right)
    tf.raw_ops.ResourceScatterAdd(resource=integrals, indices=slots, updates=moved)
    return sizes, tf.reduce_sum(tf.abs(down), axis=1), tf.reduce_sum(tf.abs(up), axis=1)


@_shared(_STORE, _INDEX)
def _sizes(store: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.abs(_taken(store, index)), axis=1)


@_shared(_STORE, _STORE, _GRID, _ROWS, _ROWS, _INDEX)
def _integrated(
    store: tf.Tensor, integrals: tf.Tensor, rows: tf.Tensor, factors: tf.Tensor, weights: tf.Tensor, to: tf.Tensor
) -> tf.Tensor:
    gathered = by_place(_taken(store, rows), factors[..., None])
    tf.raw_ops.ResourceScatterUpdate(resource=integrals, indices=to, updates=weighted(weights, gathered))
    return changes_between(gathered)


@_shared(_STORE, _GRID, _ROWS, _ROWS, _ROWS)
def _exact(
    store: tf.Tensor, rows: tf.Tensor, factors: tf.Tensor, weights: tf.Tensor, lengths: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    gathered = by_place(_taken(store, rows), factors[..., None])
    return weighted(weights, gathered), jump_sizes(gathered, lengths)


class GradientStore:
    """Rows of contributions on the device, found again by number, and integrals by slot.

    Args:
        features: F.
        capacity: rows at a time, unless one path alone needs more. Memory is taken as they come into use, not before.
        slots: of integrals.
    """

    def __init__(self, features: int, capacity: int, slots: int) -> None:
        self.layout, self.capacity = Layout(features), capacity
        self._store = self._variable(capacity)
        self._integrals = self._variable(slots)
        # Rows below the mark have been in use; those given back are taken first.
        self._mark = 0
        self._returned = np.empty(0, np.int64)

    def _variable(self, rows: int) -> tf.Variable:
        return tf.Variable(self.layout.empty(rows), trainable=False, shape=[None, self.layout.width])

    @property
    def free(self) -> int:
        """Rows that can still be kept."""
        return self.capacity - self._mark + len(self._returned)

    @property
    def work_rows(self) -> int:
        """Rows of two arrays, gradients and contributions, that working memory holds."""
        return WORK_BYTES // max(8 * self.layout.features, 1)

    def keep(self, leaves: Sequence[tf.Tensor]) -> tuple[Ints, Float]:
        """Keeps contributions, each leaf [C, *F]; returns their rows [C], and their L1 norms."""
        rows = self._new(int(leaves[0].shape[0]))
        return rows, self._summed(_kept(self._store.handle, self.layout.index(rows), self.layout.cut(leaves)))

    def keep_between(
        self, leaves: Sequence[tf.Tensor], sides: Ints, factors: Float, distances: Float, slots: Ints
    ) -> tuple[Ints, Float, Float]:
        """Keeps contributions of nodes that are each alone between two others, and adds to the integrals.

        Args:
            leaves: each [C, *F].
            sides: [C, 2] rows of the nodes before and after.
            factors: [C, 3] what makes contributions before, here and after those by place.
            distances: [C, 2] in place, from the node before and to the one after.
            slots: [C] whose integrals they belong to.

        Returns:
            Their rows [C], their L1 norms, and the changes [C, 2] up to them and from there on.
        """
        rows, layout = self._new(int(leaves[0].shape[0])), self.layout
        before, after = (layout.index(side) for side in sides.T)
        spread = [layout.each(column) for column in (*factors.T, *distances.T)]
        found = _kept_and_moved(
            self._store.handle,
            self._integrals.handle,
            layout.index(rows),
            layout.cut(leaves),
            before,
            after,
            *spread,
            layout.index(slots),
        )
        sizes, down, up = (self._summed(part) for part in found)
        return rows, sizes, np.stack([down, up], axis=1)

    def sizes(self, slots: Ints) -> Float:
        """The L1 norms [R] of integrals."""
        return self._summed(_sizes(self._integrals.handle, self.layout.index(slots)))

    def integrate(self, slots: Ints, paths: Paths) -> Float:
        """The integrals [R] by the trapezoid, from all gradients of paths; returns changes [R, K - 1] between nodes."""
        weights, factors = trapezoid_weights(paths.places).astype(np.float32), paths.factors.astype(np.float32)
        changes = np.zeros(paths.nodes.alphas[:, 1:].shape)
        for at, part in self._steps(paths):
            rows = (paths.nodes.rows[at] * self.layout.parts + part).astype(np.int32)
            to = (slots[at] * self.layout.parts + part).astype(np.int32)
            found = _integrated(self._store.handle, self._integrals.handle, rows, factors[at], weights[at], to)
            changes[at] += found.numpy()
        return changes

    def exact(self, paths: Paths, weights: Float, lengths: Float) -> tuple[NDArray[np.float32], Float, Float, Float]:
        """Values [R, F], and of each path their sum, their L1 norm and their expected L1 error.

        The error is that of values between whose nodes gradients jump, sqrt(1 / (6 pi)) sum_i sqrt(sum_k (L_k d_k,i)^2),
        where d_k,i is the change of feature i's contribution over the interval k.

        Args:
            paths: [R].
            weights: [R, K] of their contributions.
            lengths: [R, K - 1], the L of the formula.
        """
        # In units of the largest: squares of large scores overflow float32.
        unit = (lengths * paths.nodes.changes[:, :-1]).max(axis=1)
        unit = np.where(np.isfinite(unit) & (unit > 0), unit, 1)
        weights, factors = weights.astype(np.float32), paths.factors.astype(np.float32)
        lengths = (lengths / unit[:, None]).astype(np.float32)
        values = np.empty((len(weights), self.layout.parts, self.layout.width), np.float32)
        errors = np.zeros(len(weights))
        for at, part in self._steps(paths):
            rows = (paths.nodes.rows[at] * self.layout.parts + part).astype(np.int32)
            found, error = _exact(self._store.handle, rows, factors[at], weights[at], lengths[at])
            values[at, part] = found.numpy()
            errors[at] += error.numpy()
        values = values.reshape(len(values), self.layout.parts * self.layout.width)[:, : self.layout.features]
        totals, sizes = values.sum(axis=1, dtype=np.float64), np.abs(values).sum(axis=1, dtype=np.float64)
        return values, totals, sizes, MAP_ERROR_FACTOR * errors * unit

    def release(self, rows: Ints) -> None:
        """Gives rows back."""
        self._returned = np.concatenate([self._returned, rows])

    def _new(self, count: int) -> Ints:
        """Numbers [count] of free rows; of more of them than there were, where one path alone needs them."""
        reused = min(count, len(self._returned))
        rows = np.concatenate([self._returned[:reused], np.arange(self._mark, self._mark + count - reused)])
        self._returned = self._returned[reused:]
        self._mark += count - reused
        if self._mark > self.capacity:
            more = max(self.capacity, self._mark - self.capacity)
            self._store.assign(tf.concat([self._store, self.layout.empty(more)], axis=0))
            self.capacity += more
        return rows

    def _summed(self, parts: tf.Tensor) -> Float:
        """The sums [C] of what parts [C * parts] have."""
        return np.asarray(parts.numpy().reshape(-1, self.layout.parts).sum(axis=1, dtype=np.float64))

    def _steps(self, paths: Paths) -> Iterator[tuple[slice, int]]:
        """Slices of paths, and a part of the features, such that a few arrays of them stay within working memory."""
        n_paths, n_nodes = paths.nodes.alphas.shape
        step = max(1, WORK_BYTES // (16 * self.layout.width * n_nodes))
        for first in range(0, n_paths, step):
            for part in range(self.layout.parts):
                yield slice(first, first + step), part
