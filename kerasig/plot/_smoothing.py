"""Maps of photographs as their neighbourhoods add up: docs/internals/drawing.md has the rule, the tab follows it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig.plot._shrinking import sums

# Pictures with a longer side than this are photographs: nobody looks at a single pixel of theirs.
LARGE_ABOVE = 64
# The width of a photograph's bell is such a part of its longer side, so that pictures look alike at any size.
_PARTS = 18
# A bell's width at half its height, in standard deviations.
_WIDTH = 2.3548
# Attributions are heavy-tailed: of photographs one pixel of a hundred is beyond the end of the scale.
_CLIP = 99


def is_photograph(height: int, width: int) -> bool:
    """Whether a picture is looked at as a whole, not pixel by pixel."""
    return max(height, width) > LARGE_ABOVE


def width_for(height: int, width: int) -> int:
    """The width of the bell at half its height, in pixels; 0 for no smoothing."""
    side = max(height, width)
    # Half up, as JavaScript rounds.
    usual = int(side / _PARTS + 0.5) if is_photograph(height, width) else 0
    return min(usual, min(height, width) // 2)


def smoothed(values: NDArray[Any]) -> NDArray[np.float64]:
    """A map [H, W] as it is shown: its own of small pictures, of photographs smoothed and with fewer numbers.

    The bell is a Gaussian, folded back at the edges, so that the sum stays what it was; each number is the mean of the
    pixels in its place. What is not finite counts as zero there.
    """
    height, width = values.shape
    wide = width_for(height, width)
    if wide < 1:
        return np.asarray(values, np.float64)
    finite = np.nan_to_num(np.asarray(values, np.float64), nan=0, posinf=0, neginf=0)
    deviation = wide / _WIDTH
    block = max(1, int(deviation))
    rows, columns = -(-height // block), -(-width // block)
    cells = sums(sums(finite, 0, rows), 1, columns)
    bell = np.exp(-0.5 * (np.arange(1 + int(np.ceil(3 * deviation / block))) / (deviation / block)) ** 2)
    bell /= bell[0] + 2 * bell[1:].sum()
    for axis in (0, 1):
        cells = _folded(cells, bell, axis)
    return cells * (rows * columns / (height * width))


def _folded(cells: NDArray[np.float64], bell: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Cells smoothed along an axis; beyond an edge it goes back, the edge's own cell first."""
    reach, count = len(bell) - 1, cells.shape[axis]
    places = [(reach, reach) if at == axis else (0, 0) for at in range(cells.ndim)]
    wide = np.pad(cells, places, mode="symmetric")
    weights = np.concatenate([bell[:0:-1], bell])
    return np.asarray(sum(weight * wide.take(range(k, k + count), axis=axis) for k, weight in enumerate(weights)))


def end_of_scale(shown: NDArray[Any], *, photograph: bool) -> float:
    """The size of value that gets the strongest colour; 0 where nothing is.

    Args:
        shown: the values as they are drawn, of any shape.
        photograph: whether the few largest are left beyond the end.
    """
    sizes = np.sort(np.abs(shown[np.isfinite(shown)]), axis=None)
    if not sizes.size:
        return 0.0
    # The nearest rank, half up, as the tab has it.
    place = int(_CLIP / 100 * (sizes.size - 1) + 0.5) if photograph else sizes.size - 1
    return float(sizes[place] or sizes[-1])
