"""Gradients that refinement still needs, in host memory of a stated bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

# What one step of host arithmetic works on, so that temporaries stay small whatever the number of paths.
WORK_BYTES = 64 << 20
# What is set aside at a time: address space, of which memory is taken as rows come into use.
BLOCK_BYTES = 1 << 30


class GradientStore:
    """Rows of contributions [F], all leaves one after the other, found again by slot.

    Args:
        features: F, over all leaves.
        capacity: most rows at a time. Their memory is taken as they come into use, not before.
    """

    def __init__(self, features: int, capacity: int) -> None:
        self.features, self.capacity = features, capacity
        # Rows never move: two copies of a large store would be twice its bound.
        self._block_rows = min(capacity, max(1, BLOCK_BYTES // (4 * max(features, 1))))
        self._blocks = [np.empty((self._block_rows, features), np.float32)]
        # Slots below the mark have been in use; those given back are taken first.
        self._mark = 0
        self._returned = np.empty(0, np.int64)

    @property
    def free(self) -> int:
        """Rows that can still be kept."""
        return self.capacity - self._mark + len(self._returned)

    @property
    def work_rows(self) -> int:
        """Rows of two arrays, gradients and contributions, that working memory holds."""
        return WORK_BYTES // max(8 * self.features, 1)

    def append(self, leaves: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Keeps rows, each leaf [R, *F]; returns their slots [R]."""
        count = len(leaves[0])
        reused = min(count, len(self._returned))
        slots = np.concatenate([self._returned[:reused], np.arange(self._mark, self._mark + count - reused)])
        self._returned = self._returned[reused:]
        self._mark += count - reused
        while self._mark > len(self._blocks) * self._block_rows:
            self._blocks.append(np.empty((self._block_rows, self.features), np.float32))
        first = 0
        for leaf in leaves:
            flat = leaf.reshape(count, -1)
            for block, rows, here in self._places(slots):
                block[rows, first : first + flat.shape[1]] = flat[here]
            first += flat.shape[1]
        return slots

    def release(self, slots: NDArray[np.int64]) -> None:
        """Gives slots back; negative ones are none."""
        self._returned = np.concatenate([self._returned, slots[slots >= 0]])

    def rows(self, slots: NDArray[np.int64], features: slice = slice(None)) -> NDArray[np.float32]:
        """Copies of rows, or of some of their features: [*slots.shape, F]."""
        if len(self._blocks) == 1:
            return self._blocks[0][:, features][slots]
        found = np.empty((*slots.shape, len(range(self.features)[features])), np.float32)
        for block, rows, here in self._places(slots):
            found[here] = block[:, features][rows]
        return found

    def scale(self, slots: NDArray[np.int64], factors: Float) -> None:
        """Multiplies rows of slots [R] by factors [R]; by 0 they become it, whatever they are."""
        changed = factors != 1
        slots, factors = slots[changed], factors[changed].astype(np.float32)
        for part in self.parts(slots[:, None]):
            for block, rows, here in self._places(slots[part]):
                scaled = block[rows] * factors[part][here][:, None]
                block[rows] = np.where(factors[part][here][:, None] == 0, 0, scaled)

    def chunks(self, slots: NDArray[Any], copies: int = 3) -> Iterator[tuple[slice, slice]]:
        """Slices of paths, slots [P, K], and of features, such that `copies` of their rows stay within working memory.

        Features are split only where a single path's rows are too many.
        """
        per_feature = copies * 4 * slots.shape[1]
        step = max(1, WORK_BYTES // max(per_feature, 1))
        for paths in self.parts(slots, copies):
            for first in range(0, max(self.features, 1), step):
                yield paths, slice(first, first + step)

    def parts(self, slots: NDArray[Any], copies: int = 3) -> Iterator[slice]:
        """Slices of paths, slots [P, K], such that `copies` of their rows stay within the working memory."""
        per_path = copies * 4 * self.features * slots.shape[1]
        step = max(1, WORK_BYTES // max(per_path, 1))
        for first in range(0, len(slots), step):
            yield slice(first, first + step)

    def _places(self, slots: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64], Any]]:
        """Each block that has some of the slots, their rows in it, and which of the slots they are."""
        if len(self._blocks) == 1:
            yield self._blocks[0], slots, slice(None)
            return
        numbers, rows = np.divmod(slots, self._block_rows)
        for number in np.unique(numbers):
            here = numbers == number
            yield self._blocks[number], rows[here], here
