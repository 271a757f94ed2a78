"""A model of the same architecture with weights drawn anew."""

from __future__ import annotations

import sys
from typing import Any

from kerasig._models.adapting import adapt
from kerasig._models.layers import sublayers
from kerasig._models.randomness import random_states_kept
from kerasig._sentences import sentence, shown


def fresh(model: Any) -> Any:
    """A copy of a Keras model as it was before any training; what layers were adapted to stays.

    Random numbers of the program that trains are left as they are.

    Raises:
        ValueError: it is no Keras model, or cannot be made from its configuration.
    """
    library = adapt(model).library
    remedy = "Pass before=, the model as it was before its training, or an untrained one of the same architecture."
    if library == "callable":
        raise ValueError(f"An untrained copy is made of Keras models alone. Received {shown(model, 80)}. {remedy}")
    try:
        with random_states_kept():
            copied = sys.modules[library].models.clone_model(model)
            for own, other in zip(sublayers(model).values(), sublayers(copied).values(), strict=True):
                if hasattr(own, "adapt") and own.weights and len(own.weights) == len(other.weights):
                    other.set_weights(own.get_weights())
    except Exception as error:  # A model of the user's own may raise anything.
        raise ValueError(f"{type(model).__name__} cannot be copied untrained: {sentence(error)}. {remedy}") from error
    if [tuple(weight.shape) for weight in copied.weights] != [tuple(weight.shape) for weight in model.weights]:
        raise ValueError(f"{type(model).__name__} makes other weights when it is copied. {remedy}")
    return copied
