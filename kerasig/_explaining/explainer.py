"""`explain` and `Explainer`: integrated gradients of a model, from the arguments to the result."""

from __future__ import annotations

import contextlib
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._arrays import as_array
from kerasig._engine.integrate import Integral, evaluate_inputs, evaluate_scores, integrate
from kerasig._engine.workers import Workers
from kerasig._explaining.answer import answer
from kerasig._explaining.findings import findings
from kerasig._explaining.layer_space import LayerSpace
from kerasig._explaining.question import STRAIGHT, Course, Question, asked
from kerasig._explaining.spaces import InputSpace
from kerasig._explaining.tracing import TracedModel
from kerasig._models import resolve_layers
from kerasig._quadrature.rules import MOST_NODES
from kerasig._sentences import shown
from kerasig._types import Array, Inputs, Items, Layer, LayerNames, Model, Nest, Nested
from kerasig.attribution import Attribution
from kerasig.baselines import Baselines
from kerasig.steps import Steps, resolve_steps
from kerasig.targets import Target


def explain(
    model: Model,
    inputs: Inputs,
    target: Target | None = None,
    *,
    baselines: Baselines | None = None,
    layer: Layer | None = None,
    steps: Steps | None = None,
    interior_alphas: Items[float] | Array | None = None,
    batch_size: int | None = None,
    jit_compile: bool | None = None,
) -> Attribution:
    """Integrated gradients of one scalar of the model's output, with their error.

    values_i = (x_i - x'_i) times the integral over alpha in [0, 1] of dF/dx_i at x' + alpha (x - x').
    Source: Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365.

    Args:
        model: a Keras 3 model on the TensorFlow backend, a tf_keras model, or any callable of the inputs. Layers that
            carry states begin with their first ones, and keep those that they have.
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
        ValueError: inputs, target, baselines or layer do not fit the model, an id or a label is beyond what it is
            looked up in, the score of an example depends on the rows beside it, or nothing can be attributed to; the
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
        model: Model,
        *,
        layer: Layer | None = None,
        steps: Steps | None = None,
        interior_alphas: Items[float] | Array | None = None,
        batch_size: int | None = None,
        jit_compile: bool | None = None,
    ) -> None:
        if not isinstance(jit_compile, bool | np.bool_ | None):
            raise TypeError(f"jit_compile must be None, True or False. Received jit_compile={shown(jit_compile)}.")
        traced = self._traced = TracedModel(model, _check_batch_size(batch_size), jit_compile)
        self._space = InputSpace(traced) if layer is None else LayerSpace(traced, resolve_layers(model, layer))
        self._origins: Mapping[str, str] = {}
        # The cache of what is traced holds the model weakly; this does not.
        self._model = model
        self._rule = resolve_steps(steps)
        self._interior_alphas = _check_alphas(interior_alphas)
        # Called with what a finding is about and a sentence; who explains again and again may not want it each time.
        self.warn: Callable[[str, str], None] = _warn_caller

    def explain(
        self, inputs: Inputs, target: Target | None = None, *, baselines: Baselines | None = None
    ) -> Attribution:
        """Integrated gradients of these inputs; see `kerasig.explain` for the arguments, errors and result."""
        return self._explain(inputs, target, baselines, STRAIGHT)

    def _explain(self, inputs: Any, target: Any, baselines: Any, course: Course) -> Attribution:
        """Integrated gradients along any path."""

        def integrated() -> tuple[Question, Integral]:
            with self._asked(inputs, target, baselines, course) as question:
                return question, integrate(question.core, question.problem, self._rule, self._interior_alphas)

        question, integral = self._traced.trace(integrated)
        attribution = answer(question, integral, self._rule, self._interior_alphas)
        for finding in findings(attribution, integral, question):
            self.warn(finding.about, finding.sentence)
        return attribution

    def check(self, inputs: Inputs, target: Target | None = None, *, baselines: Baselines | None = None) -> Nested:
        """Raises what `explain` would for these arguments, at the price of one evaluation per example.

        Returns:
            What would be attributed to: a nest like `Attribution.values`, of the inputs or of what the layer returns.
        """

        def evaluated() -> Any:
            with self._asked(inputs, target, baselines) as question:
                evaluate_inputs(question.core, question.problem, self._rule)
                return question.leaves.pack(question.leaves.attributed)

        return self._traced.trace(evaluated)

    def scores(
        self,
        inputs: Inputs,
        target: Target | None = None,
        *,
        baselines: Baselines | None = None,
        at_baselines: bool = False,
        replaced: Nest | None = None,
    ) -> NDArray[np.float64]:
        """The explained scalar [N] alone: forward passes, no gradient. A predicted class is the one at the inputs.

        Args:
            inputs: see `kerasig.explain`.
            target: see `kerasig.explain`.
            baselines: see `kerasig.explain`; of several per example the mean score is returned.
            at_baselines: the score at the baselines, not at the inputs.
            replaced: boolean masks over what is attributed to, in the structure of `Attribution.values`, each
                broadcastable to it: where True, the baseline stands in for the input.
        """

        def scored() -> NDArray[np.float64]:
            with self._asked(inputs, target, baselines) as question:
                masks = None if replaced is None else question.leaves.masks(replaced)
                return evaluate_scores(question.core, question.problem, at_baselines, masks)

        return self._traced.trace(scored)

    @property
    def model(self) -> Model:
        """The model that is explained."""
        return self._model

    @property
    def layer(self) -> LayerNames | None:
        """Names of the layers whose outputs are attributed to, as in `Attribution.layer`."""
        return self._space.layer

    @property
    def origins(self) -> Mapping[str, str]:
        """The input leaf that each of the layers' outputs is made of, where it is one; known after the first call."""
        return self._origins

    @property
    def workers(self) -> Workers | None:
        """The processes that explain the model together; None where this one does it alone."""
        return self._traced.workers

    @contextlib.contextmanager
    def _asked(self, inputs: Any, target: Any, baselines: Any, course: Course = STRAIGHT) -> Iterator[Question]:
        """The arguments resolved and the core compiled, while the replicas agree about the model's state."""
        with asked(self._traced, self._space, inputs, target, baselines, course) as question:
            self._origins = question.leaves.origins
            yield question


