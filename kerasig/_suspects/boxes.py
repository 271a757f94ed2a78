"""Boxes of positions: which there are, and the sums of maps in all of them at once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._kinds.kind import Kind

Box = tuple[tuple[int, int], ...]


class Boxes:
    """The boxes of a leaf's positions.

    Args:
        shape: axes of one example's positions.
        kind: of the leaf.

    Attributes:
        all: the boxes.
        bounds: [B, axes, 2], the same.
        sizes: [B] how many positions each has.
    """

    def __init__(self, shape: tuple[int, ...], kind: Kind) -> None:
        self.all = list(boxes(shape, kind))
        self.bounds = np.array(self.all, np.int64).reshape(len(self.all), len(shape), 2)
        self.sides = self.bounds[..., 1] - self.bounds[..., 0]
        self.sizes = self.sides.prod(axis=1)

    def sums(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """The sums of values [n, positions...] in each box, [n, B]."""
        axes = self.bounds.shape[1]
        whole = np.pad(values.astype(np.float64), [(0, 0), *[(1, 0)] * axes])
        for axis in range(1, axes + 1):
            np.cumsum(whole, axis=axis, out=whole)
        found = np.zeros((len(values), len(self.all)))
        # A box is the sum up to its last corner, less what lies before it.
        for corner in itertools.product((0, 1), repeat=axes):
            at: tuple[Any, ...] = tuple(self.bounds[:, axis, end] for axis, end in enumerate(corner))
            found += (-1) ** (axes - sum(corner)) * whole[:, *at]
        return found

    def shared(self, box: Box) -> NDArray[np.int64]:
        """How many positions each of them has in common with a box, [B]."""
        other = np.array(box)
        common = np.minimum(self.bounds[..., 1], other[:, 1]) - np.maximum(self.bounds[..., 0], other[:, 0])
        found: NDArray[np.int64] = np.maximum(common, 0).prod(axis=1)
        return found


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


def box_sums(shares: NDArray[np.float32], sides: tuple[int, ...]) -> NDArray[np.float64]:
    """The sum of [n, positions...] in each box of those sides, [n, starts...]; further axes are summed."""
    sums = shares.reshape(*shares.shape[: 1 + len(sides)], -1).sum(axis=-1, dtype=np.float64)
    for axis, side in enumerate(sides, start=1):
        steps = np.cumsum(np.insert(sums, 0, 0, axis=axis), axis=axis)
        upper, lower = np.arange(side, steps.shape[axis]), np.arange(steps.shape[axis] - side)
        sums = steps.take(upper, axis=axis) - steps.take(lower, axis=axis)
    return sums


def bounds_of(region: NDArray[np.bool_]) -> Box | None:
    """Start and end along each axis of the smallest box that a region fits into; None of an empty one."""
    if not region.any():
        return None
    places = np.nonzero(region)
    return tuple((int(axis.min()), int(axis.max()) + 1) for axis in places)


def size_of(box: Box) -> int:
    """How many positions a box has."""
    size = 1
    for start, stop in box:
        size *= stop - start
    return size


def shared(one: Box, other: Box) -> int:
    """How many positions two boxes have in common."""
    size = 1
    for (start, stop), (first, last) in zip(one, other, strict=True):
        size *= max(0, min(stop, last) - max(start, first))
    return size


def named(box: Box, shape: tuple[int, ...], kind: Kind) -> str:
    """Where a box is, in words; counted from 0, as the tab counts."""
    parts = []
    for axis, (start, stop), length in zip(kind.axes, box, shape, strict=False):
        if (start, stop) != (0, length):
            parts.append(f"{axis} {start}" if stop - start == 1 else f"{axis}s {start} to {stop - 1}")
    return ", ".join(parts) or "everywhere"
