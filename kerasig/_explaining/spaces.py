"""What is attributed to: the floating leaves of the inputs, or what layers return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._arrays import as_array
from kerasig._engine.lookups import Source
from kerasig._explaining.inputs import ModelInputs
from kerasig._models import LayerSelection


@dataclass(frozen=True, eq=False)
class Space:
    """What is attributed to: the inputs, or what layers return.

    Args:
        structure: nest of leaves [N, ...] as `Attribution.values` shows it.
        names: one per leaf.
        leaves: arrays.
        attributed: which of them.
        at_inputs: see `kerasig._explaining.baselines.resolve`.
    """

    structure: Any
    names: list[str]
    leaves: list[Any]
    attributed: list[bool]
    at_inputs: Callable[[Any], Any] | None

    def nest(self) -> Any:
        """The leaves in their structure."""
        return nest.pack(self.structure, self.leaves)

    @property
    def attributed_names(self) -> list[str]:
        """Names of the attributed leaves."""
        return [name for name, used in zip(self.names, self.attributed, strict=True) if used]

    def attributed_leaves(self) -> list[NDArray[Any]]:
        """The attributed leaves, in order."""
        return [leaf for leaf, used in zip(self.leaves, self.attributed, strict=True) if used]

    def pack_attributed(self, leaves: Sequence[Any]) -> Any:
        """Attributed leaves in the structure, None where held."""
        remaining = iter(leaves)
        return nest.pack(self.structure, [next(remaining) if used else None for used in self.attributed])

    def masks(self, masks: Any) -> list[NDArray[np.bool_]]:
        """Boolean masks of the attributed leaves, each of its leaf's shape, from a nest like `Attribution.values`.

        Raises:
            ValueError: a mask is not boolean, or does not broadcast to its leaf.
        """
        if nest.is_nest(masks) or nest.is_nest(self.structure):
            nest.check_same(self.structure, masks, arguments=("values", "replaced"))
        given = [mask for mask in nest.flatten(masks) if mask is not None]
        leaves = self.attributed_leaves()
        if len(given) != len(leaves):
            raise ValueError(f"replaced must be one mask per attributed leaf. Received {len(given)} for {len(leaves)}.")
        fitted = []
        for name, mask, leaf in zip(self.attributed_names, given, leaves, strict=True):
            mask = as_array(mask, f"replaced for {name}")
            shape = tuple(np.shape(leaf))
            try:
                fitted.append(np.broadcast_to(mask, shape))
            except ValueError:
                fitted.append(np.empty(0))
            if fitted[-1].shape != shape or mask.dtype != bool:
                raise ValueError(
                    f"replaced must be boolean masks. Received {mask.dtype}, shape {list(mask.shape)} for {name!r}. "
                    f"Pass booleans that broadcast to {list(shape)}."
                )
        return fitted

    def held(self, read: ModelInputs) -> list[tuple[NDArray[Any], tf.DType]]:
        """Leaves of the model's inputs that stay as they are: all of them when layers are attributed to."""
        every = zip(read.leaves, read.dtypes, strict=True)
        if self.at_inputs is not None:
            return list(every)
        return [pair for pair, used in zip(every, self.attributed, strict=True) if not used]

    def sources(self, read: ModelInputs) -> dict[Source, tuple[str, NDArray[Any]]]:
        """For each leaf that the core takes as data, its name in a message and its array."""
        if self.at_inputs is not None:
            return {("held", at): pair for at, pair in enumerate(read.named)}
        named = list(zip(read.named, self.attributed, strict=True))
        groups = (("inputs", True), ("held", False))
        return {
            (group, at): pair
            for group, wanted in groups
            for at, pair in enumerate(pair for pair, used in named if used == wanted)
        }

    def dtypes(self, read: ModelInputs) -> list[tf.DType]:
        """What the attributed points are cast to; a layer's value is cast where it is put in."""
        if self.at_inputs is None:
            return [dtype for dtype, used in zip(read.dtypes, self.attributed, strict=True) if used]
        return [tf.as_dtype(leaf.dtype) for leaf in self.attributed_leaves()]

    def entries(self, is_list: bool) -> list[Any]:
        """Per selected layer the nest of its leaves' positions."""
        positions = nest.pack(self.structure, list(range(len(self.leaves))))
        return positions if is_list else [positions]


def merged(first: Sequence[bool], chosen: list[Any], others: list[Any]) -> list[Any]:
    """Leaves in their order, from `chosen` where `first` says so."""
    chosen_left, others_left = iter(chosen), iter(others)
    return [next(chosen_left) if take else next(others_left) for take in first]


def substitutes(
    selection: LayerSelection,
    structures: list[Any],
    attributed: list[bool],
    points: list[tf.Tensor],
    leaves: list[tf.Tensor],
    floating: list[bool],
) -> tuple[list[Any], list[tf.Tensor]]:
    """Values for the selected layers, None where a leaf is held, and the model's leaves."""
    by_position = dict(zip([i for i, used in enumerate(attributed) if used], points, strict=True))
    values: list[Any] = []
    for call, positions in zip(selection.calls, structures, strict=True):
        if call is None:
            replaced = [by_position.get(position) for position in nest.flatten(positions)]
            leaves = [
                tf.cast(point, leaf.dtype) if used and point is not None else leaf
                for used, point, leaf in zip(floating, replaced, leaves, strict=True)
            ]
            values.append(None)
        else:
            values.append(nest.map_structure(lambda position: by_position.get(position), positions))
    return values, leaves