# As users import them.
explain.__module__ = Explainer.__module__ = "kerasig"


def _warn_caller(kind: str, message: str) -> None:
    """Warns, whatever the kind, at the line outside kerasig that this came from."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "kerasig":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)


def _check_alphas(alphas: Items[float] | Array | None) -> NDArray[np.float64]:
    if alphas is None:
        return np.empty(0)
    array: NDArray[Any] | None = None
    with contextlib.suppress(ValueError):
        array = as_array(alphas, "interior_alphas")
    fits = array is not None and array.ndim == 1 and (array.dtype.kind in "iuf" or not array.size)
    if array is None or not fits or not np.all((array >= 0) & (array <= 1)):
        raise ValueError(
            "interior_alphas must be positions on the path, each from 0 to 1. "
            f"Received interior_alphas={shown(alphas)}."
        )
    if array.size > MOST_NODES:
        raise ValueError(f"interior_alphas must be at most {MOST_NODES} positions. Received {array.size}.")
    return array.astype(np.float64)


def _check_batch_size(batch_size: int | None) -> int | None:
    if batch_size is None:
        return None
    if isinstance(batch_size, bool | np.bool_) or not isinstance(batch_size, int | np.integer):
        raise TypeError(f"batch_size must be None or an int. Received batch_size={shown(batch_size)}.")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1. Received batch_size={shown(batch_size)}.")
    if batch_size >= 2**31:
        raise ValueError(f"batch_size must be less than 2**31. Received batch_size={shown(batch_size)}.")
    return int(batch_size)
