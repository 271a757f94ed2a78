"""The leaves of probe inputs as read-only NumPy arrays that share their first axis."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig import _nest as nest


def as_leaves(inputs: Any) -> dict[str, np.ndarray]:
    """Copies of the leaves of `inputs` by name, each [N, ...], in the order of `tf.nest`.

    Raises:
        ValueError: A leaf is ragged, sparse, complex or no array, there is none, or N differs or is 0.
    """
    arrays: dict[str, np.ndarray] = {}
    for name, leaf in zip(nest.names(inputs), nest.flatten(inputs), strict=True):
        if name in arrays:
            raise ValueError(
                f"inputs must have distinct leaf names. Received {name!r} twice. Rename a key of the dict."
            )
        arrays[name] = _as_leaf(name, leaf)
    if not arrays:
        raise ValueError(f"inputs must have a leaf. Received {nest.describe(inputs)}. Pass at least one array.")
    _check_lengths(arrays)
    return arrays


def is_ragged_or_sparse(value: Any) -> bool:
    """Whether `value` is a ragged or sparse tensor or matrix, told without importing what made it."""
    return any(hasattr(value, attribute) for attribute in ("row_splits", "dense_shape", "tocsr"))


def _as_leaf(name: str, leaf: Any) -> np.ndarray:
    if is_ragged_or_sparse(leaf):
        raise ValueError(
            f"inputs must be dense. Received a {type(leaf).__name__} as {name!r}. Pass to_tensor() of a ragged tensor, "
            "tf.sparse.to_dense or toarray() of a sparse one."
        )
    array = np.array(arguments.read("inputs" if name == "inputs" else f"inputs[{name!r}]", leaf, "[N, ...]"))
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        raise ValueError(f"inputs must be of a precision that TensorFlow has. Received {name!r} of {array.dtype}.")
    if array.ndim == 0:
        raise ValueError(
            f"inputs must have the probe as first axis. Received {name}={arguments.shown(leaf)}. "
            "Pass arrays: a list or tuple is a nest of them, so make an array of a list of examples with np.stack."
        )
    if array.dtype.kind == "V" and array.dtype.name.startswith(("bfloat16", "float8")):
        array = array.astype(np.float32)  # Lossless, and NumPy can compute with it.
    is_object = array.dtype.kind == "O"
    if array.dtype.kind not in "biufSUO" or (is_object and not all(isinstance(x, (str, bytes)) for x in array.flat)):
        raise ValueError(
            f"inputs must be real numbers, booleans or strings, of one shape. Received {name!r} of {array.dtype}. "
            "Pass the real and imaginary parts of complex numbers as channels, and pad what differs in length."
        )
    array.setflags(write=False)
    return array


def _check_lengths(arrays: Mapping[str, np.ndarray]) -> None:
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(
            f"inputs must have as many probes in every leaf. Received {lengths}. Pass leaves with one first axis: a "
            "list or tuple is a nest of arrays, never an array."
        )
    if 0 in lengths.values():
        raise ValueError(f"inputs must have at least one probe. Received {lengths}. Pass some examples.")
