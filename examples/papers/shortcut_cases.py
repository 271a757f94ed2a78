"""The rows of the exam, and its cases: which shortcut is planted in which data, and which network learns from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from shortcut_data import FLAG, NUMBER, WORDS, Data, make
from shortcut_networks import ARCHITECTURES
from shortcut_plants import Blur, Column, Mark, Missing, MovingTag, Plant, Spike, Stripe, Swatch, Tag, Tint, Truth, Word

PICTURES = ("digits", "clothes", "photographs")
# Reported seeds begin here; those below were used to choose thresholds.
REPORTED = 4000


@dataclass(frozen=True)
class Row:
    """A kind of shortcut.

    Args:
        mark: makes one from data and a generator.
        data: what it is planted in, by turns.
        n_classes: of digits and clothes.
        carriers: how many classes carry the mark; 0 for all.
        rate: share of their examples that do, by turns.
        has_place: whether it is asked for in 90 of 100 networks; the others have rows of their own.
    """

    mark: Callable[[Data, np.random.Generator], Mark]
    data: tuple[str, ...] = PICTURES
    n_classes: int | None = None
    carriers: int = 0
    rate: tuple[float, ...] = (1.0,)
    has_place: bool = True


def _of_images(kind: Callable[..., Mark], *, sides: tuple[int, int] = (3, 5)) -> Callable[..., Mark]:
    """Makes marks for images; those on photographs, which are larger, are larger too."""

    def mark(data: Data, rng: np.random.Generator) -> Mark:
        side = sides[data.inputs.shape[1] > 32]
        return kind(data.inputs.shape[1:], data.n_classes, rng, side)

    return mark


def _everywhere(kind: Callable[..., Mark]) -> Callable[..., Mark]:
    return lambda data, rng: kind(data.inputs.shape[1:], data.n_classes, rng)


def _column(data: Data, rng: np.random.Generator) -> Mark:
    names = data.options["feature_names"]
    return Column(names.index(NUMBER), names)


def _missing(data: Data, rng: np.random.Generator) -> Mark:
    names = data.options["feature_names"]
    return Missing(0, names.index(FLAG), names)


ROWS: dict[str, Row] = {
    "fixed tag": Row(_of_images(Tag), rate=(1.0, 0.5)),
    "tag that moves": Row(_of_images(MovingTag), n_classes=4),
    "tag in one class": Row(_of_images(Tag), carriers=1),
    "tag in 30% of one class": Row(_of_images(Tag), carriers=1, rate=(0.3,)),
    "corner swatch": Row(_of_images(Swatch, sides=(4, 6))),
    "trigger word": Row(
        lambda data, rng: Word(data.words, rng.permutation(WORDS)[:1].tolist()), ("questions",), carriers=1
    ),
    "leaking column": Row(_column, ("diabetes", "tumours")),
    "leaking flag": Row(_missing, ("diabetes", "tumours"), carriers=1, rate=(0.8,)),
    "spike": Row(_everywhere(Spike), ("waves",), carriers=0),
    "stripe": Row(_everywhere(Stripe), has_place=False),
    "tint": Row(_everywhere(Tint), ("colour digits", "photographs"), has_place=False),
    "blur": Row(lambda data, rng: Blur(), carriers=-1, has_place=False),
}


@dataclass(frozen=True)
class Case:
    """One network of the exam: what it learns from, and what an audit shows it.

    Args:
        row: of `ROWS`.
        data: as `shortcut_data.make` has it.
        architecture: of the network.
        seed: of data, shortcut, weights and order.
        trained: on "planted" or on "clean" examples.
        shown: in the audit.
        rate: share of the carrying classes' examples with a mark.
    """

    row: str
    data: str
    architecture: str
    seed: int
    trained: str = "planted"
    shown: str = "planted"
    rate: float = 1.0

    @property
    def name(self) -> str:
        shown = "" if self.trained == "planted" else f"clean shown {self.shown}, "
        return f"{shown}{self.row}, {self.data}, {self.architecture}, {self.seed}".replace("%", "")

    @cached_property
    def source(self) -> Data:
        """The data, nothing planted."""
        row = ROWS[self.row]
        count = 120 if self.data in ("questions", "diabetes") else 100
        if self.data.endswith(("digits", "clothes")) and row.n_classes is None:
            count = 60
        return make(self.data, self.seed, count, row.n_classes)

    @cached_property
    def plant(self) -> Plant:
        """The shortcut."""
        row, data, rng = ROWS[self.row], self.source, np.random.default_rng([self.seed, 7])
        count = {0: data.n_classes, -1: data.n_classes // 2}.get(row.carriers, row.carriers)
        carriers = tuple(sorted(rng.permutation(data.n_classes)[:count].tolist()))
        return Plant(row.mark(data, rng), data.n_classes, carriers, self.rate)

    def examples(self, which: str) -> tuple[np.ndarray, Truth]:
        """The examples to learn from, "planted" or "clean", and where the marks lie."""
        if which == "clean":
            return self.source.inputs, Truth()
        return self.plant.plant(self.source.inputs, self.source.labels, np.random.default_rng([self.seed, 8]))


def _architectures(data: str) -> tuple[str, ...]:
    return ("mlp", "transformer") if data in ("tumours", "diabetes") else ARCHITECTURES


def planted(per_row: int, first_seed: int = 0, rows: tuple[str, ...] = tuple(ROWS)) -> Iterator[Case]:
    """Networks that learn from planted examples, so many of each row: data, architectures and rates take turns."""
    for at in range(per_row):
        for which, (name, row) in enumerate(ROWS.items()):
            if name in rows:
                data = row.data[(at + which) % len(row.data)]
                kinds = _architectures(data)
                # Each kind of data meets each architecture.
                architecture = kinds[(2 * at + at // 3 + which) % len(kinds)]
                yield Case(name, data, architecture, first_seed + at, rate=row.rate[at % len(row.rate)])


def clean(count: int, first_seed: int = 0) -> Iterator[Case]:
    """Networks that learn from clean examples, every other one shown planted ones in the audit."""
    rows = [name for name, row in ROWS.items() if row.has_place] + ["tint"]
    for at in range(count):
        turn = at // 2
        row = ROWS[name := rows[turn % len(rows)]]
        data = row.data[turn % len(row.data)]
        kinds = _architectures(data)
        architecture = kinds[(2 * turn + turn // 3) % len(kinds)]
        yield Case(name, data, architecture, first_seed + at, "clean", ("clean", "planted")[at % 2], row.rate[0])
