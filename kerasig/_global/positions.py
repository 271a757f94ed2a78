"""The positions of every row in one line: which leaves they come from, what they are called, and a chunk's rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._kinds.kind import Kind
from kerasig._kinds.layout import decide
from kerasig._kinds.places import Places
from kerasig._kinds.registry import KINDS
from kerasig._measures.positions import Leaf, named_leaves, placed_leaves

Float = NDArray[np.float64]


@dataclass(frozen=True)
class PlacedLeaf:
    """An attributed leaf, without its rows.

    Args:
        name: of the input leaf or of the layer.
        values: its shape, without the rows.
        shape: that of its positions.
        summed: the axes of [N, ...] that are no positions.
        kind: what it shows.
        of_input: the input leaf with the same positions, or None.
        groups: in other coordinates than its own what they are called, or None.
    """

    name: str
    values: tuple[int, ...]
    shape: tuple[int, ...]
    summed: tuple[int, ...]
    kind: str
    of_input: str | None
    groups: tuple[str, ...] | None

    @classmethod
    def of(cls, leaf: Leaf) -> PlacedLeaf:
        """That of a leaf with rows."""
        groups = None if leaf.groups is None else tuple(leaf.groups)
        shapes = (leaf.values.shape[1:], leaf.positions.shape[1:])
        return cls(leaf.name, *shapes, tuple(leaf.place.summed), leaf.kind.name, leaf.of_input, groups)

    @property
    def count(self) -> int:
        """How many positions."""
        return math.prod(self.shape)

    @property
    def shows(self) -> Kind:
        """Its kind."""
        return KINDS[self.kind]

    def sum(self, values: NDArray[Any]) -> Float:
        """Values [N, ...] as rows of positions [N, count]."""
        summed = np.sum(np.asarray(values, np.float64), axis=self.summed) if self.summed else values
        return np.asarray(summed, np.float64).reshape(len(values), self.count)

    def labels(self, features: Sequence[str] | None, alone: bool) -> list[str]:
        """Names of the positions, in their order.

        Args:
            features: names along the last axis, where there are as many.
            alone: whether there is no other leaf.
        """
        before = "" if alone else f"{self.name}: "
        if self.groups is not None:
            return [before + group for group in self.groups]
        if not self.shape or (self.shape == (1,) and features is None):
            return [self.name]
        axes = self.shows.axes
        has_names = self.shows.names == "features"
        named = features if has_names and features is not None and self.shape[-1] == len(features) else None
        if len(self.shape) == 1:
            return [before + (named[i] if named else f"{axes[0]} {i}") for i in range(self.shape[0])]
        called = [axes[i] if i < len(axes) and len(axes) > 1 else "" for i in range(len(self.shape))]
        return [
            before
            + ", ".join(
                named[i] if named and at == len(place) - 1 else f"{word} {i}".strip()
                for at, (word, i) in enumerate(zip(called, place, strict=True))
            )
            for place in np.ndindex(*self.shape)
        ]


@dataclass(frozen=True)
class Positions:
    """The positions of a row, leaf after leaf."""

    leaves: tuple[PlacedLeaf, ...]

    @classmethod
    def of(cls, attribution: AttributionData, kind: str, has_tokens: bool) -> Positions:
        """Those of the rows of an attribution, as its inputs and their shapes say.

        Raises:
            ValueError: no leaf can be shown as that kind.
        """
        leaves = placed_leaves(
            attribution.values, attribution.layer, _places(attribution, kind, has_tokens), None, attribution.coordinates
        )
        return cls(tuple(map(PlacedLeaf.of, leaves)))

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return sum(leaf.count for leaf in self.leaves)

    @property
    def picture(self) -> tuple[tuple[int, ...], int]:
        """The shape of the first picture's positions, and the first of them; an empty shape where there is none."""
        begin = 0
        for leaf in self.leaves:
            if leaf.shows.pictorial and len(leaf.shape) >= 2 and leaf.groups is None:
                return leaf.shape, begin
            begin += leaf.count
        return (), 0

    @property
    def are_features(self) -> bool:
        """Whether all of them are features, which have names of their own."""
        return all(leaf.shows.names == "features" for leaf in self.leaves)

    @property
    def are_ordered(self) -> bool:
        """Whether the order in which they stand says something."""
        return all(leaf.shows.ordered and leaf.groups is None for leaf in self.leaves)

    @property
    def _has_groups(self) -> bool:
        """Whether some are groups in other coordinates: names of features are then of what these are made of."""
        return any(leaf.groups is not None for leaf in self.leaves)

    def labels(self, features: Sequence[str] | None) -> list[str]:
        """Their names, leaf after leaf.

        Args:
            features: names of the features, of all leaves together or of each leaf's last axis.
        """
        if features is not None and len(features) == self.count and len(self.leaves) > 1 and not self._has_groups:
            return list(features)
        return [label for leaf in self.leaves for label in leaf.labels(features, len(self.leaves) == 1)]

    def fits(self, other: Positions) -> bool:
        """Whether sums over rows of both can be added: what lies at a position is the same.

        Ids of two inputs may be taken for each other where a chunk does not tell which are words; that does not matter.
        """
        mine, others = (
            [(leaf.name, leaf.values, leaf.shape, leaf.groups) for leaf in of.leaves] for of in (self, other)
        )
        return mine == others

    def check_names(self, features: Sequence[str] | None) -> None:
        """Raises ValueError unless feature names fit the positions."""
        if features is None or len(features) == self.count or self._has_groups:
            return
        if not any(leaf.shape[-1:] == (len(features),) and leaf.shows.names == "features" for leaf in self.leaves):
            shapes = ", ".join(f"{leaf.name!r} {list(leaf.shape)}" for leaf in self.leaves)
            raise ValueError(
                f"feature_names must be one per feature. Received {len(features)} names for {shapes}. Pass as many "
                "as there are."
            )

    def arrays(self, attribution: AttributionData) -> list[NDArray[Any]]:
        """The values [N, ...] of each leaf.

        Raises:
            ValueError: they are of other leaves or shapes.
        """
        found = [(name, values) for name, values, _ in named_leaves(attribution.values, attribution.layer)]
        received = [(name, values.shape[1:]) for name, values in found]
        if received != [(leaf.name, leaf.values) for leaf in self.leaves]:
            raise ValueError(
                f"attribution must be of the same leaves and shapes as those before it. Received {_listed(received)}, "
                f"after {_listed([(leaf.name, leaf.values) for leaf in self.leaves])}. Pass rows of one model and "
                "one kind of inputs."
            )
        return [values for _, values in found]

    def rows(self, arrays: Sequence[NDArray[Any]]) -> tuple[Float, Float]:
        """Attributions [N, P], and the sizes of what was summed for each of them [N, P]."""
        values = np.concatenate([leaf.sum(array) for leaf, array in zip(self.leaves, arrays, strict=True)], axis=1)
        if not any(leaf.summed for leaf in self.leaves):
            return values, np.abs(values)
        sizes = [leaf.sum(np.abs(array)) for leaf, array in zip(self.leaves, arrays, strict=True)]
        return values, np.concatenate(sizes, axis=1)

    def of_values(self, values: Any) -> Float:
        """Attributions as positions [N, P], of an array or nest of what was attributed to, or of positions themselves.

        Raises:
            ValueError: they are of other shapes.
        """
        arrays = [np.asarray(leaf) for leaf in nest.flatten(values) if leaf is not None]
        shapes = [array.shape[1:] for array in arrays]
        if shapes == [leaf.values for leaf in self.leaves]:
            return self.rows(arrays)[0]
        if len(arrays) == 1 and arrays[0].ndim and math.prod(shapes[0]) == self.count:
            return arrays[0].astype(np.float64).reshape(len(arrays[0]), self.count)
        raise ValueError(
            f"rows must be attributions of the same shapes. Received {_listed([('rows', shape) for shape in shapes])} "
            f"for {_listed([(leaf.name, leaf.values) for leaf in self.leaves])}. Pass those of the same inputs."
        )

    def to_json(self) -> list[dict[str, Any]]:
        """As JSON has it."""
        return [asdict(leaf) for leaf in self.leaves]

    @classmethod
    def from_json(cls, found: Sequence[Mapping[str, Any]]) -> Positions:
        """The positions that `to_json` gave, after JSON."""
        leaves = []
        for leaf in found:
            parts: dict[str, Any] = {
                name: tuple(part) if isinstance(part, list) else part for name, part in leaf.items()
            }
            leaves.append(PlacedLeaf(**parts))
        return cls(tuple(leaves))


def _listed(leaves: Sequence[tuple[str, tuple[int, ...]]]) -> str:
    return ", ".join(f"{name!r} {list(shape)}" for name, shape in leaves) or "none"


def inputs_of(attribution: AttributionData) -> dict[str, NDArray[Any]]:
    """The inputs [N, ...] by leaf name; none where they are not known."""
    if attribution.inputs is None:
        return {}
    named = zip(nest.names(attribution.inputs), nest.flatten(attribution.inputs), strict=True)
    return {name: np.asarray(leaf) for name, leaf in named if leaf is not None}


def _places(attribution: AttributionData, kind: str, has_tokens: bool) -> Places:
    inputs = inputs_of(attribution)
    if inputs:
        # Words may be those of a leaf beside what is attributed to.
        for tokens in dict.fromkeys((has_tokens, False)):
            try:
                return Places(inputs, decide(inputs, kind, tokens=tokens, edges=False))
            except ValueError:
                if attribution.layer is None and not tokens:
                    raise
    values = {name: leaf for name, leaf, _ in named_leaves(attribution.values, attribution.layer)}
    return Places(values, decide(values, kind, tokens=False, edges=False))
