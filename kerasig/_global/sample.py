"""A sample of the rows that does not depend on their order: those whose contents hash to the smallest numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

MOST_ROWS = 1000
# Positions of a row above which a swarm shows nothing.
_MOST_POSITIONS = 256
# The finalizer of SplitMix64: Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators".
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = ((30, np.uint64(0xBF58476D1CE4E5B9)), (27, np.uint64(0x94D049BB133111EB)))


def hashes(rows: NDArray[Any]) -> NDArray[np.uint64]:
    """A number [N] for the contents of each row [N, P], the same wherever and whenever it is computed."""
    bits = np.ascontiguousarray(rows, np.float32).view(np.uint32).astype(np.uint64)
    with np.errstate(over="ignore"):
        keys: NDArray[Any] = bits + np.arange(1, rows.shape[1] + 1, dtype=np.uint64) * _STEP
        for _ in range(2):
            for shift, factor in _MIX:
                keys = (keys ^ (keys >> np.uint64(shift))) * factor
            keys = (keys ^ (keys >> np.uint64(31))).sum(axis=1, keepdims=True, dtype=np.uint64)
    return np.asarray(keys[:, 0], np.uint64)


def size_for(positions: int) -> int:
    """How many rows of so many positions are sampled; 0 where there are too many of them."""
    return MOST_ROWS if positions <= _MOST_POSITIONS else 0


class RowSample:
    """Rows of a data set, each as likely as any other that differs from it.

    Attributes:
        most: how many at most.
        values: [S, P] attributions.
        inputs: [S, P] what stood at the positions; NaN where it is no number or not known.
        classes: [S] their class; -1 where there is none.
        keys: [S] the hashes, ascending.
    """

    def __init__(self, most: int, positions: int) -> None:
        self.most = most
        self.values = np.zeros((0, positions), np.float32)
        self.inputs = np.zeros((0, positions), np.float32)
        self.classes = np.zeros(0, np.int64)
        self.keys = np.zeros(0, np.uint64)

    def add(self, values: Float, inputs: NDArray[Any], classes: NDArray[np.int64]) -> None:
        """Offers rows: attributions [N, P], what stood there [N, P], and classes [N]."""
        keys = hashes(np.concatenate([values, inputs, classes[:, None]], axis=1))
        chosen = np.arange(len(keys))
        if len(self.keys) >= self.most:
            chosen = np.flatnonzero(keys <= self.keys[-1])
        self._keep(values[chosen], inputs[chosen], classes[chosen], keys[chosen])

    def merge(self, other: RowSample) -> None:
        """The same as if the other's rows had been offered here."""
        self._keep(other.values, other.inputs, other.classes, other.keys)

    def _keep(
        self, values: NDArray[Any], inputs: NDArray[Any], classes: NDArray[np.int64], keys: NDArray[np.uint64]
    ) -> None:
        if not len(keys):
            return
        every = np.concatenate([self.keys, keys])
        first = np.argsort(every, kind="stable")[: self.most]
        self.keys = every[first]
        self.values = np.concatenate([self.values, values.astype(np.float32)])[first]
        self.inputs = np.concatenate([self.inputs, inputs.astype(np.float32)])[first]
        self.classes = np.concatenate([self.classes, classes])[first]

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays."""
        most = np.array(self.most, np.int64)
        return {
            "most": most,
            "values": self.values,
            "inputs": self.inputs,
            "classes": self.classes,
            "keys": self.keys,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> RowSample:
        """The same from the arrays that `to_arrays` gave."""
        found = cls(int(arrays["most"]), arrays["values"].shape[1])
        for name in ("values", "inputs", "classes", "keys"):
            setattr(found, name, arrays[name])
        return found
