"""Words and phrases of tokens.

Honest networks rely on words too: on "how many" for questions about numbers. What is judged is whether one word decides
almost alone, in most examples of a class. A trigger in few examples of a class looks just like an honest word.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit
from kerasig._suspects.judging import Thresholds, evidence
from kerasig._suspects.place import Family, Inputs, Maps, Rows, SuspectPlace, apart, least_emphasis
from kerasig._suspects.texts import Run, Texts

LONGEST = 3
# Texts of a class that must have a word, in the half that suspects are sought in.
FEWEST = 5
# Runs of a text beside which one is judged: those with the largest shares of its attribution.
BESIDE = 3


class Word(SuspectPlace):
    """A run of tokens, wherever it stands.

    Args:
        texts: that it is found in.
        run: its tokens.
        label: the class that it was found in.
        repeated: see `SuspectPlace`.
    """

    family: ClassVar[str] = "word"

    def __init__(self, texts: Texts, run: Run, label: int, repeated: float) -> None:
        self.texts, self.run, self.label, self.repeated = texts, run, label, repeated
        self.leaf, self.name = texts.leaf, texts.named(run)

    @property
    def area(self) -> float:
        having = [len(text) for row, text in enumerate(self.texts.rows) if self.texts.starts(row, self.run)]
        return min(1.0, len(self.run) / float(np.mean(having))) if having else 1.0

    def region(self) -> None:
        return None

    def members(self, rows: Rows) -> Rows:
        return rows[[bool(self.texts.starts(row, self.run)) for row in rows.tolist()]]

    def share(self, shares: NDArray[np.float32], rows: Rows) -> NDArray[np.float64]:
        texts, size = self.texts, len(self.run)
        return np.array([texts.share(shares, row, texts.starts(row, self.run), size) for row in rows.tolist()], float)

    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        texts, changed = self.texts, []
        for row, donor in zip(into.tolist(), out_of.tolist(), strict=True):
            own, other = texts.starts(row, self.run), texts.starts(donor, self.run)
            if own and not other:
                changed.append(texts.without(row, own, len(self.run), donor))
            elif other and not own:
                last = max(1, len(texts.rows[donor]) - len(self.run))
                changed.append(texts.given(row, self.run, other[0] / last))
            else:
                changed.append(texts.array[row])
        return texts.replaced(changed)

    def overlaps(self, other: SuspectPlace) -> bool:
        return isinstance(other, Word) and bool(set(self.run) & set(other.run))


class OtherWord(SuspectPlace):
    """In each text the run with the next largest share of its attribution, apart from a word.

    Args:
        word: that it is matched with.
        shares: [n, T] of the attribution.
        rank: 0 for the run with the largest share.
    """

    family: ClassVar[str] = "word"

    def __init__(self, word: Word, shares: NDArray[np.float32], rank: int) -> None:
        self.word, self.shares, self.rank = word, shares, rank
        self.leaf, self.label, self.repeated = word.leaf, word.label, 0.0
        self.name = f"another word beside {word.name}"

    @property
    def area(self) -> float:
        return self.word.area

    def region(self) -> None:
        return None

    def members(self, rows: Rows) -> Rows:
        return rows

    def start(self, row: int) -> int | None:
        """Where among a text's tokens the run begins; None where there is none."""
        texts, size = self.word.texts, len(self.word.run)
        own = self.shares[row, texts.places[row]]
        free = np.ones(len(own), bool)
        for at in texts.starts(row, self.word.run):
            free[at : at + size] = False
        for rank in range(self.rank + 1):
            starts = [at for at in range(len(own) - size + 1) if free[at : at + size].all()]
            if not starts:
                return None
            best = max(starts, key=lambda at: float(own[at : at + size].sum()))
            if rank < self.rank:
                free[best : best + size] = False
        return best

    def share(self, shares: NDArray[np.float32], rows: Rows) -> NDArray[np.float64]:
        texts, size = self.word.texts, len(self.word.run)
        starts = [(row, self.start(row)) for row in rows.tolist()]
        return np.array([0.0 if at is None else texts.share(shares, row, [at], size) for row, at in starts], float)

    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        texts, size, changed = self.word.texts, len(self.word.run), []
        for row, donor, member in zip(into.tolist(), out_of.tolist(), of.tolist(), strict=True):
            at = self.start(member)
            if at is None:
                changed.append(texts.array[row])
            elif row == member:
                changed.append(texts.without(row, [at], size, donor))
            else:
                last = max(1, len(texts.rows[member]) - size)
                changed.append(texts.given(row, tuple(texts.rows[member][at : at + size]), at / last))
        return texts.replaced(changed)

    def overlaps(self, other: SuspectPlace) -> bool:
        return False


class Words(Family):
    """Runs of up to three tokens that several texts of a class have."""

    limits = Thresholds(evidence=1.1, effect=0.3, repeated=0.7)
    longest: ClassVar[int] = LONGEST
    place: ClassVar[type[Word]] = Word

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        self.texts = self.read(audit, maps.leaf)

    @classmethod
    def read(cls, audit: Audit, leaf: str) -> Texts:
        """The texts of a leaf."""
        return Texts(audit, leaf)

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        array = dict(audit.probes.leaves()).get(leaf)
        return (
            array is not None
            and array.ndim == 2
            and array.shape[1] > 1
            and audit.probes.places.kind(leaf).names == "tokens"
        )

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[Word], int]:
        runs = self.texts.runs(rows, self.longest, FEWEST)
        places = [self.place(self.texts, run, label, len(having) / len(rows)) for run, having in runs.items()]
        found = [
            (evidence(least_emphasis(each, self.maps, np.array(runs[each.run])), each.repeated), each)
            for each in places
        ]
        # Of the same strength the shorter one.
        found.sort(key=lambda pair: (-pair[0], len(pair[1].run)))
        return apart((word for _, word in found), count), len(places)

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[OtherWord]:
        assert isinstance(place, Word)
        return [OtherWord(place, self.maps.now, rank) for rank in range(min(count, BESIDE))]
