"""Contents of an audit's examples at a place: which are the same, and which copies of one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._kinds.kind import Kind
from kerasig._suspects.audit import Audit

# Contents that differ by less than this share of the inputs' spread are the same.
SAME = 0.15
# They are copies of one where half of them differ from it by less than this share.
COPIED = 0.01


@dataclass(frozen=True, eq=False)
class Contents:
    """The contents of an audit's examples in one leaf.

    Args:
        leaf: its name.
        array: [n, ...] as the model takes it.
        positions: [n, positions..., channels] float32.
        summed: the axes of the array that are no positions.
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

    @cached_property
    def _deviation(self) -> float:
        return float(self.positions.std())

    @property
    def near(self) -> float:
        """How far apart, as a root mean square, two contents are that are the same."""
        return SAME * self._deviation

    def are_copies(self, squares: NDArray[np.floating[Any]]) -> bool:
        """Whether contents are copies of one, from their mean squares [N] of differences from it."""
        return bool(len(squares)) and float(np.median(squares)) <= (COPIED * self._deviation) ** 2

    def spread(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A mask [n, positions...] as one that broadcasts to the array."""
        return np.expand_dims(mask, self.summed)


def contents_of(audit: Audit, leaf: str) -> Contents:
    """The contents of a leaf."""
    array = dict(audit.probes.leaves())[leaf]
    shape = audit.probes.position_shape(leaf)
    assert shape is not None
    last = audit.probes.places.channels_last(leaf)
    summed = audit.probes.places.of_input(leaf, array.shape).summed
    positions = np.asarray(last, np.float32).reshape(len(array), *shape, -1)
    return Contents(leaf, array, positions, summed, audit.probes.places.kind(leaf))
