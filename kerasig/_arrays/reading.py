"""One reader of arrays: what is silently lost on the way to NumPy is refused instead, in one sentence.

pandas, polars, PyTorch and TensorFlow are told by what their objects have; none of them is imported.
"""

from __future__ import annotations

import contextlib
import decimal
import numbers
from collections.abc import Mapping, Set
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._arrays.dense import as_dense, is_ragged, is_sparse
from kerasig._arrays.frames import columns, is_category, missing
from kerasig._sentences import received, shown

# Bools, integers, floats and strings; V is what NumPy knows bfloat16 and its like as.
_KINDS = "biufV"
# Python's own numbers, and what databases and np.bool_ add to them.
_NUMBERS = (numbers.Real, np.bool_, decimal.Decimal)
_REMEDIES = {
    "c": "Pass the real and imaginary parts as channels",
    "M": "Pass dates as numbers, such as days since one of them",
    "m": "Pass durations as numbers, such as seconds",
    "V": "Pass each field as an array of its own, in a dict",
}


# By what the package's own objects have, which are no arrays.
_OURS = {
    "baseline_score": "Pass its values, of one leaf where there are several",
    "position_shape": "Pass its inputs, of one leaf where there are several",
}


class UnreadableError(ValueError):
    """No array at all: NumPy makes nothing of it, or an object."""


def as_array(value: Any, name: str) -> NDArray[Any]:
    """An array of real numbers, bools or strings from what a user passed.

    Columns of a frame lie along the last axis, in the least dtype that has them all. Rows of a ragged tensor are padded
    at their end, and sparse ones filled up, with 0, False or an empty string.

    Args:
        value: an array, a tensor, a frame or Series, or anything else that NumPy makes an array of.
        name: of the argument, for messages.

    Raises:
        ValueError: it is masked, symbolic, complex, of mixed types, has missing values, takes too much memory dense, or
            is no array.
    """
    if value is None:
        raise UnreadableError(f"{name} must be an array. Received None.")
    hidden = int(np.ma.getmaskarray(value).sum()) if isinstance(value, np.ma.MaskedArray) else 0
    if hidden:  # NumPy gives what is under the mask, without a word.
        raise ValueError(
            f"{name} must not be masked, for a mask would be lost. Received {hidden} masked entries. Pass filled(...)."
        )
    try:
        ragged_or_sparse = is_ragged(value) or is_sparse(value)
        named = None if ragged_or_sparse else columns(value)
        absent = 0 if named is not None else missing(value)
    except Exception as error:  # Objects of a user's own may raise anything.
        raise _unreadable(value, name) from error
    if named is not None:
        return _of_frame(named, value, name)
    if absent:
        raise _missing(absent, name)
    if ragged_or_sparse:
        value = _made_dense(value, name)
    try:
        array = _by_numpy(value)
    except Exception as error:  # Symbolic tensors and containers of a user's own may raise anything.
        raise _unreadable(value, name) from error
    if array.dtype.kind in "UST":  # T: strings of any length, since NumPy 2; TensorFlow does not know them.
        return array.astype(object) if array.dtype.kind == "T" else array
    if array.dtype.kind == "O":
        return _of_objects(array, value, name)
    if array.dtype.kind not in _KINDS or (array.dtype.kind == "V" and not _is_small_float(array.dtype)):
        raise ValueError(
            f"{name} must be real numbers, bools or strings. Received dtype {array.dtype!s:.80}. "
            f"{_REMEDIES[array.dtype.kind]}."
        )
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        raise ValueError(f"{name} must be of a precision that TensorFlow has. Received {array.dtype}. Pass float64.")
    return array


def is_text(array: NDArray[Any]) -> bool:
    """Whether an array that was read holds strings."""
    return array.dtype.kind in "OSU"


def _made_dense(value: Any, name: str) -> Any:
    try:
        return as_dense(value, name)
    except ValueError as error:
        if str(error).startswith(name):  # Too large.
            raise
        raise _unreadable(value, name) from error
    except Exception as error:  # Symbolic ones.
        raise _unreadable(value, name) from error


def _by_numpy(value: Any) -> NDArray[Any]:
    if hasattr(value, "detach") and hasattr(value, "cpu"):  # PyTorch's tensors lie elsewhere, or are being recorded.
        value = value.detach().cpu()
        value = value.float() if "bfloat16" in str(value.dtype) else value
    if not hasattr(value, "__array__"):
        for method in ("numpy", "to_numpy"):
            if callable(getattr(value, method, None)):
                value = getattr(value, method)()
                break
    return np.asarray(value)


