"""A target as the engine takes it: a function of the outputs that is traced, and data that is not."""

from __future__ import annotations

import inspect
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._arguments import check_takes
from kerasig._arrays import as_array, is_text
from kerasig._engine.traced import Selected
from kerasig._explaining import scalars
from kerasig._explaining.indices import ResolvedTarget, at_indices, one_index
from kerasig._explaining.label_targets import at_labels
from kerasig._functions import is_of_library
from kerasig._models import AdaptedModel, captured, is_regression, library_of, loss_family
from kerasig._sentences import received, shown
from kerasig.targets import Label, Loss, Output, PerExample


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
        return at_indices([np.full(n_examples, -1, np.int32)])
    if isinstance(target, Label):
        return at_labels(target.y, target.where, n_examples)
    if isinstance(target, Output):
        return _of_output(target, n_examples, model)
    if isinstance(target, Loss):
        return _loss(target, n_examples, model)
    if isinstance(target, PerExample):
        return _per_example(target, n_examples)
    if isinstance(target, tuple):
        return at_indices([one_index(item, n_examples, f"target[{i}]") for i, item in enumerate(target)])
    if callable(target):
        check_takes(target, 1, "target", "the outputs")
        return ResolvedTarget(
            ("callable", _hashable(target)),
            [],
            lambda outputs, rows: scalars.answered(target, "the target's function", outputs),
            lambda _: _name(target),
        )
    # One int for all is an index; one for each example is its class, and all zeros are classes like any others.
    indices = one_index(target, n_examples, "target")
    return at_indices([indices], scalars.CLASSES if np.ndim(target) > 0 else scalars.PLACES)


def _per_example(target: PerExample, n_examples: int) -> ResolvedTarget:
    fn, structure, name = target.fn, _without_leaves(target.data), "targets.PerExample's data"
    if not callable(fn):
        raise TypeError(f"targets.PerExample's fn must be a function of the outputs and the data. {received(fn)}.")
    check_takes(fn, 2, "targets.PerExample's fn", "the outputs and the data")

    def select(outputs: Any, rows: list[tf.Tensor]) -> Selected:
        return scalars.answered(fn, "targets.PerExample's function", outputs, nest.pack(structure, rows))

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
        output = scalars.named_output(outputs, name, names)
        try:
            return inner_select(output, rows)
        except scalars.SeveralOutputsError as error:
            raise error.within(str(name)) from None

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
    if any(map(is_text, data)):
        raise ValueError(f"{name} must be numbers. Received strings. Pass class indices, one-hot rows or values.")
    if nest.is_nest(y):
        # The libraries' take one output; what a function takes is its own.
        loss = _of_several(target.loss, name, target.y)

    def of_rows(outputs: Any, labels: Any) -> tf.Tensor:
        if nest.is_nest(y):
            return tf.convert_to_tensor(loss(labels, outputs))
        output = scalars.single_output(outputs)
        # Keras 3 would broadcast rows to outputs, where there are as many.
        several = labels.shape.rank == 1 and output.shape.rank == 2 and output.shape[1] != 1
        if several and model.library != "tf_keras" and _is_of_numbers(target.loss):
            raise ValueError(
                f"{name} must have the shape of the outputs. Received shape ({n_examples},) for outputs of shape "
                f"({n_examples}, {output.shape[1]}). Pass a number for each of them, or a loss of one's own."
            )
        return tf.convert_to_tensor(loss(labels, output))

    def select(outputs: Any, rows: list[tf.Tensor]) -> Selected:
        losses = scalars.asked(of_rows, "targets.Loss", outputs, nest.pack(y, rows))
        if losses.shape.rank == 0:
            raise ValueError(
                "targets.Loss needs one loss per example. Received a loss that reduces to a single number. "
                "Pass a Keras loss, or a function that returns shape (N,)."
            )
        losses = tf.reduce_mean(losses, axis=list(range(1, losses.shape.rank)))
        return scalars.checked(losses, "targets.Loss", outputs)

    return ResolvedTarget(
        ("loss", _hashable(target.loss), nest.describe(y)),
        data,
        select,
        lambda _: f"Loss({target.loss if isinstance(target.loss, str) else _name(target.loss)})",
        data_names=nest.labels(target.y, name),
    )


def _of_several(loss: Any, name: str, y: Any) -> Any:
    """A loss of labels that are a nest.

    Raises:
        ValueError: it is one of the libraries', which take an array.
    """
    if isinstance(loss, str) or library_of(loss) != "callable":
        raise ValueError(
            f"{name} must be one array for a loss of Keras. Received {nest.describe(y)} for {shown(loss)}. Pass "
            "kerasig.targets.Output(name, kerasig.targets.Loss(y, loss)) of one output, or a function of (y_true, "
            "y_pred) of all."
        )
    return loss


def _is_of_numbers(loss: Any) -> bool:
    """Whether a loss is one of the libraries' that compare outputs with as many numbers."""
    if inspect.isfunction(loss) and not is_of_library(loss):
        return False
    return is_regression(loss) or loss_family(loss)[0] == "binary"


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
class _ByObject:
    """Stands for an object that has no hash, in a key: equal to itself alone."""

    owner: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByObject) and other.owner is self.owner

    def __hash__(self) -> int:
        return id(self.owner)


def _hashable(item: Any) -> Hashable:
    """A key that is equal for one and the same function while what its code reads is the same."""
    owner = item if isinstance(item, Hashable) else _ByObject(item)
    return owner, frozenset(captured(item).items())


def _name(fn: Any) -> str:
    return getattr(fn, "__name__", type(fn).__name__)
