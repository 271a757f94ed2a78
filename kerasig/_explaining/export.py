"""`export`: a SavedModel that explains what it predicts, wherever TensorFlow serves it."""

from __future__ import annotations

import inspect
import keyword
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._engine.operations import operations
from kerasig._explaining.explainer import Explainer
from kerasig._explaining.question import STRAIGHT, Question
from kerasig._explaining.served import Served
from kerasig._sentences import received, sentence, shown
from kerasig._types import Inputs, Layer, Model
from kerasig.baselines import Baselines, Noise
from kerasig.coordinates import Coordinates
from kerasig.steps import Fixed, Steps, resolve_steps
from kerasig.targets import Label, Loss, Output, PerExample, Target

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
    target: Target | Literal["class_ids"] | None = None,
    coordinates: Coordinates | Mapping[str, Coordinates | None] | None = None,
) -> None:
    """Writes a SavedModel with two signatures, which runs without kerasig: `serve`, the model, and `explain`.

    `explain` takes what `serve` takes, in batches of any size, and returns for each example what `kerasig.explain`
    does: "values" (with several attributed leaves "values_NAME" for each), "score", "baseline_score", "residual",
    "map_error", "converged", "n_evaluations", and "class", the class that is explained, -1 where there is none.

    Args:
        model: see `kerasig.explain`.
        path: of the folder to write; a SavedModel that is there is replaced.
        inputs: an example or more, where the model does not declare the shapes of its inputs; a `ProbeSet` gives names
            to the features that `coordinates` are of, too.
        layer: see `kerasig.explain`.
        baselines: see `kerasig.explain`; the same for every example.
        steps: see `kerasig.explain`.
        target: see `kerasig.explain`; the same for every example, or "class_ids": then `explain` takes "class_ids",
            int32 [N], besides. `targets.Output(name, "class_ids")` picks one of several outputs.
        coordinates: see `kerasig.explain`. Values are then [N, G], and a third signature, `coordinates`, takes nothing
            and returns the names [G] of their groups, as bytes.

    Raises:
        ValueError: the model runs Python code or cannot be saved, the shapes of its inputs are not known, the folder
            cannot be written, or baselines or target belong to single examples; the message says what would fit.
        TypeError: an argument of no meaning.

    Example:
        >>> import tensorflow as tf
        >>> kerasig.export(lambda x: x[:, 0] * x[:, 1], "served", inputs=np.ones((1, 2), "float32"))
        >>> found = tf.saved_model.load("served").signatures["explain"](inputs=tf.constant([[2.0, 3.0]]))
        >>> found["values"].numpy().round(3)  # as `kerasig.explain` has them
        array([[3., 3.]], dtype=float32)
    """
    rule = resolve_steps(steps)
    folder = _folder(path)
    target, by_class = _with_class_ids(target)
    _check_same_for_all(target, baselines)
    explainer = Explainer(model, layer=layer, steps=rule, jit_compile=False, coordinates=coordinates)
    examples = _examples(explainer, inputs)
    classes = np.zeros(len(nest.flatten(examples)[0]), np.int32) if by_class else None

    def saved() -> None:
        asked = target if classes is None else _replaced(target, classes)
        with explainer._asked(examples, asked, baselines, STRAIGHT) as question:
            if "example" in question.problem.shared:
                raise _of_examples("baselines", baselines, "Pass one row, or kerasig.baselines.Mean or Samples of data")
            question.core.check_rows(question.problem)
            # Whether the target is one of the outputs is asked by each evaluation, and there may have been none.
            paths = np.arange(question.problem.n_paths)
            question.core.cheapest_scores(question.problem, paths, np.ones(len(paths)))
            if isinstance(rule, Fixed) and "largest" in question.core.inner(question.problem).outputs:
                raise ValueError(
                    "steps must be None or kerasig.Adaptive(...) to export a model that computes in float16. "
                    f"Received {shown(steps)}."
                )
            _warn(question)
            _save(model, target, folder, Served(question, rule, by_class))

    explainer._traced.trace(saved)


