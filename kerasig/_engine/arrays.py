"""The few functions that small arrays need, of NumPy's and of TensorFlow's: what is written with them runs on both.

The decisions of a refinement are made of arrays [paths, nodes]. On the host NumPy makes them at once, without a trace;
in a graph that must run by itself, compiled as a whole or served, the same lines are traced. Which it is, is told by
what a function is given. NaN stands for what is not known, and is kept everywhere as NumPy keeps it: a comparison with
it is False, so none is negated (`~(a > b)`), which TensorFlow's graph optimizer rewrites to `a <= b`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

_HOST = (np.ndarray, np.generic, float, int)


def _on_host(array: Any, other: Any = 0) -> bool:
    # Asked very often, and mostly of this type.
    if type(array) is np.ndarray:
        return True
    return isinstance(array, _HOST) and isinstance(other, _HOST)


def _constant(value: Any, dtype: tf.DType = tf.int32) -> tf.Tensor:
    """A number or a tuple of them as a tensor: one in a graph, however often it is written."""
    if tf.executing_eagerly():
        return tf.constant(value, dtype)
    # In the graph itself, so that they go with it.
    graph = tf.compat.v1.get_default_graph()
    kept = getattr(graph, "_kerasig_constants", None)
    if kept is None:
        kept = graph._kerasig_constants = {}
    # 0.0 is not -0.0, though equal.
    key = repr(value), dtype
    if key not in kept:
        kept[key] = tf.constant(value, dtype)
    return kept[key]


def _alike(one: Any, other: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Two tensors of one dtype. TensorFlow would make float32 of a number of Python's, where NumPy has float64."""
    if tf.is_tensor(one) or tf.is_tensor(other):
        dtype = one.dtype if tf.is_tensor(one) else other.dtype
    else:
        dtype = tf.float64 if np.result_type(one, other).kind == "f" else tf.int32
    return tuple(part if tf.is_tensor(part) else _number(part, dtype) for part in (one, other))


def _number(part: Any, dtype: tf.DType) -> tf.Tensor:
    return _constant(part, dtype) if isinstance(part, int | float) else tf.constant(part, dtype)


def where(condition: Any, these: Any, others: Any) -> Any:
    """Elements of `these` where the condition holds, of `others` elsewhere; either may be a number."""
    if _on_host(condition, these):
        return np.where(condition, these, others)
    return tf.where(condition, *_alike(these, others))


def upright(array: Any) -> Any:
    """An array [R] as [R, 1]."""
    return array[:, None] if _on_host(array) else tf.expand_dims(array, _constant(1))


def column(array: Any, number: int) -> Any:
    """The column [R] of that number, at least 0."""
    if _on_host(array):
        return array[:, number]
    return _sliced(array, number, number + 1, shrink_axis_mask=2)


def part(array: Any, first: int | None, end: int | None = None) -> Any:
    """The columns `first:end` of an array [R, K, ...]."""
    return array[:, first:end] if _on_host(array) else _sliced(array, first, end)


def _sliced(array: tf.Tensor, first: int | None, end: int | None, **masks: int) -> tf.Tensor:
    """The columns `first:end`, by constants that the graph has already."""
    return tf.strided_slice(
        array,
        _constant((0, first or 0)),
        _constant((0, end or 0)),
        _constant((1, 1)),
        begin_mask=1 if first is not None else 3,
        end_mask=1 if end is not None else 3,
        **masks,
    )


def _width(array: tf.Tensor) -> tf.Tensor:
    """K of an array [R, K, ...]."""
    return tf.strided_slice(tf.shape(array), _constant((1,)), _constant((2,)), _constant((1,)), shrink_axis_mask=1)


def _range(end: Any) -> tf.Tensor:
    return tf.range(_constant(0), end, _constant(1))


def wider(array: Any, before: int, after: int) -> Any:
    """An array [R, K] with columns of 0 before and after."""
    if _on_host(array):
        nothing = np.zeros((len(array), before + after), array.dtype)
        return np.concatenate([nothing[:, :before], array, nothing[:, before:]], axis=1)
    return tf.pad(array, _constant(((0, 0), (before, after))))


def zeros_like(array: Any) -> Any:
    """Zeros of the same shape and dtype."""
    return np.zeros_like(array) if _on_host(array) else tf.zeros_like(array)


def ones_like(array: Any) -> Any:
    """Ones of the same shape and dtype."""
    return np.ones_like(array) if _on_host(array) else tf.ones_like(array)


def full_like(array: Any, value: float) -> Any:
    """One value in the same shape and dtype."""
    return np.full_like(array, value) if _on_host(array) else tf.fill(tf.shape(array), _constant(value, array.dtype))


def as_float(array: Any) -> Any:
    """In float64."""
    return array.astype(np.float64) if _on_host(array) else tf.cast(array, tf.float64)


def as_int(array: Any) -> Any:
    """Bools or floats as int32."""
    return array.astype(np.int32) if _on_host(array) else tf.cast(array, tf.int32)


def concat(arrays: Sequence[Any]) -> Any:
    """Arrays [R, K, ...] side by side."""
    return np.concatenate(arrays, axis=1) if _on_host(arrays[0]) else tf.concat(arrays, axis=_constant(1))


def absolute(array: Any) -> Any:
    """Sizes."""
    return np.abs(array) if _on_host(array) else tf.abs(array)


def sqrt(array: Any) -> Any:
    """Square roots."""
    return np.sqrt(array) if _on_host(array) else tf.sqrt(array)


