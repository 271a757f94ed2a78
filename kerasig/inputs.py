"""What a user passes as inputs, as arrays that a model takes and a path can be drawn to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import nest
from kerasig.models import AdaptedModel


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


def read(inputs: Any, model: AdaptedModel, name: str = "inputs") -> ModelInputs:
    """Validates inputs and casts each leaf to the dtype that the model declares for it.

    Args:
        inputs: array, dict, tuple or list, nested; N rows in each leaf.
        model: what declares the dtypes.
        name: of the argument, for messages.

    Raises:
        ValueError: ragged, sparse or complex leaves, scalars, no example, or leaves that disagree about N.
    """
    names = nest.names(inputs, lone=name)
    if not names:
        raise ValueError(f"{name} has no leaves. Received {nest.describe(inputs)}. Pass at least one array.")
    leaves = [_array(leaf, leaf_name) for leaf, leaf_name in zip(nest.flatten(inputs), names, strict=True)]
    counts = {leaf_name: len(leaf) for leaf_name, leaf in zip(names, leaves, strict=True)}
    if len(set(counts.values())) > 1:
        raise ValueError(f"Every leaf of {name} must have one row per example. Received rows {counts}.")
    if not len(leaves[0]):
        raise ValueError(f"{name} must hold at least one example. Received none.")
    declared = nest.flatten(model.declared_dtypes(inputs))
    dtypes = []
    for index, (leaf, dtype) in enumerate(zip(leaves, declared, strict=True)):
        own = tf.string if leaf.dtype == object else tf.as_dtype(leaf.dtype)
        wanted = own if dtype is None else tf.as_dtype(dtype)
        if (own == tf.string) != (wanted == tf.string):
            raise ValueError(
                f"The model takes {wanted.name} for {names[index]}. Received {own.name}, shape {leaf.shape}."
            )
        # A path is drawn in float32 at least; its points are cast to what the model takes.
        stored = tf.float32 if wanted.is_floating and wanted.size < 4 else wanted
        leaves[index] = leaf if wanted == tf.string else leaf.astype(stored.as_numpy_dtype, copy=False)
        dtypes.append(wanted)
    return ModelInputs(nest.pack(inputs, [None] * len(leaves)), names, leaves, dtypes)


def _array(leaf: Any, name: str) -> NDArray[Any]:
    if isinstance(leaf, tf.RaggedTensor | tf.SparseTensor | tf.IndexedSlices) or hasattr(leaf, "toarray"):
        raise ValueError(
            f"{name} must be dense. Received {type(leaf).__name__}. Pass its dense form, padded (to_tensor(), "
            "tf.sparse.to_dense or toarray())."
        )
    if leaf is None:
        raise ValueError(f"{name} must be an array. Received None.")
    try:
        array = np.asarray(leaf)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} must be an array with one row per example. Received {leaf!r:.80}.") from error
    if array.ndim == 0:
        raise ValueError(
            f"{name} must have a first axis of examples. Received the scalar {leaf!r:.80}; a list or tuple is a nest "
            "of arrays, so pass np.asarray(...) of a list of numbers."
        )
    if array.dtype.kind in "US":
        return array.astype(object)
    if array.dtype == object:
        if not all(isinstance(item, str | bytes) for item in array.ravel()[:100]):
            raise ValueError(
                f"{name} must be a dense array of numbers or strings. Received dtype object, shape {array.shape}. "
                "Pad rows of different lengths to one."
            )
        return array
    if array.dtype.kind in "cmM":
        raise ValueError(f"{name} must be real numbers, bools or strings. Received dtype {array.dtype}.")
    return array
