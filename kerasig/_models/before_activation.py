"""The model before its last softmax or sigmoid, with the same layers and weights."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._functions import is_of_library
from kerasig._models.adapting import adapt
from kerasig._models.layers import class_names
from kerasig._models.library import library_of
from kerasig._models.randomness import random_states_kept
from kerasig._sentences import shown
from kerasig._types import Model

# What makes probabilities of logits.
_MAKING = ("softmax", "sigmoid")
# In place of sizes that are not known: the first that a layer takes.
_ANY_SIZES = (4, 32, 128)


def logits(model: Model) -> Model:
    """The model before its last softmax or sigmoid: the same layers and weights, of which nothing is copied.

    What the model learns afterwards, the result has learnt as well. Each call makes another model, which is compiled
    anew: keep it where it is explained more than once. `IGCallback(model=kerasig.logits)` follows a training's logits.

    Args:
        model: A functional or Sequential model of Keras 3 or tf_keras, built, whose last layer is a Softmax or an
            Activation, or ends in the activation "softmax" or "sigmoid", as dense and convolutional layers do and
            recurrent ones do not. Of several outputs those are taken that have one.

    Returns:
        A model of the same library and of the same inputs. It is not compiled.

    Raises:
        TypeError: It is no model that knows its layers' order, as subclassed ones are not.
        ValueError: It is not built, or no output is made by softmax or sigmoid.

    Example:
        >>> import keras
        >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
        >>> kerasig.explain(kerasig.logits(model), np.ones((2, 4), "float32"), target=1).values.shape
        (2, 4)
    """
    if library_of(model) == "callable" or not {"Functional", "Sequential"} & set(class_names(model)):
        raise TypeError(
            f"model must be a functional or Sequential model of Keras. Received {shown(model)}. Pass a function that "
            "returns the logits to kerasig.explain itself."
        )
    adapted = adapt(model)
    inputs, outputs = _lone(adapted.declared_inputs()), _lone(adapted.declared_outputs())
    if inputs is None or outputs is None:
        raise ValueError(f"model must be built. Received {shown(model)}. Give it a keras.Input, or call it once.")
    made = tf.nest.flatten(outputs)
    found = [_before(tensor) for tensor in made]
    if all(tensor is None for tensor in found):
        raise ValueError(
            f"model must end in softmax or sigmoid. Received {shown(model)}, whose outputs are made by "
            f"{', '.join(shown(tensor._keras_history[0]) for tensor in made)}. Its outputs may be logits already: pass "
            "it as it is. Or pass a function that returns the logits to kerasig.explain itself."
        )
    given = [old if new is None else new for old, new in zip(made, found, strict=True)]
    graph = importlib.import_module(library_of(model)).Model
    made_of: Model = graph(inputs, tf.nest.pack_sequence_as(outputs, given), name=f"{adapted.model.name}_logits")
    return made_of


def _lone(tensors: Any) -> Any:
    """The tensor itself where there is just one: a Sequential model has it in a list."""
    return tensors[0] if isinstance(tensors, list) and len(tensors) == 1 else tensors


def _before(tensor: Any) -> Any:
    """The tensor that goes into the activation which makes another one; None where there is no such activation."""
    layer, node, _ = tensor._keras_history
    call = layer._inbound_nodes[node]
    given = tf.nest.flatten(call.input_tensors)
    names = class_names(layer)
    if "Softmax" in names or ("Activation" in names and _activation(layer) in _MAKING):
        return given[0]
    if {"Functional", "Sequential"} & set(names) and len(given) == 1:
        return _of_part(layer, given[0])
    if _activation(layer) not in _MAKING or len(given) > 1:
        return None
    bare = _bare(layer)
    return bare(given[0]) if _ends_in_activation(layer, bare, given[0]) else None


def _of_part(part: Any, given: Any) -> Any:
    """The same of a model inside a model; None where that has no such activation."""
    if len(tf.nest.flatten(part.outputs)) > 1 or _before(tf.nest.flatten(part.outputs)[0]) is None:
        return None
    return logits(part)(given)


def _activation(layer: Any) -> str | None:
    return getattr(getattr(layer, "activation", None), "__name__", None)


def _bare(layer: Any) -> Any:
    """The layer without its activation: another object with the very same weights."""
    # Layers are copied by what saves them, which makes other weights; this shares all that the layer holds.
    bare = object.__new__(type(layer))
    bare.__dict__.update(vars(layer))
    nodes = ("_inbound_nodes", "_outbound_nodes", "_inbound_nodes_value", "_outbound_nodes_value")
    bare.__dict__.update({name: [] for name in nodes if name in vars(layer)})
    bare.__dict__["activation"] = _identity
    if len(layer._inbound_nodes) > 1:  # An earlier call may stay in the graph, where names are unique.
        name = "name" if "name" in vars(layer) else "_name"
        bare.__dict__[name] = f"{layer.name}_logits"
    return bare


def _ends_in_activation(layer: Any, bare: Any, given: Any) -> bool:
    """Whether the activation is what a layer does last: gates have one inside, as those of recurrent layers."""
    if is_of_library(type(layer).call):
        return "RNN" not in class_names(layer)
    # Of a layer that someone wrote, both are called.
    for any_size in _ANY_SIZES:
        shape = (2, *(any_size if size is None else size for size in given.shape[1:]))
        some = tf.cast(np.random.default_rng(0).normal(size=shape), given.dtype)
        with contextlib.suppress(Exception), random_states_kept(), _left_as_they_are(layer.non_trainable_variables):
            made, expected = np.asarray(layer(some)), np.asarray(layer.activation(bare(some)))
            return bool(np.allclose(made.astype(np.float64), expected.astype(np.float64), rtol=1e-2, atol=1e-6))
    return False


@contextlib.contextmanager
def _left_as_they_are(variables: Sequence[Any]) -> Iterator[None]:
    """Puts variables back that are written meanwhile."""
    before = [np.array(variable) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            if not np.array_equal(np.asarray(variable), value, equal_nan=value.dtype.kind == "f"):
                variable.assign(value)


def _identity(x: Any) -> Any:
    """The activation of logits."""
    return x


# As users import it.
logits.__module__ = "kerasig"
