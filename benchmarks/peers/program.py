"""A Keras model as a list of layers, so that another framework can build the same network."""

from __future__ import annotations

from typing import Any

import keras

# What of a layer's configuration decides what it computes.
_SETTINGS = ("strides", "padding", "activation", "epsilon", "max_value", "pool_size", "axis")


def program_of(model: keras.Model) -> list[dict[str, Any]]:
    """The model's layers in order: kind, name, the layers they read, settings, and numbers of their weights.

    Numbers are positions in `model.get_weights()`.
    """
    numbers = {id(weight): number for number, weight in enumerate(model.weights)}
    program = []
    for layer in model.layers:
        config = layer.get_config()
        tensors = layer._inbound_nodes[0].input_tensors if layer._inbound_nodes else []
        program.append(
            {
                "kind": type(layer).__name__,
                "name": layer.name,
                "reads": [tensor._keras_history.operation.name for tensor in tensors],
                "settings": {name: config[name] for name in _SETTINGS if name in config},
                "weights": [numbers[id(weight)] for weight in layer.weights],
            }
        )
    return program
