"""Which scalar of a model's output is explained.

A target has a part that is traced (its kind: `key` and `select`) and a part that is data (class indices, labels), so
that other classes of the same kind run without a new trace.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import nest, scores
from kerasig.arrays import as_array, check_takes, received
from kerasig.engine.traced import Selected
from kerasig.models import AdaptedModel


@dataclass(frozen=True)
class Output:
    """One output of a model with several.

    Args:
        name: the output's key, name, or position.
        target: what is explained of it, as `kerasig.explain` takes it.
    """

    name: str | int
    target: Any = None


@dataclass(frozen=True, eq=False)
class Label:
    """The output of each example's own class; the value itself where the model has a single output.

    Args:
        y: class indices, (N,) or (N, 1).
    """

    y: Any


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of each example, so that what raises and lowers it is attributed.

    Args:
        y: labels, [N, ...] or a nest of such arrays.
        loss: a loss's name, a Keras loss object, or a function of (y_true, y_pred) that returns [N] or [N, ...], of
            which the mean over the other axes is taken.
    """

    y: Any
    loss: Any


@dataclass(frozen=True, eq=False)
class PerExample:
    """A function of the outputs and of data that belongs to each example.

    Args:
        fn: called with (outputs, rows of data) of a microbatch of C rows; returns [C].
        data: nest of arrays, each [N, ...].
    """

    fn: Callable[[Any, Any], Any]
    data: Any


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
        """What each array of the data is called in a message, and the array."""
        return list(zip(self.data_names, self.data, strict=False))

    def pin(self, data: Sequence[tf.Tensor], classes: NDArray[np.int32]) -> list[tf.Tensor]:
        """The data with predicted classes filled in; -1 stays to be predicted."""
        indices = np.where(classes[:, None] >= 0, classes[:, None], data[0].numpy())
        return [tf.constant(indices, tf.int32)]

    def out_of_range(self, examples: NDArray[np.int32]) -> str:
        """The message for examples whose index the output does not have."""
        shown = ", ".join(f"example {row}: {self.data[0][row].tolist()}" for row in np.unique(examples)[:5])
        return (
            f"{self.data_names[0]} is out of range of the model's output. Received {shown}. "
            "Pass class indices from 0 to C - 1 for outputs (N, C), and target=None for outputs (N, 1)."
        )


def resolve(target: Any, n_examples: int, model: AdaptedModel) -> ResolvedTarget:
    """Validates what a user passed as `target`.

    Args:
        target: see `kerasig.explain`.
        n_examples: N.
        model: for its output names and its library's losses.

    Raises:
        ValueError: wrong length or shape, negative indices.
        TypeError: no target at all.
    """
    if target is None:
        return _indices([np.full(n_examples, -1, np.int32)], n_examples)
    if isinstance(target, Label):
        name = "targets.Label's y"
        labels = _indices([_index(target.y, n_examples, name)], n_examples)
        return replace(labels, key="label", select=scores.at_label, data_names=[name])
    if isinstance(target, Output):
        return _of_output(target, n_examples, model)
    if isinstance(target, Loss):
        return _loss(target, n_examples, model)
    if isinstance(target, PerExample):
        return _per_example(target, n_examples)
    if isinstance(target, tuple):
        return _indices([_index(item, n_examples, f"target[{i}]") for i, item in enumerate(target)], n_examples)
    if callable(target):
        check_takes(target, 1, "target", "the outputs")
        return ResolvedTarget(
            ("callable", _hashable(target)),
            [],
            lambda outputs, rows: scores.answered(target, "the target's function", outputs),
            lambda _: _name(target),
        )
    return _indices([_index(target, n_examples, "target")], n_examples)


def _index(target: Any, n_examples: int, name: str) -> NDArray[np.int32]:
    """One index per example."""
    if isinstance(target, np.ma.MaskedArray):
        target = as_array(target, name)
    try:
        array = np.asarray(target)
    except Exception:  # Symbolic tensors and containers of a user's own may raise anything.
        array = np.empty(0, object)
    hint = " For one-hot labels pass np.argmax(target, axis=-1)." if array.ndim == 2 else ""
    if array.dtype.kind not in "iu":
        raise TypeError(
            f"{name} must be None, an int, ints of shape (N,), a tuple of those, one of kerasig.targets, or a callable "
            f"of the outputs. Received {name} of type {type(target).__name__}, dtype {array.dtype}, shape "
            f"{array.shape}.{hint}"
        )
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