def _folder(path: Any) -> str:
    try:
        folder = os.fspath(path)
    except TypeError:
        raise TypeError(f"path must be that of a folder. {received(path)}.") from None
    if not isinstance(folder, str) or not folder:
        raise ValueError(f"path must be that of a folder, as text. Received {shown(path)}.")
    try:
        is_file = tf.io.gfile.exists(folder) and not tf.io.gfile.isdir(folder)
    except tf.errors.OpError as error:
        raise ValueError(
            f"path must be that of a folder to write. Received {shown(folder)}: {sentence(error)}."
        ) from error
    if is_file:
        raise ValueError(f"path must be that of a folder. Received {shown(folder)}, which is a file.")
    return folder


def _with_class_ids(target: Any) -> tuple[Any, bool]:
    """The target, and whether it is the class that comes with each example."""
    inner = target.target if isinstance(target, Output) else target
    if not isinstance(inner, str):
        return target, False
    if inner != CLASS_IDS:
        raise ValueError(f'target must be "{CLASS_IDS}" where it is a text. Received target={shown(inner)}.')
    return target, True


def _replaced(target: Any, classes: NDArray[np.int32]) -> Any:
    return Output(target.name, classes) if isinstance(target, Output) else classes


def _of_examples(name: str, value: Any, remedy: str) -> ValueError:
    return ValueError(f"{name} must be the same for every example to be exported. Received {shown(value)}. {remedy}.")


def _check_same_for_all(target: Any, baselines: Any) -> None:
    """Raises ValueError where target or baselines depend on the examples, which are not known yet."""
    inner = target.target if isinstance(target, Output) else target
    indices: tuple[Any, ...] = inner if isinstance(inner, tuple) else (inner,)
    own = isinstance(inner, Label | Loss | PerExample)
    if own or any(np.ndim(part) for part in indices if not callable(part) and not isinstance(part, str)):
        remedy = f'Pass None, an int, a tuple of ints, a function of the outputs, or "{CLASS_IDS}"'
        raise _of_examples("target", target, remedy)
    if callable(baselines) or any(isinstance(part, Noise) for part in nest.flatten(baselines)):
        remedy = "Pass a number, an array of one example's shape, or kerasig.baselines.Mean or Samples of data"
        raise _of_examples("baselines", baselines, remedy)


def _examples(explainer: Explainer, inputs: Any) -> Any:
    """Inputs of the shapes that the model takes: those given, or some of what it declares."""
    if inputs is not None:
        return inputs
    structure = explainer._traced.adapted.declared_inputs()
    if isinstance(structure, list) and len(structure) == 1:
        structure = structure[0]
    specs = nest.flatten(structure) if structure is not None else []
    shapes = [tuple(spec.shape)[1:] for spec in specs]
    if not specs or any(size is None for shape in shapes for size in shape):
        shown_shapes = [
            "(N" + "".join(f", {'?' if size is None else size}" for size in shape) + ")" for shape in shapes
        ]
        given = ", ".join(shown_shapes) or "a model that declares none"
        raise ValueError(
            f"The shapes of the model's inputs must be known. Received {given}. Pass inputs=, an example or more of "
            "the shapes that it will be served with."
        )
    rows = explainer._traced.static_batch or 2
    pairs = zip(specs, shapes, strict=True)
    return nest.pack(structure, [_some((rows, *shape), tf.as_dtype(spec.dtype)) for spec, shape in pairs])


def _some(shape: tuple[int, ...], dtype: tf.DType) -> NDArray[Any]:
    """An array of rows that differ, where any numbers will do."""
    if dtype == tf.string:
        return np.full(shape, "", object)
    if not dtype.is_floating:
        return np.zeros(shape, dtype.as_numpy_dtype)
    stored = np.float32 if dtype.size < 4 else dtype.as_numpy_dtype
    return np.random.default_rng(0).random(shape).astype(stored)


def _warn(question: Question) -> None:
    """Warns of what the explanations of every example will lack."""
    core, names = question.core, question.leaves.attributed_names
    if core.disconnected:
        without = ", ".join(names[leaf] for leaf in sorted(core.disconnected))
        told = f"No gradient reaches {without}: its attribution is zero, whether the score depends on it or not."
        warnings.warn(f"{told} Pass layer= to attribute to a layer after it.", stacklevel=5)
    if not core.reproducible:
        told = "The model draws random numbers, so that the same input has other scores each time: no explanation"
        warnings.warn(f"{told} of it will be marked converged.", stacklevel=5)


