"""An attribution in other coordinates as a table: its groups are columns with names."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._kinds.layout import Leaves


class Grouped(NamedTuple):
    """The values of groups, without the inputs whose coordinates they are of.

    Args:
        values: [N, G], or a dict of those of several leaves and of others as they are.
        names: of the columns where there is one leaf alone, else None.
    """

    values: Any
    names: list[str] | None


def grouped(attribution: AttributionData) -> Grouped:
    """The values of an attribution that has `coordinates`."""
    places = nest.names(attribution.values, lone="groups")
    each = zip(places, nest.flatten(attribution.values), nest.flatten(attribution.coordinates), strict=True)
    kept = [(name, np.asarray(leaf), names) for name, leaf, names in each if leaf is not None]
    if len(kept) == 1:
        _, leaf, names = kept[0]
        return Grouped(leaf, None if names is None else names.tolist())
    leaves: Leaves = {name: leaf for name, leaf, _ in kept}
    return Grouped(leaves, None)


def named_groups(attribution: AttributionData) -> list[str]:
    """All names, leaf after leaf."""
    return [name for names in nest.flatten(attribution.coordinates) if names is not None for name in names.tolist()]
