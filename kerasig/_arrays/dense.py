"""Ragged and sparse tensors and matrices as the dense arrays that they stand for, told by their attributes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Of one array, dense. A model's batch of it has to fit into memory several times.
MOST_BYTES = 2**30


def is_ragged(value: Any) -> bool:
    """Whether rows may differ in length: a `tf.RaggedTensor`, or the spec of one."""
    return _has(value, "row_splits", "to_tensor") or _has(value, "ragged_rank", "row_splits_dtype")


def is_sparse(value: Any) -> bool:
    """Whether only some entries are kept: a tensor of TensorFlow's or PyTorch's, or a matrix of SciPy's or its like."""
    if _has(value, "indices", "values", "dense_shape") or getattr(value, "is_sparse", False) is True:
        return True
    return any(callable(getattr(value, method, None)) for method in ("toarray", "todense"))


def as_dense(value: Any, name: str) -> Any:
    """A ragged or sparse value made dense; anything else as it is.

    Rows are padded at their end, as `to_tensor` does: with 0, False or an empty string. What is not kept of a sparse
    value is that too.

    Args:
        value: what a user passed.
        name: of the argument, for messages.

    Raises:
        ValueError: it takes more than `MOST_BYTES` dense.
    """
    ragged = is_ragged(value)
    if not ragged and not is_sparse(value):
        return value
    shape = tuple(int(size) for size in np.asarray(value.bounding_shape() if ragged else _shape(value)))
    taken = math.prod(shape) * _item_size(value)
    if taken > MOST_BYTES:
        raise ValueError(
            f"{name} must take at most {MOST_BYTES / 2**30:g} GiB as a dense array. Received a {type(value).__name__} "
            f"of shape {list(shape)}, which takes {taken / 2**30:.3g} GiB. Pass fewer examples, or densify it yourself."
        )
    if ragged:
        return value.to_tensor()
    if _has(value, "dense_shape"):
        return _scattered(value, shape)
    return next(getattr(value, m) for m in ("toarray", "todense", "to_dense") if hasattr(value, m))()


def is_padded(value: Any) -> bool:
    """Whether something is ragged, and its rows differ in length."""
    if not is_ragged(value):
        return False
    axes = np.asarray(value.bounding_shape())[: value.ragged_rank + 1]
    return int(np.prod(axes)) != int(value.flat_values.shape[0])


def first_rows(value: Any, n: int) -> Any:
    """The first `n` rows of an array, a tensor or a frame, in the order that they lie in.

    Raises:
        TypeError: it has no rows.
    """
    if _has(value, "iloc"):  # By place: a slice of labels would be another.
        return value.iloc[:n]
    if _has(value, "indices", "values", "dense_shape"):
        return _FirstRows(value, n)
    if _has(value, "tocsr"):
        return value.tocsr()[:n]
    return value[:n]


class _FirstRows:
    """The first rows of a `tf.SparseTensor`, which cannot be sliced."""

    def __init__(self, value: Any, n: int) -> None:
        kept = np.asarray(value.indices)[:, 0] < n
        self.indices, self.values = np.asarray(value.indices)[kept], np.asarray(value.values)[kept]
        self.dense_shape = np.array([n, *np.asarray(value.dense_shape)[1:]])
        self.dtype = value.dtype


def _has(value: Any, *attributes: str) -> bool:
    return all(hasattr(value, attribute) for attribute in attributes)


def _shape(value: Any) -> Any:
    return value.dense_shape if _has(value, "dense_shape") else value.shape


def _item_size(value: Any) -> int:
    try:
        return np.dtype(getattr(value.dtype, "as_numpy_dtype", value.dtype)).itemsize
    except TypeError:  # PyTorch's own dtypes.
        return 8


def _scattered(value: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    """The entries of a `tf.SparseTensor` in their places; those that share one are summed, as in a product with it."""
    entries, places = np.asarray(value.values), tuple(np.asarray(value.indices).T)
    if entries.dtype.kind not in "biufc":
        found = np.full(shape, b"", object)
        found[places] = entries
        return found
    found = np.zeros(shape, entries.dtype)
    np.add.at(found, places, entries)
    return found
