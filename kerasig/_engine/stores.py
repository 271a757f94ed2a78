"""The stores of gradients: on an accelerator, and in NumPy's arrays for short rows and for long ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.microbatch import has_accelerator
from kerasig._engine.row_layout import by_place, jump_squares, l1, weighted
from kerasig._engine.store import GradientStore

Float = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

# Features up to which a row is short.
SHORT = 1 << 12
# Features up to which another way of adding them up is faster.
_FEW = 1 << 10


class DeviceStore(GradientStore):
    """Rows on the device, which never leave it."""

    def _empty(self, rows: int) -> tf.Variable:
        return tf.Variable(self.layout.empty(rows), trainable=False, shape=[None, self.layout.width])

    def _arranged(self, parts: list[tf.Tensor], order: Ints) -> tf.Tensor:
        return tf.gather(parts[0] if len(parts) == 1 else tf.concat(parts, axis=0), order)

    def _cut(self, leaves: Sequence[tf.Tensor]) -> tf.Tensor:
        return self.layout.cut(leaves)

    def _put(self, storage: tf.Variable, index: Ints, rows: tf.Tensor) -> None:
        tf.raw_ops.ResourceScatterUpdate(resource=storage.handle, indices=index, updates=rows)

    def _add(self, storage: tf.Variable, slots: Ints, rows: tf.Tensor) -> None:
        index = self.layout.index(slots)
        tf.raw_ops.ResourceScatterAdd(resource=storage.handle, indices=index, updates=rows)

    def _rows(self, storage: tf.Variable, index: Ints) -> tf.Tensor:
        return tf.raw_ops.ResourceGather(resource=storage.handle, indices=index, dtype=tf.float32)

    def _by_place(self, contributions: tf.Tensor, factors: Any) -> tf.Tensor:
        return by_place(contributions, factors)

    def _l1(self, rows: tf.Tensor) -> tf.Tensor:
        return l1(rows)

    def _weighted(self, weights: Any, gathered: tf.Tensor) -> tf.Tensor:
        return weighted(weights, gathered)

    def _jumps(self, gathered: tf.Tensor) -> tf.Tensor:
        return gathered[:, 1:] - gathered[:, :-1]

    def _jump_squares(self, jumps: tf.Tensor, lengths: Any) -> tf.Tensor:
        return jump_squares(jumps, lengths)


class HostStore(GradientStore):
    """Rows in NumPy's arrays: short ones go through an operation together, as each costs more than what it does."""

    def _empty(self, rows: int) -> NDArray[np.float32]:
        return np.empty((rows * self.layout.parts, self.layout.width), np.float32)

    def _arranged(self, parts: list[NDArray[np.float32]], order: Ints) -> NDArray[np.float32]:
        return (parts[0] if len(parts) == 1 else np.concatenate(parts))[order]

    def _cut(self, leaves: Sequence[tf.Tensor]) -> NDArray[np.float32]:
        # Not by `numpy()`, which copies.
        flat = [np.asarray(leaf).reshape(int(leaf.shape[0]), -1).astype(np.float32, copy=False) for leaf in leaves]
        joined = flat[0] if len(flat) == 1 else np.concatenate(flat, axis=1)
        missing = self.layout.parts * self.layout.width - self.layout.features
        return (np.pad(joined, ((0, 0), (0, missing))) if missing else joined).reshape(-1, self.layout.width)

    def _put(self, storage: NDArray[np.float32], index: Ints, rows: NDArray[np.float32]) -> None:
        storage[index] = rows

    def _add(self, storage: NDArray[np.float32], slots: Ints, rows: NDArray[np.float32]) -> None:
        # The first of each slot at once, then the second, and so on: in the order in which they are.
        whole, rows = (array.reshape(-1, self.layout.parts * self.layout.width) for array in (storage, rows))
        firsts = np.flatnonzero(np.concatenate([[True], slots[1:] != slots[:-1]]))
        counts = np.diff(firsts, append=len(slots))
        for number in range(int(counts.max(initial=0))):
            at = firsts[counts > number] + number
            whole[slots[at]] += rows[at]

    def _rows(self, storage: NDArray[np.float32], index: Ints) -> NDArray[np.float32]:
        return np.take(storage, index, axis=0)

    def _by_place(self, contributions: NDArray[np.float32], factors: Any) -> NDArray[np.float32]:
        return np.where(factors == 0, np.float32(0), contributions * factors)

    def _l1(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        sizes = np.abs(rows)
        if rows.shape[-1] > _FEW:
            return sizes.sum(axis=-1, dtype=np.float64)
        return np.einsum("...f->...", sizes.astype(np.float64))

    def _weighted(self, weights: NDArray[np.float32], gathered: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.einsum("rk,rkf->rf", weights, gathered)

    def _jumps(self, gathered: NDArray[np.float32]) -> NDArray[np.float32]:
        return gathered[:, 1:] - gathered[:, :-1]

    def _jump_squares(self, jumps: NDArray[np.float32], lengths: NDArray[np.float32]) -> NDArray[Any]:
        scaled = lengths * jumps
        return np.einsum("rkf,rkf->rf", scaled, scaled)


class LongHostStore(HostStore):
    """The same for long rows: a part after the other, so that what is made of it stays in the processor's cache."""

    def _between(self, sides: Ints, here: Any, factors: Float | None, distances: Float, slots: Ints) -> Float:
        parts, buffers = self.layout.parts, np.empty((2, self.layout.width), np.float32)
        changes, steps = np.zeros(distances.shape), (distances / 2).astype(np.float32)
        each = None if factors is None or (factors == 1).all() else factors.astype(np.float32)
        for node, ((left, right), slot, (to_left, to_right)) in enumerate(zip(sides, slots, steps, strict=True)):
            for part in range(parts):
                before, own, after = self._part(left, part), here[node * parts + part], self._part(right, part)
                if each is not None:
                    before, own, after = map(self._by_place, (before, own, after), each[node])
                down, up = np.subtract(own, before, out=buffers[0]), np.subtract(after, own, out=buffers[1])
                self._integrals[slot * parts + part] += to_right * down - to_left * up
                changes[node] += _summed(np.abs(buffers, out=buffers))
        return changes

    def _part(self, row: int, part: int) -> NDArray[np.float32]:
        """A part of a row, where it lies."""
        number, place = divmod(row * self.layout.parts + part, self._block_rows * self.layout.parts)
        return self._blocks[number][place]

    def _l1(self, rows: NDArray[np.float32]) -> NDArray[Any]:
        buffer, flat = np.empty(rows.shape[-1], np.float32), rows.reshape(-1, rows.shape[-1])
        sizes = [_summed(np.abs(row, out=buffer)) for row in flat]
        return np.array(sizes, np.float64).reshape(rows.shape[:-1])


def _summed(sizes: NDArray[np.float32]) -> Any:
    """The sums along the last axis; in float64, which takes longer, where float32 does not hold one."""
    found = sizes.sum(axis=-1)
    return found if np.isfinite(found).all() else sizes.sum(axis=-1, dtype=np.float64)


def store_for(features: int, capacity: int, slots: int) -> GradientStore:
    """The store that suits rows of so many features, and the device."""
    if has_accelerator():
        return DeviceStore(features, capacity, slots)
    return (HostStore if features <= SHORT else LongHostStore)(features, capacity, slots)
