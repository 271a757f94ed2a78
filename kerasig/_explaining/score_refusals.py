"""Scores that cannot be explained, in words: those without a gradient, and those that mix rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.errors import MixedRowsError, NoGradientError
from kerasig._engine.state import preserved
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.spaces import Space
from kerasig._models import AdaptedModel

# Examples, features or layers that a sentence names.
SHOWN = 10


def no_gradient(
    error: NoGradientError, model: AdaptedModel, space: Space, read: ModelInputs, names: Sequence[str]
) -> str:
    """The message for a score without a gradient to anything that is attributed to.

    Args:
        error: of the engine.
        model: that is explained.
        space: that is attributed to.
        read: the inputs.
        names: of the attributed leaves.
    """
    remedy = space.remedy(read) or layer_after_steps(error.operations, model, space, others=False)
    return (
        f"The explained score has no gradient to any of {', '.join(names)}: it does not depend on "
        f"them smoothly.{remedy}"
    )


def mixed_rows(error: MixedRowsError, model: AdaptedModel) -> str:
    """The message for a score that depends on the rows beside it."""
    alone, among = f"{error.mixed.alone:.4g}", f"{error.mixed.among:.4g}"
    if np.isnan(error.mixed.alone):
        alone = "none"
    elif alone == among:
        classes = error.mixed.class_alone, error.mixed.class_among
        alone, among = (f"class {number}" if number >= 0 else "no class" for number in classes)
    normalising = model.layers_of(error.operations, "BatchNormalization")
    if normalising:
        remedy = (
            f"As in training, it normalises by the batch in {layers_named(normalising)}: "
            "call that with training=False where it is explained."
        )
    else:
        remedy = (
            "Where outputs (N, N) compare the examples of a batch with each other, pass target=tf.linalg.diag_part for "
            "each with its own partner, or a model that compares with fixed ones; do not reduce a target over the "
            "first axis, nor normalise by the batch."
        )
    return (
        "target must give each example a score that depends on that example alone. "
        f"Received {among} for example {error.example} beside others, {alone} by itself: the model or the target mixes "
        f"rows. {remedy}"
    )


def other_rows(model: AdaptedModel, read: ModelInputs) -> str | None:
    """The message for a model that does not return one row per example; None for others, or where it fails itself."""
    # Two, of one example the same twice: a function that takes one number of rows may stretch a single one to it.
    examples = 2
    tensors = [tf.gather(tensor, np.arange(examples) % read.n_examples) for tensor in read.tensors(slice(examples))]
    try:
        with preserved(model.untrained_variables()):
            outputs = tf.nest.flatten(model(read.pack(tensors)))
    except Exception:  # Whatever the model's own code makes of two examples.
        return None
    shapes = [tuple(output.shape) for output in outputs if isinstance(output, tf.Tensor)]
    other = [shape for shape in shapes if shape[:1] != (examples,)]
    if not other:
        return None
    return (
        f"model must return one row per example. Received an output of shape {other[0]} for {examples} examples. Pass "
        "a model that keeps the first axis, or a function that restores it, such as "
        "lambda x: tf.reshape(model(x), (-1, length, classes))."
    )


def layer_after_steps(operations: Sequence[str], model: AdaptedModel, space: Space, others: bool) -> str:
    """The sentence that says which `layer` to pass where no gradient gets past these operations; "" without layers.

    Args:
        operations: that give floats again.
        model: that is explained.
        space: that is attributed to.
        others: whether something else that is attributed to has a gradient, and is to stay.
    """
    found = model.layers_of(operations, "Layer")
    if not found:
        return ""
    chosen: list[str | None] = list(space.calls) if others else []
    chosen += [name for name in found if name not in chosen]
    return f" Pass layer={(chosen[0] if len(chosen) == 1 else chosen)!r} to attribute to what follows."


def listed(items: Sequence[object] | NDArray[np.integer]) -> str:
    """The first of several items, and how many there are more."""
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return ", ".join(map(str, items[:SHOWN])) + more


def layers_named(names: Sequence[str]) -> str:
    """Layers by their names, in a sentence."""
    return f"layer{'s' if len(names) > 1 else ''} {listed([repr(name) for name in names])}"
