"""Arrays of N examples as rows of positions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments

Float = NDArray[np.float64]


def flat(values: NDArray[Any], name: str = "values") -> Float:
    """Values [N, ...] as float64 [N, P], also where N or P is 0; `name` is that of the argument."""
    array = arguments.numbers(name, values)
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


def alike(previous: NDArray[Any], current: NDArray[Any]) -> tuple[Float, Float]:
    """Two attributions of the same probes as rows [N, P].

    Raises:
        ValueError: they differ in shape, or are no numbers.
    """
    earlier, later = arguments.numbers("previous", previous), arguments.numbers("current", current)
    if earlier.shape != later.shape:
        raise ValueError(
            f"previous and current must be attributions of the same probes. Received shapes {earlier.shape} and "
            f"{later.shape}. Pass two of one shape."
        )
    return flat(earlier), flat(later)


def vectors(**arrays: Any) -> tuple[Float, ...]:
    """Numbers, one for each of N probes, [N] each.

    Raises:
        ValueError: they differ in shape, or are no numbers.
    """
    found = {name: arguments.numbers(name, array, "[N]") for name, array in arrays.items()}
    arguments.same_shapes(**found)
    for name, array in found.items():
        if array.ndim > 1:
            raise ValueError(f"{name} must be one number per probe. Received shape {list(array.shape)}. Pass [N].")
    return tuple(found.values())
