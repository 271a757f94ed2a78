"""`export`: a SavedModel that explains what it predicts, wherever TensorFlow serves it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._engine.operations import operations
from kerasig._explaining.explainer import Explainer
from kerasig._explaining.question import STRAIGHT
from kerasig._explaining.served import Served
from kerasig._sentences import sentence, shown
from kerasig._types import Inputs, Layer, Model
from kerasig.baselines import Baselines
from kerasig.steps import Adaptive, Steps, resolve_steps
from kerasig.targets import Label, Loss, PerExample, Target

# What a server without this Python process cannot run.
_PYTHON = ("PyFunc", "PyFuncStateless", "EagerPyFunc", "NumpyFunction")
CLASS_IDS = "class_ids"


def export(
    model: Model,
    path: str | os.PathLike[str],
    *,
    inputs: Inputs | None = None,
    layer: Layer | None = None,
    baselines: Baselines | None = None,
    steps: Steps | None = None,
    target: Target | str | None = None,
) -> None:
    """Writes a SavedModel with two signatures, which runs without kerasig: `serve`, the model, and `explain`.

    `explain` takes what `serve` takes, in batches of any size, and returns for each example what `kerasig.explain`
    does: "values" (with several attributed leaves "values_NAME" for each), "score", "baseline_score", "residual",
    "map_error", "converged", "n_evaluations", and "class", the class that is explained, -1 where there is none.

    Args:
        model: see `kerasig.explain`.
        path: of the folder to write.
        inputs: an example or more, where the model does not declare the shapes of its inputs.
        layer: see `kerasig.explain`.
        baselines: see `kerasig.explain`; the same for every example.
        steps: None or `Adaptive(...)`.
        target: see `kerasig.explain`; the same for every example, or "class_ids": then `explain` takes "class_ids",
            int32 [N], besides.

    Raises:
        ValueError: the model runs Python code or cannot be saved, the shapes of its inputs are not known, or baselines
            or target belong to single examples; the message says what would fit.
        TypeError: an argument of no meaning.

    Example:
        >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as path:
        ...     kerasig.export(model, path)
        ...     found = tf.saved_model.load(path).signatures["explain"](tf.ones([5, 3]))
        >>> found["values"].shape
        TensorShape([5, 3])
    """
    rule = resolve_steps(steps)
    if not isinstance(rule, Adaptive):
        raise ValueError(f"steps must be None or kerasig.Adaptive(...) to be exported. Received steps={shown(steps)}.")
    by_class = isinstance(target, str) and target == CLASS_IDS
    if isinstance(target, str) and not by_class:
        raise ValueError(f'target must be "class_ids" where it is a text. Received target={shown(target)}.')
    _refuse_data("target", target)
    explainer = Explainer(model, layer=layer, steps=rule, jit_compile=False)
    examples = _examples(explainer, inputs)
    one = np.zeros(len(nest.flatten(examples)[0]), np.int32) if by_class else target

    def saved() -> None:
        with explainer._asked(examples, one, baselines, STRAIGHT) as question:
            if "example" in question.problem.shared:
                raise ValueError(
                    f"baselines must be the same for every example to be exported. Received {shown(baselines)}. "
                    "Pass one row, or kerasig.baselines.Mean or Samples of data."
                )
            question.core.check_rows(question.problem)
            _save(model, path, Served(question, rule, by_class))

    explainer._traced.trace(saved)


def _examples(explainer: Explainer, inputs: Any) -> Any:
    """Inputs of the shapes that the model takes: those given, or zeros of what it declares."""
    if inputs is not None:
        return inputs
    adapted = explainer._traced.adapted
    structure = adapted.declared_inputs()
    if isinstance(structure, list) and len(structure) == 1:
        structure = structure[0]
    specs = nest.flatten(structure) if structure is not None else []
    shapes = [tuple(spec.shape)[1:] for spec in specs]
    if not specs or any(size is None for shape in shapes for size in shape):
        received = ", ".join(map(str, shapes)) or "a model that declares none"
        raise ValueError(
            f"The shapes of the model's inputs must be known. Received {received}. Pass inputs=, an example or more of "
            "the shapes that it will be served with."
        )
    pairs = zip(specs, shapes, strict=True)
    return nest.pack(structure, [_zeros(shape, tf.as_dtype(spec.dtype)) for spec, shape in pairs])


def _zeros(shape: tuple[int, ...], dtype: tf.DType) -> NDArray[Any]:
    if dtype == tf.string:
        return np.full((2, *shape), "", object)
    return np.zeros(
        (2, *shape), tf.float32.as_numpy_dtype if dtype.size < 4 and dtype.is_floating else dtype.as_numpy_dtype
    )


def _refuse_data(name: str, target: Any) -> None:
    indices = target if isinstance(target, tuple) else (target,)
    if isinstance(target, Label | Loss | PerExample) or any(np.ndim(part) for part in indices if not callable(part)):
        raise ValueError(
            f"{name} must be the same for every example to be exported. Received {shown(target)}, which has data of "
            'its own for each. Pass None, an int, a tuple of ints, a function of the outputs, or "class_ids".'
        )


def _save(model: Any, path: Any, served: Served) -> None:
    question = served.question
    read = question.read
    batch = question.core.compilation.static_batch
    specs = {
        _argument(name): tf.TensorSpec([batch, *leaf.shape[1:]], dtype)
        for name, leaf, dtype in zip(read.names, read.leaves, read.dtypes, strict=True)
    }
    ids = {CLASS_IDS: tf.TensorSpec([batch], tf.int32)} if served.class_ids else {}
    forward = question.model

    def serve(**given: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = forward(read.pack([given[name] for name in specs]))
        if isinstance(outputs, dict) and all(isinstance(key, str) for key in outputs):
            return dict(outputs)
        return {f"output_{number}": output for number, output in enumerate(tf.nest.flatten(outputs))}

    def explain(**given: tf.Tensor) -> dict[str, tf.Tensor]:
        return served.explain([given[name] for name in specs], given.get(CLASS_IDS))

    signatures = {"serve": _concrete(serve, specs), "explain": _concrete(explain, specs | ids)}
    for concrete in signatures.values():
        python = [operation.name for operation in operations(concrete.graph) if operation.type in _PYTHON]
        if python:
            raise ValueError(
                f"model must not run Python code to be exported, for no server has it. Received {python[0]!r}, a "
                "tf.py_function or tf.numpy_function. Write it in TensorFlow's operations."
            )
    module = tf.Module()
    # What the functions read is saved with them.
    module.kept = [variable for concrete in signatures.values() for variable in concrete.graph.variables]
    if isinstance(model, tf.Module) or hasattr(model, "_trackable_children"):
        module.model = model
    try:
        tf.saved_model.save(module, os.fspath(path), signatures=signatures)
    except (AssertionError, ValueError, NotImplementedError) as error:
        raise ValueError(f"model cannot be saved by TensorFlow: {sentence(error)}.") from error


def _argument(name: str) -> str:
    """The name of a leaf as that of an argument."""
    name = re.sub(r"\W", "_", name)
    return name if name.isidentifier() else f"input_{name}"


def _concrete(function: Callable[..., Any], specs: dict[str, tf.TensorSpec]) -> Any:
    return tf.function(function, autograph=False).get_concrete_function(**specs)


export.__module__ = "kerasig"
