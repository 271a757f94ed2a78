"""The way of arguments into a compiled function, and of its results out of it, at a price that small models can bear.

TensorFlow's own functions for nests take longer than such a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.eager.context import context
from tensorflow.python.framework.ops import EagerTensor


class Feed:
    """The arguments (rows, nodes, data) of a function as the flat list of tensors that it is called with.

    Args:
        signature: TensorSpecs of (rows, nodes, data): each a dict of them, or of lists of them.
    """

    def __init__(self, signature: Sequence[Any]) -> None:
        self._rows, self._nodes, self._data = ([(name, specs[name]) for name in sorted(specs)] for specs in signature)

    def flat(self, rows: dict[str, Any], nodes: dict[str, Any], data: dict[str, Any]) -> list[tf.Tensor]:
        """All of them, in TensorFlow's order; an array that is there several times is one tensor."""
        made: dict[tuple[int, tf.DType], tf.Tensor] = {}
        found: list[tf.Tensor] = []
        for given, known in ((rows, self._rows), (nodes, self._nodes)):
            for name, specs in known:
                if isinstance(specs, list):
                    found += [_once(leaf, spec.dtype, made) for leaf, spec in zip(given[name], specs, strict=True)]
                else:
                    found.append(_once(given[name], specs.dtype, made))
        for name, _ in self._data:
            found += data[name]
        return found

    def rows(self, given: dict[str, Any]) -> dict[str, Any]:
        """The first of the arguments, as tensors."""
        return _tensors(given, self._rows)

    def nodes(self, given: dict[str, Any]) -> dict[str, Any]:
        """The second of the arguments, as tensors."""
        return _tensors(given, self._nodes)


def on_host(found: Any) -> Any:
    """A result, or a list of such, as arrays."""
    if isinstance(found, list | tuple):
        return [leaf.numpy() for leaf in found]
    return found.numpy()


def rows_gathered(rows: dict[str, Any], data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rows, tensors, and their own data.

    XLA compiles for each shape, so the number of examples must not be part of any; and what replicas read is copied to
    each of their devices.
    """
    examples, baseline_rows = rows["examples"], rows.get("baseline_rows", [])
    taken = {name: baseline_rows if name == "baselines" else [examples] * len(leaves) for name, leaves in data.items()}
    own = tf.range(tf.shape(examples)[0])
    gathered = {
        name: [tf.gather(*pair) for pair in zip(leaves, taken[name], strict=True)] for name, leaves in data.items()
    }
    return rows | {"examples": own} | ({"baseline_rows": [own] * len(baseline_rows)} if baseline_rows else {}), gathered


def _tensors(given: dict[str, Any], known: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: [_tensor(leaf, spec.dtype) for leaf, spec in zip(given[name], specs, strict=True)]
        if isinstance(specs, list)
        else _tensor(given[name], specs.dtype)
        for name, specs in known
    }


def _once(array: Any, dtype: tf.DType, made: dict[tuple[int, tf.DType], tf.Tensor]) -> tf.Tensor:
    """The tensor of an array, made where it was not made already."""
    key = id(array), dtype
    if key not in made:
        made[key] = _tensor(array, dtype)
    return made[key]


def _tensor(array: Any, dtype: tf.DType) -> tf.Tensor:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "iufb" or not tf.executing_eagerly():
        return array if tf.is_tensor(array) else tf.constant(array, dtype)
    # As `tf.constant` ends, which by then has gone through more Python than a small model has operations.
    return EagerTensor(array.astype(dtype.as_numpy_dtype), context().device_name, dtype.as_datatype_enum)
