"""Pairs of sentences, each beside its translation, as ids for a translator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from words import PADDING, UNKNOWN, Vocabulary

START, END = "<s>", "</s>"
Links = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Pair:
    """A sentence and its translation, as tokens.

    Args:
        source: what is translated.
        target: into what.
        sure: known links (place in target, place in source).
        possible: links that are no mistakes, the sure ones among them.
    """

    source: list[str]
    target: list[str]
    sure: Links = frozenset()
    possible: Links = frozenset()


def read_pairs(path: Path, longest: int) -> list[Pair]:
    """The pairs of a file, one a line, source and target apart by a tab, without further columns and longer pairs."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    texts = [[re.findall(r"\w+|[^\w\s]", side.lower()) for side in row[:2]] for row in rows if len(row) >= 2]
    return [Pair(*sides) for sides in texts if all(0 < len(words) <= longest for words in sides)]


class Coder:
    """Pairs as rows of ids.

    Args:
        pairs: whose words are known, and of which the longest fits.
        most: how many words are known at most on each side.
    """

    def __init__(self, pairs: Sequence[Pair], most: int = 8000):
        self.sources = Vocabulary([[START, *pair.source, END] for pair in pairs], most=most)
        self.targets = Vocabulary([[START, *pair.target, END] for pair in pairs], most=most)
        self.source_length = max(len(pair.source) for pair in pairs) + 2
        self.target_length = max(len(pair.target) for pair in pairs) + 1

    def inputs(self, pairs: Sequence[Pair]) -> dict[str, np.ndarray]:
        """The inputs of the model: sources [N, S] between start and end, and targets [N, T] behind a start."""
        return {
            "source": self.sources.rows([[START, *pair.source, END] for pair in pairs], self.source_length),
            "written": self.targets.rows([[START, *pair.target] for pair in pairs], self.target_length),
        }

    def following(self, pairs: Sequence[Pair]) -> np.ndarray:
        """[N, T] what is to be written at each place, an end behind the last word."""
        return self.targets.rows([[*pair.target, END] for pair in pairs], self.target_length)

    def words(self, source: np.ndarray) -> np.ndarray:
        """[N, S] where words stand in sources: neither start, end nor padding."""
        return ~np.isin(source, [PADDING, *self.sources.encode([START, END])])

    def ends(self, source: np.ndarray) -> np.ndarray:
        """[N, S] where start and end stand in sources."""
        return np.isin(source, self.sources.encode([START, END]))

    def fits(self, pair: Pair) -> bool:
        """Whether every word of a pair is known, and it is not too long."""
        known = UNKNOWN not in self.sources.encode(pair.source) + self.targets.encode(pair.target)
        return known and len(pair.source) + 2 <= self.source_length and len(pair.target) < self.target_length
