"""Quantiles of each position over any number of rows: counts in boxes whose edges are the same for everybody.

A box holds the numbers of one sign with the same exponent and the same first five bits after it, as float32 has them,
so that its ends are at most 1/32 apart and its middle is within 1/64 of each number in it. Edges depend on no data:
counts of two parts of a data set are added, in any order, and nothing is ever approximated twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

# A middle is at most so far from the number, as a share of it; sizes below the smallest count as zero.
RELATIVE_ERROR = 1 / 64
SMALLEST = 2.0**-40
_BITS = 5
_SHIFT = 23 - _BITS
_LOWEST = (127 - 40) << _BITS
_HIGHEST = (255 << _BITS) - 1
_OCTAVE = 1 << _BITS


def boxes(values: NDArray[Any]) -> NDArray[np.int64]:
    """The box of each finite number: 0 for zero, the same with the other sign for negative ones."""
    with np.errstate(over="ignore", under="ignore"):
        sizes = np.abs(values).astype(np.float32)
    codes = (np.minimum(sizes.view(np.uint32) >> _SHIFT, _HIGHEST)).astype(np.int64) - (_LOWEST - 1)
    return np.where(values < 0, -1, 1) * np.maximum(codes, 0)


def middles(found: NDArray[np.int64]) -> Float:
    """The middle of each box."""
    codes = np.abs(found) + (_LOWEST - 1)
    low = (codes.astype(np.uint32) << _SHIFT).view(np.float32).astype(np.float64)
    return np.asarray(np.where(found == 0, 0.0, np.sign(found) * (low + widths(found) / 2)))


def widths(found: NDArray[np.int64]) -> Float:
    """The width of each box; 0 of that of zero."""
    octaves = np.floor((np.abs(found) + (_LOWEST - 1)) / _OCTAVE)
    return np.asarray(np.where(found == 0, 0.0, np.exp2(octaves - 127) / _OCTAVE))


class Sketch:
    """Counts [P, boxes] of how many rows have a position's attribution in which box.

    Attributes:
        reach: the largest number of a box, of either sign, that there is room for.
        counts: [P, 2 reach + 1].
    """

    def __init__(self, positions: int) -> None:
        self.reach = 0
        self.counts = np.zeros((positions, 1), np.int64)

    def add(self, values: Float) -> None:
        """Counts rows [N, P] of finite numbers."""
        if not values.size:
            return
        found = boxes(values)
        self._widen(int(np.abs(found).max()))
        width = 2 * self.reach + 1
        places = found + self.reach + np.arange(values.shape[1]) * width
        self.counts += np.bincount(places.ravel(), minlength=self.counts.size).reshape(self.counts.shape)

    def merge(self, other: Sketch) -> None:
        """The same as if the other's rows had been counted here."""
        self._widen(other.reach)
        apart = self.reach - other.reach
        self.counts[:, apart : apart + other.counts.shape[1]] += other.counts

    def quantiles(self, ranks: Float, *, between: bool = False) -> Float:
        """[len(ranks), P]: of each position the smallest number that so many rows do not exceed.

        Args:
            ranks: shares of the rows, from 0 to 1.
            between: whether numbers are taken to be spread evenly over a box, and not all to be in its middle.
        """
        below = np.cumsum(self.counts, axis=1)
        n = below[:, -1:]
        found = np.full((len(ranks), len(below)), np.nan)
        for at, rank in enumerate(ranks):
            # Rounding must not turn the tenth of ten into an eleventh.
            wanted = np.clip(np.ceil(n * rank - 1e-9), 1, np.maximum(n, 1))
            place = np.argmax(below >= wanted, axis=1)
            middle = middles(place - self.reach)
            if between:
                last = np.take_along_axis(below, place[:, None], 1)[:, 0]
                inside = np.take_along_axis(self.counts, place[:, None], 1)[:, 0]
                share = (rank * n[:, 0] - (last - inside)) / np.maximum(inside, 1) - 0.5
                middle = middle + np.clip(share, -0.5, 0.5) * widths(place - self.reach)
            found[at] = np.where(n[:, 0] > 0, middle, np.nan)
        return found

    def _widen(self, reach: int) -> None:
        """Makes room for boxes up to a number, in whole octaves."""
        reach = -(-reach // _OCTAVE) * _OCTAVE
        if reach > self.reach:
            apart = reach - self.reach
            self.counts = np.pad(self.counts, ((0, 0), (apart, apart)))
            self.reach = reach

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The boxes that hold something."""
        places = np.flatnonzero(self.counts)
        return {
            "size": np.array([len(self.counts), self.reach], np.int64),
            "places": places,
            "counts": self.counts.ravel()[places],
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Sketch:
        """The same from the arrays that `to_arrays` gave."""
        positions, reach = arrays["size"].tolist()
        found = cls(positions)
        found._widen(min(reach, _HIGHEST + 1))
        found.counts.ravel()[arrays["places"]] = arrays["counts"]
        return found
