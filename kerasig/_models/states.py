"""The states that layers carry from one call to the next, and what they hold before the first.

A row of a batch goes on from the row at the same place of the call before. A point of a path may come to any row, so
that paths are explained as a stateless copy of the model would be: every call begins anew.
"""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from kerasig._models.layers import class_names, sublayers

# A layer with one of these says itself that it carries states; of models it is a loop over their layers.
_RESETS = ("reset_state", "reset_states")


def initial_states(model: Any) -> Callable[[], list[tuple[Any, tf.Tensor]]] | None:
    """A function that gives the variables which layers keep their states in, each with its value before any call.

    A recurrent layer's are those that it would begin with were it not stateful, zeros as a rule; a layer of one's own
    that can be reset begins with zeros. The function holds the layers weakly.

    Args:
        model: a Keras model or layer.

    Returns:
        The function, of TensorFlow's own variables; None where no layer carries a state.
    """
    layers = [layer for layer in (model, *sublayers(model).values()) if any(True for _ in _begun(layer))]
    if not layers:
        return None
    references = [weakref.ref(layer) for layer in layers]

    def begun() -> list[tuple[Any, tf.Tensor]]:
        alive = (reference() for reference in references)
        return [pair for layer in alive if layer is not None for pair in _begun(layer)]

    return begun


def _begun(layer: Any) -> Iterator[tuple[Any, tf.Tensor]]:
    if getattr(layer, "stateful", False) is True and hasattr(layer, "states"):
        states = [_tensorflow_variable(state) for state in tf.nest.flatten(layer.states) if state is not None]
        yield from zip(states, _recurrent(layer, states), strict=True)
    elif "Model" not in class_names(layer) and any(callable(getattr(layer, name, None)) for name in _RESETS):
        for variable in _own_variables(layer):
            # Seeds are unsigned, and begin nowhere in particular.
            if not variable.dtype.is_unsigned and variable.dtype not in (tf.string, tf.resource):
                yield variable, tf.zeros(variable.shape, variable.dtype)


def _recurrent(layer: Any, states: list[Any]) -> list[tf.Tensor]:
    """The state that a recurrent layer begins with where it is not stateful."""
    zeros = [tf.zeros(state.shape, state.dtype) for state in states]
    if not states:
        return []
    try:
        batch = int(states[0].shape[0])
        if "batch_size" in inspect.signature(layer.get_initial_state).parameters:
            found = layer.get_initial_state(batch_size=batch)
        else:  # tf_keras asks for the inputs as well, and hands their size to the cell.
            found = layer.cell.get_initial_state(inputs=None, batch_size=batch, dtype=states[0].dtype)
        found = [tf.cast(value, state.dtype) for value, state in zip(tf.nest.flatten(found), states, strict=True)]
    except Exception:  # Convolutions in tf_keras have no such method, and a cell of one's own may ask for more.
        return zeros
    fitting = all(value.shape == state.shape for value, state in zip(found, states, strict=True))
    return found if fitting else zeros


def _own_variables(layer: Any) -> list[Any]:
    """Variables of the layer itself that are not trained, not those of layers inside it."""
    own = [*getattr(layer, "_non_trainable_variables", []), *getattr(layer, "_non_trainable_weights", [])]
    own += [value for value in vars(layer).values() if isinstance(value, tf.Variable) and not value.trainable]
    variables = [_tensorflow_variable(variable) for variable in own]
    # Among tf_keras's weights are handlers of vocabularies, which are no variables.
    return list({id(variable): variable for variable in variables if isinstance(variable, tf.Variable)}.values())


def _tensorflow_variable(variable: Any) -> Any:
    """TensorFlow's own variable behind one of Keras 3's."""
    return variable if isinstance(variable, tf.Variable) else getattr(variable, "value", None)
