"""Gradients that refinement still needs, kept in rows of one array, on the device that computes them.

A row holds the contributions of one node, all leaves one after the other. Long rows are cut into parts of equal length,
so that what goes through many of them can take a part at a time: the store is [rows * parts, width]. Shapes: R paths
and K nodes as in `nodes.py`, C points, F features over all leaves.
"""

from __future__ import annotations

import abc
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.microbatch import has_accelerator
from kerasig._engine.nodes import Paths
from kerasig._engine.piecewise import trapezoid_weights
from kerasig._engine.row_layout import RowLayout
from kerasig._quadrature.error_estimates import MAP_ERROR_FACTOR

Float = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

# Memory for the gradients of paths that are not finished. Where one path's own may need more, that is the bound.
STORE_BYTES = 512 << 20
# What is set aside on a processor.
AT_ONCE = 4 << 30
# What one step of arithmetic over stored rows works on, so that temporaries stay small whatever the number of paths.
WORK_BYTES = 64 << 20
# Gradients of several calls of the model are put together up to here: to look at those of each call would cost more.
JOINED_BYTES = 4 << 20


class GradientStore(abc.ABC):
    """Rows of contributions, found again by number, and integrals by slot.

    Args:
        features: F.
        capacity: most rows at a time. Their memory is taken as they come into use, not before.
        slots: of integrals.
    """

    def __init__(self, features: int, capacity: int, slots: int) -> None:
        self.layout, self.capacity = RowLayout(features), capacity
        # Address space, of which memory is taken as rows come into use; on an accelerator it is memory at once.
        at_once = (STORE_BYTES if has_accelerator() else AT_ONCE) // (4 * max(features, 1))
        # Rows never move: to copy a large store would take twice its bound.
        self._block_rows = min(capacity, max(at_once, 1))
        self._blocks, self._integrals = [self._empty(self._block_rows)], self._empty(slots)
        # Rows below the mark have been in use; those given back are taken first.
        self._mark = 0
        self._returned = np.empty(0, np.int64)

    @property
    def free(self) -> int:
        """Rows that can still be kept."""
        return self.capacity - self._mark + len(self._returned)

    @property
    def joined_rows(self) -> int:
        """Rows of two arrays, gradients and contributions, that calls are put together for."""
        return JOINED_BYTES // max(8 * self.layout.features, 1)

    def keep(self, leaves: Sequence[tf.Tensor]) -> tuple[Ints, Float]:
        """Keeps contributions, each leaf [C, *F]; returns their rows [C], and their L1 norms."""
        rows, sizes, _ = self._keep(leaves)
        return rows, sizes

    def _keep(self, leaves: Sequence[tf.Tensor]) -> tuple[Ints, Float, Any]:
        rows, cut = self._new(int(leaves[0].shape[0])), self._cut(leaves)
        self._write(self.layout.index(rows), cut)
        return rows, self._summed(self._l1(cut)), cut

    def keep_between(
        self, leaves: Sequence[tf.Tensor], sides: Ints, factors: Float | None, distances: Float, slots: Ints
    ) -> tuple[Ints, Float, Float]:
        """Keeps contributions of nodes that are each alone between two others, and adds to the integrals.

        Args:
            leaves: each [C, *F].
            sides: [C, 2] rows of the nodes before and after.
            factors: [C, 3] what makes contributions before, here and after those by place; None where they are 1.
            distances: [C, 2] in place, from the node before and to the one after.
            slots: [C] whose integrals they belong to, those of each one after the other.

        Returns:
            Their rows [C], their L1 norms, and the changes [C, 2] up to them and from there on.
        """
        rows, sizes, cut = self._keep(leaves)
        changes = np.empty(distances.shape)
        parts = self.layout.parts
        # Of three rows for each node, and what is made of them.
        step = max(1, WORK_BYTES // (24 * parts * self.layout.width))
        for first in range(0, len(rows), step):
            at = slice(first, first + step)
            here = cut if step >= len(rows) else cut[first * parts : (first + step) * parts]
            own = None if factors is None else factors[at]
            changes[at] = self._between(sides[at], here, own, distances[at], slots[at])
        return rows, sizes, changes

    def _between(self, sides: Ints, here: Any, factors: Float | None, distances: Float, slots: Ints) -> Float:
        """Adds to the integrals what nodes `here` make between those in rows `sides` [C, 2]; returns the changes."""
        layout = self.layout
        before, after = (self._kept(layout.index(rows)) for rows in sides.T)
        if factors is not None and (factors != 1).any():
            each = (layout.each(column) for column in factors.T)
            before, here, after = (self._by_place(*pair) for pair in zip((before, here, after), each, strict=True))
        down, up = here - before, after - here
        to_left, to_right = (layout.each(column) for column in distances.T / 2)
        self._add(self._integrals, slots, to_right * down - to_left * up)
        return np.stack([self._summed(self._l1(down)), self._summed(self._l1(up))], axis=1)

    def sizes(self, slots: Ints) -> Float:
        """The L1 norms [R] of integrals."""
        return self._summed(self._l1(self._rows(self._integrals, self.layout.index(slots))))

    def integrate(self, slots: Ints, paths: Paths) -> Float:
        """The integrals [R] by the trapezoid, from all gradients of paths; returns changes [R, K - 1] between nodes."""
        weights, factors = trapezoid_weights(paths.places).astype(np.float32, order="C"), paths.factors
        changes = np.zeros(paths.nodes.alphas[:, 1:].shape)
        for at, part in self._steps(paths):
            values: Any = 0
            for nodes, again, gathered in self._windows(paths.nodes.rows[at], factors[at], part):
                values = values + self._weighted(weights[at, nodes][:, again:], gathered[:, again:])
                changes[at, nodes.start : nodes.stop - 1] += np.asarray(self._l1(self._jumps(gathered)))
            self._put(self._integrals, (slots[at] * self.layout.parts + part).astype(np.int32), values)
        return changes

    def exact(self, paths: Paths, weights: Float, lengths: Float) -> tuple[NDArray[np.float32], Float, Float, Float]:
        """Values [R, F], and of each path their sum, their L1 norm and their expected L1 error.

        The error is that of values between whose nodes gradients jump,

            sqrt(1 / (6 pi)) sum_i sqrt(sum_k (L_k d_k,i)^2),

        where d_k,i is the change of feature i's contribution over the interval k.

        Args:
            paths: [R].
            weights: [R, K] of their contributions.
            lengths: [R, K - 1], the L of the formula.
        """
        # In units of the largest: squares of large scores overflow float32.
        unit = (lengths * paths.nodes.changes[:, :-1]).max(axis=1)
        unit = np.where(np.isfinite(unit) & (unit > 0), unit, 1)
        single, factors = weights.astype(np.float32, order="C"), paths.factors
        shares = (lengths / unit[:, None]).astype(np.float32, order="C")[..., None]
        values = np.empty((len(weights), self.layout.parts, self.layout.width), np.float32)
        errors = np.zeros(len(weights))
        for at, part in self._steps(paths):
            total: Any = 0
            squares: Any = 0
            for nodes, again, gathered in self._windows(paths.nodes.rows[at], factors[at], part):
                total = total + self._weighted(single[at, nodes][:, again:], gathered[:, again:])
                intervals = slice(nodes.start, nodes.stop - 1)
                squares = squares + self._jump_squares(self._jumps(gathered), shares[at, intervals])
            values[at, part] = total
            errors[at] += np.sqrt(np.asarray(squares)).sum(axis=1, dtype=np.float64)
        values = values.reshape(len(values), self.layout.parts * self.layout.width)[:, : self.layout.features]
        totals, sizes = values.sum(axis=1, dtype=np.float64), np.abs(values).sum(axis=1, dtype=np.float64)
        return values, totals, sizes, MAP_ERROR_FACTOR * errors * unit

    def release(self, rows: Ints) -> None:
        """Gives rows back."""
        self._returned = np.concatenate([self._returned, rows])

    def _new(self, count: int) -> Ints:
        """Numbers [count] of free rows."""
        reused = min(count, len(self._returned))
        rows = np.concatenate([self._returned[:reused], np.arange(self._mark, self._mark + count - reused)])
        self._returned = self._returned[reused:]
        self._mark += count - reused
        while self._mark > len(self._blocks) * self._block_rows:
            more = min(self._block_rows, self.capacity - len(self._blocks) * self._block_rows)
            self._blocks.append(self._empty(more))
        return rows

    def _kept(self, index: Ints) -> Any:
        """Copies of what is kept [*index.shape, width]."""
        if len(self._blocks) == 1:
            return self._rows(self._blocks[0], index)
        flat, found, order = index.ravel(), [], []
        for block, at, places in self._places(flat):
            found.append(self._rows(block, places))
            order.append(at)
        back = np.argsort(np.concatenate(order)).astype(np.int32)
        return self._arranged(found, back.reshape(index.shape))

    def _write(self, index: Ints, rows: Any) -> None:
        """Keeps rows."""
        if len(self._blocks) == 1:
            self._put(self._blocks[0], index, rows)
            return
        for block, at, places in self._places(index):
            self._put(block, places, self._arranged([rows], at))

    def _places(self, index: Ints) -> Iterator[tuple[Any, Ints, Ints]]:
        """Each block that has some of the index [C], which of them, and where in it they are."""
        numbers, places = np.divmod(index, self._block_rows * self.layout.parts)
        for number in np.unique(numbers):
            at = np.flatnonzero(numbers == number).astype(np.int32)
            yield self._blocks[number], at, places[at].astype(np.int32)

    def _gathered(self, rows: Ints, factors: Float, part: int) -> Any:
        """A part of the contributions by place [R, K, width] in rows [R, K]."""
        found = self._kept((rows * self.layout.parts + part).astype(np.int32))
        return found if (factors == 1).all() else self._by_place(found, factors[..., None].astype(np.float32))

    def _summed(self, parts: Any) -> Float:
        """The sums [C] of what parts [C * parts] have."""
        if self.layout.parts == 1:
            return np.asarray(parts, np.float64)
        return np.asarray(np.asarray(parts).reshape(-1, self.layout.parts).sum(axis=1, dtype=np.float64))

    def _steps(self, paths: Paths) -> Iterator[tuple[slice, int]]:
        """Slices of paths, and a part of the features, such that a few arrays of them stay within working memory."""
        n_paths, n_nodes = paths.nodes.alphas.shape
        step = max(1, WORK_BYTES // (16 * self.layout.width * n_nodes))
        for first in range(0, n_paths, step):
            for part in range(self.layout.parts):
                yield slice(first, first + step), part

    def _windows(self, rows: Ints, factors: Float, part: int) -> Iterator[tuple[slice, int, Any]]:
        """A part of the contributions by place in rows [R, K], as many nodes at a time as working memory holds.

        Yields which nodes they are, how many of these came before, which is the last one, and they [R, nodes, width].
        """
        n_nodes = rows.shape[1]
        most = max(2, WORK_BYTES // (16 * self.layout.width * len(rows)))
        for first in range(0, n_nodes - 1, most - 1):
            nodes = slice(first, min(first + most, n_nodes))
            yield nodes, int(first > 0), self._gathered(rows[:, nodes], factors[:, nodes], part)

    # Arithmetic on rows, where they are.

    @abc.abstractmethod
    def _empty(self, rows: int) -> Any:
        """Storage for rows, of any numbers."""

    @abc.abstractmethod
    def _arranged(self, parts: list[Any], order: Ints) -> Any:
        """Rows [*order.shape, width] of all parts, one after the other."""

    @abc.abstractmethod
    def _cut(self, leaves: Sequence[tf.Tensor]) -> Any:
        """See `RowLayout.cut`."""

    @abc.abstractmethod
    def _put(self, storage: Any, index: Ints, rows: Any) -> None:
        """Writes rows at their places."""

    @abc.abstractmethod
    def _add(self, storage: Any, slots: Ints, rows: Any) -> None:
        """Adds rows [C * parts, width] to those of slots [C], of which the same ones come one after the other."""

    @abc.abstractmethod
    def _rows(self, storage: Any, index: Ints) -> Any:
        """Copies of rows."""

    @abc.abstractmethod
    def _by_place(self, contributions: Any, factors: Any) -> Any:
        """Contributions [..., width] times factors that broadcast to them; by 0 they become it, whatever they are."""

    @abc.abstractmethod
    def _l1(self, rows: Any) -> Any:
        """The L1 norms [...] of rows [..., width]."""

    @abc.abstractmethod
    def _weighted(self, weights: Any, gathered: Any) -> Any:
        """[R, width] from weights [R, K] and rows [R, K, width]."""

    @abc.abstractmethod
    def _jumps(self, gathered: Any) -> Any:
        """How rows [R, K, width] change [R, K - 1, width] from one to the next."""

    @abc.abstractmethod
    def _jump_squares(self, jumps: Any, lengths: Any) -> Any:
        """sum_k (L_k d_k,i)^2 [R, width] of changes d [R, K - 1, width], and lengths [R, K - 1, 1]."""
