"""Points at which a model fails while it runs: whether those are the inputs, the baselines or between, in words."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from kerasig._arguments import shown
from kerasig._engine.gradients import Core
from kerasig._engine.integrate import evaluate_scores
from kerasig._engine.problem import Problem
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.model_errors import given
from kerasig._sentences import sentence


class UndefinedError(ValueError):
    """The model, or the target, fails at points that it is evaluated at."""


def at_inputs(error: tf.errors.InvalidArgumentError, received: str, name: str = "inputs") -> UndefinedError:
    """The error for inputs that the model fails on.

    Args:
        error: of TensorFlow.
        received: the inputs in words.
        name: of the argument.
    """
    return UndefinedError(
        f"{name} must be what the model and the target take. Received {received}, on which one of them fails: "
        f"{sentence(error)}."
    )


def undefined(
    error: tf.errors.InvalidArgumentError, core: Core, problem: Problem, read: ModelInputs, baselines: Any
) -> UndefinedError | None:
    """The error to raise in place of TensorFlow's own for some point of the paths; that costs scores at their ends.

    None among several workers: one of them cannot evaluate what the others do not.

    Args:
        error: TensorFlow's.
        core: the compiled model.
        problem: that it was asked.
        read: the inputs.
        baselines: as they were passed.
    """
    if core.compilation.across_workers:
        return None
    if (found := _failure(core, problem, at_baselines=False)) is not None:
        return at_inputs(found, str(given(read)))
    received = "baselines=None, which is zeros" if baselines is None else f"baselines={shown(baselines)}"
    if (found := _failure(core, problem, at_baselines=True)) is not None:
        return UndefinedError(
            f"baselines must be points at which the model is defined. Received {received}, at which the model or the "
            f"target fails, though not at the inputs: {sentence(found)}. Pass baselines that are inputs of the model's "
            "kind, such as kerasig.baselines.Mean(array) or Samples(array) of typical ones."
        )
    return UndefinedError(
        "baselines must lead to the inputs by points at which the model is defined and has a gradient. Received "
        f"{received}: the model or the target, or its gradient, fails on the way, though the score at neither end: "
        f"{sentence(error)}. Pass baselines nearer to the inputs, or a model that is defined between them."
    )


def _failure(core: Core, problem: Problem, at_baselines: bool) -> tf.errors.InvalidArgumentError | None:
    """TensorFlow's error where there is no score at one end of the paths; None where there is one."""
    try:
        evaluate_scores(core, problem, at_baselines, None)
    except tf.errors.InvalidArgumentError as error:
        return error
    return None
