"""Windows: boxes in space or time, of images, volumes and series, and full rows and columns of pictures.

A shortcut is often a copy: the same pixels in many examples of a class, as natural things never are. So a window is
proposed for what training has added to its share of the attribution, times how many examples show the same content.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit
from kerasig._suspects.boxes import Box, Boxes, named, shared, size_of
from kerasig._suspects.contents import Contents, contents_of
from kerasig._suspects.judging import WIDELY, Thresholds, evidence
from kerasig._suspects.place import Family, Inputs, Maps, Rows, SuspectPlace, apart, low_of

# Windows whose contents are compared, of each class: those with the largest shares.
COMPARED = 400
# Two windows that share more than this of the smaller one are one suspect.
OVERLAP = 0.3
# Fewer examples than this with the same content are chance; fewer with copies of one.
FEWEST, FEWEST_COPIES = 6, 4
# What it takes in space. Nature makes no copies, so these need not move much.
COPIES = Thresholds(effect=0.11, above=0.7, p_value=0.05)
# What most of a class repeats, far more looked at than its size deserves; what less of it does; and its own shape.
COMMON = Thresholds(easiest=0.4)
ALIKE = Thresholds(effect=0.35)
OF_A_CLASS = Thresholds(alone=0.5)
# What it takes in series, where hardly any content is repeated: less evidence, but far from every other moment. There
# honest networks come to look at nothing much more than at the rest.
IN_TIME = Thresholds(evidence=0.38, alone=0.3, above=1.0, easiest=0.4)


class Window(SuspectPlace):
    """A box at the same place in all examples.

    Args:
        contents: of the leaf.
        box: start and end along each axis of positions.
        label: the class that it was found in.
        model: [box..., channels] what the members show there; None where all examples of the class are members.
        near: how far from it, as a root mean square, is the same.
        repeated: see `SuspectPlace`.
        copied: see `SuspectPlace`.
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
        copied: bool = False,
    ) -> None:
        self.leaf, self.box, self.label = contents.leaf, box, label
        self.repeated, self.copied = repeated, copied
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


@dataclass(frozen=True, eq=False)
class Proposal:
    """A window, and what maps say of it.

    Args:
        window: the window.
        evidence: what speaks for it.
        added: the share of the attribution that training has added there.
    """

    window: Window
    evidence: float
    added: float


