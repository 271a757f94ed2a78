"""Whether a model can be called without making weights: those are its training's to make, in its time and order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, NoReturn

import tensorflow as tf

from kerasig._models.adapted import AdaptedModel
from kerasig._models.layers import class_names, is_layer
from kerasig._models.randomness import random_states_kept


def has_call(model: Any) -> bool:
    """Whether a model says what its outputs are: a Keras model may have a `train_step` alone."""
    if not is_layer(model):
        return True
    call = type(model).call
    return not (_is_of_library(call) and call.__qualname__ in ("Model.call", "Layer.call"))


def has_own_step(model: Any) -> bool:
    """Whether a model is trained by a `train_step` of the user's."""
    step = getattr(type(model), "train_step", None)
    return step is not None and is_layer(model) and not _is_of_library(step)


def models_inside(model: Any) -> list[str]:
    """Names of the attributes that hold the models and layers of a model."""
    attributes = getattr(model, "__dict__", {}).items()
    return [name for name, value in attributes if not name.startswith("_") and _counts(value)]


def shares_weights(model: Any, trained: Any) -> bool | None:
    """Whether weights of `model` are among those of `trained`; None where that cannot be told."""
    if not (is_layer(model) and is_layer(trained) and _weights(model) and _weights(trained)):
        return None
    return bool(shared_weights(model, trained))


def shared_weights(model: Any, trained: Any) -> frozenset[int]:
    """Which weights of `model`, by identity, are among those of `trained`; none where that cannot be told."""
    if not (is_layer(model) and is_layer(trained)):
        return frozenset()
    own, of_training = (frozenset(map(id, _weights(each))) for each in (model, trained))
    return own & of_training


def weights_exist(model: Any) -> bool:
    """Whether all layers of a model have their weights, though the model itself may never have been called."""
    if model.built:
        return True
    # Where there is nothing yet, the first call may make everything.
    return _makes_nothing(model) and bool(_parts(model) or _weights(model))


def parts_have_weights(model: Any) -> bool:
    """Whether all layers inside a model have their weights, whatever the model's own call does."""
    return all(map(_makes_nothing, _parts(model)))


def call_makes_nothing(model: AdaptedModel, specs: Any) -> bool:
    """Calls a model in a graph that is never run, and tells whether it can be called without making variables.

    Where it can, a model of Keras is built by that. No random number is drawn and no state changes.

    Args:
        model: whose layers have their weights.
        specs: nest of TensorSpecs of its inputs.

    Raises:
        Exception: the model's own, where it cannot be called on such inputs.
    """
    refused: list[str] = []

    def refuse(next_creator: Any, **options: Any) -> NoReturn:
        refused.append(str(options.get("name")))
        raise _VariableRefused

    def called(inputs: Any) -> Any:
        # Once more: outside of this graph, TensorFlow has a creator of its own that comes before.
        with tf.variable_creator_scope(refuse):
            model(inputs)

    with random_states_kept(), _left_unlocked(model), tf.variable_creator_scope(refuse):
        try:
            tf.function(called, autograph=False).get_concrete_function(specs)
        except _VariableRefused:
            return False
        except Exception:
            if not refused:
                raise
    return not refused


class _VariableRefused(BaseException):
    """A variable was about to be made; not an Exception, for Keras catches and rewords those."""


@contextlib.contextmanager
def _left_unlocked(model: AdaptedModel) -> Iterator[None]:
    """Keras 3 lets no layer that is built take up state; training may have to give some to those built in here."""
    layers = [] if model.library == "callable" else model.model._flatten_layers()
    unbuilt = [layer for layer in layers if not layer.built]
    try:
        yield
    finally:
        for layer in unbuilt:
            tracker = getattr(layer, "_tracker", None)
            if tracker is not None:
                tracker.unlock()


def _makes_nothing(layer: Any) -> bool:
    # A `build` of its own makes weights, or may.
    return bool(layer.built) or (getattr(layer.build, "_is_default", False) and all(map(_makes_nothing, _parts(layer))))


def _parts(layer: Any) -> list[Any]:
    parts = layer._flatten_layers(recursive=False, include_self=False)
    return [part for part in parts if _counts(part)]


def _counts(value: Any) -> bool:
    # tf_keras counts metrics as layers.
    return is_layer(value) and not {"Metric", "InputLayer"} & set(class_names(value))


def _weights(model: Any) -> list[Any]:
    try:
        return list(model.weights)
    except ValueError:  # tf_keras lists none of a model that was never called.
        return []


def _is_of_library(function: Any) -> bool:
    return getattr(function, "__module__", "").partition(".")[0] in ("keras", "tf_keras")
