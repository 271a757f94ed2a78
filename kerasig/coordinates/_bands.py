"""Bands of frequencies: which coefficient is in which, and what they are called."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._bases import Basis, NamedChannels, Shape
from kerasig._sentences import shown


def check_bands(bands: int | None) -> None:
    """Raises ValueError where it is no number of bands."""
    if bands is not None and (not arguments.is_whole(bands) or bands < 1):
        raise ValueError(f"bands must be a whole number of at least 1, or None. Received bands={shown(bands)}.")


def banded(cycles: NDArray[np.float64], bands: int, unit: str, factor: float) -> tuple[NDArray[np.int64], list[str]]:
    """The band of each coefficient and the names of bands, whose edges are told in `unit` by `factor` to a cycle."""
    most = float(cycles.max())
    edges = [1.0] if most <= 1 or bands <= 2 else list(np.geomspace(1.0, most, bands)[:-1])
    edges = edges[: bands - 1]
    numbers = np.searchsorted(np.array(edges), cycles, side="right")
    present, compact = np.unique(numbers, return_inverse=True)
    short = unit.partition(" ")[0]
    short = f"{short}s" if short == "cycle" else short
    told = [f"{edge * factor:.3g}" for edge in edges]
    called = []
    for number, band in enumerate(present):
        if not edges:
            called.append("band 0: all")
        elif band == 0:
            called.append(f"band 0: below {told[0]} {unit}")
        elif band == len(edges):
            called.append(f"band {number}: {told[-1]} {short} and more")
        else:
            called.append(f"band {number}: {told[band - 1]} to {told[band]} {short}")
    return compact.reshape(cycles.shape), called


def by_channel(
    shape: Shape, kept: dict[int, int], bands: NDArray[np.int64], called: list[str], names: list[str], axis: int | None
) -> Basis:
    """The basis whose groups are bands, once for all channels where these have one name, or for each."""
    if len(names) == 1:
        return Basis(shape, kept, np.broadcast_to(bands, shape), tuple(called))
    offsets = np.arange(len(names)).reshape([-1 if place == axis else 1 for place in range(len(shape))])
    of_groups = tuple(channel for channel in range(len(names)) for _ in called)
    return Basis(
        shape,
        kept,
        bands + len(called) * offsets,
        tuple(f"{name}, {band}" for name in names for band in called),
        NamedChannels(tuple(names), of_groups, axis),
    )
