"""The parts of `arrays.py` that concern TensorFlow alone: constants of a graph, and NaN where XLA would lose it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf


def constant(value: Any, dtype: tf.DType = tf.int32) -> tf.Tensor:
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


def alike(one: Any, other: Any) -> tuple[tf.Tensor, tf.Tensor]:
    """Two tensors of one dtype. TensorFlow would make float32 of a number of Python's, where NumPy has float64."""
    if tf.is_tensor(one) or tf.is_tensor(other):
        dtype = one.dtype if tf.is_tensor(one) else other.dtype
    else:
        dtype = tf.float64 if np.result_type(one, other).kind == "f" else tf.int32
    return tuple(part if tf.is_tensor(part) else _number(part, dtype) for part in (one, other))


def _number(part: Any, dtype: tf.DType) -> tf.Tensor:
    return constant(part, dtype) if isinstance(part, int | float) else tf.constant(part, dtype)


def sliced(array: tf.Tensor, first: int | None, end: int | None, **masks: int) -> tf.Tensor:
    """The columns `first:end`, by constants that the graph has already."""
    return tf.strided_slice(
        array,
        constant((0, first or 0)),
        constant((0, end or 0)),
        constant((1, 1)),
        begin_mask=1 if first is not None else 3,
        end_mask=1 if end is not None else 3,
        **masks,
    )


def row(array: tf.Tensor, number: int) -> tf.Tensor:
    """The first, 0, or the last, -1, along the first axis."""
    return tf.strided_slice(array, constant((number,)), constant((number + 1,)), constant((1,)), shrink_axis_mask=1)


def rows(array: tf.Tensor, first: int | None, end: int | None) -> tf.Tensor:
    """Those from `first` to before `end` along the first axis."""
    return tf.strided_slice(
        array,
        constant((first or 0,)),
        constant((end or 0,)),
        constant((1,)),
        begin_mask=0 if first is not None else 1,
        end_mask=0 if end is not None else 1,
    )


def taken(array: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Those at places along the first axis."""
    return tf.gather(array, places, axis=constant(0))


def width(array: tf.Tensor) -> tf.Tensor:
    """K of an array [R, K, ...]."""
    return tf.strided_slice(tf.shape(array), constant((1,)), constant((2,)), constant((1,)), shrink_axis_mask=1)


def numbers(end: Any) -> tf.Tensor:
    """0 to `end` - 1."""
    return tf.range(constant(0), end, constant(1))


def nan_kept(function: Callable[[Any, Any], tf.Tensor], one: Any, other: Any) -> tf.Tensor:
    """A function of two, NaN where one of them is: XLA's maximum and minimum may take the other one."""
    tensors = alike(one, other)
    found = function(*tensors)
    if not tensors[0].dtype.is_floating:
        return found
    for part, tensor in zip((other, one), reversed(tensors), strict=True):
        # What is written in the code is a number.
        if not isinstance(part, int | float):
            found = tf.where(tf.math.is_nan(tensor), tensor, found)
    return found
