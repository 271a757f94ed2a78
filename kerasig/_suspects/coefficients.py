"""The cosines that images and series are made of, and how much of an attribution each has."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._bases import along, cosines
from kerasig._suspects.audit import Audit

Float = NDArray[np.floating[Any]]
# Examples that are transformed at once.
PART = 64
# Coefficients that are cheaper to add one by one than by the whole transform.
FEW = 4


class Waves:
    """An input leaf as sums of cosines along time, or along rows and columns.

    Args:
        audit: whose input it is.
        leaf: its name.
    """

    def __init__(self, audit: Audit, leaf: str) -> None:
        self.leaf, self.array = leaf, dict(audit.probes.leaves())[leaf]
        self._places = audit.probes.places
        self._summed = self._places.of_input(leaf, self.array.shape).summed
        self.axes = 1 if self._places.kind(leaf).timed else 2
        self._last = self._moved(self.array[:1]).shape[1:]
        self.space = self._last[: self.axes]
        self._sizes: dict[bytes, NDArray[np.float32]] = {}

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        """Whether the leaf is an image or a series of floats."""
        array = dict(audit.probes.leaves()).get(leaf)
        if array is None or array.dtype.kind != "f" or not has_waves(audit, leaf):
            return False
        return array.ndim > (1 if audit.probes.places.kind(leaf).timed else 2) and min(cls(audit, leaf).space) >= 8

    def forward(self, array: Float) -> Float:
        """The coefficients [rows, *space, channels] of examples as the model takes them."""
        moved = self._moved(array)
        return self._along(moved.reshape(len(moved), *self.space, -1), inverse=False)

    @cached_property
    def known(self) -> NDArray[np.float32]:
        """The coefficients of all examples, computed once: transplants ask for them again and again."""
        parts = [self.forward(self.array[first : first + PART]) for first in range(0, len(self.array), PART)]
        return np.concatenate(parts).astype(np.float32)

    def sizes(self, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The root mean square [n] of some coefficients of each example, computed once."""
        key = mask.tobytes()
        if key not in self._sizes:
            self._sizes[key] = np.sqrt((self.known[:, mask] ** 2).mean(axis=(1, 2)))
        return self._sizes[key]

    def added(self, rows: NDArray[np.int64], changes: NDArray[np.float32], mask: NDArray[np.bool_]) -> Float:
        """Examples with `changes` [rows, coefficients in the mask, channels] added to what they are."""
        if mask.sum() > FEW:
            whole = np.zeros((len(rows), *self.space, changes.shape[-1]), np.float32)
            whole[:, mask] = changes
            return self.array[rows] + self.inverse(whole)
        # Few waves are added as they are.
        waves = np.zeros((int(mask.sum()), *self.space, 1), np.float32)
        waves[(np.arange(len(waves)), *np.nonzero(mask))] = 1
        drawn = self._along(waves, inverse=True).reshape(len(waves), -1)
        total = np.einsum("rkc,kp->rpc", changes, drawn).reshape(len(rows), *self.space, -1)
        return self.array[rows] + self._as_taken(total)

    def inverse(self, coefficients: Float) -> Float:
        """The examples, as the model takes them, that have these coefficients."""
        return self._as_taken(self._along(coefficients, inverse=True))

    def _as_taken(self, values: Float) -> Float:
        """Values [rows, *space, channels] in the axes that the model takes."""
        found = values.reshape(len(values), *self._last)
        if self._summed:
            found = np.moveaxis(found, range(-len(self._summed), 0), self._summed)
        return found.astype(self.array.dtype)

    def shares(self, moved: Float, gradients: Float) -> NDArray[np.float32]:
        """The share of the absolute attribution of each coefficient; zeros of examples where it is not known."""
        parts = []
        for first in range(0, len(moved), PART):
            part = slice(first, first + PART)
            size = np.abs(self.forward(moved[part]) * self.forward(gradients[part]))
            parts.append(shares_of({self.leaf: size})[0][self.leaf])
        return np.concatenate(parts)

    def _moved(self, array: Float) -> Float:
        return np.moveaxis(array, self._summed, range(-len(self._summed), 0)) if self._summed else array

    def _along(self, x: Float, *, inverse: bool) -> Float:
        each = [(axis - self.axes, cosines(length)) for axis, length in enumerate(self.space)]
        # Channels first, so that each axis is one product of matrices.
        found = along(np.moveaxis(x, -1, 1), [(axis, matrix.T if inverse else matrix) for axis, matrix in each])
        return np.moveaxis(found, 1, -1)


def shares_of(sizes: Mapping[str, Float]) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.bool_]]:
    """Sizes [n, ...] by leaf as shares of each example's total, zeros where it is zero or not finite; and where not.

    Args:
        sizes: no negative ones.
    """
    total = np.sum([size.reshape(len(size), -1).sum(axis=1, dtype=np.float64) for size in sizes.values()], axis=0)
    known = np.isfinite(total) & (np.nan_to_num(total) > 0)
    shares = {}
    for name, size in sizes.items():
        ends = (-1, *(1,) * (size.ndim - 1))
        share = np.where(known.reshape(ends), size, 0) / np.where(known, total, 1.0).reshape(ends)
        shares[name] = share.astype(np.float32)
    return shares, known


def has_waves(audit: Audit, leaf: str) -> bool:
    """Whether positions lie along time alone, or along rows and columns alone."""
    kind, positions = audit.probes.places.kind(leaf), audit.probes.position_shape(leaf)
    return kind.timed or (kind.pictorial and positions is not None and len(positions) == 2)


def coefficients_of(audit: Audit, baselines: Any, gradients: Any) -> dict[str, NDArray[np.float32]]:
    """By input leaf the share of each coefficient, for those that are made of waves.

    Args:
        audit: the examples.
        baselines: where the paths begin, a nest like the inputs.
        gradients: the mean gradients on the paths, likewise.
    """
    found: dict[str, NDArray[np.float32]] = {}
    leaves = audit.probes.leaves()
    parts = [nest.flatten(baselines), nest.flatten(gradients)]
    if any(len(each) != len(leaves) for each in parts):
        return found
    for (leaf, array), start, gradient in zip(leaves, *parts, strict=True):
        # With sampled baselines each example has several paths.
        if gradient is not None and np.shape(gradient) == array.shape and Waves.fits(audit, leaf):
            moved = (array - np.asarray(start, np.float32)).astype(np.float32, copy=False)
            found[leaf] = Waves(audit, leaf).shares(moved, np.asarray(gradient, np.float32))
    return found
