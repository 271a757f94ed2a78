"""Patches that move: the same pixels or samples at another place in each example.

What a network looks at most in each example is cut out, and the pieces are compared: a shortcut shows up as one piece
that many examples of a class have in common, wherever it lies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit
from kerasig._suspects.boxes import box_sums
from kerasig._suspects.coefficients import has_waves
from kerasig._suspects.contents import Contents, contents_of
from kerasig._suspects.judging import Thresholds, evidence
from kerasig._suspects.place import Family, Inputs, Maps, Rows, SuspectPlace, apart, least_emphasis

# Pieces of each example that are compared, of each size: those with the largest shares.
PIECES = 40
# Examples of a class that must have a piece in common, and the share of them.
FEWEST, SHARE = 6, 0.25
# A piece that lies at one place in more of its examples than this share is no moving one.
FIXED = 0.7
# Pieces of a class that are put into an order by their emphasis, of each size, and those looked through for them.
TRIED, LOOKED = 3, 12
# Places beside which one is judged.
BESIDE = 4


@dataclass(frozen=True, eq=False)
class Pieces:
    """The pieces of one size with the largest shares of each example.

    Args:
        contents: of the leaf.
        labels: [n] the examples' classes.
        sides: of a piece, along the axes that it moves along.
        starts: [n, K, axes] where they lie.
        shown: [n, K, values] what they show.
    """

    contents: Contents
    labels: NDArray[np.int64]
    sides: tuple[int, ...]
    starts: NDArray[np.int64]
    shown: NDArray[np.float32]

    def mask(self, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Boolean [rows, positions...], true in the piece that begins there."""
        shape = self.contents.shape
        inside = np.ones((len(starts), *shape), bool)
        for axis, side in enumerate(self.sides):
            at = np.arange(shape[axis]) - starts[:, axis, None]
            within = (at >= 0) & (at < side)
            inside &= within.reshape(len(starts), *(shape[axis] if each == axis else 1 for each in range(len(shape))))
        return inside


class Moving(SuspectPlace):
    """A piece that shows the same, at another place in each example.

    Args:
        pieces: of its size.
        model: [values] what it shows.
        near: how far from it, as a mean square, is the same.
        label: the class that it was found in.
        repeated: see `SuspectPlace`.
    """

    family: ClassVar[str] = "moving window"

    def __init__(
        self, pieces: Pieces, model: NDArray[np.float32], near: float, label: int, repeated: float = 1.0
    ) -> None:
        self.pieces, self.label, self.repeated = pieces, label, repeated
        self.leaf = pieces.contents.leaf
        distances = ((pieces.shown - model) ** 2).mean(axis=2)
        # The pieces come with the largest share first.
        same = distances <= near
        self._has = same.any(axis=1)
        self._of_class = pieces.labels == label
        self.copied = pieces.contents.are_copies(distances.min(axis=1)[self._has & self._of_class])
        chosen = np.where(self._has, same.argmax(axis=1), distances.argmin(axis=1))
        self.starts = pieces.starts[np.arange(len(chosen)), chosen]
        size = " by ".join(map(str, pieces.sides))
        unit = "steps" if pieces.contents.kind.timed else "pixels"
        self.name = f"a patch of {size} {unit} that moves"

    @property
    def area(self) -> float:
        return float(np.prod(self.pieces.sides)) / float(np.prod(self.pieces.contents.shape[: len(self.pieces.sides)]))

    def region(self) -> NDArray[np.bool_]:
        # Wherever it lies in one of them.
        return np.asarray(self.pieces.mask(self.starts[self._has & self._of_class]).any(axis=0), bool)

    def members(self, rows: Rows) -> Rows:
        return rows[self._has[rows]]

    def share(self, shares: NDArray[np.float32], rows: Rows) -> NDArray[np.float64]:
        mask = self.pieces.mask(self.starts[rows])
        inside: NDArray[np.float64] = np.where(mask, shares[rows], 0).reshape(len(rows), -1).sum(1, dtype=np.float64)
        return inside

    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        contents = self.pieces.contents
        mask = contents.spread(self.pieces.mask(self.starts[of]))
        return {self.leaf: np.where(mask, contents.array[out_of], contents.array[into])}

    def overlaps(self, other: SuspectPlace) -> bool:
        if not isinstance(other, Moving) or other.leaf != self.leaf:
            return False
        both = self._has & other._has
        apart = np.abs(self.starts[both] - other.starts[both]).max(axis=1) if both.any() else np.zeros(0)
        return bool((apart < max(*self.pieces.sides, *other.pieces.sides)).mean() > 0.3) if len(apart) else False


class Elsewhere(Moving):
    """A piece of the same size in each example, where the share of its attribution is next largest.

    Args:
        place: that it is matched with.
        starts: [n, axes] where it lies in each example.
    """

    def __init__(self, place: Moving, starts: NDArray[np.int64]) -> None:
        self.pieces, self.label, self.repeated = place.pieces, place.label, 0.0
        self.leaf, self.name, self.starts = place.leaf, place.name, starts
        self._has = self._of_class = np.ones(len(starts), bool)


