"""The options of an explainer besides its layer and rule, judged when they are given."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._arrays import as_array
from kerasig._quadrature.rules import MOST_NODES
from kerasig._sentences import shown
from kerasig._types import Array, Items


def checked_jit_compile(jit_compile: bool | None) -> bool | None:
    """Whether to compile with XLA; None follows the model."""
    if not isinstance(jit_compile, bool | np.bool_ | None):
        raise TypeError(f"jit_compile must be None, True or False. Received jit_compile={shown(jit_compile)}.")
    return jit_compile


def checked_progress(progress: bool | None) -> bool | None:
    """Whether to show a bar; None shows one where somebody looks, after a while."""
    if not isinstance(progress, bool | np.bool_ | None):
        raise TypeError(f"progress must be None, True or False. Received progress={shown(progress)}.")
    return None if progress is None else bool(progress)


def checked_alphas(alphas: Items[float] | Array | None) -> NDArray[np.float64]:
    """Positions on the path as an array [K], which is empty for None."""
    if alphas is None:
        return np.empty(0)
    array: NDArray[Any] | None = None
    with contextlib.suppress(ValueError):
        array = as_array(alphas, "interior_alphas")
    fits = array is not None and array.ndim == 1 and (array.dtype.kind in "iuf" or not array.size)
    if array is None or not fits or not np.all((array >= 0) & (array <= 1)):
        raise ValueError(
            "interior_alphas must be positions on the path, each from 0 to 1. "
            f"Received interior_alphas={shown(alphas)}."
        )
    if array.size > MOST_NODES:
        raise ValueError(f"interior_alphas must be at most {MOST_NODES} positions. Received {array.size}.")
    return array.astype(np.float64)


def checked_batch_size(batch_size: int | None) -> int | None:
    """Rows through the model at once; None leaves it open."""
    if batch_size is None:
        return None
    if isinstance(batch_size, bool | np.bool_) or not isinstance(batch_size, int | np.integer):
        raise TypeError(f"batch_size must be None or an int. Received batch_size={shown(batch_size)}.")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1. Received batch_size={shown(batch_size)}.")
    if batch_size >= 2**31:
        raise ValueError(f"batch_size must be less than 2**31. Received batch_size={shown(batch_size)}.")
    return int(batch_size)
