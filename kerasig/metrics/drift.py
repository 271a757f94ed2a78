"""How far attributions moved between two records."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def drift(previous: NDArray[Any], current: NDArray[Any]) -> NDArray[np.float64]:
    """1 - cosine of each probe's signed attribution and an earlier one.

    Args:
        previous: [N, ...].
        current: [N, ...], the same shape.

    Returns:
        [N] from 0 (the same direction) over 1 (unrelated) to 2 (opposite); 0 where both are zero everywhere, NaN where
        just one is or where something is not finite.
    """
    if previous.shape != current.shape:
        raise ValueError(f"drift compares like with like. Received shapes {previous.shape} and {current.shape}.")
    a, b = (_unit(np.asarray(part, np.float64).reshape(len(part), -1)) for part in (previous, current))
    cosine = (a * b).sum(axis=1)
    both_zero = ~(_any(previous) | _any(current))
    return np.where(both_zero, 0.0, 1 - np.clip(cosine, -1, 1))


def _any(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.any(values.reshape(len(values), -1), axis=1)


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows of length 1; NaN where a row is zero or not finite."""
    with np.errstate(invalid="ignore", divide="ignore"):
        # By the largest first, so that no square over- or underflows.
        vectors = vectors / np.abs(vectors).max(axis=1, initial=0, keepdims=True)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
