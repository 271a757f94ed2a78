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
    a, b = (np.asarray(part, np.float64).reshape(len(part), -1) for part in (previous, current))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        cosine = (a * b).sum(axis=1) / lengths
    same = ~a.any(axis=1) & ~b.any(axis=1)
    return np.where(same, 0.0, 1 - np.clip(cosine, -1, 1))
