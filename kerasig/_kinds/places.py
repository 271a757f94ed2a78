"""Where an attribution lies: the kind of each attributed leaf, and which of its axes are positions. NumPy only.

An input leaf has its own kind. A layer's output is of the kind of the input that it is made of, as long as it has such
positions: feature maps of pictures are pictures, hidden states of a sequence have its words. Else its own axes decide:
a row of units is a list, and what lies in time or space stays there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._kinds.kind import Kind, Shape, is_raw_text
from kerasig._kinds.layout import Layout
from kerasig._kinds.registry import KINDS


@dataclass(frozen=True)
class Place:
    """Where the attribution of one leaf lies.

    Attributes:
        kind: What it shows.
        summed: The axes of [N, ...] that are no positions.
        of_input: The input leaf with the same positions, or None.
    """

    kind: Kind
    summed: Shape
    of_input: str | None

    def sum(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Attributions [N, ...] summed to one number per position, in float64."""
        summed: NDArray[np.float64] = np.sum(np.asarray(values, dtype=np.float64), axis=self.summed)
        return summed

    def spread(self, positions: NDArray[Any]) -> NDArray[Any]:
        """One value per position as an array that broadcasts to attributions: the way back from `sum`."""
        # Of the dtype that they came in: masks stay masks.
        return np.expand_dims(np.asarray(positions), self.summed)


@dataclass(frozen=True, eq=False)
class Places:
    """The places of whatever may be attributed to, in a model of given inputs.

    Args:
        leaves: Input arrays [N, ...] by name.
        layout: Their kinds.
    """

    leaves: Mapping[str, NDArray[Any]]
    layout: Layout

    def kind(self, leaf: str) -> Kind:
        """The kind of an input leaf; the set's for anything that is none."""
        return self.layout.leaf_kinds.get(leaf, self.layout.kind)

    def positions(self, leaf: str) -> Shape | None:
        """The shape of one example's positions in an input leaf; None where only the model makes them from raw text."""
        array, kind = self.leaves[leaf], self.kind(leaf)
        # A text that is a category is one position.
        if kind.names == "tokens" and is_raw_text(array):
            return None
        return _without(array.shape, kind.summed(array.shape))

    def channels_last(self, leaf: str) -> NDArray[Any]:
        """An input leaf [N, positions..., C], wherever the model has its channels."""
        array = self.leaves[leaf]
        summed = self.kind(leaf).summed(array.shape)
        return np.moveaxis(array, summed, range(-len(summed), 0)) if summed else array

    def of_input(self, leaf: str, shape: Shape) -> Place:
        """The place of attributions of `shape` to an input leaf."""
        kind, own = self.kind(leaf), self.leaves[leaf].shape
        # With a further axis, as before the model's own padding, it is judged by itself.
        summed = kind.summed(own if len(own) == len(shape) else shape)
        return Place(kind, summed, leaf)

    def of_output(self, shape: Shape, made_of: str | None = None) -> Place:
        """The place of attributions of `shape` [N, ...] to a layer's output.

        Args:
            shape: Of the attributions.
            made_of: The input leaf that the output is made of; None where that is not known, or several are.
        """
        nearest = made_of if made_of is not None and made_of in self.leaves else self.layout.subject
        own = self._like(nearest, shape)
        if own is not None and own.of_input is not None:
            return own
        for leaf in self.leaves:
            kind = self._sequence(leaf, len(shape))
            if kind is not None and self.positions(leaf) == shape[1:2]:
                return Place(kind, tuple(range(2, len(shape))), leaf)
        if own is not None:
            return own
        for kind in KINDS.values():
            if kind.rank == len(shape):
                return Place(kind, kind.summed_in_output(shape, shape) or (), None)
        return Place(KINDS["tabular"], (), None)

    def _sequence(self, leaf: str, rank: int) -> Kind | None:
        """The kind of sequence in `leaf` whose positions an output of `rank` may have, whatever the set is about."""
        kind = self.kind(leaf)
        if kind.sequence and (rank > 2 or kind == self.layout.kind):
            return kind
        # Beside a picture or a table, an embedding has the positions of its words.
        array = self.leaves[leaf]
        suggested = (other for other in KINDS.values() if other.sequence and other.why(array, among_others=True))
        return next(suggested, None) if rank > 2 and array.ndim == 2 else None

    def _like(self, leaf: str, shape: Shape) -> Place | None:
        """The place of an output made of `leaf`, where it is of that kind."""
        kind = self.kind(leaf)
        summed = kind.summed_in_output(shape, self.leaves[leaf].shape)
        if summed is None:
            return None
        positions = self.positions(leaf)
        # Raw text has no positions of its own; the tokens are those of the layer.
        same = positions is None or positions == _without(shape, summed)
        return Place(kind, summed, leaf if same else None)


def _without(shape: Shape, axes: Shape) -> Shape:
    """The sizes of one example's positions."""
    return tuple(size for axis, size in enumerate(shape) if axis and axis not in axes)
