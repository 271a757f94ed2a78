"""How far attributions are from the exact ones. NumPy only: it runs in every environment."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAP_BAR, COMPLETENESS_BAR = 0.05, 0.01


def errors(values: NDArray, reference: NDArray, change: NDArray) -> tuple[NDArray, NDArray]:
    """Completeness error and map error [N], relative.

    Args:
        values: [N, *F].
        reference: [N, *F], all but exact.
        change: [N], the score's change along each path.
    """
    values, reference = (part.reshape(len(part), -1).astype(np.float64) for part in (values, reference))
    completeness = np.abs(values.sum(axis=1) - change) / np.abs(change)
    return completeness, np.abs(values - reference).sum(axis=1) / np.abs(reference).sum(axis=1)


def good_enough(completeness: NDArray, map_error: NDArray) -> bool:
    """Whether half of the examples or more are within both bars."""
    return bool(np.median(completeness) <= COMPLETENESS_BAR and np.median(map_error) <= MAP_BAR)