def log(array: Any) -> Any:
    """Natural logarithms."""
    return np.log(array) if _on_host(array) else tf.math.log(array)


def isfinite(array: Any) -> Any:
    """Where numbers are neither NaN nor infinite."""
    return np.isfinite(array) if _on_host(array) else tf.math.is_finite(array)


def isnan(array: Any) -> Any:
    """Where numbers are NaN."""
    return np.isnan(array) if _on_host(array) else tf.math.is_nan(array)


def logical_not(array: Any) -> Any:
    """The opposite of bools."""
    return np.logical_not(array) if _on_host(array) else tf.logical_not(array)


def maximum(one: Any, other: Any) -> Any:
    """The larger of two; NaN where one is."""
    return np.maximum(one, other) if _on_host(one, other) else _nan_kept(tf.maximum, one, other)


def minimum(one: Any, other: Any) -> Any:
    """The smaller of two; NaN where one is."""
    return np.minimum(one, other) if _on_host(one, other) else _nan_kept(tf.minimum, one, other)


def _nan_kept(function: Callable[[Any, Any], tf.Tensor], one: Any, other: Any) -> tf.Tensor:
    """A function of two, NaN where one of them is: XLA's maximum and minimum may take the other one."""
    tensors = _alike(one, other)
    found = function(*tensors)
    if not tensors[0].dtype.is_floating:
        return found
    for part, tensor in zip((other, one), reversed(tensors), strict=True):
        # What is written in the code is a number.
        if not isinstance(part, int | float):
            found = tf.where(tf.math.is_nan(tensor), tensor, found)
    return found


def row_sum(array: Any) -> Any:
    """The sum [R] of each row [R, K]; of bools, how many are True."""
    if _on_host(array):
        return array.sum(axis=1)
    return tf.reduce_sum(tf.cast(array, tf.int32) if array.dtype == tf.bool else array, axis=_constant(1))


def row_max(array: Any) -> Any:
    """The largest [R] of each row [R, K]; NaN where one is."""
    if _on_host(array):
        return array.max(axis=1)
    largest = tf.reduce_max(array, axis=_constant(1))
    if not array.dtype.is_floating:
        return largest
    # XLA's leaves NaN out.
    return where(tf.reduce_any(tf.math.is_nan(array), axis=_constant(1)), float("nan"), largest)


def row_min(array: Any) -> Any:
    """The smallest [R] of each row [R, K] of whole numbers."""
    return array.min(axis=1) if _on_host(array) else tf.reduce_min(array, axis=_constant(1))


def row_any(array: Any) -> Any:
    """Whether any of each row [R, K] is True."""
    return array.any(axis=1) if _on_host(array) else tf.reduce_any(array, axis=_constant(1))


def row_all(array: Any) -> Any:
    """Whether all of each row [R, K] are True."""
    return array.all(axis=1) if _on_host(array) else tf.reduce_all(array, axis=_constant(1))


def surely_none(array: Any) -> bool:
    """Whether none of an array is True, where that is known without running a graph."""
    return _on_host(array) and not array.any()


def cumsum(array: Any, exclusive: bool = False, reverse: bool = False) -> Any:
    """Sums along each row [R, K], up to each column; without it where exclusive, from the end where reversed."""
    if not _on_host(array):
        return tf.cumsum(array, axis=1, exclusive=exclusive, reverse=reverse)
    if reverse:
        array = array[:, ::-1]
    total = np.cumsum(array, axis=1) - (array if exclusive else 0)
    return total[:, ::-1] if reverse else total


def columns(array: Any) -> Any:
    """The numbers [1, K] of the columns of an array [R, K, ...]."""
    return np.arange(array.shape[1])[None] if _on_host(array) else tf.expand_dims(_range(_width(array)), _constant(0))


def at(array: Any, column: Any) -> Any:
    """The entry [R] of each row of `array` [R, K] in its own column [R]; [R, J] for columns [R, J]."""
    if not _on_host(array):
        return tf.gather(array, column, axis=1, batch_dims=1)
    rows = np.arange(len(array))
    return array[rows, column] if column.ndim == 1 else array[rows[:, None], column]


def descending(array: Any) -> tuple[Any, Any]:
    """Rows [R, K] sorted from the largest to the smallest, and which columns these were; of equals the first first."""
    if not _on_host(array):
        return tuple(tf.math.top_k(array, k=_width(array)))
    order = np.argsort(-array, axis=1, kind="stable")
    return np.take_along_axis(array, order, axis=1), order


def ranks(order: Any) -> Any:
    """The place of each column in permutations [R, K]."""
    if not _on_host(order):
        return tf.argsort(order, axis=1)
    found = np.empty_like(order)
    np.put_along_axis(found, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), axis=1)
    return found


def last_not_above(places: Any, width: Any) -> Any:
    """For columns 0 to width - 1, the last entry [R, width] of increasing places [R, K] that is not above it."""
    if not _on_host(places):
        asked = tf.broadcast_to(_range(width), tf.stack([tf.shape(places)[0], width]))
        return tf.searchsorted(places, asked, side="right") - 1
    # All rows in one search, each beyond the one before.
    apart = (places.max(initial=0) + width + 1) * np.arange(len(places))[:, None]
    found = np.searchsorted((places + apart).ravel(), (np.arange(width) + apart).ravel(), side="right") - 1
    return found.reshape(len(places), width) - places.shape[1] * np.arange(len(places))[:, None]
