"""How far a model's optimizers have got, and what they leave at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerasig._models.layers import class_names, is_layer


def iterations_of(model: Any) -> int | None:
    """How many batches the model's optimizer has been given; None without an optimizer.

    Of several optimizers, kept in attributes by a custom `train_step`, the one that made most: the number
    then rises whichever of them is at work, and does not fall when another begins.
    """
    counts = [_iterations(optimizer) for optimizer in _optimizers(model)]
    return max(counts) if counts else None


def averages_weights(model: Any) -> bool:
    """Whether `fit` ends with averages in the place of the weights, as an optimizer with `use_ema` has it."""
    optimizer = getattr(model, "optimizer", None)
    while (inner := getattr(optimizer, "inner_optimizer", None)) is not None:
        optimizer = inner
    return getattr(optimizer, "use_ema", False) is True


def _optimizers(model: Any) -> Iterator[Any]:
    """The model's optimizer and those kept in its attributes, also in lists and dicts."""
    found = [getattr(model, "optimizer", None)]
    for value in vars(model).values():
        found.extend(value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value])
    for candidate in found:
        is_optimizer = any("Optimizer" in name for name in class_names(candidate))
        # Something of one's own may be called so. The property is not read: some make a variable when it is.
        if is_optimizer and "iterations" in dir(candidate) and not is_layer(candidate):
            yield candidate


def _iterations(optimizer: Any) -> int:
    while (inner := getattr(optimizer, "inner_optimizer", None)) is not None:  # A loss scale's own count stays 0.
        optimizer = inner
    # tf_keras's legacy optimizers make this variable when it is first read. Where gradients are accumulated, the public
    # property of Keras 3 counts updates; the variable counts batches, which go on between two updates.
    variable = getattr(optimizer, "_iterations", optimizer)
    if variable is None:
        return 0
    if variable is not optimizer:
        return int(variable.numpy() if hasattr(variable, "numpy") else variable)
    return int(optimizer.iterations)
