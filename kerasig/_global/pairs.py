"""Which positions' attributions go together over the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


class Pairs:
    """Sums of products [P, P] of the distances of n rows from their mean [P], merged like squares."""

    def __init__(self, positions: int) -> None:
        self.n = 0
        self.mean = np.zeros(positions)
        self.products = np.zeros((positions, positions))

    def add(self, values: Float) -> None:
        """Adds rows [N, P]."""
        if not len(values):
            return
        part = Pairs(values.shape[1])
        part.n, part.mean = len(values), values.mean(axis=0)
        away = values - part.mean
        part.products = away.T @ away
        self.merge(part)

    def merge(self, other: Pairs) -> None:
        """The same as if the other's rows had been among these."""
        n = self.n + other.n
        if not other.n:
            return
        apart = other.mean - self.mean
        self.products = self.products + other.products + np.outer(apart, apart) * (self.n * other.n / n)
        self.mean = self.mean + apart * (other.n / n)
        self.n = n

    def correlations(self) -> Float:
        """[P, P]; NaN where an attribution is the same in all rows."""
        spread = np.sqrt(np.maximum(np.diag(self.products), 0))
        scale = np.outer(spread, spread)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.clip(np.where(scale > 0, self.products / scale, np.nan), -1, 1)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays."""
        return {"n": np.array(self.n, np.int64), "mean": self.mean, "products": self.products}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Pairs:
        """The same from the arrays that `to_arrays` gave."""
        found = cls(len(arrays["mean"]))
        found.n = int(arrays["n"])
        found.mean, found.products = arrays["mean"].astype(np.float64), arrays["products"].astype(np.float64)
        return found
