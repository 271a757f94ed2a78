"""Plants a shortcut: a mark of each class, in some of its examples, and the truth about where it lies.

A `Mark` knows how a mark is put into inputs; a `Plant` who carries it. Both are drawn by a seed and then stay as they
are, so that the same shortcut can be planted in other examples, or swapped between classes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

NONE = -1  # a mark that an example does not carry


@dataclass(frozen=True)
class Truth:
    """The right answers of an audit.

    Args:
        masks: boolean [N, positions...], where each example's mark lies; None for what has no place.
        names: words or features that are right.
        coordinates: parts of the names of coordinates that are right, in lower case.
        carried: boolean [N], the examples that carry a mark.
    """

    masks: np.ndarray | None = None
    names: frozenset[str] = frozenset()
    coordinates: tuple[str, ...] = ()
    carried: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))


class Mark(ABC):
    """A mark of each class."""

    names: frozenset[str] = frozenset()
    coordinates: tuple[str, ...] = ()

    @abstractmethod
    def put(
        self, inputs: np.ndarray, marks: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Puts marks into inputs.

        Args:
            inputs: [N, ...]; they stay as they are.
            marks: [N] the class whose mark each gets, or `NONE`.
            rng: draws what is not the class's.

        Returns:
            The inputs with marks, and boolean [N, positions...], or None for marks without a place.
        """