def _indices(axes: list[NDArray[np.int32]], n_examples: int) -> ResolvedTarget:
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
    return ResolvedTarget(("index", len(axes)), [data], scores.at_index, recorded, predicted)


def _per_example(target: PerExample, n_examples: int) -> ResolvedTarget:
    fn, structure, name = target.fn, _without_leaves(target.data), "targets.PerExample's data"
    if not callable(fn):
        raise TypeError(f"targets.PerExample's fn must be a function of the outputs and the data. {received(fn)}.")
    check_takes(fn, 2, "targets.PerExample's fn", "the outputs and the data")

    def select(outputs: Any, rows: list[tf.Tensor]) -> Selected:
        return scores.answered(fn, "targets.PerExample's function", outputs, nest.pack(structure, rows))

    return ResolvedTarget(
        ("per_example", _hashable(fn), nest.describe(structure)),
        _rows(target.data, n_examples, name),
        select,
        lambda _: f"PerExample({_name(fn)})",
        data_names=nest.labels(target.data, name),
    )


def _of_output(target: Output, n_examples: int, model: AdaptedModel) -> ResolvedTarget:
    if isinstance(target.name, bool) or not isinstance(target.name, str | int):
        raise TypeError(f"targets.Output's name must be an output's key, name or position. {received(target.name)}.")
    inner = resolve(target.target, n_examples, model)
    names, name, inner_select = model.output_names(), target.name, inner.select

    def select(outputs: Any, rows: list[tf.Tensor]) -> Selected:
        return inner_select(scores.named_output(outputs, name, names), rows)

    return ResolvedTarget(
        ("output", target.name, inner.key),
        inner.data,
        select,
        lambda classes: {"output": target.name, "target": inner.recorded(classes)},
        inner.predicted,
        inner.data_names,
    )


def _loss(target: Loss, n_examples: int, model: AdaptedModel) -> ResolvedTarget:
    try:
        loss = model.loss_function(target.loss)
    except (ValueError, TypeError) as error:
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"In targets.Loss, {error}") from None
    y, name = _without_leaves(target.y), "targets.Loss's y"
    data = _rows(target.y, n_examples, name)
    if any(leaf.dtype == object for leaf in data):
        raise ValueError(f"{name} must be numbers. Received strings. Pass class indices, one-hot rows or values.")

    def of_rows(outputs: Any, labels: Any) -> tf.Tensor:
        return tf.convert_to_tensor(loss(labels, outputs if nest.is_nest(y) else scores.single_output(outputs)))

    def select(outputs: Any, rows: list[tf.Tensor]) -> Selected:
        losses = scores.asked(of_rows, "targets.Loss", outputs, nest.pack(y, rows))
        if losses.shape.rank == 0:
            raise ValueError(
                "targets.Loss needs one loss per example. Received a loss that reduces to a single number. "
                "Pass a Keras loss, or a function that returns shape (N,)."
            )
        losses = tf.reduce_mean(losses, axis=list(range(1, losses.shape.rank)))
        return scores.checked(losses, "targets.Loss", outputs)

    return ResolvedTarget(
        ("loss", _hashable(target.loss), nest.describe(y)),
        data,
        select,
        lambda _: f"Loss({target.loss if isinstance(target.loss, str) else _name(target.loss)})",
        data_names=nest.labels(target.y, name),
    )


def _rows(data: Any, n_examples: int, name: str) -> list[NDArray[Any]]:
    leaves = [as_array(leaf, name) for leaf in nest.flatten(data)]
    for leaf in leaves:
        if leaf.ndim == 0 or len(leaf) != n_examples:
            raise ValueError(
                f"{name} must have one row for each of the {n_examples} examples. Received shape {leaf.shape}."
                + (" A list or tuple is a nest of arrays; pass np.asarray(...) of it." if nest.is_nest(data) else "")
            )
    return leaves


def _without_leaves(data: Any) -> Any:
    """The structure alone: what is compiled outlives the data it was first called with."""
    return nest.map_structure(lambda _: None, data)


@dataclass(frozen=True, eq=False)
class _Identity:
    """Stands for an object that has no hash, in a key: equal to itself alone."""

    owner: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.owner is self.owner

    def __hash__(self) -> int:
        return id(self.owner)


def _hashable(item: Any) -> Hashable:
    return item if isinstance(item, Hashable) else _Identity(item)


def _name(fn: Any) -> str:
    return getattr(fn, "__name__", type(fn).__name__)
