"""The threshold of a model with a lone output, above which it says the second of two classes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from kerasig._models.layers import class_names
from kerasig._models.losses import loss_family, loss_name

# Every metric's default, made for probabilities.
_OF_PROBABILITIES, _OF_LOGITS = 0.5, 0.0
# Labels of these are -1 and 1, or 0 and 1 that they turn into those.
_HINGES = ("hinge", "squaredhinge")


def compiled_metrics(model: Any) -> Any:
    """The metrics that a model was compiled with, as the user gave them; None where there are none."""
    # Keras 3 has the other name as well, and warns of it.
    ours = "_compile_metrics" if hasattr(model, "_compile_metrics") else "compiled_metrics"
    holder = getattr(model, ours, None)
    return getattr(holder, "_user_metrics", None)


def threshold(loss: Any, metrics: Any, activation: str | None) -> float | None:
    """The threshold between two classes.

    A metric that the user gave another threshold than the default decides; else the loss, by whether it takes logits;
    else an accuracy, or the activation.

    Args:
        loss: of the output, as the model was compiled with; or None.
        metrics: of the output, a nest; or None.
        activation: name of the output's, where it is known.

    Returns:
        None where nothing says that the output decides between two classes.
    """
    known = list(_thresholds(metrics))
    given = [value for value in known if value != _OF_PROBABILITIES]
    if given:
        return given[0]
    if loss is not None:
        family, logits = loss_family(loss)
        if family == "binary":
            return _OF_LOGITS if logits else _OF_PROBABILITIES
        if loss_name(loss) in _HINGES:
            return _OF_LOGITS
    if known or activation == "sigmoid":
        return _OF_PROBABILITIES
    return _OF_LOGITS if activation == "tanh" and loss is None else None


def _thresholds(metrics: Any) -> Iterator[float]:
    """Those of the metrics that decide between two classes, accuracies first."""
    leaves = [leaf for leaf in tf.nest.flatten(metrics) if leaf is not None]
    for leaf in sorted(leaves, key=lambda leaf: "accuracy" not in loss_name(leaf) and leaf != "acc"):
        if loss_name(leaf) in ("accuracy", "acc", "binaryaccuracy") and not hasattr(leaf, "name"):
            yield _OF_PROBABILITIES  # Given by its name, or as the function.
            continue
        # tf_keras keeps what a function is called with.
        kept = {**getattr(leaf, "_fn_kwargs", {}), **vars(leaf)} if hasattr(leaf, "__dict__") else {}
        value = kept.get("threshold", kept.get("thresholds"))
        with contextlib.suppress(TypeError, ValueError):
            values = [float(each) for each in tf.nest.flatten(value)]
            # A curve over many thresholds decides nothing.
            if len(values) == 1:
                yield values[0]


def of_output(given: Any, place: int, name: str, count: int) -> Any:
    """The part of what was compiled for each output, such as metrics, that is about one of them.

    Args:
        given: one for all, or by name or position.
        place: of the output.
        name: of the output.
        count: of outputs.
    """
    if isinstance(given, Mapping):
        found = [given[key] for key in (name, place) if key in given]
        return found[0] if found else next(iter(given.values()), None) if count == 1 else None
    if isinstance(given, list | tuple) and count > 1:
        return given[place] if len(given) == count else None
    return given


def activation_of(layer: Any) -> str | None:
    """The name of the function that a layer applies last."""
    while "Sequential" in class_names(layer) and layer.layers:
        layer = layer.layers[-1]
    return getattr(getattr(layer, "activation", None), "__name__", None)
