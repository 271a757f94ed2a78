"""The picture of a record for sinks: the first probes of a set, as pixels."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kerasig._measures.positions import Leaf
from kerasig._recording.series import Measurement
from kerasig.plot._colors import NEGATIVE, POSITIVE
from kerasig.plot._pictures import as_pixels, signed_overlay
from kerasig.probes import ProbeSet

# Maps side by side, and rows of values beneath each other.
MOST_MAPS, MOST_ROWS = 8, 64
_COLUMNS, _GAP, _SIDE, _WIDEST = 4, 4, 112, 1024
# Height of a row, and about the width of all of it.
_ROW, _ROWS_WIDE = 12, 480


def picture_of(measurement: Measurement, probes: ProbeSet) -> NDArray[np.uint8] | None:
    """The attributions of a set's first probes: maps over their pictures, or a row of colours for each probe.

    Args:
        measurement: of a series.
        probes: the set.

    Returns:
        Pixels [H, W, 3]; None where nothing is attributed to.
    """
    leaves = [leaf for leaf in measurement.leaves if leaf.count]
    maps = [leaf for leaf in leaves if {"row", "column"} <= set(leaf.kind.axes) and leaf.positions.ndim >= 3]
    if not leaves or not len(measurement.attribution):
        return None
    if maps:
        return _side_by_side(maps[0], probes)
    # Channels one behind the other, each in the order of its moments.
    each = [np.moveaxis(leaf.positions, -1, 1) if leaf.positions.ndim > 2 else leaf.positions for leaf in leaves]
    return _rows(np.concatenate([positions.reshape(len(positions), -1) for positions in each], axis=1))


def _side_by_side(leaf: Leaf, probes: ProbeSet) -> NDArray[np.uint8]:
    shown = _slices(leaf.positions[:MOST_MAPS])
    pictures = _beneath(leaf, probes)
    drawn = [_enlarged(signed_overlay(pictures[probe], values)) for probe, values in enumerate(shown)]
    height, width = drawn[0].shape[:2]
    columns = min(len(drawn), _COLUMNS)
    rows = math.ceil(len(drawn) / columns)
    canvas = np.full((rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, 3), 255, np.uint8)
    for place, pixels in enumerate(drawn):
        top, left = place // columns * (height + _GAP), place % columns * (width + _GAP)
        canvas[top : top + height, left : left + width] = pixels
    return canvas


def _slices(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Maps [N, H, W]; of a volume the slice in its middle."""
    while positions.ndim > 3:
        positions = positions[:, positions.shape[1] // 2]
    return positions


def _beneath(leaf: Leaf, probes: ProbeSet) -> NDArray[np.float64]:
    """The pictures beneath the maps [N, H, W, 3], from 0 to 1; black where there are none of that size."""
    size = leaf.positions.shape[-2:]
    own = leaf.of_input
    if own is not None and own in dict(probes.leaves()):
        found = np.asarray(probes.places.channels_last(own))[:MOST_MAPS]
        if found.ndim == leaf.positions.ndim + 1:
            found = np.stack([_slices(found[..., channel]) for channel in range(found.shape[-1])], axis=-1)
        if found.shape[1:3] == size and found.ndim == 4 and found.shape[3] in (1, 3) and found.dtype.kind in "fiub":
            return np.stack([as_pixels(picture) for picture in found]) / 255
    return np.zeros((min(len(leaf.positions), MOST_MAPS), *size, 3))


def _rows(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    """A row for each probe: white for nothing, the more colour the more attribution, on one scale for all."""
    values = np.nan_to_num(values[:MOST_ROWS, :_WIDEST], nan=0, posinf=0, neginf=0)
    strength = (np.abs(values) / (np.abs(values).max(initial=0) or 1))[..., None]
    colors = np.where(values[..., None] > 0, _rgb(POSITIVE), _rgb(NEGATIVE))
    pixels = np.round(255 * (1 - strength) + colors * strength).astype(np.uint8)
    return pixels.repeat(_ROW, axis=0).repeat(max(1, _ROWS_WIDE // max(1, pixels.shape[1])), axis=1)


def _enlarged(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each pixel as a square, so that small maps can be seen."""
    times = max(1, _SIDE // max(pixels.shape[:2]))
    return pixels.repeat(times, axis=0).repeat(times, axis=1)


def _rgb(color: str) -> NDArray[np.float64]:
    """Plotly's "rgb(1, 2, 3)" as numbers."""
    return np.array([float(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")])
