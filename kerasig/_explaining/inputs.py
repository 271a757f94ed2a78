"""The inputs that a user passes, as arrays that a model takes and a path can be drawn to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._arrays import is_padded, is_text, read_leaves
from kerasig._models import AdaptedModel
from kerasig._sentences import shown
from kerasig.probes import ProbeSet


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
        """The name of each leaf in a message, and its array."""
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
        """The leaves of some examples, as the model takes them."""
        return [to_tensor(leaf[rows], dtype) for leaf, dtype in zip(self.leaves, self.dtypes, strict=True)]


def to_tensor(leaf: NDArray[Any], dtype: tf.DType) -> tf.Tensor:
    """A leaf in the dtype that the model takes."""
    return tf.constant(leaf, tf.string) if dtype == tf.string else tf.cast(tf.constant(leaf), dtype)


def to_path(tensor: tf.Tensor) -> tf.Tensor:
    """A floating tensor in a dtype that a path can be drawn in: float32 at least."""
    return tf.cast(tensor, tf.float32) if tensor.dtype.size < 4 else tf.identity(tensor)


def read(inputs: Any, model: AdaptedModel, name: str = "inputs") -> ModelInputs:
    """Validates inputs and casts each leaf to the dtype that the model declares for it.

    Args:
        inputs: array, dict, tuple or list, nested; N rows in each leaf.
        model: what declares the dtypes.
        name: of the argument, for messages.

    Raises:
        ValueError: leaves that are no arrays of examples, no example, leaves that disagree about N, numbers that the
            declared dtype does not have, or rows padded for a model that would read the padding.
    """
    leaves = read_leaves(inputs, name)
    names, labels = nest.names(inputs, lone=name), nest.labels(inputs, name)
    given = nest.pack(inputs, leaves)
    if others := model.displaced_by(given):
        raise ValueError(
            f"{name} must have the keys that the model takes. Received {shown(others)} besides, with which Keras gives "
            "arrays to the wrong inputs, for it goes by their order. Leave those keys out."
        )
    check_padding(given, map(is_padded, nest.flatten(inputs)), labels, model)
    declared = nest.flatten(model.declared_dtypes(given))
    dtypes = []
    for index, (leaf, dtype) in enumerate(zip(leaves, declared, strict=True)):
        own = tf.string if is_text(leaf) else tf.as_dtype(leaf.dtype)
        wanted = own if dtype is None else tf.as_dtype(dtype)
        if (own == tf.string) != (wanted == tf.string):
            raise ValueError(
                f"The model takes {wanted.name} for {labels[index]}. Received {own.name}, shape {leaf.shape}. "
                + ("Encode strings as numbers." if own == tf.string else "Pass strings.")
            )
        _check_finite(leaf, wanted, labels[index])
        # A path is drawn in float32 at least; its points are cast to what the model takes.
        stored = tf.float32 if wanted.is_floating and wanted.size < 4 else wanted
        leaves[index] = leaf.astype(object) if wanted == tf.string else _cast(leaf, stored, labels[index])
        dtypes.append(wanted)
    return ModelInputs(nest.pack(inputs, [None] * len(leaves)), names, leaves, dtypes)


def check_padding(inputs: Any, padded: Iterable[bool], labels: Sequence[str], model: AdaptedModel) -> None:
    """Raises ValueError where rows of several lengths were padded for a model that would read the padding.

    Args:
        inputs: a nest of arrays, dense.
        padded: whether each leaf was.
        labels: of the leaves, for the message.
        model: that declares which leaves it takes ragged.
    """
    for was_padded, label, ragged in zip(padded, labels, model.declares_ragged(inputs), strict=True):
        if ragged and was_padded:
            raise ValueError(
                f"{label} must have rows of one length, for the model takes them ragged and would read their padding. "
                "Received rows of several lengths. Pass those of each length by themselves, or a model that masks them."
            )


def check_probes(probes: ProbeSet, model: AdaptedModel) -> None:
    """Raises ValueError where a set's rows of several lengths were padded for a model that would read the padding."""
    inputs = probes.inputs
    padded = [name in probes.padded for name, _ in probes.leaves()]
    check_padding(inputs, padded, nest.labels(inputs, "inputs"), model)


def _check_finite(leaf: NDArray[Any], dtype: tf.DType, name: str) -> None:
    """Raises ValueError where a number would turn infinite in a dtype; those that are so stay."""
    if is_text(leaf) or not dtype.is_floating or np.can_cast(leaf.dtype, dtype.as_numpy_dtype):
        return
    with np.errstate(over="ignore"):
        turned = np.isinf(leaf.astype(dtype.as_numpy_dtype)) & np.isfinite(leaf)
    if turned.any():
        received = float(leaf[turned][0])
        raise ValueError(
            f"{name} must be finite in {dtype.name}, which the model takes. Received {received:.3g} among them. "
            f"Pass numbers of at most {float(dtype.max):.3g}."
        )


def _cast(leaf: NDArray[Any], dtype: tf.DType, name: str) -> NDArray[Any]:
    """A leaf in another dtype, unless it would turn into other numbers."""
    other = dtype.is_integer and leaf.dtype.kind in "iuf" and leaf.dtype != dtype.as_numpy_dtype
    # NaN compares with nothing; numbers of Python compare as they are, where NumPy would round the limits.
    if other and leaf.size and not (leaf.min().item() >= dtype.min and leaf.max().item() <= dtype.max):
        raise ValueError(
            f"{name} must fit {dtype.name}, which the model takes. Received values from {leaf.min()} to {leaf.max()}."
        )
    if other and leaf.dtype.kind == "f" and len(cut := leaf[leaf != np.trunc(leaf)]):
        raise ValueError(
            f"{name} must be whole numbers, for the model takes {dtype.name} and would cut what is behind the point. "
            f"Received {cut[0]}. Pass a model that takes floats, or numbers that are rounded."
        )
    if dtype == tf.bool and leaf.dtype.kind in "iuf" and len(other_numbers := leaf[(leaf != 0) & (leaf != 1)]):
        raise ValueError(
            f"{name} must be True or False, or 0 and 1, for the model takes bool. Received {other_numbers[0]}. Pass a "
            "model that takes numbers, or what is to be True of them."
        )
    with np.errstate(over="ignore"):
        return leaf.astype(dtype.as_numpy_dtype, copy=False)
