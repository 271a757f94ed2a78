"""Windows: boxes in space or time, of images, volumes and series, and full rows and columns of pictures.

A shortcut is often a copy: the same pixels in many examples of a class, as natural things never are. So a window is
proposed for what training has added to its share of the attribution, times how many examples show the same content.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._kinds.kind import Kind
from kerasig._suspects.audit import Audit
from kerasig._suspects.judging import Thresholds, evidence
from kerasig._suspects.place import Family, Inputs, Maps, Rows, SuspectPlace, apart, least_emphasis

Box = tuple[tuple[int, int], ...]

# Contents that differ by less than this share of the inputs' spread are the same.
SAME = 0.15
# Windows whose contents are compared, of each class: those with the largest shares.
COMPARED = 400
# Two windows that share more than this of the smaller one are one suspect.
OVERLAP = 0.3
# Fewer examples than this with the same content are chance.
FEWEST = 6


@dataclass(frozen=True, eq=False)
class Contents:
    """The contents of an audit's examples in one leaf.

    Args:
        leaf: its name.
        array: [n, ...] as the model takes it.
        positions: [n, positions..., channels] float32.
        kind: of the leaf.
    """

    leaf: str
    array: NDArray[np.generic]
    positions: NDArray[np.float32]
    summed: tuple[int, ...]
    kind: Kind

    @property
    def shape(self) -> tuple[int, ...]:
        """Axes of one example's positions."""
        return self.positions.shape[1:-1]

    @cached_property
    def ground(self) -> float:
        """The value where nothing is: the most frequent one, or the mean where none is frequent."""
        values, counts = np.unique(np.round(self.positions.ravel()[:1_000_000], 3), return_counts=True)
        frequent = counts.max() > 0.2 * counts.sum()
        return float(values[counts.argmax()] if frequent else self.positions.mean())

    def spread(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A mask [n, positions...] as one that broadcasts to the array."""
        return np.expand_dims(mask, self.summed)


class Window(SuspectPlace):
    """A box at the same place in all examples.

    Args:
        contents: of the leaf.
        box: start and end along each axis of positions.
        label: the class that it was found in.
        model: [box..., channels] what the members show there; None where all examples of the class are members.
        near: how far from it, as a root mean square, is the same.
        repeated: see `SuspectPlace`.
    """

    family: ClassVar[str] = "window"

    def __init__(
        self,
        contents: Contents,
        box: Box,
        label: int,
        model: NDArray[np.float32] | None = None,
        near: float = 0.0,
        repeated: float = 1.0,
    ) -> None:
        self.leaf, self.box, self.label, self.repeated = contents.leaf, box, label, repeated
        self._contents, self._model, self._near = contents, model, near
        self.name = named(box, contents.shape, contents.kind)

    @property
    def area(self) -> float:
        return size_of(self.box) / float(np.prod(self._contents.shape))

    @property
    def slices(self) -> tuple[slice, ...]:
        """The box, for arrays [n, positions...]."""
        return (slice(None), *(slice(start, stop) for start, stop in self.box))

    def region(self) -> NDArray[np.bool_]:
        inside = np.zeros((1, *self._contents.shape), bool)
        inside[self.slices] = True
        return inside[0]

    def members(self, rows: Rows) -> Rows:
        if self._model is None:
            return rows
        shown = self._contents.positions[rows][self.slices]
        distance = np.sqrt(((shown - self._model) ** 2).reshape(len(rows), -1).mean(axis=1))
        return rows[distance <= self._near]

    def share(self, shares: NDArray[np.float32], rows: Rows) -> NDArray[np.float64]:
        inside: NDArray[np.float64] = shares[rows][self.slices].reshape(len(rows), -1).sum(axis=1, dtype=np.float64)
        return inside

    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        mask = self._contents.spread(self.region()[None])
        return {self.leaf: np.where(mask, self._contents.array[out_of], self._contents.array[into])}

    def overlaps(self, other: SuspectPlace) -> bool:
        if not isinstance(other, Window) or other.leaf != self.leaf:
            return False
        return shared(self.box, other.box) > OVERLAP * min(size_of(self.box), size_of(other.box))


class Windows(Family):
    """Boxes of several sizes."""

    # The very same content in many examples, far more looked at than its size deserves, need not move as much.
    limits = Thresholds(easiest=0.4)

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        self.contents = contents_of(audit, maps.leaf)
        self._boxes = list(boxes(self.contents.shape, self.contents.kind))
        self._near = SAME * float(self.contents.positions.std())

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        shape = audit.probes.position_shape(leaf)
        numbers = dict(audit.probes.leaves())[leaf].dtype.kind in "fiu"
        return audit.probes.places.kind(leaf).rigid and shape is not None and numbers and min(shape[:1]) > 1

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[Window], int]:
        shares = [np.sort(self.contents_share(box, rows))[-max(FEWEST, len(rows) // 4) :].mean() for box in self._boxes]
        areas = np.array([size_of(box) for box in self._boxes]) / np.prod(self.contents.shape)
        order = np.argsort(-np.array(shares) / np.sqrt(areas), kind="stable")[:COMPARED]
        found: list[tuple[float, Window]] = []
        for place in order.tolist():
            window = self._repeated(self._boxes[place], label, rows)
            whole = Window(self.contents, self._boxes[place], label, repeated=0.0)
            for each in (whole, window):
                if each is not None:
                    # Of places as evident, that with more of the attribution: a tag before the row that crosses it.
                    found.append((self._evidence(each, rows) * max(0.0, self._added(each, rows)) ** 0.5, each))
        found.sort(key=lambda pair: -pair[0])
        chosen = apart((window for _, window in found), count)
        return [self._grown(window, rows) for window in chosen], len(self._boxes)

    def _grown(self, window: Window, rows: Rows) -> Window:
        """The window that holds most of what training has added, among those that are as evident and lie around it."""
        least = 0.85 * self._evidence(window, rows)
        best, most = window, self._added(window, rows)
        for box in self._boxes:
            if shared(box, window.box) < size_of(window.box) or size_of(box) > 6 * size_of(window.box):
                continue
            whole = Window(self.contents, box, window.label, repeated=0.0)
            other = self._repeated(box, window.label, rows) if window.repeated else whole
            if other is None or self._evidence(other, rows) < least:
                continue
            added = self._added(other, rows)
            if added > most:
                best, most = other, added
        return best

    def _evidence(self, window: Window, rows: Rows) -> float:
        return evidence(least_emphasis(window, self.maps, window.members(rows)), window.repeated)

    def _added(self, window: Window, rows: Rows) -> float:
        members = window.members(rows)
        now, before = window.share(self.maps.now, members), window.share(self.maps.before, members)
        return float(now.mean() - before.mean())

    def contents_share(self, box: Box, rows: Rows) -> NDArray[np.float64]:
        """The share of the attribution in a box, [rows]."""
        return Window(self.contents, box, 0).share(self.maps.now, rows)

    def _repeated(self, box: Box, label: int, rows: Rows) -> Window | None:
        """The window with the content that most of the examples show, where enough of them do."""
        window = Window(self.contents, box, label)
        shown = self.contents.positions[rows][window.slices].reshape(len(rows), -1)
        # A background is the same everywhere, and shows nothing.
        live = np.abs(shown - self.contents.ground).mean(axis=1) > 3 * self._near
        squares = (shown**2).sum(axis=1)
        distances = np.maximum(squares[:, None] + squares - 2 * shown @ shown.T, 0) / shown.shape[1]
        same = (distances <= self._near**2) & live & live[:, None]
        best = int(same.sum(axis=1).argmax())
        members = int(same[best].sum())
        if members < min(FEWEST, max(3, len(rows) // 2)):
            return None
        model = shown[best].reshape([stop - start for start, stop in box] + [-1])
        return Window(self.contents, box, label, model, self._near, members / len(rows))

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Window]:
        assert isinstance(place, Window)
        sides = [stop - start for start, stop in place.box]
        alike = [box for box in self._boxes if [stop - start for start, stop in box] == sides]
        beside = [box for box in alike if not shared(box, place.box)]
        if len(beside) < count:  # Of large windows none may lie wholly beside it.
            beside = [box for box in alike if shared(box, place.box) <= size_of(box) / 4]
        if not beside:
            larger = [box for box in self._boxes if size_of(box) >= size_of(place.box) / 2]
            beside = [box for box in larger if not shared(box, place.box)]
        windows = [Window(self.contents, box, place.label) for box in beside]
        changed = np.abs(self.contents.positions[into] - self.contents.positions[out_of]).mean(axis=(0, -1))[None]
        own = float(changed[place.slices].sum())
        # Those where most changes: beside an empty corner every place would seem to matter.
        windows.sort(key=lambda window: -min(own, float(changed[window.slices].sum())))
        return apart(windows, count)


def contents_of(audit: Audit, leaf: str) -> Contents:
    """The contents of a leaf."""
    array = dict(audit.probes.leaves())[leaf]
    shape = audit.probes.position_shape(leaf)
    assert shape is not None
    last = audit.probes.places.channels_last(leaf)
    summed = audit.probes.places.of_input(leaf, array.shape).summed
    positions = np.asarray(last, np.float32).reshape(len(array), *shape, -1)
    return Contents(leaf, array, positions, summed, audit.probes.places.kind(leaf))


def boxes(shape: tuple[int, ...], kind: Kind) -> Iterator[Box]:
    """Boxes of several sizes at steps of a third of their size; of pictures also full rows and columns."""
    space = 1 if kind.timed else len(shape)
    rest = tuple((0, length) for length in shape[space:])
    shortest = min(shape[:space])
    sides = []
    side = max(min(3.0, shortest // 2), shortest / 16)
    while round(side) <= max(1, shortest // 2):
        sides.append(round(side))
        side = max(side * 1.5, side + 1)
    for side in sides:
        starts = [range(0, length - side + 1, max(1, side // 3)) for length in shape[:space]]
        for place in np.ndindex(*(len(each) for each in starts)):
            yield (
                *((starts[axis][at], starts[axis][at] + side) for axis, at in enumerate(place)),
                *rest,
            )
    if kind.pictorial and space == 2:
        for axis in range(2):
            for thick in sorted({1, max(1, shape[axis] // 12)}):
                for start in range(0, shape[axis] - thick + 1, thick):
                    own, other = (start, start + thick), (0, shape[1 - axis])
                    yield (own, other) if axis == 0 else (other, own)


def size_of(box: Box) -> int:
    """How many positions a box has."""
    return int(np.prod([stop - start for start, stop in box]))


def shared(one: Box, other: Box) -> int:
    """How many positions two boxes have in common."""
    return int(np.prod([max(0, min(a[1], b[1]) - max(a[0], b[0])) for a, b in zip(one, other, strict=True)]))


def named(box: Box, shape: tuple[int, ...], kind: Kind) -> str:
    """Where a box is, in words; counted from 0, as the tab counts."""
    parts = []
    for axis, (start, stop), length in zip(kind.axes, box, shape, strict=False):
        if (start, stop) != (0, length):
            parts.append(f"{axis} {start}" if stop - start == 1 else f"{axis}s {start} to {stop - 1}")
    return ", ".join(parts) or "everywhere"
