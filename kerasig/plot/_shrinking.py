"""Arrays made smaller so that what they say stays: pictures by the mean, attributions by the sum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def sums(values: NDArray[np.floating], axis: int, length: int) -> NDArray[np.float64]:
    """Values along an axis added up into `length` cells of one width, each value shared out over the cells it lies in.

    Args:
        values: of any shape.
        axis: along which.
        length: at most as long as that axis is.
    """
    shares = _overlaps(values.shape[axis], length)
    return np.moveaxis(np.tensordot(shares, values.astype(np.float64), axes=(1, axis)), 0, axis)


def means(values: NDArray[np.floating], axis: int, length: int) -> NDArray[np.float64]:
    """The same of means: each cell has the mean of what lies in it."""
    return sums(values, axis, length) * (length / values.shape[axis])


def _overlaps(count: int, length: int) -> NDArray[np.float64]:
    """The part of each of `count` values that lies in each of `length` cells: [length, count], columns sum to 1."""
    edges = np.linspace(0, count, length + 1)
    starts, places = edges[:-1, None], np.arange(count)
    inside = np.minimum(edges[1:, None], places + 1) - np.maximum(starts, places)
    return np.clip(inside, 0, 1)
