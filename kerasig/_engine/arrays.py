"""The few functions that small arrays need, of NumPy's and of TensorFlow's: what is written with them runs on both.

The decisions of a refinement are made of arrays [paths, nodes]. On the host NumPy makes them at once, without a trace;
in a graph that must run by itself, compiled as a whole or served, the same lines are traced. Which it is, is told by
what a function is given. NaN stands for what is not known, and is kept everywhere as NumPy keeps it: a comparison with
it is False, so none is negated (`~(a > b)`), which TensorFlow's graph optimizer rewrites to `a <= b`.

NumPy's lie column after column in memory: to add up or compare along rows then goes through all rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine import graph_arrays as graph

_HOST = (np.ndarray, np.generic, float, int)
# Rows from which on it pays to go through them all, a column at a time.
_MANY = 64


def _on_host(array: Any, other: Any = 0) -> bool:
    # Asked very often, and mostly of this type.
    if type(array) is np.ndarray:
        return True
    return isinstance(array, _HOST) and isinstance(other, _HOST)


def where(condition: Any, these: Any, others: Any) -> Any:
    """Elements of `these` where the condition holds, of `others` elsewhere; either may be a number."""
    if _on_host(condition, these):
        return np.where(condition, these, others)
    return tf.where(condition, *graph.alike(these, others))


def upright(array: Any) -> Any:
    """An array [R] as [R, 1]."""
    return array[:, None] if _on_host(array) else tf.expand_dims(array, graph.constant(1))


def column(array: Any, number: int) -> Any:
    """The column [R] of that number, at least 0."""
    if _on_host(array):
        return array[:, number]
    return graph.sliced(array, number, number + 1, shrink_axis_mask=2)


def part(array: Any, first: int | None, end: int | None = None) -> Any:
    """The columns `first:end` of an array [R, K, ...]."""
    return array[:, first:end] if _on_host(array) else graph.sliced(array, first, end)


def wider(array: Any, before: int, after: int) -> Any:
    """An array [R, K] with columns of 0 before and after."""
    if _on_host(array):
        rows, columns = array.shape
        found = np.zeros((rows, before + columns + after), array.dtype, order="F")
        found[:, before : before + columns] = array
        return found
    return tf.pad(array, graph.constant(((0, 0), (before, after))))


def zeros_like(array: Any) -> Any:
    """Zeros of the same shape and dtype."""
    return np.zeros_like(array) if _on_host(array) else tf.zeros_like(array)


def ones_like(array: Any) -> Any:
    """Ones of the same shape and dtype."""
    return np.ones_like(array) if _on_host(array) else tf.ones_like(array)


def full_like(array: Any, value: float) -> Any:
    """One value in the same shape and dtype."""
    return (
        np.full_like(array, value) if _on_host(array) else tf.fill(tf.shape(array), graph.constant(value, array.dtype))
    )


def as_float(array: Any) -> Any:
    """In float64."""
    return array.astype(np.float64) if _on_host(array) else tf.cast(array, tf.float64)


def as_int(array: Any) -> Any:
    """Bools or floats as int32."""
    return array.astype(np.int32) if _on_host(array) else tf.cast(array, tf.int32)


def concat(arrays: Sequence[Any]) -> Any:
    """Arrays [R, K, ...] side by side."""
    return np.concatenate(arrays, axis=1) if _on_host(arrays[0]) else tf.concat(arrays, axis=graph.constant(1))


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
    return np.maximum(one, other) if _on_host(one, other) else graph.nan_kept(tf.maximum, one, other)


def minimum(one: Any, other: Any) -> Any:
    """The smaller of two; NaN where one is."""
    return np.minimum(one, other) if _on_host(one, other) else graph.nan_kept(tf.minimum, one, other)


def row_sum(array: Any) -> Any:
    """The sum [R] of each row [R, K]; of bools, how many are True."""
    if _on_host(array):
        return array.sum(axis=1)
    return tf.reduce_sum(tf.cast(array, tf.int32) if array.dtype == tf.bool else array, axis=graph.constant(1))


def row_max(array: Any) -> Any:
    """The largest [R] of each row [R, K]; NaN where one is."""
    if _on_host(array):
        return array.max(axis=1)
    largest = tf.reduce_max(array, axis=graph.constant(1))
    if not array.dtype.is_floating:
        return largest
    # XLA's leaves NaN out.
    return where(tf.reduce_any(tf.math.is_nan(array), axis=graph.constant(1)), float("nan"), largest)


def row_min(array: Any) -> Any:
    """The smallest [R] of each row [R, K] of whole numbers."""
    return array.min(axis=1) if _on_host(array) else tf.reduce_min(array, axis=graph.constant(1))


def row_any(array: Any) -> Any:
    """Whether any of each row [R, K] is True."""
    return array.any(axis=1) if _on_host(array) else tf.reduce_any(array, axis=graph.constant(1))


def row_all(array: Any) -> Any:
    """Whether all of each row [R, K] are True."""
    return array.all(axis=1) if _on_host(array) else tf.reduce_all(array, axis=graph.constant(1))


def surely_none(array: Any) -> bool:
    """Whether none of an array is True, where that is known without running a graph."""
    return _on_host(array) and not array.any()


def cumsum(array: Any, exclusive: bool = False, reverse: bool = False) -> Any:
    """Sums along each row [R, K], up to each column; without it where exclusive, from the end where reversed."""
    if not _on_host(array):
        return tf.cumsum(array, axis=1, exclusive=exclusive, reverse=reverse)
    if reverse:
        array = array[:, ::-1]
    total = _running(array)
    if exclusive:
        total = total - array
    return total[:, ::-1] if reverse else total


def _running(array: Any) -> Any:
    rows, columns = array.shape
    if rows < _MANY:
        return np.cumsum(array, axis=1)
    # NumPy goes along one row after the other.
    total = np.zeros((rows, columns), np.float64 if array.dtype.kind == "f" else np.int64, order="F")
    total[:, :1] = array[:, :1]
    for column in range(1, columns):
        np.add(total[:, column - 1], array[:, column], out=total[:, column])
    return total


def columns(array: Any) -> Any:
    """The numbers of the columns of an array [R, K, ...]: [1, K], or on the host [R, K]."""
    if _on_host(array):
        return _numbers(array.shape[0], array.shape[1]) if array.size < 1 << 16 else _new_numbers(*array.shape[:2])
    return tf.expand_dims(graph.numbers(graph.width(array)), graph.constant(0))


def _new_numbers(rows: int, columns: int) -> Any:
    found = np.repeat(np.arange(columns), rows).reshape(columns, rows).T
    found.flags.writeable = False
    return found


_numbers = lru_cache(maxsize=8)(_new_numbers)


def at(array: Any, column: Any) -> Any:
    """The entry [R] of each row of `array` [R, K] in its own column [R]; [R, J] for columns [R, J]."""
    if not _on_host(array):
        return tf.gather(array, column, axis=1, batch_dims=1)
    if column.ndim == 1:
        return array[np.arange(len(array)), column]
    return taker(column)(array)


def taker(columns: Any) -> Callable[[Any], Any]:
    """`at` for several arrays and the same columns [R, J]."""
    if not _on_host(columns):
        return lambda array: at(array, columns)
    rows = columns.shape[0]
    places = columns.T * rows + np.arange(rows)
    return lambda array: np.take(flat(array), places).T


def flat(array: Any) -> Any:
    """NumPy only: the entries of an array [R, K] column after column, [R K]; no copy of those that lie like this."""
    return array.reshape(-1, order="F")


def descending(array: Any) -> tuple[Any, Any]:
    """Rows [R, K] sorted from the largest to the smallest, and what `among_first` needs besides."""
    if not _on_host(array):
        return tuple(tf.math.top_k(array, k=graph.width(array)))
    return -np.asfortranarray(np.sort(-np.ascontiguousarray(array), axis=1)), array


def among_first(ordered: Any, order: Any, most: Any) -> Any:
    """Which entries [R, K] are among the first `most` [R] of their row, once it is sorted; of equals the first ones.

    Args:
        ordered: the rows, from the largest to the smallest.
        order: as `descending` gives it.
        most: how many.
    """
    if not _on_host(ordered):
        first = columns(ordered) < upright(most)
        return at(first, tf.argsort(order, axis=1))
    least = at(ordered, np.maximum(most - 1, 0))
    least = upright(np.where(most > 0, least, np.inf))
    above, same = order > least, order == least
    left = most - row_sum(above)
    if (row_sum(same) > left).any():
        same &= cumsum(same) <= upright(left)
    return above | same


def last_not_above(places: Any, width: Any) -> Any:
    """For columns 0 to width - 1, the last entry [R, width] of increasing places [R, K] that is not above it."""
    if not _on_host(places):
        asked = tf.broadcast_to(graph.numbers(width), tf.stack([tf.shape(places)[0], width]))
        return tf.searchsorted(places, asked, side="right") - 1
    rows, inside = len(places), flat(places) < width
    marks = np.zeros((rows, width), np.int64, order="F")
    flat(marks)[(flat(places) * rows + np.tile(np.arange(rows), places.shape[1]))[inside]] = 1
    return cumsum(marks) - 1
