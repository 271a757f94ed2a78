"""How often a position is among the first of its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


class Leading:
    """Counts of rows in which a position is among the first k by size.

    Attributes:
        k: how many lead a row, below the number of positions.
        counts: [P]; of equal sizes the earlier position leads, and zeros never do.
        unsure: [P] rows in which it would be the other way round if errors of the integration were as large as
            expected, for this position and for its closest rival.
    """

    def __init__(self, k: int, positions: int) -> None:
        self.k = k
        self.counts = np.zeros(positions, np.int64)
        self.unsure = np.zeros(positions, np.int64)

    def add(self, sizes: Float, errors: Float) -> None:
        """Counts rows.

        Args:
            sizes: [N, P] |attributions|.
            errors: [N, P] the expected sizes of their errors; NaN where they are not known, which counts as none.
        """
        if not len(sizes):
            return
        split = np.argpartition(-sizes, (self.k - 1, self.k), axis=1)
        last = np.take_along_axis(sizes, split[:, self.k - 1 : self.k], 1)
        first_out = np.take_along_axis(sizes, split[:, self.k : self.k + 1], 1)
        above = sizes > last
        equal = sizes == last
        room = self.k - above.sum(axis=1, keepdims=True)
        leads = above | (equal & (np.cumsum(equal, axis=1) <= room))
        leads &= sizes > 0
        rival = np.where(leads, first_out, last)
        errors = np.nan_to_num(errors, nan=0.0, posinf=np.inf)
        of_last = np.take_along_axis(errors, split[:, self.k - 1 : self.k], 1)
        of_first_out = np.take_along_axis(errors, split[:, self.k : self.k + 1], 1)
        close = np.abs(sizes - rival) < errors + np.where(leads, of_first_out, of_last)
        self.counts += leads.sum(axis=0)
        self.unsure += close.sum(axis=0)

    def merge(self, other: Leading) -> None:
        """The same as if the other's rows had been counted here."""
        self.counts = self.counts + other.counts
        self.unsure = self.unsure + other.unsure

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays."""
        return {"k": np.array(self.k, np.int64), "counts": self.counts, "unsure": self.unsure}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Leading:
        """The same from the arrays that `to_arrays` gave."""
        found = cls(int(arrays["k"]), len(arrays["counts"]))
        found.counts, found.unsure = arrays["counts"].astype(np.int64), arrays["unsure"].astype(np.int64)
        return found
