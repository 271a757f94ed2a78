"""The leaves that paths are drawn in: of the inputs, or of what layers return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._arrays import as_array


@dataclass(frozen=True, eq=False)
class Leaves:
    """The leaves of a space at the inputs of one call; the floating ones are attributed to.

    Args:
        structure: nest of leaves as `Attribution.values` shows it.
        names: one per leaf.
        arrays: [N, ...] each.
        floating: which of them are.
        origins: by name, the input leaf that a layer's output is made of, where it is one.
    """

    structure: Any
    names: list[str]
    arrays: list[NDArray[Any]]
    floating: list[bool]
    origins: Mapping[str, str] = field(default_factory=dict)

    @property
    def packed(self) -> Any:
        """All arrays in their structure."""
        return nest.pack(self.structure, self.arrays)

    @property
    def attributed(self) -> list[NDArray[Any]]:
        """The arrays that are attributed to, in order."""
        return [leaf for leaf, used in zip(self.arrays, self.floating, strict=True) if used]

    @property
    def attributed_names(self) -> list[str]:
        """Their names."""
        return [name for name, used in zip(self.names, self.floating, strict=True) if used]

    def pack(self, attributed: Sequence[Any]) -> Any:
        """One thing per attributed leaf in the structure, None where a leaf is held."""
        remaining = iter(attributed)
        return nest.pack(self.structure, [next(remaining) if used else None for used in self.floating])

    def masks(self, masks: Any) -> list[NDArray[np.bool_]]:
        """Boolean masks of the attributed leaves, each of its leaf's shape, from a nest like `Attribution.values`.

        Raises:
            ValueError: a mask is not boolean, or does not broadcast to its leaf.
        """
        if nest.is_nest(masks) or nest.is_nest(self.structure):
            nest.check_same(self.structure, masks, arguments=("values", "replaced"))
        given = [mask for mask in nest.flatten(masks) if mask is not None]
        leaves = self.attributed
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