class WindowsOfClass:
    """The windows in examples of one class: the shares in all of them are summed at once, contents compared once.

    Args:
        contents: of the leaf.
        boxes: that windows are made of.
        maps: of the leaf.
        label: the class.
        rows: its examples.
    """

    def __init__(self, contents: Contents, boxes: Boxes, maps: Maps, label: int, rows: Rows) -> None:
        self.now, self.before = (boxes.sums(shares[rows]) for shares in (maps.now, maps.before))
        self._contents, self._boxes, self._label = contents, boxes, label
        self._positions = contents.positions[rows]
        self._near = contents.near
        self._areas = boxes.sizes / float(np.prod(contents.shape))
        self._repeated: dict[int, Proposal | None] = {}

    def hottest(self, count: int) -> list[int]:
        """The boxes with the largest shares for their size, by the examples in which these are largest."""
        largest = np.sort(self.now, axis=0)[-max(FEWEST, len(self.now) // 4) :].mean(axis=0)
        return np.argsort(-largest / np.sqrt(self._boxes.sizes), kind="stable")[:count].tolist()

    def whole(self, at: int) -> Proposal:
        """The window of a box in all examples, whatever they show there."""
        window = Window(self._contents, self._boxes.all[at], self._label, repeated=0.0)
        return self._proposal(window, at, np.ones(len(self.now), bool))

    def repeated(self, at: int) -> Proposal | None:
        """The window of a box with the content that most of the examples show, where enough of them do."""
        if at not in self._repeated:
            self._repeated[at] = self._compared(at)
        return self._repeated[at]

    def _compared(self, at: int) -> Proposal | None:
        box = self._boxes.all[at]
        count = len(self._positions)
        shown = self._positions[(slice(None), *(slice(*ends) for ends in box))].reshape(count, -1)
        # A background is the same everywhere, and shows nothing.
        live = np.abs(shown - self._contents.ground).mean(axis=1) > 3 * self._near
        if live.sum() < min(FEWEST_COPIES, max(3, count // 2)):
            return None
        squares = (shown**2).sum(axis=1)
        distances = np.maximum(squares[:, None] + squares - 2 * shown @ shown.T, 0) / shown.shape[1]
        same = (distances <= self._near**2) & live & live[:, None]
        best = int(same.sum(axis=1).argmax())
        members = int(same[best].sum())
        # But for the one that the others are compared with.
        others = same[best] & (np.arange(count) != best)
        copied = self._contents.are_copies(distances[best, others])
        if members < min(FEWEST_COPIES if copied else FEWEST, max(3, count // 2)):
            return None
        model = shown[best].reshape([stop - start for start, stop in box] + [-1])
        window = Window(self._contents, box, self._label, model, self._near, members / count, copied)
        return self._proposal(window, at, same[best])

    def _proposal(self, window: Window, at: int, members: NDArray[np.bool_]) -> Proposal:
        now, before = self.now[members, at], float(self.before[members, at].mean())
        strength = evidence(low_of(now) / (before + float(self._areas[at])), window.repeated)
        return Proposal(window, strength, float(now.mean()) - before)


class Windows(Family):
    """Boxes of several sizes."""

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        self.contents = contents_of(audit, maps.leaf)
        self.boxes = Boxes(self.contents.shape, self.contents.kind)
        if self.contents.kind.timed:
            self.limits = IN_TIME

    def limits_of(self, place: SuspectPlace) -> Thresholds:
        if self.limits is not None:
            return self.limits
        if not place.repeated:
            return OF_A_CLASS
        if place.copied:
            return COPIES
        return COMMON if place.repeated >= WIDELY else ALIKE

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        shape = audit.probes.position_shape(leaf)
        numbers = dict(audit.probes.leaves())[leaf].dtype.kind in "fiu"
        return audit.probes.places.kind(leaf).rigid and shape is not None and numbers and min(shape[:1]) > 1

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[Window], int]:
        known = WindowsOfClass(self.contents, self.boxes, self.maps, label, rows)
        found: list[Proposal] = []
        for at in known.hottest(COMPARED):
            found += [each for each in (known.whole(at), known.repeated(at)) if each is not None]
        # Of places as evident, that with more of the attribution: a tag before the row that crosses it.
        found.sort(key=lambda each: -each.evidence * max(0.0, each.added) ** 0.5)
        by_window = {each.window: each for each in found}
        chosen = apart(by_window, count)
        return [self._grown(by_window[window], known) for window in chosen], len(self.boxes.all)

    def _grown(self, found: Proposal, known: WindowsOfClass) -> Window:
        """The window that holds most of what training has added, among those that are as evident and lie around it."""
        size = size_of(found.window.box)
        around = (self.boxes.shared(found.window.box) == size) & (self.boxes.sizes <= 6 * size)
        best = found
        for at in np.flatnonzero(around).tolist():
            other = known.repeated(at) if found.window.repeated else known.whole(at)
            if other is not None and other.evidence >= 0.85 * found.evidence and other.added > best.added:
                best = other
        return best.window

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Window]:
        assert isinstance(place, Window)
        sizes, common = self.boxes.sizes, self.boxes.shared(place.box)
        alike = (self.boxes.sides == [stop - start for start, stop in place.box]).all(axis=1)
        beside = alike & (common == 0)
        if beside.sum() < count:  # Of large windows none may lie wholly beside it.
            beside = alike & (common <= sizes / 4)
        if not beside.any():
            beside = (sizes >= size_of(place.box) / 2) & (common == 0)
        changed = np.abs(self.contents.positions[into] - self.contents.positions[out_of]).mean(axis=(0, -1))[None]
        own = float(changed[place.slices].sum())
        # Those where most changes: beside an empty corner every place would seem to matter.
        order = np.argsort(-np.minimum(own, self.boxes.sums(changed)[0]), kind="stable")
        return apart((Window(self.contents, self.boxes.all[at], place.label) for at in order if beside[at]), count)
