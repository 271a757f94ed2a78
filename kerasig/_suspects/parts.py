"""Windows that a part of a class's examples have in common by their maps alone, whatever they show there.

A tag of a colour of its own in each example, or a watermark that is never quite the same, has no content that is
repeated. But the maps of those that have it are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit
from kerasig._suspects.clusters import alike, clusters_of, pooled
from kerasig._suspects.judging import Thresholds
from kerasig._suspects.place import Maps, Rows, SuspectPlace
from kerasig._suspects.windows import FEWEST, Box, Contents, Window, Windows, size_of

# Of a class no larger part is a part, and no larger share of all positions a place.
PART, SMALL = 0.6, 0.12
# How many times as much of the attribution lies there in the part as in the rest of the class.
APART = 1.5
# The least evidence of the best box before it is grown: without it no transplant is made.
EVIDENT = 1.0
# Places beside which one is judged.
BESIDE = 4
# What a box around the best one must keep of its evidence, and how many times as large it may be.
GROWN, LARGER = 0.5, 9.0


class PartWindow(Window):
    """A box where the maps of a part of a class lie.

    Args:
        contents: of the leaf.
        box: see `Window`.
        label: the class.
        having: boolean [n], the examples whose maps are like those of the part.
    """

    family: ClassVar[str] = "part of a class"

    def __init__(self, contents: Contents, box: Box, label: int, having: NDArray[np.bool_]) -> None:
        super().__init__(contents, box, label, repeated=0.0)
        self._having = having
        self.name = f"{self.name}, in a part of the class"

    def members(self, rows: Rows) -> Rows:
        return rows[self._having[rows]]


class Parts(Windows):
    """Small boxes, each with the part of a class whose maps lie there."""

    # Whatever a class's examples show elsewhere moves less of the lead.
    limits = Thresholds(evidence=0.4, alone=0.3, beside=2.0, flips=0.4)

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        most = SMALL * float(np.prod(self.contents.shape))
        self._small = [box for box in self._boxes if size_of(box) <= most and not self._crosses(box)]
        self._areas = np.array([size_of(box) for box in self._small]) / np.prod(self.contents.shape)

    @cached_property
    def _sums(self) -> NDArray[np.float64]:
        return _box_shares(self.maps.now, self._small)

    @cached_property
    def _before(self) -> NDArray[np.float64]:
        return _box_shares(self.maps.before, self._small)

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[PartWindow], int]:
        if not self._small:
            return [], 0
        before = self.maps.before[rows].mean(axis=0)
        # What training has added stands out, whatever an untrained network's map has there.
        every = np.flatnonzero(self.audit.labels == label)
        points = pooled((self.maps.now[every] / (before + 1 / before.size)) ** 2)
        sought = np.searchsorted(every, rows)
        best: tuple[float, int, NDArray[np.int64]] | None = None
        for part in clusters_of(points[sought]):
            if FEWEST <= len(part) <= PART * len(rows):
                strengths, added = self._told(rows, part)
                worth = np.where(strengths >= EVIDENT, strengths * np.sqrt(np.maximum(added, 0)), 0)
                at = int(worth.argmax())
                if worth[at] > (best[0] if best else 0):
                    best = float(worth[at]), at, part
        if best is None:
            return [], len(self._small)
        box = self._small[self._widened(best[1], *self._told(rows, best[2]))]
        having = np.zeros(len(self.audit), bool)
        having[every] = alike(points, sought, best[2])
        return [PartWindow(self.contents, box, label, having)], len(self._small)

    def _crosses(self, box: Box) -> bool:
        """Whether a box goes across a whole picture: a bar is no mark."""
        shape, timed = self.contents.shape, self.contents.kind.timed
        return not timed and any((start, stop) == (0, length) for (start, stop), length in zip(box, shape, strict=True))

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Window]:
        return super().matched(place, into, out_of, min(count, BESIDE))

    def _told(self, rows: Rows, part: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each box the evidence of a part of the rows, 0 where the rest has as much there, and what it has more."""
        now, before = self._sums[rows], self._before[rows].mean(axis=0)
        inside, rest = now[part], np.delete(now, part, axis=0).mean(axis=0)
        means = inside.mean(axis=0)
        low = (means - 2 * inside.std(axis=0) / len(part) ** 0.5) / (before + self._areas)
        return np.where(means >= APART * rest, 0.5 * low, 0), means - np.maximum(rest, before)

    def _widened(self, at: int, strengths: NDArray[np.float64], added: NDArray[np.float64]) -> int:
        """The box in which a part has most more than the rest, among those around one that are nearly as evident."""
        edges = np.array(self._small)
        holds = np.all(
            [(edges[:, axis, 0] <= a) & (edges[:, axis, 1] >= b) for axis, (a, b) in enumerate(self._small[at])], axis=0
        )
        holds &= (self._areas <= LARGER * self._areas[at]) & (strengths >= GROWN * strengths[at])
        return int(np.where(holds, added, -np.inf).argmax())


def _box_shares(shares: NDArray[np.float32], boxes: Sequence[Box]) -> NDArray[np.float64]:
    """The sum of [n, positions...] in each box, [n, boxes]."""
    sums = np.asarray(shares, np.float64)
    for axis in range(1, sums.ndim):
        sums = np.insert(np.cumsum(sums, axis=axis), 0, 0, axis=axis)
    edges = np.array(boxes)
    found = np.zeros((len(sums), len(boxes)))
    for ends in product((0, 1), repeat=edges.shape[1]):
        sign = (-1) ** (edges.shape[1] - sum(ends))
        found += sign * np.moveaxis(sums, 0, -1)[tuple(edges[:, axis, end] for axis, end in enumerate(ends))].T
    return found
