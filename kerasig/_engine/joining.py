"""Arrays and tensors of several calls: made as long as a call wants them, put together, replaced in part."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def padded(array: NDArray[Any], size: int) -> NDArray[Any]:
    """An array of that size, its last entry repeated."""
    missing = size - len(array)
    return np.pad(array, (0, missing), mode="edge") if missing else array


def joined(parts: list[Any]) -> Any:
    """Arrays or tensors one after the other."""
    if len(parts) == 1:
        return parts[0]
    return tf.concat(parts, axis=0) if tf.is_tensor(parts[0]) else np.concatenate(parts)


def replaced(kept: Any, at: NDArray[np.intp], better: Any) -> Any:
    """An array or a tensor with other rows in some places."""
    if tf.is_tensor(kept):
        return tf.tensor_scatter_nd_update(kept, at[:, None], better)
    return np.concatenate([kept, better])[_with(np.arange(len(kept)), at, len(kept) + np.arange(len(at)))]


def _with(places: NDArray[np.intp], at: NDArray[np.intp], instead: NDArray[np.intp]) -> NDArray[np.intp]:
    places[at] = instead
    return places
