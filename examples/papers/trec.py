"""The questions of TREC, sorted into six kinds of answers (Li and Roth 2002)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

KINDS = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")
MEANINGS = ("abbreviation", "description", "thing", "person", "place", "number")


@dataclass(frozen=True)
class Questions:
    """Questions and what kind of answer each asks for.

    Args:
        texts: the words of each, as they are written.
        kinds: [N] index into `KINDS`.
    """

    texts: list[list[str]]
    kinds: np.ndarray

    @property
    def words(self) -> list[list[str]]:
        """The words in lower case."""
        return [[word.lower() for word in words] for words in self.texts]


def read(path: Path) -> Questions:
    """Reads lines such as "NUM:dist How far is it from Denver to Aspen ?"."""
    lines = [line.split() for line in path.read_text("latin-1").splitlines()]
    kinds = np.array([KINDS.index(line[0].partition(":")[0]) for line in lines])
    return Questions([line[1:] for line in lines], kinds)