def _save(model: Any, target: Any, folder: str, served: Served) -> None:
    question = served.question
    read = question.read
    batch = question.core.compilation.static_batch
    names = _distinct([_argument(name) for name in read.names], read.names, served.class_ids)
    _distinct(served.value_names, question.leaves.attributed_names, False)
    specs = {
        name: tf.TensorSpec([batch, *leaf.shape[1:]], dtype)
        for name, leaf, dtype in zip(names, read.leaves, read.dtypes, strict=True)
    }
    ids = {CLASS_IDS: tf.TensorSpec([batch], tf.int32)} if served.class_ids else {}
    forward = question.model

    def serve(**given: tf.Tensor) -> dict[str, tf.Tensor]:
        outputs = forward(read.pack([given[name] for name in specs]))
        if isinstance(outputs, dict) and all(isinstance(output, tf.Tensor) for output in outputs.values()):
            return {_argument(str(name)): output for name, output in outputs.items()}
        return {f"output_{number}": output for number, output in enumerate(tf.nest.flatten(outputs))}

    def explain(**given: tf.Tensor) -> dict[str, tf.Tensor]:
        return served.explain([given[name] for name in specs], given.get(CLASS_IDS))

    signatures = {"serve": _concrete(serve, specs), "explain": _concrete(explain, specs | ids)}
    if any(question.problem.components):
        signatures["coordinates"] = _concrete(lambda: served.coordinates, {})
    for concrete in signatures.values():
        python = [operation.name for operation in operations(concrete.graph) if operation.type in _PYTHON]
        if python:
            raise ValueError(
                "model, layer and target must be of TensorFlow's operations to be exported, for no server has this "
                f"Python. Received the operation {python[0]!r}, which is made by tf.py_function or tf.numpy_function. "
                "Write what it does in TensorFlow's operations."
            )
    module = tf.Module()
    # What the functions read is saved with them.
    module.variables_read = [variable for concrete in signatures.values() for variable in concrete.graph.variables]
    module.states = served.variables
    module.parts = list({id(part): part for given in (model, target) for part in _trackable(given)}.values())
    try:
        tf.saved_model.save(module, folder, signatures=signatures)
    except (tf.errors.OpError, OSError) as error:
        raise ValueError(
            f"path must be that of a folder to write. Received {shown(folder)}: {sentence(error)}."
        ) from error
    except (AssertionError, ValueError, TypeError, NotImplementedError, RuntimeError) as error:
        raise ValueError(
            f"model must be one that TensorFlow can save. Received {shown(model)}: {sentence(error)}. Pass a Keras "
            "model or a tf.Module that has its tables and variables as attributes."
        ) from error


def _trackable(value: Any, depth: int = 3) -> Iterator[Any]:
    """The part of a model or a function that TensorFlow saves: itself, or what a function of Python's refers to."""
    if hasattr(value, "_trackable_children"):
        yield value
    elif depth and inspect.ismethod(value):
        yield from _trackable(value.__self__, depth - 1)
    elif depth and inspect.isfunction(value):
        try:
            closed = inspect.getclosurevars(value)
        except ValueError:  # A cell that is empty yet.
            return
        for part in (*closed.nonlocals.values(), *closed.globals.values()):
            yield from _trackable(part, depth - 1)
    elif depth and hasattr(value, "func"):  # functools.partial
        for part in (value.func, *getattr(value, "args", ()), *getattr(value, "keywords", {}).values()):
            yield from _trackable(part, depth - 1)
    elif depth and isinstance(value, Output):
        yield from _trackable(value.target, depth - 1)


def _argument(name: str) -> str:
    """The name of a leaf as that of an argument."""
    name = re.sub(r"\W", "_", name)
    return name if name.isidentifier() and not keyword.iskeyword(name) else f"input_{name}"


def _distinct(names: Sequence[str], leaves: Sequence[str], class_ids: bool) -> Sequence[str]:
    """The names, once no two leaves have the same one."""
    taken = {CLASS_IDS: "the class ids"} if class_ids else {}
    for name, leaf in zip(names, leaves, strict=True):
        if name in taken:
            raise ValueError(
                f"model must have inputs of different names to be exported. Received {leaf!r} beside {taken[name]!r}, "
                f"which are both {name!r} in a signature. Rename one."
            )
        taken[name] = leaf
    return names


def _concrete(function: Callable[..., Any], specs: dict[str, tf.TensorSpec]) -> Any:
    return tf.function(function, autograph=False).get_concrete_function(**specs)


export.__module__ = "kerasig"
