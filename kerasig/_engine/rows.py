"""Rows of gradients in a graph: how they are cut, kept, integrated; traced, for `refinement.py`.

As in `store.py`, of which this is what a graph can do: storage goes in and comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from kerasig._engine import row_layout, store
from kerasig._engine.columns import diff
from kerasig._engine.nodes import Paths
from kerasig._engine.piecewise import trapezoid_weights
from kerasig._engine.row_layout import RowLayout
from kerasig._engine.verdicts import Exact
from kerasig._quadrature.error_estimates import MAP_ERROR_FACTOR


@dataclass(frozen=True)
class Rows:
    """Arithmetic on rows of F features.

    Args:
        features: F.
        static: whether all shapes must be known beforehand.
    """

    features: int
    static: bool

    @property
    def layout(self) -> RowLayout:
        """How rows are cut."""
        return RowLayout(self.features)

    @property
    def parts(self) -> int:
        """How many parts a row has."""
        return self.layout.parts

    def empty(self, rows: Any) -> tf.Tensor:
        """Storage for rows, of any numbers."""
        return self.layout.empty(rows)

    def cut(self, leaves: Sequence[tf.Tensor]) -> tf.Tensor:
        """See `RowLayout.cut`."""
        return self.layout.cut(leaves)

    def joined(self, array: tf.Tensor, count: Any) -> tf.Tensor:
        """The first rows of storage as [count, F]."""
        return tf.reshape(array, [-1, self.parts * self.layout.width])[:count, : self.features]

    def index(self, rows: tf.Tensor) -> tf.Tensor:
        """Where rows [C] lie: [C * parts]."""
        if self.parts == 1:
            return rows
        return tf.reshape(rows[:, None] * self.parts + tf.range(self.parts)[None], [-1])

    def each(self, factors: tf.Tensor) -> tf.Tensor:
        """Factors [C] of rows as those [C * parts, 1] of their parts."""
        repeated = factors if self.parts == 1 else tf.repeat(factors, self.parts)
        return tf.expand_dims(tf.cast(repeated, tf.float32), 1)

    def sizes(self, cut: tf.Tensor) -> tf.Tensor:
        """The L1 norms [C] of rows [C * parts, width]."""
        parts = tf.cast(row_layout.l1(cut), tf.float64)
        return parts if self.parts == 1 else tf.reduce_sum(tf.reshape(parts, [-1, self.parts]), axis=1)

    def integrated(
        self, kept: tf.Tensor, running: tf.Tensor, slots: tf.Tensor, paths: Paths, wanted: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Integrals by the trapezoid into `running`, and changes [R, K - 1] from node to node, from all gradients.

        Args:
            kept: gradients.
            running: where the integral of the path in each slot goes; its last row is nobody's.
            slots: [R] of the paths.
            paths: [R].
            wanted: [R] which of them.
        """
        weights = tf.cast(trapezoid_weights(paths.places), tf.float32)

        def visit(state: tuple[tf.Tensor, ...], *places: tf.Tensor) -> tuple[Any, Any]:
            running, changes = state
            at, part, to, valid = places
            gathered = self._gathered(kept, paths, at, part)
            values = row_layout.weighted(tf.gather(weights, at), gathered)
            change = tf.cast(row_layout.l1(diff(gathered)), changes.dtype)
            return (
                tf.tensor_scatter_nd_update(running, to[:, None], values),
                tf.tensor_scatter_nd_add(changes, at[:, None], tf.where(valid, change, tf.zeros_like(change))),
            )

        nothing = tf.zeros_like(paths.nodes.alphas[:, 1:])
        return self._visited(paths, slots, wanted, visit, (running, nothing))

    def exact(
        self,
        kept: tf.Tensor,
        out: tf.Tensor,
        numbers: tf.Tensor,
        paths: Paths,
        weights: tf.Tensor,
        lengths: tf.Tensor,
        wanted: tf.Tensor,
    ) -> tuple[tf.Tensor, Exact]:
        """Values into `out`, and what they are in a few numbers; see `GradientStore.exact`.

        Args:
            kept: gradients.
            out: where the values of each path go; its last row is nobody's.
            numbers: [R] of the paths in `out`.
            paths: [R].
            weights: [R, K] of their contributions.
            lengths: [R, K - 1].
            wanted: [R] which of the paths.
        """
        # In units of the largest: squares of large scores overflow float32.
        unit = tf.reduce_max(lengths * paths.nodes.changes[:, :-1], axis=1)
        unit = tf.where(tf.math.is_finite(unit) & (unit > 0), unit, tf.ones_like(unit))
        lengths = tf.cast(lengths / unit[:, None], tf.float32)[..., None]
        weights = tf.cast(weights, tf.float32)

        def visit(state: tuple[tf.Tensor, ...], *places: tf.Tensor) -> tuple[Any, Any]:
            out, found = state
            at, part, to, valid = places
            gathered = self._gathered(kept, paths, at, part)
            values = row_layout.weighted(tf.gather(weights, at), gathered)
            columns = [
                tf.reduce_sum(tf.cast(values, tf.float64), axis=1),
                tf.cast(row_layout.l1(values), tf.float64),
                tf.cast(row_layout.jump_sizes(diff(gathered), tf.gather(lengths, at)), tf.float64),
            ]
            return (
                tf.tensor_scatter_nd_update(out, to[:, None], values),
                tf.tensor_scatter_nd_add(
                    found, at[:, None], tf.where(valid, tf.stack(columns, axis=1), tf.zeros([], tf.float64))
                ),
            )

        nothing = tf.zeros([tf.shape(weights)[0], 3], tf.float64)
        out, found = self._visited(paths, numbers, wanted, visit, (out, nothing))
        return out, Exact(found[:, 0], found[:, 1], MAP_ERROR_FACTOR * found[:, 2] * unit)

    def _gathered(self, kept: tf.Tensor, paths: Paths, at: tf.Tensor, part: tf.Tensor) -> tf.Tensor:
        """A part of the contributions by place [B, K, width] of some paths [B]."""
        found = tf.gather(kept, tf.gather(paths.nodes.rows, at) * self.parts + part)
        return by_place(found, tf.gather(paths.factors, at)[..., None])

    def _visited(
        self,
        paths: Paths,
        targets: tf.Tensor,
        wanted: tf.Tensor,
        visit: Callable[..., tuple[tf.Tensor, ...]],
        state: tuple[tf.Tensor, tf.Tensor],
    ) -> Any:
        """The state after `visit(state, paths [B], part, row to write [B], whether to [B, 1])` of each part.

        Visited are the wanted paths, and where shapes are fixed others that only fill up.

        The first of the state is storage, whose last row is nobody's; the second is by path.
        """
        count = tf.reduce_sum(tf.cast(wanted, tf.int32))
        order = tf.argsort(tf.cast(~wanted, tf.int32), stable=True)
        n_paths, n_nodes = tf.shape(paths.nodes.alphas)[0], tf.shape(paths.nodes.alphas)[1]
        # Four arrays of that size are alive at once.
        most: Any = tf.maximum(store.WORK_BYTES // (16 * self.layout.width * n_nodes), 1)
        if self.static:
            shape = paths.nodes.alphas.shape
            most = max(1, min(int(shape[0]), store.WORK_BYTES // (16 * self.layout.width * int(shape[1]))))
        nobody = tf.shape(state[0])[0] // self.parts - 1

        def step(first: tf.Tensor, part: tf.Tensor, *state: tf.Tensor) -> tuple[tf.Tensor, ...]:
            places = first + tf.range(most if self.static else tf.minimum(most, count - first))
            at = tf.gather(order, tf.minimum(places, n_paths - 1))
            valid = places < count
            to = tf.where(valid, tf.gather(targets, at), nobody) * self.parts + part
            state = visit(state, at, part, to, valid[:, None])
            last = part + 1 == self.parts
            return tf.where(last, first + most, first), tf.where(last, 0, part + 1), *state

        found = tf.while_loop(
            lambda first, *_: first < count,
            step,
            (tf.constant(0), tf.constant(0), *state),
            parallel_iterations=1,
        )
        return found[2], found[3]


def by_place(contributions: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    """`row_layout.by_place`, only where any of the factors is not 1."""
    factors = tf.cast(factors, tf.float32)
    plain = tf.reduce_all(factors == 1)
    return tf.cond(plain, lambda: contributions, lambda: row_layout.by_place(contributions, factors))
