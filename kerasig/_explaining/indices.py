"""Targets that are indices of the output, one per example, and what every target is resolved to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._arrays import UnreadableError, as_array
from kerasig._engine.traced import Selected
from kerasig._explaining import scalars

# As many as an output has axes, or a few positions, are told one by one.
_FEW = 8


@dataclass(frozen=True, eq=False)
class ResolvedTarget:
    """A target ready for the core.

    Args:
        key: equal for targets that share a trace.
        data: arrays, each [N, ...].
        select: traced; (outputs, rows of data) to what is explained.
        predicted: whether the class is the one predicted at the inputs.
        recorded: what `Attribution.target` says, given the explained classes [N].
        data_names: what each array of the data is called in a message.
    """

    key: Hashable
    data: list[NDArray[Any]]
    select: Callable[[Any, list[tf.Tensor]], Selected]
    recorded: Callable[[NDArray[np.int32]], Any]
    predicted: bool = False
    data_names: list[str] = field(default_factory=lambda: ["target"])

    @property
    def named(self) -> list[tuple[str, NDArray[Any]]]:
        """The name of each array of the data in a message, and the array."""
        return list(zip(self.data_names, self.data, strict=False))

    def pin(self, data: Sequence[tf.Tensor], classes: NDArray[np.int32] | tf.Tensor) -> list[tf.Tensor]:
        """The data with predicted classes [N] filled in; -1 stays to be predicted. Also traced."""
        classes = tf.convert_to_tensor(classes, tf.int32)[:, None]
        return [tf.where(classes >= 0, classes, data[0]), *data[1:]]

    def out_of_range(self, examples: NDArray[np.int32]) -> str:
        """The message for examples whose index the output does not have."""
        rows = np.unique(examples)
        # Index 0 is in range of every output but a lone one, of which no class can be picked.
        lone = any(row.shape == (1,) and not row.any() for row in self.data[0][rows])
        shown = ", ".join(f"example {row}: {_shown(self.data[0][row])}" for row in rows[:5])
        if lone:
            return (
                f"{self.data_names[0]} picks a class, and the model has a single output. Received {shown}. "
                "Pass target=None for the output itself, as targets.Label(y) does whatever the labels."
            )
        fits = "class indices from 0 to C - 1 for outputs (N, C), and target=None for outputs (N, 1)"
        axes = self.data[0].shape[-1]
        if axes > 1 and self.key in (("index", axes), ("label", axes)):
            fits = "indices within each axis of the output after the first, of which the last has the classes"
        return f"{self.data_names[0]} is out of range of the model's output. Received {shown}. Pass {fits}."


def one_index(target: Any, n_examples: int, name: str) -> NDArray[np.int32]:
    """One index per example."""
    try:
        array = as_array(target, name)
    except UnreadableError:
        array = np.empty(0, object)
    hint = " For one-hot labels pass np.argmax(target, axis=-1)." if array.ndim == 2 else ""
    if array.dtype.kind not in "iu":
        # Within a tuple, or as labels, nothing else stands for an index.
        fits = f"{name} must be an int, or ints of shape (N,)."
        if name == "target":
            fits = (
                "target must be None, an int, ints of shape (N,), a tuple of those, one of kerasig.targets, or a "
                "callable of the outputs."
            )
        found = f"{name} of type {type(target).__name__}, dtype {array.dtype}, shape {array.shape}"
        raise TypeError(f"{fits} Received {'None' if target is None else found}.{hint}")
    if array.shape == (n_examples, 1):
        array = array[:, 0]
    if array.shape not in ((), (n_examples,)):
        raise ValueError(
            f"{name} must hold one index for each of the {n_examples} examples. Received shape {array.shape}. "
            f"Pass an int or shape ({n_examples},).{hint}"
        )
    if array.size and array.min() < 0:
        raise ValueError(f"{name} must not be negative. Received {int(array.min())}. Count classes from 0.")
    if array.size and array.max() > np.iinfo(np.int32).max:
        raise ValueError(f"{name} is out of range of the model's output. Received {int(array.max())}.")
    return np.broadcast_to(array, n_examples).astype(np.int32)


def at_indices(axes: list[NDArray[np.int32]], meaning: int = scalars.PLACES) -> ResolvedTarget:
    """The target that picks the output at an index along each axis.

    Args:
        axes: indices [N] for each axis of the output after the first; -1 is the predicted class.
        meaning: what they are: `scalars.PLACES`, `scalars.CLASSES` or `scalars.LABELS`.
    """
    if not axes:
        raise ValueError(
            "target is an empty tuple. Received (). Pass one index for each axis of the output after the first."
        )
    data = np.stack(axes, axis=1)

    def recorded(classes: NDArray[np.int32]) -> Any:
        if len(axes) > 1:
            return tuple(axes)
        return classes if (classes >= 0).any() else None

    predicted = len(axes) == 1 and bool((data < 0).all())
    meanings = np.full(len(data), meaning, np.int32)
    return ResolvedTarget(("index", len(axes)), [data, meanings], scalars.at_index, recorded, predicted)


def _shown(index: NDArray[Any]) -> str:
    """An example's indices, in few words where there is one for each of many positions."""
    few = index.ndim == 1 and index.size <= _FEW
    return str(index.tolist()) if few else f"classes from {index.min()} to {index.max()}"
