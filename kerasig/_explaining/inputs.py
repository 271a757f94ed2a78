"""What a user passes as inputs, as arrays that a model takes and a path can be drawn to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._arrays import as_array
from kerasig._models import AdaptedModel
from kerasig._sentences import shown


@dataclass(frozen=True, eq=False)
class ModelInputs:
    """The leaves of a model's inputs, validated.

    Args:
        structure: the nest they came in, without them.
        names: one per leaf.
        leaves: arrays [N, ...]; strings are objects.
        dtypes: what the model is given.
    """

    structure: Any
    names: list[str]
    leaves: list[NDArray[Any]]
    dtypes: list[tf.DType]

    @property
    def n_examples(self) -> int:
        """N."""
        return len(self.leaves[0])

    @property
    def named(self) -> list[tuple[str, NDArray[Any]]]:
        """What each leaf is called in a message, and its array."""
        return list(zip(nest.labels(self.structure, "inputs"), self.leaves, strict=True))

    @property
    def floating(self) -> list[bool]:
        """Which leaves a gradient can reach."""
        return [dtype.is_floating for dtype in self.dtypes]

    @property
    def has_strings(self) -> bool:
        """Whether a leaf holds strings, which XLA cannot take."""
        return any(dtype == tf.string for dtype in self.dtypes)

    def pack(self, leaves: list[Any]) -> Any:
        """Leaves in the structure that the model takes."""
        return nest.pack(self.structure, leaves)

    def tensors(self, rows: slice = slice(None)) -> list[tf.Tensor]:
        """The leaves of some examples, each in the dtype that the model takes."""
        pairs = zip(self.leaves, self.dtypes, strict=True)
        return [
            tf.constant(leaf[rows], dtype) if dtype == tf.string else tf.cast(tf.constant(leaf[rows]), dtype)
            for leaf, dtype in pairs
        ]


def read(inputs: Any, model: AdaptedModel, name: str = "inputs") -> ModelInputs:
    """Validates inputs and casts each leaf to the dtype that the model declares for it.

    Args:
        inputs: array, dict, tuple or list, nested; N rows in each leaf.
        model: what declares the dtypes.
        name: of the argument, for messages.

    Raises:
        ValueError: ragged, sparse, masked or complex leaves, scalars, no example, leaves that disagree about N, or
            numbers that the declared dtype does not have.
    """
    names = nest.names(inputs, lone=name)
    if not names:
        raise ValueError(f"{name} has no leaves. Received {nest.describe(inputs)}. Pass at least one array.")
    labels = nest.labels(inputs, name)
    leaves = [_array(leaf, label) for leaf, label in zip(nest.flatten(inputs), labels, strict=True)]
    counts = {leaf_name: len(leaf) for leaf_name, leaf in zip(names, leaves, strict=True)}
    if len(set(counts.values())) > 1:
        raise ValueError(f"Every leaf of {name} must have one row per example. Received rows {counts}.")
    if not len(leaves[0]):
        raise ValueError(f"{name} must hold at least one example. Received none.")
    declared = nest.flatten(model.declared_dtypes(nest.pack(inputs, leaves)))
    dtypes = []
    for index, (leaf, dtype) in enumerate(zip(leaves, declared, strict=True)):
        own = tf.string if leaf.dtype == object else tf.as_dtype(leaf.dtype)
        wanted = own if dtype is None else tf.as_dtype(dtype)
        if (own == tf.string) != (wanted == tf.string):
            raise ValueError(
                f"The model takes {wanted.name} for {labels[index]}. Received {own.name}, shape {leaf.shape}."
            )
        # A path is drawn in float32 at least; its points are cast to what the model takes.
        stored = tf.float32 if wanted.is_floating and wanted.size < 4 else wanted
        leaves[index] = leaf if wanted == tf.string else _cast(leaf, stored, labels[index])
        dtypes.append(wanted)
    return ModelInputs(nest.pack(inputs, [None] * len(leaves)), names, leaves, dtypes)


def _array(leaf: Any, name: str) -> NDArray[Any]:
    array = as_array(leaf, name)
    if array.ndim == 0:
        raise ValueError(
            f"{name} must have a first axis of examples. Received the scalar {shown(leaf)}; a list or tuple is a nest "
            "of arrays, so pass np.asarray(...) of a list of numbers."
        )
    return array


def _cast(leaf: NDArray[Any], dtype: tf.DType, name: str) -> NDArray[Any]:
    """A leaf in another dtype, unless it would turn into other numbers."""
    other = dtype.is_integer and leaf.dtype.kind in "iuf" and leaf.dtype != dtype.as_numpy_dtype
    # NaN compares with nothing.
    if other and leaf.size and not (leaf.min() >= dtype.min and leaf.max() <= dtype.max):
        raise ValueError(
            f"{name} must fit {dtype.name}, which the model takes. Received values from {leaf.min()} to {leaf.max()}."
        )
    with np.errstate(over="ignore"):
        return leaf.astype(dtype.as_numpy_dtype, copy=False)
