"""Arrays of N examples as rows of positions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def flat(values: NDArray[Any]) -> Float:
    """Values [N, ...] as float64 [N, P], also where N or P is 0."""
    array = np.asarray(values, np.float64)
    if not array.ndim:
        raise ValueError(
            f"values must have one row per example. Received a single number, {array}. Pass shape [N, ...]."
        )
    return array.reshape(len(array), math.prod(array.shape[1:]))


def sizes(values: NDArray[Any]) -> Float:
    """|values| as [N, P], each row divided by its largest, so that no square or sum over- or underflows.

    A row with NaN or an infinity becomes NaN throughout; a row of zeros stays one.
    """
    size = np.abs(flat(values))
    largest = size.max(axis=1, initial=0, keepdims=True)
    scale = np.where(np.isfinite(largest), np.where(largest > 0, largest, 1), np.nan)
    with np.errstate(invalid="ignore"):
        return size / scale


def ratio(above: NDArray[Any], below: NDArray[Any]) -> Float:
    """above / below [N]; NaN where below is 0 or either is not finite."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        found = np.asarray(above, np.float64) / np.asarray(below, np.float64)
    return np.where(np.isfinite(found) & np.isfinite(below), found, np.nan)


def same_shape(name: str, previous: NDArray[Any], current: NDArray[Any]) -> None:
    """Raises ValueError unless both have one shape."""
    if np.shape(previous) != np.shape(current):
        raise ValueError(
            f"{name} compares like with like. Received shapes {np.shape(previous)} and {np.shape(current)}. "
            "Pass attributions of the same probes."
        )


def same_shapes(**arrays: NDArray[Any]) -> None:
    """Raises ValueError unless all have one shape, which NumPy may else stretch in silence."""
    shapes = {name: np.shape(array) for name, array in arrays.items()}
    if len(set(shapes.values())) > 1:
        received = ", ".join(f"{name}.shape={shape}" for name, shape in shapes.items())
        raise ValueError(
            f"{' and '.join(shapes)} must have one shape. Received {received}. Pass those of the same probes."
        )
