"""Windows that a part of a class's examples have in common by their maps alone, whatever they show there.

A tag of a colour of its own in each example, or a watermark that is never quite the same, has no content that is
repeated. But the maps of those that have it are alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit
from kerasig._suspects.boxes import Box
from kerasig._suspects.clusters import alike, clusters_of, pooled
from kerasig._suspects.contents import Contents
from kerasig._suspects.judging import Thresholds
from kerasig._suspects.place import Maps, Rows, SuspectPlace
from kerasig._suspects.windows import FEWEST, Window, Windows

# Of a class no larger share is a part, and no larger share of all positions a place.
PART, SMALL = 0.6, 0.12
# How many times as much of the attribution lies there in the part as in the rest of the class.
APART = 1.5
# The least evidence of the best box before it is grown: without it no transplant is made.
EVIDENT = 1.0
# What a box around the best one must keep of its evidence, and how many times as large it may be.
GROWN, LARGER = 0.5, 9.0
# Places beside which one is judged.
BESIDE = 4
# The honest shape of a part of a class moves some of the lead, but turns few examples of others into the class.
LIMITS = Thresholds(evidence=0.4, alone=0.3, beside=2.0, flips=0.4)


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

    limits = LIMITS

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        self.limits = LIMITS
        shape = self.contents.shape
        self._areas = self.boxes.sizes / float(np.prod(shape))
        # A bar across a whole picture is no mark.
        across = (self.boxes.sides == shape).any(axis=1) & (not self.contents.kind.timed)
        self._small = (self._areas <= SMALL) & ~across

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[PartWindow], int]:
        before = self.maps.before[rows].mean(axis=0)
        sums = self.boxes.sums(self.maps.now[rows]), self.boxes.sums(before[None])[0]
        every = np.flatnonzero(self.audit.labels == label)
        # What training has added stands out, whatever an untrained network's map has there.
        points = pooled((self.maps.now[every] / (before + 1 / before.size)) ** 2)
        sought = np.searchsorted(every, rows)
        best: tuple[float, int, NDArray[np.int64]] | None = None
        for part in clusters_of(points[sought]):
            if FEWEST <= len(part) <= PART * len(rows):
                strengths, added = self._told(*sums, part)
                worth = np.where(strengths >= EVIDENT, strengths * np.sqrt(np.maximum(added, 0)), 0)
                at = int(worth.argmax()) if len(worth) else 0
                if len(worth) and worth[at] > (best[0] if best else 0):
                    best = float(worth[at]), at, part
        looked = int(self._small.sum())
        if best is None:
            return [], looked
        box = self.boxes.all[self._widened(best[1], *self._told(*sums, best[2]))]
        having = np.zeros(len(self.audit), bool)
        having[every] = alike(points, sought, best[2])
        return [PartWindow(self.contents, box, label, having)], looked

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Window]:
        return super().matched(place, into, out_of, min(count, BESIDE))

    def _told(
        self, now: NDArray[np.float64], before: NDArray[np.float64], part: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """For each box the evidence of a part of a class's examples, and how much more it has there than the rest.

        No evidence where the rest has as much there, or where the box is none that a mark may have.

        Args:
            now: [rows, boxes] the shares of the attribution.
            before: [boxes] their means in the untrained network.
            part: which of the rows.
        """
        inside, rest = now[part], np.delete(now, part, axis=0).mean(axis=0)
        means = inside.mean(axis=0)
        low = (means - 2 * inside.std(axis=0) / len(part) ** 0.5) / (before + self._areas)
        apart = (means >= APART * rest) & self._small
        # As `evidence` has it where no content is repeated.
        return np.where(apart, 0.5 * low, 0), means - np.maximum(rest, before)

    def _widened(self, at: int, strengths: NDArray[np.float64], added: NDArray[np.float64]) -> int:
        """The box in which a part has most more than the rest, among those around one that are nearly as evident."""
        around = self.boxes.shared(self.boxes.all[at]) == self.boxes.sizes[at]
        around &= (self._areas <= LARGER * self._areas[at]) & (strengths >= GROWN * strengths[at])
        return int(np.where(around, added, -np.inf).argmax())
