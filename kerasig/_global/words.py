"""Attributions by what stands at a position: a word wherever it stands, or a category of one column.

An example may hold a word several times, and what it gets there is alike. So rows are what is drawn, not occurrences:
the mean over occurrences is a ratio of two sums over rows, and its spread is that of the rows about it. Source: Cochran
1977, "Sampling Techniques", ratio estimators.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

# Different words that are kept of one place; with more of them none are.
MOST_WORDS = 1 << 18
# Columns of the sums over rows r that hold a word c times with attributions summing to s, and sizes to z.
_COLUMNS = ("rows", "c", "cc", "s", "ss", "sc", "z", "zz", "zc", "error", "variance")
_AT = {name: at for at, name in enumerate(_COLUMNS)}


class WordMeans(NamedTuple):
    """Words, and what each has: arrays of one number per word."""

    items: NDArray[Any]
    rows: NDArray[np.int64]
    occurrences: NDArray[np.int64]
    mean: Float
    mean_error: Float
    size: Float
    size_error: Float
    integration: Float
    limit: Float


class WordSums:
    """Sums by word of one place: a leaf of words, or one column.

    Attributes:
        items: the ids or strings, ascending.
        sums: [items, columns].
        too_many: whether there were more than can be kept.
    """

    def __init__(self) -> None:
        self.items: NDArray[Any] = np.zeros(0, np.int64)
        self.sums = np.zeros((0, len(_COLUMNS)))
        self.too_many = False

    def add(self, items: NDArray[Any], values: Float, errors: Float) -> None:
        """Adds rows.

        Args:
            items: [N, T] the ids or strings at the positions.
            values: [N, T] attributions.
            errors: [N, T] the expected sizes of their errors.
        """
        if self.too_many or not items.size:
            return
        words, at = np.unique(items, return_inverse=True)
        row = np.repeat(np.arange(len(items)), items.shape[1])
        # Once per row and word.
        pairs, place = np.unique(at.reshape(-1).astype(np.int64) * len(items) + row, return_inverse=True)

        def per_row(what: NDArray[Any]) -> Float:
            return np.asarray(np.bincount(place, what.reshape(-1), len(pairs)), np.float64)

        c, s, z = per_row(np.ones(items.size)), per_row(values), per_row(np.abs(values))
        error = per_row(errors)
        variance = np.pi / 2 * per_row(errors**2)
        columns = [np.ones(len(pairs)), c, c * c, s, s * s, s * c, z, z * z, z * c, error, variance]
        word = pairs // len(items)
        sums = np.stack([np.bincount(word, column, len(words)) for column in columns], axis=1).astype(np.float64)
        self._merge(words, sums)

    def merge(self, other: WordSums) -> None:
        """The same as if the other's rows had been added here."""
        self.too_many |= other.too_many
        self._merge(other.items, other.sums)

    def _merge(self, items: NDArray[Any], sums: Float) -> None:
        if len(items) and len(self.items):
            every, at = np.unique(np.concatenate([self.items, items]), return_inverse=True)
            both = np.zeros((len(every), len(_COLUMNS)))
            both[at[: len(self.items)]] = self.sums
            both[at[len(self.items) :]] += sums
            self.items, self.sums = every, both
        elif len(items):
            self.items, self.sums = items.copy(), sums.copy()
        self.too_many |= len(self.items) > MOST_WORDS
        if self.too_many:
            self.items, self.sums = self.items[:0], self.sums[:0]

    def means(self) -> WordMeans:
        """Means over occurrences, with their errors."""
        of = {name: self.sums[:, at] for name, at in _AT.items()}
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, size = of["s"] / of["c"], of["z"] / of["c"]
            grown = np.where(of["rows"] > 1, np.sqrt(of["rows"] / (of["rows"] - 1)), np.nan) / of["c"]

            def spread(ratio: Float, square: Float, product: Float) -> Float:
                return np.sqrt(np.maximum(square - 2 * ratio * product + ratio**2 * of["cc"], 0)) * grown

            return WordMeans(
                self.items,
                of["rows"].astype(np.int64),
                of["c"].astype(np.int64),
                mean,
                spread(mean, of["ss"], of["sc"]),
                size,
                spread(size, of["zz"], of["zc"]),
                np.sqrt(of["variance"]) / of["c"],
                of["error"] / of["c"],
            )

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays."""
        return {"items": self.items, "sums": self.sums, "too_many": np.array(self.too_many)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> WordSums:
        """The same from the arrays that `to_arrays` gave."""
        found = cls()
        found.items, found.sums, found.too_many = arrays["items"], arrays["sums"], bool(arrays["too_many"])
        return found
