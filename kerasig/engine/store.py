"""Gradients that refinement still needs, in host memory of a stated bound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

# What one step of host arithmetic works on, so that temporaries stay small whatever the number of paths.
WORK_BYTES = 64 << 20


class GradientStore:
    """Rows of contributions [F], all leaves one after the other, found again by slot.

    Args:
        features: F, over all leaves.
        capacity: most rows at a time. Their memory is taken as they come into use, not before.
    """

    def __init__(self, features: int, capacity: int) -> None:
        self.features, self.capacity = features, capacity
        self._rows = np.empty((capacity, features), np.float32)
        # Slots below the mark have been in use; those given back are taken first.
        self._mark = 0
        self._returned = np.empty(0, np.int64)

    @property
    def free(self) -> int:
        """Rows that can still be kept."""
        return self.capacity - self._mark + len(self._returned)

    def append(self, leaves: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Keeps rows, each leaf [R, *F]; returns their slots [R]."""
        count = len(leaves[0])
        reused = min(count, len(self._returned))
        slots = np.concatenate([self._returned[:reused], np.arange(self._mark, self._mark + count - reused)])
        self._returned = self._returned[reused:]
        self._mark += count - reused
        first = 0
        for leaf in leaves:
            flat = leaf.reshape(count, -1)
            self._rows[slots, first : first + flat.shape[1]] = flat
            first += flat.shape[1]
        return slots

    def release(self, slots: NDArray[np.int64]) -> None:
        """Gives slots back; negative ones are none."""
        self._returned = np.concatenate([self._returned, slots[slots >= 0]])

    def rows(self, slots: NDArray[np.int64]) -> NDArray[np.float32]:
        """Copies of rows: [*slots.shape, F]."""
        return self._rows[slots]

    def scale(self, slots: NDArray[np.int64], factors: Float) -> None:
        """Multiplies rows of slots [R] by factors [R]; by 0 they become it, whatever they are."""
        changed = factors != 1
        slots, factors = slots[changed], factors[changed].astype(np.float32)
        for part in self.parts(slots[:, None]):
            scaled = self._rows[slots[part]] * factors[part][:, None]
            self._rows[slots[part]] = np.where(factors[part][:, None] == 0, 0, scaled)

    def parts(self, slots: NDArray[Any], copies: int = 3) -> Iterator[slice]:
        """Slices of paths, slots [P, K], such that `copies` of their rows stay within the working memory."""
        per_path = copies * 4 * self.features * slots.shape[1]
        step = max(1, WORK_BYTES // max(per_path, 1))
        for first in range(0, len(slots), step):
            yield slice(first, first + step)
