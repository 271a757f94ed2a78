"""Arrays from what users pass, with what is silently lost on the way to NumPy refused instead."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._sentences import shown

# Bools, integers, floats and strings; V is what NumPy knows bfloat16 and its like as.
_KINDS = "biufUSV"


def as_array(value: Any, name: str) -> NDArray[Any]:
    """What a user passed as an array of real numbers, bools or strings; strings become objects.

    Args:
        value: an array, a tensor, a frame, or anything else that NumPy makes an array of.
        name: of the argument, for messages.

    Raises:
        ValueError: it is ragged, sparse, masked, symbolic, complex, of mixed types, or no array.
    """
    if value is None:
        raise ValueError(f"{name} must be an array. Received None.")
    if any(hasattr(value, attribute) for attribute in ("row_splits", "dense_shape", "toarray")):
        raise ValueError(
            f"{name} must be dense. Received {type(value).__name__}. Pass its dense form, padded (to_tensor(), "
            "tf.sparse.to_dense or toarray())."
        )
    check_unmasked(value, name)
    try:
        array = np.asarray(value)
    except Exception as error:  # Symbolic tensors and containers of a user's own may raise anything.
        raise ValueError(f"{name} must be an array of one shape. {received(value)}.") from error
    if array.dtype.kind == "T":  # Strings of any length, since NumPy 2.
        array = array.astype(object)
    if array.dtype.kind in "US":
        return array.astype(object)
    if array.dtype == object:
        _check_objects(array, value, name)
    elif array.dtype.kind not in _KINDS or (array.dtype.kind == "V" and not _is_small_float(array.dtype)):
        raise ValueError(f"{name} must be real numbers, bools or strings. Received dtype {array.dtype!s:.80}.")
    elif array.dtype.kind == "f" and array.dtype.itemsize > 8:
        raise ValueError(f"{name} must be of a precision that TensorFlow has. Received {array.dtype}. Pass float64.")
    return array


def check_unmasked(value: Any, name: str) -> None:
    """Raises ValueError where a masked array hides something: NumPy gives what is under the mask, without a word."""
    hidden = int(np.ma.getmaskarray(value).sum()) if isinstance(value, np.ma.MaskedArray) else 0
    if hidden:
        raise ValueError(
            f"{name} must not be masked, for a mask would be lost. Received {hidden} masked entries. Pass filled(...)."
        )


def received(value: Any) -> str:
    """A value in an error message: "Received ..."."""
    if isinstance(value, np.ndarray):
        return f"Received an array of {value.dtype!s:.80}, shape {value.shape}"
    return f"Received {shown(value)} of type {type(value).__name__}"


def check_seed(seed: Any) -> None:
    """Raises TypeError or ValueError unless `seed` is one that gives the same numbers each time."""
    if isinstance(seed, bool | np.bool_) or not isinstance(seed, int | np.integer):
        raise TypeError(f"seed must be an int. {received(seed)}.")
    if seed < 0:
        raise ValueError(f"seed must not be negative. Received seed={shown(seed)}.")


def check_takes(function: Callable[..., Any], n: int, name: str, of: str) -> None:
    """Raises TypeError where a function cannot be called with n arguments by position.

    Args:
        function: any callable; one whose signature Python cannot tell is let pass.
        n: how many arguments it will be given.
        name: of the argument that it is, for messages.
        of: the arguments that it will be given, in words.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*[None] * n)
    except TypeError:
        shown = getattr(function, "__name__", type(function).__name__)
        raise TypeError(f"{name} must be a function of {of}. Received {shown}{signature!s:.80}.") from None


def _is_small_float(dtype: np.dtype[Any]) -> bool:
    """Whether this is one of TensorFlow's own dtypes, which NumPy has no kind for, and no structured one."""
    return dtype.names is None and dtype.name.startswith(("bfloat", "float", "int", "uint"))


def _check_objects(array: NDArray[Any], value: Any, name: str) -> None:
    items = array.ravel().tolist()
    if array.ndim == 0:
        raise ValueError(f"{name} must be an array. {received(value)}.")
    kinds = sorted({type(item).__name__ for item in items})
    if all(isinstance(item, str | bytes) for item in items):
        return
    if hasattr(value, "columns"):
        raise ValueError(
            f"{name} must be columns of one dtype. Received a {type(value).__name__} of {', '.join(kinds):.80}. Pass "
            "a dict of its columns' arrays, or astype('float32') of those that are numbers."
        )
    remedy = "Pad rows of different lengths to one" if any(map(np.ndim, items)) else "Pass one dtype for all of them"
    raise ValueError(
        f"{name} must be a dense array of numbers or strings. Received dtype object, shape {array.shape}, of "
        f"{', '.join(kinds):.80}. {remedy}."
    )


def numeric_baseline(value: Any, name: str) -> NDArray[Any]:
    """Numbers that a baseline is made of, or a sentence that says what a baseline may be."""
    argument = name if name.startswith("baselines") else f"baselines for {name}"
    kind, dtype = "O", None
    with contextlib.suppress(Exception):  # Symbolic tensors and containers of a user's own may raise anything.
        dtype = np.asarray(value).dtype
        kind = "f" if "float" in dtype.name else dtype.kind
    if kind not in "iufb":
        raise TypeError(f"{argument} must be None, numbers, a callable or one of kerasig.baselines. {received(value)}.")
    return as_array(value, argument)
