"""The attributions of a whole data set, and what they amount to, with its errors."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._attribution.file import named
from kerasig._global.averages import Averages, Measured
from kerasig._global.sums import RowSums
from kerasig._storage import read_arrays, write_arrays

Float = NDArray[np.float64]


class GlobalAttribution:
    """The attributions of a data set and what they amount to, as `kerasig.explain_dataset` returns it."""

    def __init__(self, sums: RowSums, rows: Any = None) -> None:
        self._sums = sums
        self.rows = rows

    @property
    def n(self) -> int:
        """Rows whose attributions are finite, which all means are of."""
        return self._sums.everything.n

    @cached_property
    def all(self) -> Averages:
        """Mean attributions of all rows."""
        return Averages.of("all rows", self._sums.everything)

    @property
    def mean(self) -> Measured:
        """Mean attributions of all rows, signed."""
        return self.all.mean

    @property
    def size(self) -> Measured:
        """Mean |attributions| of all rows."""
        return self.all.size

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes everything to one compressed .npz file, without pickle."""
        write_arrays(named(path), self._sums.to_arrays())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> GlobalAttribution:
        """Reads what `save` wrote."""
        return cls(RowSums.from_arrays(read_arrays(named(path))))