class MovingWindows(Family):
    """Pieces of images and series that several examples of a class have in common."""

    # Of a digit that can be read as well, a patch moves little: what tells is that no other one moves anything.
    limits = Thresholds(evidence=1.2, effect=0.04, above=6.0, repeated=0.5)
    copies = Thresholds(evidence=0.85, effect=0.08, above=3.5)

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        self.contents = contents_of(audit, maps.leaf)
        self._near = self.contents.near**2
        axes = 1 if self.contents.kind.timed else 2
        self._sizes = [self._pieces((side,) * axes) for side in _sides(min(self.contents.shape[:axes]))]

    def limits_of(self, place: SuspectPlace) -> Thresholds:
        return self.copies if place.copied else self.limits

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        array = dict(audit.probes.leaves()).get(leaf)
        if array is None or array.dtype.kind not in "fiu" or not has_waves(audit, leaf):
            return False
        shape = audit.probes.position_shape(leaf)
        axes = 1 if audit.probes.places.kind(leaf).timed else 2
        return shape is not None and len(shape) >= axes and min(shape[:axes]) >= 8

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[Moving], int]:
        found = []
        for pieces in self._sizes:
            for place in self._common(pieces, label, rows):
                members = place.members(rows)
                emphasis = least_emphasis(place, self.maps, members)
                # Of a patch its parts stand out as well, with less of the attribution.
                share = float(place.share(self.maps.now, members).mean()) if len(members) else 0.0
                found.append((evidence(emphasis, place.repeated) * share**0.5, place))
        found.sort(key=lambda pair: -pair[0])
        return apart((place for _, place in found), count), sum(
            len(rows) * pieces.starts.shape[1] for pieces in self._sizes
        )

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Elsewhere]:
        assert isinstance(place, Moving)
        taken, others = [place.starts], []
        sums = box_sums(self.maps.now, place.pieces.sides)
        # The piece may be a part of a larger patch: what touches it is no other place.
        free, reach = sums, 2
        for _ in range(min(count, BESIDE)):
            free = np.where(_near(taken[-1], place.pieces.sides, reach, sums.shape[1:]), -1.0, free)
            reach = 1
            flat = free.reshape(len(free), -1)
            best = flat.argmax(axis=1)
            if (flat[np.arange(len(flat)), best] < 0).any():
                break
            taken.append(np.stack(np.unravel_index(best, sums.shape[1:]), axis=1))
            others.append(Elsewhere(place, taken[-1]))
        return others

    def _pieces(self, sides: tuple[int, ...]) -> Pieces:
        sums = box_sums(self.maps.now, sides)
        flat = sums.reshape(len(sums), -1)
        best = _largest(flat, PIECES)
        starts = np.stack(np.unravel_index(best, sums.shape[1:]), axis=2)
        axes = tuple(range(1, 1 + len(sides)))
        views = np.lib.stride_tricks.sliding_window_view(self.contents.positions, sides, axis=axes)
        rows = np.arange(len(flat))[:, None]
        shown = views[(rows, *(starts[..., axis] for axis in range(len(sides))))]
        return Pieces(
            self.contents, self.audit.labels, sides, starts, np.ascontiguousarray(shown.reshape(*best.shape, -1))
        )

    def _common(self, pieces: Pieces, label: int, rows: Rows) -> list[Moving]:
        """The pieces that most of the rows have in common, at different places."""
        k = pieces.shown.shape[1]
        shown = pieces.shown[rows].reshape(len(rows) * k, -1)
        live = np.abs(shown - self.contents.ground).mean(axis=1) > 3 * self._near**0.5
        squares = (shown**2).sum(axis=1)
        distances = shown @ shown.T
        distances *= -2 / shown.shape[1]
        distances += squares / shown.shape[1]
        distances += squares[:, None] / shown.shape[1]
        same = ((distances <= self._near) & live & live[:, None]).reshape(len(shown), len(rows), k).any(axis=2)
        counts = same.sum(axis=1)
        found: list[Moving] = []
        fewest = max(FEWEST, SHARE * len(rows))
        for _ in range(LOOKED):
            at = int(counts.argmax())
            if len(found) == TRIED or counts[at] < fewest:
                break
            place = Moving(pieces, shown[at], self._near, label, float(counts[at]) / len(rows))
            # What shows the same, or overlaps it in most of its examples, is no other place.
            counts[distances[at] <= 4 * self._near] = 0
            _, often = np.unique(place.starts[place.members(rows)], axis=0, return_counts=True)
            if often.max() <= FIXED * often.sum() and not any(place.overlaps(other) for other in found):
                found.append(place)
        return found


def _near(starts: NDArray[np.int64], sides: tuple[int, ...], reach: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Where [n, starts...] a piece would begin less than so many of its sides away from those that begin there."""
    found = np.ones((len(starts), *(1 for _ in shape)), bool)
    for axis, (side, length) in enumerate(zip(sides, shape, strict=True)):
        along = np.abs(np.arange(length) - starts[:, axis, None]) < reach * side
        found = found & along.reshape(len(starts), *(length if each == axis else 1 for each in range(len(shape))))
    return found


def _largest(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The places of the largest values [n, K] of each row, the largest first."""
    if values.shape[1] > count:
        places = np.sort(np.argpartition(-values, count - 1, axis=1)[:, :count], axis=1)
    else:
        places = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    order = np.argsort(-np.take_along_axis(values, places, axis=1), axis=1, kind="stable")
    found: NDArray[np.int64] = np.take_along_axis(places, order, axis=1)
    return found


def _sides(shortest: int) -> list[int]:
    """The sides of pieces: smaller ones than three are in anything."""
    sides, side = [], max(3, round(shortest / 16))
    while side <= max(3, shortest // 5):
        sides.append(side)
        side = max(side + 1, round(side * 1.25))
    return sides
