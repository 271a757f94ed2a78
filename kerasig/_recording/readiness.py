"""Whether a model can be explained before, while or after its training makes its weights, and what is said if not."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kerasig._explaining import inputs as model_inputs
from kerasig._models import (
    AdaptedModel,
    call_makes_nothing,
    has_call,
    has_own_step,
    parts_have_weights,
    weights_exist,
)
from kerasig._models.refusals import Given, refusal
from kerasig._recording.subject import how_to_pass


def can_call(explained: AdaptedModel, trained: AdaptedModel, inputs: Any) -> bool:
    """Whether a model can be traced without making weights, which its training may yet make.

    A model that has all of its weights, and was never called, is built by this.

    Args:
        explained: the model.
        trained: whose training it is: the same one, or one that holds it.
        inputs: it is called with.

    Raises:
        ValueError: the inputs are none, or the model does not take them.
        Exception: the model's own, of another kind.
    """
    model = explained.model
    if not has_call(model):
        return False
    if explained.library != "callable":
        if explained.is_built():
            return True
        if not weights_exist(model):
            return False
    elif trained.library == "callable":
        return True
    elif not parts_have_weights(trained.model):
        return False
    return _traced(explained, trained, inputs)


def _traced(explained: AdaptedModel, trained: AdaptedModel, inputs: Any) -> bool:
    read = model_inputs.read(inputs, explained)
    rows = explained.static_batch() or 1
    pairs = zip(read.leaves, read.dtypes, strict=True)
    specs = read.pack([tf.TensorSpec([rows, *leaf.shape[1:]], dtype) for leaf, dtype in pairs])
    try:
        return call_makes_nothing(explained, specs)
    except NotImplementedError:  # Another way to have no call.
        return False
    except Exception as error:
        names, leaves = zip(*read.named, strict=True)
        given = Given(names, [leaf.shape for leaf in leaves], [dtype.name for dtype in read.dtypes])
        refused = refusal(error, explained, given, specs)
        if refused is error:
            raise
        # With a step of its own the model that is trained need not be the one that takes the probes.
        remedy = f" {how_to_pass(trained.model)}" if has_own_step(trained.model) else ""
        raise type(refused)(f"{refused}{remedy}") from error


def is_hopeless(explained: AdaptedModel) -> bool:
    """Whether no training makes a model one that can be called."""
    return not has_call(explained.model)


def why_not(explained: AdaptedModel, trained: AdaptedModel) -> str:
    """Why nothing is recorded, and what to do about it."""
    model, remedy = explained.model, how_to_pass(trained.model)
    name = getattr(model, "__name__", type(model).__name__)
    if is_hopeless(explained):
        return f"{name} has no call() that says what its outputs are, so nothing is recorded. {remedy}"
    own = f"{type(trained.model).__name__}'s own train_step" if has_own_step(trained.model) else "its training"
    called = "call" if explained.library != "callable" else name
    return (
        f"{name} cannot be explained without making weights: {own} does not use {called}, or not all of what {called} "
        f"needs, so nothing is recorded. Call it on a batch before fit, or explain a part. {remedy}"
    )
