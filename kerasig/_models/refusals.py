"""Inputs that a model cannot be called on, told in one sentence: its own error, and what it declares to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from kerasig._models.adapted import AdaptedModel
from kerasig._models.building import has_call
from kerasig._sentences import received, sentence

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Given:
    """The inputs that a model is called with.

    Args:
        names: of its leaves.
        shapes: of each, with the number of examples.
        dtypes: of each.
    """

    names: Sequence[str]
    shapes: Sequence[Shape]
    dtypes: Sequence[str]

    def __str__(self) -> str:
        leaves = zip(self.names, self.dtypes, self.shapes, strict=True)
        return ", ".join(f"{name} of {dtype}, shape {tuple(shape)}" for name, dtype, shape in leaves)


def refusal(error: Exception, model: AdaptedModel, given: Given, inputs: Any) -> Exception:
    """The error to raise in place of a model's own: one sentence about the argument, where it can be its fault.

    Args:
        error: the model's own.
        model: which.
        given: what it was called with.
        inputs: the same as tensors.
    """
    if isinstance(error, NotImplementedError) and not has_call(model.model):
        return TypeError(
            f"model must say what its outputs are. Received {called_by_name(model.model)}, which has no call(). Write "
            "its call(self, inputs), or pass a function of the inputs that returns the outputs."
        )
    wrong_value = isinstance(error, ValueError | LookupError | tf.errors.InvalidArgumentError)
    wrong_type = isinstance(error, TypeError)
    # Of a function alone: a model's own code that needs values while it is traced may train by `run_eagerly`.
    foreign = model.library == "callable" and isinstance(error, AttributeError | NotImplementedError)
    if not (wrong_value or wrong_type or foreign):
        error.add_note(f"Raised by the model's own code, {called_by_name(model.model)}.")
        return error
    declared = tf.nest.flatten(model.declared_inputs())
    unfit = _unstacked(given, inputs, declared) or _unfit(given, model.declared_shapes(inputs))
    if unfit is not None:
        return ValueError(unfit)
    if wrong_value:
        return ValueError(
            "inputs must be what the model takes, examples along the first axis (inputs[None] for one example). "
            f"Received {given}, on which it fails: {sentence(error)}."
        )
    return TypeError(
        "model must work on tensors of a graph, by TensorFlow's operations alone (no NumPy, no .numpy(), no predict). "
        f"Received {called_by_name(model.model)}, which fails on {given}: {sentence(error)}."
    )


def check_outputs(outputs: Any, model: AdaptedModel) -> None:
    """Raises TypeError where a model returns nothing that TensorFlow computes."""
    try:
        leaves = tf.nest.flatten(outputs)
    except Exception:  # Keys that cannot be sorted.
        return
    if not any(tf.is_tensor(leaf) for leaf in leaves):
        raise TypeError(
            "model must return tensors that TensorFlow computes from its inputs. Received "
            f"{called_by_name(model.model)}, which returns something else. {received(outputs)}."
        )


def _unstacked(given: Given, inputs: Any, declared: Sequence[Any]) -> str | None:
    """A sentence about examples in a list, where the model takes one array: a list is a nest, of as many inputs."""
    (wanted, *others), (shape, *more) = declared or [None], given.shapes or [()]
    if not isinstance(inputs, list | tuple) or wanted is None or others or not more:
        return None
    if not all(_fits(one, tuple(wanted.shape)[1:]) for one in given.shapes):
        return None
    return (
        f"inputs must be one array, for the model takes one. Received a {type(inputs).__name__} of {len(given.shapes)} "
        f"arrays, the first of shape {tuple(shape)}, which is as many inputs. Pass np.stack(inputs) of examples."
    )


def _unfit(given: Given, declared: Sequence[Shape | None]) -> str | None:
    """A sentence about the first leaf whose shape is not the declared one."""
    if len(declared) != len(given.shapes):
        return None
    for name, shape, wanted in zip(given.names, given.shapes, declared, strict=True):
        if wanted is None or _fits(shape[1:], wanted[1:]):
            continue
        fitting = f"({', '.join(['N', *('any' if extent is None else str(extent) for extent in wanted[1:])])})"
        remedy = f"Pass {name}[None] for one example" if _fits(shape, wanted[1:]) else f"Pass shape {fitting}"
        return f"{name} must have the shape {fitting} that the model declares. Received shape {tuple(shape)}. {remedy}."
    return None


def _fits(shape: Shape, wanted: Shape) -> bool:
    return len(shape) == len(wanted) and all(b is None or a == b for a, b in zip(shape, wanted, strict=True))


def called_by_name(model: Any) -> str:
    """A model in a message: the name of a function or of a class; of a method with its instance's."""
    name = getattr(model, "__name__", type(model).__name__)
    return f"{type(model.__self__).__name__}.{name}" if hasattr(model, "__self__") else str(name)
