"""Orthonormal bases of one example's shape, and named groups of their coefficients. NumPy only.

With x = B z and B orthonormal, B^T is its inverse, so the coefficients of an input and those of a gradient come by the
same sums. B is a cosine transform (DCT-II) along some axes: its first vector is constant, so the first coefficient
is the mean, up to a factor that no attribution depends on.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Shape = tuple[int, ...]


@functools.lru_cache(maxsize=32)
def cosines(length: int) -> NDArray[np.float64]:
    """The orthonormal DCT-II [K, length], K = length: row k has k half waves."""
    waves, places = np.arange(length)[:, None], np.arange(length)[None]
    matrix = np.sqrt(2 / length) * np.cos(np.pi * waves * (2 * places + 1) / (2 * length))
    matrix[0] = np.sqrt(1 / length)
    matrix.setflags(write=False)
    return matrix


def along(x: NDArray[Any], matrices: Sequence[tuple[int, NDArray[np.float64]]]) -> NDArray[Any]:
    """The array with each axis replaced by its products with the rows of a matrix [K, length], in its own dtype.

    Args:
        x: the array.
        matrices: with the axes, counted from the last one: below 0.
    """
    for axis, matrix in matrices:
        x = np.swapaxes(np.swapaxes(x, axis, -1) @ matrix.T.astype(x.dtype), axis, -1)
    return x


def cycles_of(lengths: Sequence[int]) -> NDArray[np.float64]:
    """The frequency of each coefficient of positions of these lengths, in cycles along the shortest."""
    each = np.meshgrid(*(np.arange(length) / (2 * length) for length in lengths), indexing="ij")
    found: NDArray[np.float64] = np.sqrt(np.sum(np.square(each), axis=0)) * min(lengths)
    return found


@dataclass(frozen=True)
class NamedChannels:
    """The channels that groups of coefficients are of; none where groups are of all of them.

    Args:
        names: of the channels, as they stand in the groups' names.
        of_groups: for each group its channel; None for a group of several.
        axis: of one example, along which they are.
    """

    names: tuple[str, ...] = ()
    of_groups: tuple[int | None, ...] = ()
    axis: int | None = None


@dataclass(frozen=True, eq=False)
class Basis:
    """A cosine transform of one example's shape, whose coefficients are grouped.

    Args:
        shape: *F of one example.
        kept: by axis of it that is transformed, how many of the first coefficients have a group of their own.
        groups: [*kept] the number of each such coefficient's group: the shape with the lengths of `kept`.
        names: of the groups; where `kept` leaves any out, the last one is that of all others.
        channels: that groups are of, and that are named in their names.
    """

    shape: Shape
    kept: Mapping[int, int]
    groups: NDArray[np.int64]
    names: tuple[str, ...]
    channels: NamedChannels = NamedChannels()

    @property
    def rest(self) -> int | None:
        """The group of the coefficients that are not kept; None where all are."""
        return None if self.groups.shape == self.shape else len(self.names) - 1

    def named_by(self, features: Sequence[str], axis: int) -> tuple[str, ...]:
        """The names of the groups with channels called by the features along an axis of an example, if they are those.

        Args:
            features: the names.
            axis: of one example.
        """
        channels = self.channels
        if channels.axis != axis or len(channels.names) != len(features):
            return self.names
        return tuple(
            name if of is None else name.replace(channels.names[of], features[of], 1)
            for name, of in zip(self.names, channels.of_groups, strict=True)
        )

    @property
    def is_plain(self) -> bool:
        """Whether each coefficient is a group, in their own order."""
        return np.array_equal(self.groups.ravel(), np.arange(len(self.names)))

    @property
    def matrices(self) -> list[tuple[int, NDArray[np.float64]]]:
        """By axis of one example, the rows of the transform that are kept."""
        return [(axis, cosines(self.shape[axis])[:count]) for axis, count in sorted(self.kept.items())]

    def all_groups(self) -> NDArray[np.int64]:
        """[*F] the group of each coefficient of the whole transform."""
        groups = np.full(self.shape, self.rest or 0, np.int64)
        groups[tuple(map(slice, self.groups.shape))] = self.groups
        return groups

    def forward(self, x: NDArray[Any]) -> NDArray[np.float64]:
        """The coefficients [..., *F] of examples [..., *F], all of them, in float64."""
        return self._along(x, [(axis, cosines(self.shape[axis])) for axis in self.kept])

    def inverse(self, z: NDArray[Any]) -> NDArray[np.float64]:
        """The examples [..., *F] that have these coefficients."""
        return self._along(z, [(axis, cosines(self.shape[axis]).T) for axis in self.kept])

    def attributions(self, moved: NDArray[Any], gradients: NDArray[Any]) -> NDArray[np.float64]:
        """The sums [..., G] over each group of its coefficients of `moved` [..., *F] times those of `gradients`."""
        moved, gradients = np.broadcast_arrays(moved.astype(np.float64), gradients.astype(np.float64))
        lead = moved.shape[: moved.ndim - len(self.shape)]
        products = self._along(moved, self.matrices) * self._along(gradients, self.matrices)
        flat = products.reshape(-1, self.groups.size)
        summed = np.zeros((len(flat), len(self.names)))
        for into, row in zip(summed, flat, strict=True):
            into[:] = np.bincount(self.groups.ravel(), row, len(self.names))
        if self.rest is not None:
            axes = tuple(range(len(lead), moved.ndim))
            summed[:, self.rest] = (moved * gradients).sum(axis=axes).ravel() - summed.sum(axis=1)
        found: NDArray[np.float64] = summed.reshape(*lead, len(self.names))
        return found

    def _along(self, x: NDArray[Any], matrices: list[tuple[int, NDArray[np.float64]]]) -> NDArray[np.float64]:
        return along(np.asarray(x, np.float64), [(axis - len(self.shape), matrix) for axis, matrix in matrices])
