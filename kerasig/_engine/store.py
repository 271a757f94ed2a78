"""Gradients that refinement still needs, kept on the device in rows of one array; traced.

A row holds the contributions of one node, all leaves one after the other. Long rows are cut into parts of equal length,
so that what goes through many of them can take a part at a time: the store is [rows * parts, width]. Shapes: R paths
and K nodes as in `nodes.py`, F features over all leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from kerasig._engine.columns import diff
from kerasig._engine.nodes import Paths
from kerasig._engine.piecewise import trapezoid_weights
from kerasig._quadrature.error_estimates import MAP_ERROR_FACTOR

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

    def empty(self, rows: tf.Tensor | int) -> tf.Tensor:
        """[rows * parts, width] of any numbers: memory is taken as rows come into use."""
        return tf.raw_ops.Empty(shape=[rows * self.parts, self.width], dtype=tf.float32)

    def zeros(self, rows: tf.Tensor | int) -> tf.Tensor:
        """[rows * parts, width]"""
        return tf.zeros([rows * self.parts, self.width])

    def cut(self, leaves: Sequence[tf.Tensor]) -> tf.Tensor:
        """Leaves [C, *F] as [C * parts, width]."""
        flat = [tf.cast(tf.reshape(leaf, [-1, leaf.shape[1:].num_elements()]), tf.float32) for leaf in leaves]
        missing = self.parts * self.width - self.features
        if missing:
            flat.append(tf.zeros([tf.shape(flat[0])[0], missing]))
        joined = flat[0] if len(flat) == 1 else tf.concat(flat, axis=1)
        return tf.reshape(joined, [-1, self.width])

    def joined(self, array: tf.Tensor, rows: tf.Tensor) -> tf.Tensor:
        """The first rows of [rows * parts, width] as [rows, F]."""
        whole = tf.reshape(array, [-1, self.parts * self.width])
        return whole[:rows, : self.features]

    def index(self, rows: tf.Tensor) -> tf.Tensor:
        """Where rows [C] lie: [C * parts]."""
        return tf.reshape(rows[:, None] * self.parts + tf.range(self.parts)[None], [-1])

    def each(self, factors: tf.Tensor) -> tf.Tensor:
        """Factors [C] of rows as those [C * parts, 1] of their parts."""
        return tf.cast(tf.repeat(factors, self.parts), tf.float32)[:, None]

    def sizes(self, cut: tf.Tensor) -> tf.Tensor:
        """The L1 norm [C] of rows [C * parts, width]."""
        return self.summed(tf.reduce_sum(tf.abs(cut), axis=1))

    def summed(self, parts: tf.Tensor) -> tf.Tensor:
        """The sums [C] of what parts [C * parts] have, in float64."""
        parts = tf.cast(parts, tf.float64)
        return parts if self.parts == 1 else tf.reduce_sum(tf.reshape(parts, [-1, self.parts]), axis=1)


class Exact(NamedTuple):
    """Values of R paths from all of their gradients."""

    totals: tf.Tensor  # [R] their sum
    sizes: tf.Tensor  # [R] their L1 norm
    map_errors: tf.Tensor  # [R]


def integrated(
    layout: Layout, store: tf.Tensor, running: tf.Tensor, slots: tf.Tensor, paths: Paths, wanted: tf.Tensor, static: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """Integrals by the trapezoid into `running`, and changes [R, K - 1] from node to node, from all gradients.

    Args:
        layout: of store and running.
        store: of gradients.
        running: where the integral of the path in each slot goes.
        slots: [R] of the paths.
        paths: [R].
        wanted: [R] which of them.
        static: whether all shapes must be known beforehand.
    """
    weights = tf.cast(trapezoid_weights(paths.places), tf.float32)

    def visit(state: tuple[tf.Tensor, ...], at: tf.Tensor, part: tf.Tensor, valid: tf.Tensor) -> tuple[tf.Tensor, ...]:
        running, changes = state
        gathered = _gathered(layout, store, paths, at, part)
        change = tf.reduce_sum(tf.abs(diff(gathered)), axis=2)
        values = tf.einsum("rk,rkf->rf", tf.gather(weights, at), gathered)
        # What is not valid goes where nobody looks: to the slot after the last.
        nowhere = tf.shape(running)[0] // layout.parts - 1
        to = tf.where(valid, tf.gather(slots, at), nowhere) * layout.parts + part
        added = tf.where(valid[:, None], tf.cast(change, changes.dtype), tf.zeros_like(change, changes.dtype))
        return (
            tf.tensor_scatter_nd_update(running, to[:, None], values),
            tf.tensor_scatter_nd_add(changes, at[:, None], added),
        )

    nothing = tf.zeros_like(paths.nodes.alphas[:, 1:])
    running, changes = _visited(layout, paths, wanted, static, visit, (running, nothing))
    return running, changes


def exact(
    layout: Layout,
    store: tf.Tensor,
    out: tf.Tensor,
    numbers: tf.Tensor,
    paths: Paths,
    weights: tf.Tensor,
    lengths: tf.Tensor,
    wanted: tf.Tensor,
    static: bool,
) -> tuple[tf.Tensor, Exact]:
    """Values into `out` by `weights` [R, K], and the expected L1 error of values between whose nodes gradients jump.

    sqrt(1 / (6 pi)) sum_i sqrt(sum_k (L_k d_k,i)^2), where d_k,i is the change of feature i's contribution over the
    interval k, and L_k are `lengths` [R, K - 1].

    Args:
        layout: of store and out.
        store: of gradients.
        out: where the values of each path go.
        numbers: [R] of the paths in `out`.
        paths: [R].
        weights: see above.
        lengths: see above.
        wanted: [R] which of the paths.
        static: whether all shapes must be known beforehand.
    """
    # In units of the largest: squares of large scores overflow float32.
    unit = tf.reduce_max(lengths * paths.nodes.changes[:, :-1], axis=1)
    unit = tf.where(tf.math.is_finite(unit) & (unit > 0), unit, tf.ones_like(unit))
    scaled = tf.cast(lengths / unit[:, None], tf.float32)
    weights = tf.cast(weights, tf.float32)

    def visit(state: tuple[tf.Tensor, ...], at: tf.Tensor, part: tf.Tensor, valid: tf.Tensor) -> tuple[tf.Tensor, ...]:
        out, found = state
        gathered = _gathered(layout, store, paths, at, part)
        values = tf.einsum("rk,rkf->rf", tf.gather(weights, at), gathered)
        factor = tf.gather(scaled, at)[..., None]
        jumps = tf.where(factor > 0, factor * diff(gathered), 0 * factor)
        squares = tf.reduce_sum(jumps * jumps, axis=1)
        columns = [
            tf.reduce_sum(tf.cast(values, tf.float64), axis=1),
            tf.cast(tf.reduce_sum(tf.abs(values), axis=1), tf.float64),
            tf.cast(tf.reduce_sum(tf.sqrt(squares), axis=1), tf.float64),
        ]
        added = tf.where(valid[:, None], tf.stack(columns, axis=1), tf.zeros_like(columns[0])[:, None])
        nowhere = tf.shape(out)[0] // layout.parts - 1
        to = tf.where(valid, tf.gather(numbers, at), nowhere) * layout.parts + part
        return (
            tf.tensor_scatter_nd_update(out, to[:, None], values),
            tf.tensor_scatter_nd_add(found, at[:, None], added),
        )

    nothing = tf.zeros([tf.shape(lengths)[0], 3], tf.float64)
    out, found = _visited(layout, paths, wanted, static, visit, (out, nothing))
    return out, Exact(found[:, 0], found[:, 1], MAP_ERROR_FACTOR * found[:, 2] * unit)


def _gathered(layout: Layout, store: tf.Tensor, paths: Paths, at: tf.Tensor, part: tf.Tensor) -> tf.Tensor:
    """A part of the contributions by place [B, K, width] of some paths [B]."""
    rows = tf.gather(paths.nodes.rows, at)
    found = tf.gather(store, rows * layout.parts + part)
    return by_place(found, tf.gather(paths.factors, at)[..., None])


def by_place(contributions: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """Contributions [..., width] times factors that broadcast to them; by 0 they become it, whatever they are."""
    plain = tf.reduce_all(factors == 1)
    factors = tf.cast(factors, tf.float32)

    def scaled() -> tf.Tensor:
        return tf.where(factors == 0, tf.zeros_like(contributions), contributions * factors)

    return tf.cond(plain, lambda: contributions, scaled)


def _visited(
    layout: Layout,
    paths: Paths,
    wanted: tf.Tensor,
    static: bool,
    visit: Callable[..., tuple[tf.Tensor, ...]],
    state: tuple[tf.Tensor, ...],
) -> tuple[tf.Tensor, ...]:
    """The state after `visit(state, paths [B], part, whether valid [B])` of each part of the wanted paths."""
    count = tf.reduce_sum(tf.cast(wanted, tf.int32))
    order = tf.argsort(tf.cast(~wanted, tf.int32), stable=True)
    n_paths, n_nodes = tf.shape(paths.nodes.alphas)[0], tf.shape(paths.nodes.alphas)[1]
    # Four arrays of that size are alive at once.
    most = tf.maximum(WORK_BYTES // (16 * layout.width * n_nodes), 1)
    if static:
        alphas = paths.nodes.alphas.shape
        most = max(1, min(alphas[0], WORK_BYTES // (16 * layout.width * alphas[1])))

    def step(first: tf.Tensor, part: tf.Tensor, *state: tf.Tensor) -> tuple[tf.Tensor, ...]:
        places = first + tf.range(most if static else tf.minimum(most, count - first))
        at = tf.gather(order, tf.minimum(places, n_paths - 1))
        state = visit(state, at, part, places < count)
        last = part + 1 == layout.parts
        return tf.where(last, first + most, first), tf.where(last, 0, part + 1), *state

    return tf.while_loop(
        lambda first, *_: first < count,
        step,
        (tf.constant(0), tf.constant(0), *state),
        shape_invariants=(tf.TensorShape([]), tf.TensorShape([]), *(part.shape for part in state)),
        parallel_iterations=1,
    )[2:]
