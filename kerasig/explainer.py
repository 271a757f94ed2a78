"""`explain` and `Explainer`: integrated gradients of a model, from the arguments to the result."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import baselines as baseline_kinds
from kerasig import inputs as model_inputs
from kerasig import nest, targets
from kerasig.attribution import Attribution, InteriorGradients, PathProfile
from kerasig.engine.compiled import Compilation, Forward
from kerasig.engine.gradients import Core, NoGradientError
from kerasig.engine.integrate import Integral, evaluate_inputs, integrate
from kerasig.engine.problem import Problem
from kerasig.engine.replicas import replicas_of
from kerasig.engine.state import preserved
from kerasig.inputs import ModelInputs
from kerasig.models import AdaptedModel, adapt
from kerasig.models.function_cache import function_cache
from kerasig.models.layers import LayerSelection, resolve_layers
from kerasig.quadrature import Adaptive, Fixed, resolve_steps

# Rows per call of a model that cannot be traced for any number of them.
STATIC_BATCH = 16

_Result = TypeVar("_Result")


def explain(
    model: Any,
    inputs: Any,
    target: Any = None,
    *,
    baselines: Any = None,
    layer: Any = None,
    steps: int | Fixed | Adaptive | None = None,
    interior_alphas: Sequence[float] | None = None,
    batch_size: int | None = None,
    jit_compile: bool | None = None,
) -> Attribution:
    """Integrated gradients of one scalar of the model's output, with their error.

    values_i = (x_i - x'_i) times the integral over alpha in [0, 1] of dF/dx_i at x' + alpha (x - x').
    Source: Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365.

    Args:
        model: a Keras 3 model on the TensorFlow backend, a tf_keras model, or any callable of the inputs.
        inputs: array, dict, tuple or list of arrays, nested; a list or tuple is always a nest, never an array. The
            first axis is the example. Floating leaves are attributed; integer, bool and string leaves are held fixed.
        target: None for the predicted class of outputs (N, C) and the value itself of outputs (N,) and (N, 1); an int
            or ints (N,) for that class; a tuple of those for outputs of more axes; one of `kerasig.targets`; or a
            callable of the outputs that returns (N,).
        baselines: where paths start. None is zeros; a scalar; an array that broadcasts to the inputs; a nest like
            them; a callable of them; or one of `kerasig.baselines`. With `layer` they live in the layer's output space.
        layer: attribute to the output of this layer (or its name), `(layer, call_index)`, or a list of those in which
            None stands for the floating inputs.
        steps: gradient evaluations per path, `Fixed(n, rule)`, or `Adaptive(...)`; None is `Adaptive()`.
        interior_alphas: where on the path to return gradients as well, each in [0, 1].
        batch_size: rows through the model at once; None decides from the model, the shapes and the device.
        jit_compile: compile with XLA; None follows the model (and is True on a TPU).

    Returns:
        Values [N, ...] for each attributed leaf, with score, delta, residual, map_error and more.

    Raises:
        ValueError: inputs, target, baselines or layer do not fit the model, or nothing can be attributed to; the
            message says what was received and what would fit.
        TypeError: an argument of no meaning.
    """
    explainer = Explainer(
        model,
        layer=layer,
        steps=steps,
        interior_alphas=interior_alphas,
        batch_size=batch_size,
        jit_compile=jit_compile,
    )
    return explainer.explain(inputs, target, baselines=baselines)


class Explainer:
    """Explains one model again and again: compiled once, it reads the model's live weights at every call.

    Args:
        model: see `explain`.
        layer: see `explain`.
        steps: see `explain`.
        interior_alphas: see `explain`.
        batch_size: see `explain`.
        jit_compile: see `explain`.
    """

    def __init__(
        self,
        model: Any,
        *,
        layer: Any = None,
        steps: int | Fixed | Adaptive | None = None,
        interior_alphas: Sequence[float] | None = None,
        batch_size: int | None = None,
        jit_compile: bool | None = None,
    ) -> None:
        self._adapted = adapt(model)
        self._model = model
        self._replicas = replicas_of(self._adapted.strategy())
        self._selection = None if layer is None else resolve_layers(model, layer)
        self._rule = resolve_steps(steps)
        self._interior_alphas = _check_alphas(interior_alphas)
        self._batch_size = _check_batch_size(batch_size)
        if jit_compile not in (None, True, False):
            raise TypeError(f"jit_compile must be None, True or False. Received jit_compile={jit_compile!r}.")
        self._jit_compile = jit_compile
        self._cache = function_cache(model)
        # Called with what a finding is about and a sentence; who explains again and again may not want it each time.
        self.warn: Callable[[str, str], None] = _warn_caller

    def explain(self, inputs: Any, target: Any = None, *, baselines: Any = None) -> Attribution:
        """Integrated gradients of these inputs; see `kerasig.explain` for the arguments, errors and result."""

        def integrated() -> tuple[Integral, _Task]:
            with self._task(inputs, target, baselines) as task:
                return integrate(task.core, task.problem, self._rule, self._interior_alphas), task

        integral, task = self._traced(integrated)
        self._warn(integral, task.core, task.space)
        return self._attribution(integral, task)

    def check(self, inputs: Any, target: Any = None, *, baselines: Any = None) -> Any:
        """Raises what `explain` would for these arguments, at the price of one evaluation per example.

        Returns:
            What would be attributed to: a nest like `Attribution.values`, of the inputs or of what the layer returns.
        """

        def evaluated() -> _Space:
            with self._task(inputs, target, baselines) as task:
                evaluate_inputs(task.core, task.problem, self._rule)
                return task.space

        space = self._traced(evaluated)
        return space.pack_attributed(space.attributed_leaves())

    @property
    def model(self) -> Any:
        """The model that is explained."""
        return self._model

    @property
    def layer(self) -> Any:
        """Names of the layers whose outputs are attributed to, as in `Attribution.layer`."""
        return self._layer_name()

    def _traced(self, work: Callable[[], _Result]) -> _Result:
        """The result of work that may trace the model, with a fixed number of rows where it works with no other."""
        try:
            return work()
        except _ModelError as error:
            cause = error.cause
            if self._static_batch() is not None:
                raise cause from None
        # Plain code may read the number of rows, which is unknown while a function for any number is traced.
        self._cache.static_batch = self._batch_size or STATIC_BATCH
        try:
            return work()
        except _ModelError:
            self._cache.static_batch = None
        raise cause from None

    def _static_batch(self) -> int | None:
        return self._adapted.static_batch() or self._cache.static_batch

    def agreed(self, number: float) -> float:
        """The mean of every worker's number: what all must decide alike, such as whether to explain, rests on it."""
        return number if self._replicas is None else self._replicas.mean(number)

    @contextlib.contextmanager
    def _task(self, inputs: Any, target: Any, baselines: Any) -> Iterator[_Task]:
        """The arguments resolved and the core compiled, while the replicas agree about the model's state."""
        read = model_inputs.read(inputs, self._adapted)
        with self._replicas_in_agreement():
            self._build(read)
            space = self._attributed_space(read)
            resolved = targets.resolve(target, read.n_examples, self._adapted)
            starts = baseline_kinds.resolve(baselines, space.nest(), space.attributed, space.at_inputs)
            core = self._core(read, space, resolved)
            problem = Problem(
                inputs=[tf.constant(leaf) for leaf in space.attributed_leaves()],
                baselines=[tf.constant(rows) for rows in starts.rows],
                shared=starts.shared,
                held=[_tensor(leaf, dtype) for leaf, dtype in space.held(read)],
                targets=[tf.constant(data) for data in resolved.data],
                n_samples=starts.n_samples,
                pin=resolved.pin if resolved.predicted else None,
                out_of_range=resolved.out_of_range,
            )
            try:
                yield _Task(read, space, resolved, starts, core, problem)
            except NoGradientError:
                raise ValueError(self._no_gradient(space)) from None

    def _build(self, read: ModelInputs) -> None:
        """Makes the weights of a model that was never called, so that tracing makes none."""
        if not self._adapted.is_built():
            with preserved(self._adapted.untrained_variables()):
                self._adapted(
                    read.pack([_tensor(leaf[:1], dtype) for leaf, dtype in zip(read.leaves, read.dtypes, strict=True)])
                )

    def _replicas_in_agreement(self) -> contextlib.AbstractContextManager[None]:
        if self._replicas is None:
            return contextlib.nullcontext()
        return self._replicas.in_agreement(self._adapted.untrained_variables())

    def _attributed_space(self, read: ModelInputs) -> _Space:
        if self._selection is None:
            if not any(read.floating):
                raise ValueError(
                    "inputs has no floating leaf, so there is nothing to attribute to. "
                    f"Received {', '.join(f'{n}: {d.name}' for n, d in zip(read.names, read.dtypes, strict=True))}."
                    + (self._embedding_hint() or " Pass floats, or layer=... to attribute to what a layer returns.")
                )
            return _Space(read.structure, read.names, list(read.leaves), list(read.floating), None)
        outputs = self._layer_outputs(read)
        entries: list[Any] = []
        for call, output in zip(self._selection.calls, outputs, strict=True):
            entries.append(read.pack(list(read.leaves)) if call is None else output)
        structure = entries if self._selection.is_list else entries[0]
        leaves = nest.flatten(structure)
        attributed = [leaf.dtype.kind == "f" or tf.as_dtype(leaf.dtype).is_floating for leaf in map(_known, leaves)]
        if not any(attributed):
            raise ValueError(f"layer has no floating output to attribute to. Received layer={self._layer_name()!r}.")
        names = []
        for name, entry in zip(self._selection.names, entries, strict=True):
            parts = nest.names(entry, lone="")
            names += [part or "inputs" if name is None else "/".join(filter(None, (name, part))) for part in parts]
        return _Space(structure, names, leaves, attributed, self._at_inputs)

    def _layer_outputs(self, read: ModelInputs) -> list[Any]:
        """What each selected layer returns at the inputs, as nests of arrays [N, ...]; None for the inputs."""
        assert self._selection is not None
        captured = self._cache.get(("capture", self._key(read)), lambda: self._capture(read))
        forward, structures = captured
        found = iter(forward([_tensor(leaf, dtype) for leaf, dtype in zip(read.leaves, read.dtypes, strict=True)]))
        outputs = [None if entry is None else nest.map_structure(lambda _: next(found), entry) for entry in structures]
        for name, leaf in zip(self._selection.names, map(nest.flatten, outputs), strict=True):
            for array in leaf:
                if array is not None and len(array) != read.n_examples:
                    raise ValueError(
                        f"Layer {name!r} must return one row per example. Received shape {array.shape} for "
                        f"{read.n_examples} examples. Choose a layer before its rows are folded."
                    )
        return outputs

    def _capture(self, read: ModelInputs) -> tuple[Forward, list[Any]]:
        selection, adapted = self._selection, self._adapted
        structures: list[Any] = []
        assert selection is not None
        structure = read.structure

        def body(leaves: list[tf.Tensor]) -> list[tf.Tensor]:
            with selection.capture() as record:
                _called(adapted, nest.pack(structure, leaves))
            structures[:] = [_shallow(output) for output in record.outputs]
            return [_stored(leaf) for leaf in tf.nest.flatten(record.outputs) if leaf is not None]

        forward = Forward(body, self._compilation(read))
        return forward, structures

    def _at_inputs(self, inputs: Any) -> Any:
        """A layer's output at other inputs, in the structure of the attributed space."""
        assert self._selection is not None
        other = model_inputs.read(inputs, self._adapted, "baselines.AtInputs")
        outputs = self._layer_outputs(other)
        entries = [
            other.pack(list(other.leaves)) if call is None else output
            for call, output in zip(self._selection.calls, outputs, strict=True)
        ]
        return entries if self._selection.is_list else entries[0]

    def _core(self, read: ModelInputs, space: _Space, resolved: targets.ResolvedTarget) -> Core:
        shapes = tuple((leaf.shape[1:], leaf.dtype.str) for leaf in space.attributed_leaves())
        data = tuple((leaf.shape[1:], leaf.dtype.str) for leaf in resolved.data)
        key = ("core", self._key(read), shapes, resolved.key, data)

        def build() -> Core:
            return Core(
                forward=self._forward(read, space),
                select=resolved.select,
                dtypes=space.dtypes(read),
                compilation=self._compilation(read),
            )

        return self._cache.get(key, build)

    def _forward(self, read: ModelInputs, space: _Space) -> Callable[[list[tf.Tensor], list[tf.Tensor]], Any]:
        """The model as a function of attributed points and held leaves; traced."""
        # No array of these inputs: what is compiled outlives them.
        adapted, selection, structure = self._adapted, self._selection, read.structure
        floating, n_leaves = read.floating, len(read.leaves)
        if selection is None:

            def forward(points: list[tf.Tensor], held: list[tf.Tensor]) -> Any:
                return _called(adapted, nest.pack(structure, _merged(floating, points, held)))

            return forward
        # Entries of the selection, in order; those of the inputs take the model's own floating leaves.
        positions = space.entries(selection.is_list)
        attributed = list(space.attributed)

        def substituted(points: list[tf.Tensor], held: list[tf.Tensor]) -> Any:
            values, leaves = _substitutes(selection, positions, attributed, points, held[:n_leaves], floating)
            with selection.substitute(values):
                outputs = _called(adapted, nest.pack(structure, leaves))
            return outputs

        return substituted

    def _compilation(self, read: ModelInputs) -> Compilation:
        return Compilation(
            jit_compile=self._resolved_jit(read),
            static_batch=self._static_batch(),
            batch_size=self._batch_size,
            replicas=self._replicas,
        )

    def _resolved_jit(self, read: ModelInputs) -> bool:
        if read.has_strings:
            return False
        if self._jit_compile is None:
            return self._adapted.jit_compile or bool(tf.config.list_logical_devices("TPU"))
        return bool(self._jit_compile)

    def _key(self, read: ModelInputs) -> Hashable:
        """Equal where a trace can be used again."""
        shapes = tuple((leaf.shape[1:], dtype.name) for leaf, dtype in zip(read.leaves, read.dtypes, strict=True))
        layer = self._selection and (self._selection.calls, self._selection.is_list)
        sizes = (self._batch_size, self._static_batch())
        return (
            nest.describe(read.structure),
            shapes,
            layer,
            sizes,
            self._resolved_jit(read),
            self._adapted.weight_specs(),
        )

    def _layer_name(self) -> Any:
        if self._selection is None:
            return None
        names = self._selection.names
        return names if self._selection.is_list else names[0]

    def _embedding_hint(self) -> str:
        layers = self._adapted.embedding_layers()
        if not layers:
            return ""
        return f" Ids have no gradient; attribute to what the model looks up for them: pass layer={layers[0]!r}" + (
            f" (embedding layers: {', '.join(map(repr, layers))})." if len(layers) > 1 else "."
        )

    def _no_gradient(self, space: _Space) -> str:
        names = ", ".join(name for name, used in zip(space.names, space.attributed, strict=True) if used)
        hint = self._embedding_hint()
        return f"The explained score has no gradient to any of {names}: it does not depend on them smoothly." + hint

    def _warn(self, integral: Integral, core: Core, space: _Space) -> None:
        names = [name for name, used in zip(space.names, space.attributed, strict=True) if used]
        if core.disconnected:
            unused = ", ".join(names[leaf] for leaf in sorted(core.disconnected))
            self.warn("disconnected", f"The score does not depend on {unused}; its attribution is zero.")
        if not integral.finite.all():
            rows = np.flatnonzero(~integral.finite)
            shown = ", ".join(map(str, rows[:10])) + (f" and {len(rows) - 10} more" if len(rows) > 10 else "")
            self.warn(
                "not finite",
                f"The score or a gradient is NaN or infinite for example {shown}; values are left as computed.",
            )

    def _attribution(self, integral: Integral, task: _Task) -> Attribution:
        space = task.space
        score, baseline_score = (part.astype(np.float32) for part in (integral.score, integral.baseline_score))
        with np.errstate(invalid="ignore", over="ignore"):
            total = sum(leaf.reshape(len(leaf), -1).sum(axis=1, dtype=np.float64) for leaf in integral.values)
            delta = total - (score.astype(np.float64) - baseline_score.astype(np.float64))
        judge = self._rule if isinstance(self._rule, Adaptive) else Adaptive()
        converged = (integral.completeness_error <= judge.tolerance) & (integral.map_error <= judge.map_tolerance)
        interior = None
        if integral.interior is not None:
            interior = InteriorGradients(
                self._interior_alphas.astype(np.float32), space.pack_attributed(integral.interior)
            )
        return Attribution(
            values=space.pack_attributed(integral.values),
            score=score,
            baseline_score=baseline_score,
            delta=delta,
            residual=integral.completeness_error.astype(np.float32),
            map_error=integral.map_error.astype(np.float32),
            converged=converged & integral.finite,
            n_evaluations=integral.n_evaluations,
            path=PathProfile(
                *(part.astype(np.float32) for part in (integral.alphas, integral.scores, integral.slopes))
            ),
            rule=self._rule,
            interior=interior,
            inputs=task.read.pack(list(task.read.leaves)),
            baselines=space.pack_attributed(_shown_baselines(task.starts, space)),
            target=task.resolved.recorded(integral.classes),
            layer=self._layer_name(),
            predicted=integral.predicted if (integral.predicted >= 0).any() else None,
        )


@dataclass(frozen=True, eq=False)
class _Task:
    """One call's arguments, resolved."""

    read: ModelInputs
    space: _Space
    resolved: targets.ResolvedTarget
    starts: baseline_kinds.ResolvedBaselines
    core: Core
    problem: Problem


@dataclass(frozen=True, eq=False)
class _Space:
    """What is attributed to: the inputs, or what layers return.

    Args:
        structure: nest of leaves [N, ...] as `Attribution.values` shows it.
        names: one per leaf.
        leaves: arrays.
        attributed: which of them.
        at_inputs: see `baselines.resolve`.
    """

    structure: Any
    names: list[str]
    leaves: list[Any]
    attributed: list[bool]
    at_inputs: Callable[[Any], Any] | None

    def nest(self) -> Any:
        return nest.pack(self.structure, self.leaves)

    def attributed_leaves(self) -> list[NDArray[Any]]:
        return [leaf for leaf, used in zip(self.leaves, self.attributed, strict=True) if used]

    def pack_attributed(self, leaves: Sequence[Any]) -> Any:
        """Attributed leaves in the structure, None where held."""
        remaining = iter(leaves)
        return nest.pack(self.structure, [next(remaining) if used else None for used in self.attributed])

    def held(self, read: ModelInputs) -> list[tuple[NDArray[Any], tf.DType]]:
        """Leaves of the model's inputs that stay as they are: all of them when layers are attributed to."""
        every = zip(read.leaves, read.dtypes, strict=True)
        if self.at_inputs is not None:
            return list(every)
        return [pair for pair, used in zip(every, self.attributed, strict=True) if not used]

    def dtypes(self, read: ModelInputs) -> list[tf.DType]:
        """What the attributed points are cast to; a layer's value is cast where it is put in."""
        if self.at_inputs is None:
            return [dtype for dtype, used in zip(read.dtypes, self.attributed, strict=True) if used]
        return [tf.as_dtype(leaf.dtype) for leaf in self.attributed_leaves()]

    def entries(self, is_list: bool) -> list[Any]:
        """Per selected layer the nest of its leaves' positions."""
        positions = nest.pack(self.structure, list(range(len(self.leaves))))
        return positions if is_list else [positions]


def _merged(first: Sequence[bool], chosen: list[Any], others: list[Any]) -> list[Any]:
    """Leaves in their order, from `chosen` where `first` says so."""
    chosen_left, others_left = iter(chosen), iter(others)
    return [next(chosen_left) if take else next(others_left) for take in first]


class _ModelError(Exception):
    """The model's own code failed while it was traced.

    Args:
        cause: what it raised.
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _called(model: AdaptedModel, inputs: Any) -> Any:
    """The model's outputs, and its own errors told from ours; traced."""
    try:
        return model(inputs)
    except Exception as error:
        raise _ModelError(error) from error


def _substitutes(
    selection: LayerSelection,
    structures: list[Any],
    attributed: list[bool],
    points: list[tf.Tensor],
    leaves: list[tf.Tensor],
    floating: list[bool],
) -> tuple[list[Any], list[tf.Tensor]]:
    """Values for the selected layers, None where a leaf is held, and the model's leaves."""
    by_position = dict(zip([i for i, used in enumerate(attributed) if used], points, strict=True))
    values: list[Any] = []
    for call, positions in zip(selection.calls, structures, strict=True):
        if call is None:
            replaced = [by_position.get(position) for position in nest.flatten(positions)]
            leaves = [
                tf.cast(point, leaf.dtype) if used and point is not None else leaf
                for used, point, leaf in zip(floating, replaced, leaves, strict=True)
            ]
            values.append(None)
        else:
            values.append(nest.map_structure(lambda position: by_position.get(position), positions))
    return values, leaves


def _shown_baselines(starts: baseline_kinds.ResolvedBaselines, space: _Space) -> list[NDArray[Any]]:
    shown = []
    for rows, shared, leaf in zip(starts.rows, starts.shared, space.attributed_leaves(), strict=True):
        shown.append(np.broadcast_to(rows, leaf.shape) if shared == "all" else rows)
    return shown


def _tensor(leaf: NDArray[Any], dtype: tf.DType) -> tf.Tensor:
    return tf.constant(leaf, tf.string) if dtype == tf.string else tf.cast(tf.constant(leaf), dtype)


def _shallow(output: Any) -> Any:
    """The structure of a layer's output, without its tensors."""
    return None if output is None else tf.nest.map_structure(lambda _: 0, output)


def _stored(output: tf.Tensor) -> tf.Tensor:
    """In a dtype that a path can be drawn in."""
    return tf.cast(output, tf.float32) if output.dtype.is_floating and output.dtype.size < 4 else tf.identity(output)


def _known(leaf: Any) -> NDArray[Any]:
    return np.asarray(leaf)


def _warn_caller(kind: str, message: str) -> None:
    """Warns, whatever the kind, at the line outside kerasig that this came from."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "kerasig":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _check_alphas(alphas: Sequence[float] | None) -> NDArray[np.float64]:
    if alphas is None:
        return np.empty(0)
    try:
        array = np.asarray(alphas, np.float64)
    except (TypeError, ValueError):
        array = np.empty((0, 0))
    if array.ndim != 1 or not np.all((array >= 0) & (array <= 1)):
        raise ValueError(
            f"interior_alphas must be positions on the path, each from 0 to 1. Received interior_alphas={alphas!r}."
        )
    return array


def _check_batch_size(batch_size: int | None) -> int | None:
    if batch_size is None:
        return None
    if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer):
        raise TypeError(f"batch_size must be None or an int. Received batch_size={batch_size!r}.")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1. Received batch_size={batch_size}.")
    return int(batch_size)