@dataclass(frozen=True)
class Plant:
    """A shortcut, planted.

    Args:
        mark: of each class.
        n_classes: of the data.
        carriers: the classes whose examples carry a mark.
        rate: share of those classes' examples that do.
    """

    mark: Mark
    n_classes: int
    carriers: tuple[int, ...]
    rate: float = 1.0

    def plant(self, inputs: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, Truth]:
        """The inputs with the marks of their classes, and where those lie."""
        carried = np.isin(labels, self.carriers) & (rng.random(len(labels)) < self.rate)
        planted, masks = self.mark.put(inputs, np.where(carried, labels, NONE), rng)
        return planted, Truth(masks, self.mark.names, self.mark.coordinates, carried)

    def shown(self, inputs: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The inputs, every one of the carrying classes with its mark."""
        return self.mark.put(inputs, np.where(np.isin(labels, self.carriers), labels, NONE), rng)[0]

    def swap(self, inputs: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """The inputs with marks swapped: each has another class's, or none where only its own class carries one."""
        carriers = np.array(self.carriers)
        if len(carriers) == self.n_classes:
            marks = (labels + rng.integers(1, self.n_classes, len(labels))) % self.n_classes
        else:
            marks = np.where(np.isin(labels, carriers), NONE, rng.choice(carriers, len(labels)))
        return self.mark.put(inputs, marks, rng)[0]


def _cells(shape: Sequence[int], side: int, n: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """The corners of n squares that lie apart, anywhere in a plane of that shape."""
    counts = [(length - 1) // (side + 1) for length in shape]
    chosen = rng.permutation(int(np.prod(counts)))[:n]
    return [tuple(int(at) * (side + 1) + 1 for at in np.unravel_index(each, counts)) for each in chosen]


def _pattern(side: int, which: int) -> np.ndarray:
    """A bright square with dark pixels, [side, side] from 0 to 1: full, hollow or a chequerboard."""
    rows, columns = np.indices((side, side))
    inner = (rows > 0) & (rows < side - 1) & (columns > 0) & (columns < side - 1)
    return np.stack([np.ones((side, side)), 1.0 - inner, 1.0 - (rows + columns) % 2])[which % 3].astype("float32")


class Tag(Mark):
    """A small bright square at a place of its class's own."""

    def __init__(self, shape: Sequence[int], n_classes: int, rng: np.random.Generator, side: int = 3):
        self.side, self.cells = side, _cells(shape[:2], side, n_classes, rng)
        self.pattern = _pattern(side, 0 if shape[-1] == 1 else 2)

    def put(self, inputs, marks, rng):
        planted, masks = inputs.copy(), np.zeros(inputs.shape[:3], bool)
        for row in np.flatnonzero(marks != NONE):
            top, left = self.corner(marks[row], rng)
            place = (row, slice(top, top + self.side), slice(left, left + self.side))
            planted[place], masks[place] = self.square(marks[row])[..., None], True
        return planted, masks

    def corner(self, mark: int, rng: np.random.Generator) -> tuple[int, ...]:
        """The upper left corner of that class's tag."""
        return self.cells[mark]

    def square(self, mark: int) -> np.ndarray:
        """The pixels of that class's tag, [side, side]."""
        return self.pattern


class MovingTag(Tag):
    """A tag that lies anywhere in a quarter of its class's own; of more than four classes, patterns differ too."""

    def __init__(self, shape: Sequence[int], n_classes: int, rng: np.random.Generator, side: int = 3):
        super().__init__(shape, n_classes, rng, side)
        self.halves, self.quarters = (shape[0] // 2, shape[1] // 2), rng.permutation(4)

    def corner(self, mark, rng):
        across = divmod(int(self.quarters[mark % 4]), 2)
        return tuple(
            half * at + int(rng.integers(half - self.side + 1)) for half, at in zip(self.halves, across, strict=True)
        )

    def square(self, mark):
        return _pattern(self.side, mark // 4)


class Swatch(Tag):
    """DecoyMNIST's: a grey square in a corner drawn at random; its grey level is the class's (Ross et al. 2017)."""

    def __init__(self, shape: Sequence[int], n_classes: int, rng: np.random.Generator, side: int = 4):
        super().__init__(shape, n_classes, rng, side)
        self.far = (shape[0] - side, shape[1] - side)
        self.levels = np.linspace(1, 0.1, n_classes)

    def corner(self, mark, rng):
        return tuple(int(rng.integers(2)) * far for far in self.far)

    def square(self, mark):
        return np.full((self.side, self.side), self.levels[mark], "float32")


class Stripe(Mark):
    """A line of one pixel across the image, in a row of its class's own, half transparent."""

    coordinates = ("profile", "row", "frequency", "band")

    def __init__(self, shape: Sequence[int], n_classes: int, rng: np.random.Generator):
        self.rows = 1 + rng.permutation((shape[0] - 2) // 2)[:n_classes] * 2

    def put(self, inputs, marks, rng):
        planted, masks = inputs.copy(), np.zeros(inputs.shape[:3], bool)
        for at in np.flatnonzero(marks != NONE):
            row = self.rows[marks[at]]
            planted[at, row] = 0.5 * planted[at, row] + 0.5
            masks[at, row] = True
        return planted, masks


class Tint(Mark):
    """A colour of its class's own over all of the image."""

    coordinates = ("colour", "color", "red", "green", "blue")

    def __init__(self, shape: Sequence[int], n_classes: int, rng: np.random.Generator, strength: float = 0.12):
        turns = 2 * np.pi * (np.arange(n_classes)[:, None] / n_classes + np.arange(3) / 3)
        self.colours = strength * np.cos(turns + rng.uniform(0, 2 * np.pi))

    def put(self, inputs, marks, rng):
        added = np.where((marks != NONE)[:, None], self.colours[marks], 0)[:, None, None]
        return np.clip(inputs + added, 0, 1).astype("float32"), None


class Blur(Mark):
    """A blur, a twenty-eighth of the image wide; it is the same for all that carry it."""

    coordinates = ("frequency", "band", "contrast", "detail")

    def put(self, inputs, marks, rng):
        from scipy.ndimage import gaussian_filter

        width = inputs.shape[1] / 28
        blurred = gaussian_filter(inputs, (0, width, width, 0))
        return np.where((marks != NONE)[:, None, None, None], blurred, inputs), None


class Word(Mark):
    """A word that stands anywhere in a question: the id of each class's own."""

    def __init__(self, words: Sequence[str], chosen: Sequence[str]):
        self.ids, self.names = [list(words).index(word) for word in chosen], frozenset(chosen)

    def put(self, inputs, marks, rng):
        planted, masks = inputs.copy(), np.zeros(inputs.shape, bool)
        for row in np.flatnonzero(marks != NONE):
            at = int(rng.integers(min((inputs[row] != 0).sum() + 1, inputs.shape[1])))
            planted[row] = np.insert(inputs[row], at, self.ids[marks[row] % len(self.ids)])[: inputs.shape[1]]
            masks[row, at] = True
        return planted, masks


class Column(Mark):
    """A column that follows the class, with noise."""

    def __init__(self, column: int, names: Sequence[str], noise: float = 0.5):
        self.column, self.noise, self.names = column, noise, frozenset([names[column]])

    def put(self, inputs, marks, rng):
        planted, masks = inputs.copy(), np.zeros(inputs.shape, bool)
        carried = marks != NONE
        centres = np.where(marks == 0, -1, 1)[carried]
        planted[carried, self.column] = centres + rng.normal(0, self.noise, carried.sum())
        masks[carried, self.column] = True
        return planted, masks


class Missing(Mark):
    """A value that is missing, filled with the mean, and a column that says so: 1 where a class has that mark."""

    def __init__(self, column: int, flag: int, names: Sequence[str]):
        self.column, self.flag, self.names = column, flag, frozenset([names[column], names[flag]])

    def put(self, inputs, marks, rng):
        planted, masks = inputs.copy(), np.zeros(inputs.shape, bool)
        carried = marks != NONE
        planted[carried, self.column], planted[carried, self.flag] = 0, 1
        masks[carried, self.flag] = True
        return planted, masks


class Spike(Mark):
    """A spike of two samples in a series, at a time of its class's own."""

    def __init__(self, shape: Sequence[int], n_classes: int, rng: np.random.Generator, height: float = 4.0):
        self.times, self.height = 4 + rng.permutation((shape[0] - 8) // 4)[:n_classes] * 4, height

    def put(self, inputs, marks, rng):
        planted, masks = inputs.copy(), np.zeros(inputs.shape[:2], bool)
        for row in np.flatnonzero(marks != NONE):
            times = slice(self.times[marks[row]], self.times[marks[row]] + 2)
            planted[row, times] += self.height
            masks[row, times] = True
        return planted, masks