def _of_frame(named: list[tuple[Any, Any]], value: Any, name: str) -> NDArray[Any]:
    """The columns of a frame side by side, [N, F]."""
    if not named:
        return np.zeros((len(value), 0))
    arrays = [as_array(column, f"column {label!r} of {name}") for label, column in named]
    if all(map(is_text, arrays)):
        return np.stack(arrays, axis=1)
    words = [
        f"{label!r} of {getattr(column, 'dtype', getattr(column, 'type', array.dtype))!s}"
        for (label, column), array in zip(named, arrays, strict=True)
        if is_text(array) or is_category(column)
    ]
    if words:
        more = f" and {len(words) - 3} more" if len(words) > 3 else ""
        raise ValueError(
            f"{name} must be columns of numbers, or all of strings. Received a {type(value).__name__} with "
            f"{', '.join(words[:3])}{more} among numbers. Encode such columns as numbers, for example with "
            f"pandas.get_dummies, or pass dict(frame) to a model that takes its columns by name."
        )
    return np.stack(arrays, axis=1).astype(np.result_type(*arrays), copy=False)


def _of_objects(array: NDArray[Any], value: Any, name: str) -> NDArray[Any]:
    """Objects of Python as an array of numbers, if they are, or of strings."""
    items = array.ravel().tolist()
    words = any(isinstance(item, str | bytes) for item in items)
    absent = sum(_is_missing(item, among_words=words) for item in items)
    if array.ndim and absent:
        raise _missing(absent, name)
    if all(isinstance(item, str | bytes) for item in items):
        return array
    if all(isinstance(item, _NUMBERS) for item in items):
        try:
            return _numbers_of(items).reshape(array.shape)
        except (OverflowError, ValueError, TypeError):
            pass  # No float64 says it, as 10**400 or a signalling NaN: refused below, as other objects are.
    if array.ndim == 0:
        raise _unreadable(value, name)
    kinds = ", ".join(sorted({type(item).__name__ for item in items}))
    remedy = "Pass one dtype for all of them"
    if any(isinstance(item, list | tuple) or getattr(item, "shape", ()) for item in items):
        remedy = "Pad rows of different lengths to one, for example with keras.utils.pad_sequences"
    raise ValueError(
        f"{name} must be a dense array of numbers or strings. Received dtype object, shape {array.shape}, of "
        f"{kinds:.80}. {remedy}."
    )


def _numbers_of(items: list[Any]) -> NDArray[Any]:
    if all(isinstance(item, bool | np.bool_) for item in items):
        return np.array(items, bool)
    whole = all(isinstance(item, numbers.Integral | np.bool_) for item in items)
    if whole and all(-(2**63) <= item < 2**63 for item in items):
        return np.array(items, np.int64)
    return np.array([float(item) for item in items], np.float64)


def _is_missing(item: Any, among_words: bool) -> bool:
    """Whether an object stands for no value: None, and what pandas has for it. NaN is a number, unless among words."""
    if item is None or type(item).__name__ in ("NAType", "NaTType"):
        return True
    return among_words and isinstance(item, float) and item != item


def _is_small_float(dtype: np.dtype[Any]) -> bool:
    """Whether this is one of TensorFlow's own dtypes, which NumPy has no kind for, and no structured one."""
    return dtype.names is None and dtype.name.startswith(("bfloat", "float", "int", "uint"))


def _missing(count: int, name: str) -> ValueError:
    return ValueError(
        f"{name} must have no missing values. Received {count} of them. Fill them, for example with fillna, or leave "
        "those examples out."
    )


def _unreadable(value: Any, name: str) -> UnreadableError:
    with contextlib.suppress(Exception):
        if value.shape is not None and not isinstance(value, np.ndarray | np.generic):
            return UnreadableError(
                f"{name} must be an array of one shape. Received a {type(value).__name__} of shape "
                f"{shown(value.shape)}, which NumPy cannot read. Pass the numbers that it stands for."
            )
    remedy = "Pass rows of one length"
    with contextlib.suppress(Exception):
        remedy = _remedy(value) or remedy
    return UnreadableError(
        f"{name} must be an array of one shape. {received(value)}, which NumPy cannot read. {remedy}."
    )


def _remedy(value: Any) -> str | None:
    """The words on what to pass instead of something that is not even a list; None of anything else."""
    if any(hasattr(value, attribute) for attribute in ("element_spec", "on_epoch_end")):
        return "Pass kerasig.ProbeSet.from_dataset(dataset, n) of a dataset, or the arrays of one of its batches"
    if hasattr(value, "__next__"):
        return "Pass np.stack(list(...)) of what it yields"
    if isinstance(value, Set):
        return "Pass a list or an array of its items, for a set has no order"
    if isinstance(value, Mapping):
        return "Pass one of its arrays"
    for ours, remedy in _OURS.items():
        if hasattr(value, ours):
            return remedy
    if callable(value):
        return "Pass the array itself, not a model or a function"
    return None
