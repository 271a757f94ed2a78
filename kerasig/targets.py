"""Which scalar of a model's output is explained.

A target has a part that is traced (its kind: `key` and `select`) and a part that is data (class indices, labels), so
that other classes of the same kind run without a new trace.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import nest
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
    """

    key: Hashable
    data: list[NDArray[Any]]
    select: Callable[[Any, list[tf.Tensor]], Selected]
    recorded: Callable[[NDArray[np.int32]], Any]
    predicted: bool = False

    def pin(self, data: Sequence[tf.Tensor], classes: NDArray[np.int32]) -> list[tf.Tensor]:
        """The data with predicted classes filled in; -1 stays to be predicted."""
        indices = np.where(classes[:, None] >= 0, classes[:, None], data[0].numpy())
        return [tf.constant(indices, tf.int32)]

    def out_of_range(self, examples: NDArray[np.int32]) -> str:
        """The message for examples whose index the output does not have."""
        shown = ", ".join(f"example {row}: {self.data[0][row].tolist()}" for row in np.unique(examples)[:5])
        return (
            f"target is out of range of the model's output. Received {shown}. "
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
        labels = _indices([_index(target.y, n_examples, "targets.Label's y")], n_examples)
        return replace(labels, key="label", select=_select_label)
    if isinstance(target, Output):
        return _of_output(target, n_examples, model)
    if isinstance(target, Loss):
        return _loss(target, n_examples, model)
    if isinstance(target, PerExample):
        return _per_example(target, n_examples)
    if isinstance(target, tuple):
        return _indices([_index(item, n_examples, f"target[{i}]") for i, item in enumerate(target)], n_examples)
    if callable(target):
        return ResolvedTarget(
            ("callable", _hashable(target)),
            [],
            lambda outputs, rows: _scores(target(outputs), "the target's function", outputs),
            lambda _: _name(target),
        )
    return _indices([_index(target, n_examples, "target")], n_examples)


def _index(target: Any, n_examples: int, name: str) -> NDArray[np.int32]:
    """One index per example."""
    try:
        array = np.asarray(target)
    except ValueError:
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
        raise ValueError("target is an empty tuple. Pass one index for each axis of the output after the first.")
    data = np.stack(axes, axis=1)

    def recorded(classes: NDArray[np.int32]) -> Any:
        if len(axes) > 1:
            return tuple(axes)
        return classes if (classes >= 0).any() else None

    predicted = len(axes) == 1 and bool((data < 0).all())
    return ResolvedTarget(("index", len(axes)), [data], _select_index, recorded, predicted)


def _select_index(outputs: Any, rows: list[tf.Tensor]) -> Selected:
    """The output at an index per row; where that is -1, at the row's largest output."""
    output, indices = _single(outputs), rows[0]
    axes = int(indices.shape[1])
    if output.shape.rank == 1 and axes == 1:
        output = output[:, None]
    if output.shape.rank is None or output.shape.rank != axes + 1:
        raise ValueError(
            f"target must pick one scalar per example. Received {'one index' if axes == 1 else f'{axes} indices'} "
            f"(or None) for an output of shape {_shape(output)}. Pass a tuple with one index for each axis after the "
            "first, such as (t, c), a list or array of one class for each example, or a callable of the outputs."
        )
    _check_floating(output)
    sizes = tf.shape(output)[1:]
    predicted = _predicted(output)
    if axes == 1:
        indices = tf.where(indices < 0, tf.maximum(predicted, 0)[:, None], indices)
    valid = tf.reduce_all((indices >= 0) & (indices < sizes), axis=1)
    safe = tf.clip_by_value(indices, 0, sizes - 1)
    scores = tf.gather_nd(output, safe, batch_dims=1)
    has_class = sizes[0] > 1 if axes == 1 else False
    classes = tf.where(has_class, safe[:, 0], -1)
    return Selected(scores, valid, classes, predicted)


def _select_label(outputs: Any, rows: list[tf.Tensor]) -> Selected:
    output = _single(outputs)
    single = output.shape.rank == 1 or (output.shape.rank == 2 and output.shape[1] == 1)
    return _select_index(output, [tf.zeros_like(rows[0])] if single else rows)


def _predicted(output: tf.Tensor) -> tf.Tensor:
    """The class with the largest output of each row, -1 where outputs are no classes."""
    none = tf.fill([tf.shape(output)[0]], -1)
    if output.shape.rank != 2:
        return none
    return tf.where(tf.shape(output)[1] > 1, tf.argmax(output, axis=1, output_type=tf.int32), none)


def _per_example(target: PerExample, n_examples: int) -> ResolvedTarget:
    fn, structure = target.fn, _without_leaves(target.data)

    def select(outputs: Any, rows: list[tf.Tensor]) -> Selected:
        return _scores(fn(outputs, nest.pack(structure, rows)), "targets.PerExample's function", outputs)

    return ResolvedTarget(
        ("per_example", _hashable(fn), nest.describe(structure)),
        _rows(target.data, n_examples, "targets.PerExample's data"),
        select,
        lambda _: f"PerExample({_name(fn)})",
    )


def _of_output(target: Output, n_examples: int, model: AdaptedModel) -> ResolvedTarget:
    inner = resolve(target.target, n_examples, model)
    names, name, inner_select = model.output_names(), target.name, inner.select

    def select(outputs: Any, rows: list[tf.Tensor]) -> Selected:
        return inner_select(_named_output(outputs, name, names), rows)

    return ResolvedTarget(
        ("output", target.name, inner.key),
        inner.data,
        select,
        lambda classes: {"output": target.name, "target": inner.recorded(classes)},
        inner.predicted,
    )


def _named_output(outputs: Any, name: str | int, names: list[str] | None) -> Any:
    if isinstance(outputs, dict) and name in outputs:
        return outputs[name]
    leaves = nest.flatten(outputs)
    known = names if names and len(names) == len(leaves) else nest.names(outputs)
    if isinstance(name, int) and 0 <= name < len(leaves):
        return leaves[name]
    if name in known:
        return leaves[known.index(name)]
    raise ValueError(
        f"targets.Output names no output of the model. Received {name!r}. "
        f"Pass one of {', '.join(map(repr, known))} or a position from 0 to {len(leaves) - 1}."
    )


def _loss(target: Loss, n_examples: int, model: AdaptedModel) -> ResolvedTarget:
    loss = model.loss_function(target.loss)
    y = _without_leaves(target.y)

    def select(outputs: Any, rows: list[tf.Tensor]) -> Selected:
        labels = nest.pack(y, rows)
        losses = tf.convert_to_tensor(loss(labels, outputs if nest.is_nest(y) else _single(outputs)))
        if losses.shape.rank == 0:
            raise ValueError(
                "targets.Loss needs one loss per example. Received a loss that reduces to a single number. "
                "Pass a Keras loss, or a function that returns shape (N,)."
            )
        losses = tf.reduce_mean(losses, axis=list(range(1, losses.shape.rank)))
        return _scores(losses, "targets.Loss", outputs)

    return ResolvedTarget(
        ("loss", _hashable(target.loss), nest.describe(y)),
        _rows(target.y, n_examples, "targets.Loss's y"),
        select,
        lambda _: f"Loss({target.loss if isinstance(target.loss, str) else _name(target.loss)})",
    )


def _rows(data: Any, n_examples: int, name: str) -> list[NDArray[Any]]:
    leaves = [np.asarray(leaf) for leaf in nest.flatten(data)]
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


def _scores(scores: Any, name: str, outputs: Any) -> Selected:
    scores = tf.convert_to_tensor(scores)
    rows = {leaf.shape[0] for leaf in nest.flatten(outputs) if tf.is_tensor(leaf) and leaf.shape.rank}
    if scores.shape.rank != 1 or (scores.shape[0] is not None and scores.shape[0] not in rows):
        raise ValueError(
            f"{name} must return one scalar per example, shape (N,). Received shape {_shape(scores)}. "
            "It sees a microbatch of the outputs, so it must keep the first axis and reduce the others."
        )
    _check_floating(scores)
    none = tf.fill([tf.shape(scores)[0]], -1)
    predicted = none if nest.is_nest(outputs) else _predicted(tf.convert_to_tensor(outputs))
    return Selected(scores, tf.ones_like(scores, tf.bool), none, predicted)


def _single(outputs: Any) -> tf.Tensor:
    leaves = nest.flatten(outputs)
    if len(leaves) != 1:
        raise ValueError(
            f"The model has {len(leaves)} outputs ({', '.join(nest.names(outputs))}), so target must say which. "
            "Pass kerasig.targets.Output(name, target)."
        )
    return tf.convert_to_tensor(leaves[0])


def _check_floating(output: tf.Tensor) -> None:
    if not output.dtype.is_floating:
        raise ValueError(
            f"The explained output must be floating, so that it has a gradient. Received dtype {output.dtype.name}."
        )


def _shape(tensor: tf.Tensor) -> str:
    sizes = ["N", *("?" if size is None else str(size) for size in tensor.shape[1:])] if tensor.shape.rank else []
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _name(fn: Any) -> str:
    return getattr(fn, "__name__", type(fn).__name__)
