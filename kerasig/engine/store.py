"""Gradients that refinement still needs, in host memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What one step of host arithmetic works on, so that temporaries stay small whatever the number of paths.
WORK_BYTES = 64 << 20


class GradientStore:
    """Rows of contributions [F], all leaves one after the other, found again by slot.

    Args:
        features: F, over all leaves.
    """

    def __init__(self, features: int) -> None:
        self.features = features
        self.size = 0
        self._rows = np.empty((0, features), np.float32)

    def append(self, leaves: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
        """Keeps rows, each leaf [R, *F]; returns their slots [R]."""
        count = len(leaves[0])
        if self.size + count > len(self._rows):
            grown = np.empty((max(2 * len(self._rows), self.size + count), self.features), np.float32)
            grown[: self.size] = self._rows[: self.size]
            self._rows = grown
        first = 0
        for leaf in leaves:
            flat = leaf.reshape(count, -1)
            self._rows[self.size : self.size + count, first : first + flat.shape[1]] = flat
            first += flat.shape[1]
        self.size += count
        return np.arange(self.size - count, self.size)

    def rows(self, slots: NDArray[np.int64]) -> NDArray[np.float32]:
        """Copies of rows: [*slots.shape, F]."""
        return self._rows[slots]

    def parts(self, slots: NDArray[Any], copies: int = 3) -> Iterator[slice]:
        """Slices of paths, slots [P, K], such that `copies` of their rows stay within the working memory."""
        per_path = copies * 4 * self.features * slots.shape[1]
        step = max(1, WORK_BYTES // max(per_path, 1))
        for first in range(0, len(slots), step):
            yield slice(first, first + step)
