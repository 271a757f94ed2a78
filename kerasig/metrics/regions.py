"""How much of an attribution lies inside a named region."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def region_mass(values: NDArray[Any], mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Share of the absolute attribution that lies inside a region.

    Args:
        values: [N, positions...], channels already summed.
        mask: boolean, of the same shape or broadcastable to it.

    Returns:
        [N] from 0 to 1; NaN for a probe whose region is empty, whose attribution is zero everywhere, or is not finite.
    """
    size = np.abs(np.asarray(values, np.float64)).reshape(len(values), -1)
    inside = np.broadcast_to(mask, np.shape(values)).reshape(len(values), -1)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        mass = np.where(inside, size, 0).sum(axis=1) / size.sum(axis=1)
    return np.where(inside.any(axis=1) & np.isfinite(size).all(axis=1), mass, np.nan)
