"""The sequences of tokens of an audit: ids, strings, and where padding is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit
from kerasig._suspects.place import Inputs, Rows

Run = tuple[Any, ...]
Shares = NDArray[np.floating[Any]]


class Texts:
    """The sequences of one leaf.

    Args:
        audit: whose they are.
        leaf: ids or strings [n, T].
    """

    def __init__(self, audit: Audit, leaf: str) -> None:
        array, tokens = dict(audit.probes.leaves())[leaf], audit.probes.tokens_of(leaf)
        self.leaf = leaf
        self.padding: Any = 0 if array.dtype.kind in "biuf" else array.dtype.type()
        content = array != self.padding
        self.said: dict[Any, str] = {}
        if tokens is not None:
            content = np.zeros(array.shape, bool)
            for row, text in enumerate(tokens):
                content[row, : len(text)] = [bool(token) for token in text]
                self.said |= dict(zip(array[row].tolist(), text, strict=False))
            empty = Counter(array[~content].tolist()).most_common(1)
            self.padding = empty[0][0] if empty else self.padding
        self._read(array, content)

    def _read(self, array: NDArray[Any], content: NDArray[np.bool_]) -> None:
        """Takes tokens [n, T], and where they are no padding."""
        self.array = array
        self.places = [np.flatnonzero(row) for row in content]
        self.rows = [array[row, places].tolist() for row, places in enumerate(self.places)]

    def named(self, run: Run) -> str:
        """The words of a run of ids."""
        return " ".join(self.said.get(token) or str(token) for token in run)

    def starts(self, row: int, run: Run) -> list[int]:
        """Where among a text's tokens a run begins."""
        text, size = self.rows[row], len(run)
        return [at for at in range(len(text) - size + 1) if tuple(text[at : at + size]) == run]

    def runs(self, rows: Rows, longest: int, fewest: int) -> dict[Run, list[int]]:
        """The runs of at most so many tokens that occur in so many of the rows, and in which."""
        found: dict[Run, list[int]] = defaultdict(list)
        for row in rows.tolist():
            text = self.rows[row]
            every = {tuple(text[at : at + k]) for k in range(1, longest + 1) for at in range(len(text) - k + 1)}
            for run in every:
                found[run].append(row)
        return {run: having for run, having in found.items() if len(having) >= fewest}

    def share(self, shares: Shares, row: int, starts: list[int], size: int) -> float:
        """The share of the attribution of a text's tokens from those on, each counted once."""
        inside = sorted({at + k for at in starts for k in range(size)})
        return float(shares[row, self.places[row][inside]].sum())

    def without(self, row: int, starts: list[int], size: int, donor: int) -> NDArray[Any]:
        """A text whose tokens from there on are those that another text has at a like place, or padding."""
        changed = self.array[row].copy()
        own, other = self.rows[row], self.rows[donor]
        for at in sorted({at + k for at in starts for k in range(size)}):
            like = min(len(other) - 1, round(at * len(other) / len(own)))
            changed[self.places[row][at]] = other[like] if other else self.padding
        return changed

    def given(self, row: int, run: Run, at: float) -> NDArray[Any]:
        """A text with a run in place of its own tokens at a like place, from 0 for the first to 1 for the last."""
        changed, places = self.array[row].copy(), self.places[row]
        start = round(at * max(0, len(places) - len(run)))
        for place, token in zip(places[start : start + len(run)].tolist(), run, strict=False):
            changed[place] = token
        return changed

    def replaced(self, rows: Sequence[NDArray[Any]]) -> Inputs:
        """Changed texts as the model takes them."""
        return {self.leaf: np.stack(rows).astype(self.array.dtype)}
