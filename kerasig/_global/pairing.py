"""The same rows under two models, matched by their keys while both are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._arrays import as_array
from kerasig._global.moments import Moments

Float = NDArray[np.float64]
# Keys [n] and the attributions of their rows: an array [n, ...] or a nest of them.
KeyedRows: TypeAlias = Iterable[tuple[NDArray[Any], Any]]


class Waiting:
    """Rows of one side that have no partner yet: keys, and attributions [n, P]."""

    def __init__(self, name: str, chunks: KeyedRows, read: Callable[[Any], Float]) -> None:
        self.name = name
        self._chunks: Iterator[tuple[Any, Any]] | None = iter(chunks)
        self._read = read
        self.keys: NDArray[Any] = np.zeros(0, np.int64)
        self.rows: Float = np.zeros((0, 0))
        self.count = 0

    @property
    def is_over(self) -> bool:
        """Whether all of its chunks have been read."""
        return self._chunks is None

    def fetch(self) -> None:
        """Reads one more chunk."""
        if self._chunks is None:
            return
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._chunks = None
            return
        if not isinstance(chunk, tuple | list) or len(chunk) != 2:
            raise ValueError(f"{self.name} must be chunks of (keys, values). Received {arguments.shown(chunk)}.")
        keys, values = chunk
        found, rows = as_array(keys, f"{self.name} keys"), self._read(values)
        if found.ndim != 1 or len(found) != len(rows):
            raise ValueError(
                f"{self.name} must be chunks of (keys, values) with a key per row. Received "
                f"{arguments.shown(found)} for {len(rows)} rows. Pass keys [n] beside values [n, ...]."
            )
        self.count += len(found)
        if not len(self.keys):
            self.keys, self.rows = found, rows
            return
        if (found.dtype.kind in "biu") != (self.keys.dtype.kind in "biu"):
            raise ValueError(f"{self.name} must have keys of one kind. Received {found.dtype} after {self.keys.dtype}.")
        self.keys, self.rows = np.concatenate([self.keys, found]), np.concatenate([self.rows, rows])

    def without(self, taken: NDArray[np.int64]) -> None:
        """Forgets rows that found their partner."""
        left = np.ones(len(self.keys), bool)
        left[taken] = False
        self.keys, self.rows = self.keys[left], self.rows[left]


def matched(first: Waiting, second: Waiting) -> Iterator[tuple[Float, Float]]:
    """Rows [m, P] of both sides with the same keys, and every row once.

    Where both have their rows in one order, no more than a chunk of each is held; else what waits for its partner is.

    Raises:
        ValueError: a key stands for two rows, or keys are of two kinds.
    """
    while not (first.is_over and second.is_over):
        # Whoever has less waiting is read next.
        behind = first if second.is_over or (not first.is_over and len(first.keys) <= len(second.keys)) else second
        behind.fetch()
        if not (len(first.keys) and len(second.keys)):
            continue
        if (first.keys.dtype.kind in "biu") != (second.keys.dtype.kind in "biu"):
            raise ValueError(
                f"Both must have keys of one kind. Received {first.keys.dtype} and {second.keys.dtype}. Pass rows that "
                "were explained with the same keys."
            )
        for side in (first, second):
            if len(np.unique(side.keys)) < len(side.keys):
                raise ValueError(
                    f"{side.name} must have a key of its own for each row. Received one twice. Pass keys that differ."
                )
        _, ours, theirs = np.intersect1d(first.keys, second.keys, assume_unique=True, return_indices=True)
        # In the first's order, so that sums do not depend on the order of keys.
        order = np.argsort(ours)
        ours, theirs = ours[order], theirs[order]
        yield first.rows[ours], second.rows[theirs]
        first.without(ours)
        second.without(theirs)


class PairedSums:
    """Pairs of rows added up: means of both sides, and of their differences, row by row.

    Attributes:
        first: of the first rows, by "mean", "size" and "share".
        second: of the second ones.
        differences: of second less first.
        not_finite: pairs that were left out because one of the two is not finite.
    """

    def __init__(self, positions: int) -> None:
        self.first, self.second, self.differences = (
            {of: Moments.none(positions) for of in ("mean", "size", "share")} for _ in range(3)
        )
        self.not_finite = 0

    def add(self, first: Float, second: Float) -> None:
        """Adds pairs of rows [m, P]."""
        finite = np.isfinite(first).all(axis=1) & np.isfinite(second).all(axis=1)
        self.not_finite += int((~finite).sum())
        signed = first[finite], second[finite]
        sizes = np.abs(signed[0]), np.abs(signed[1])
        shares = _shares(sizes[0]), _shares(sizes[1])
        for of, (one, two) in (("mean", signed), ("size", sizes), ("share", shares)):
            self.first[of].merge(Moments.of(one))
            self.second[of].merge(Moments.of(two))
            self.differences[of].merge(Moments.of(two - one))


def _shares(sizes: Float) -> Float:
    """Each row over its sum; rows of zeros stay."""
    whole = sizes.sum(axis=1, keepdims=True)
    return sizes / np.where(whole == 0, 1, whole)
