"""`Explainer`: integrated gradients of a model, from the arguments to the result."""

from __future__ import annotations

import contextlib
import copy
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig import _reprs as reprs
from kerasig._engine.integrate import Integral, evaluate_inputs, evaluate_scores, integrate
from kerasig._engine.workers import Workers
from kerasig._explaining.answer import answer
from kerasig._explaining.coordinates import Features, checked_coordinates
from kerasig._explaining.findings import findings
from kerasig._explaining.layer_places import layers_at, places
from kerasig._explaining.layer_space import LayerSpace
from kerasig._explaining.options import checked_alphas, checked_batch_size, checked_jit_compile, checked_progress
from kerasig._explaining.probe_targets import OfProbes, features_of, inputs_and_target
from kerasig._explaining.progress import told
from kerasig._explaining.question import STRAIGHT, Course, Question, asked
from kerasig._explaining.spaces import InputSpace
from kerasig._explaining.tracing import TracedModel
from kerasig._models import resolve_layers
from kerasig._types import Array, Inputs, Items, Layer, LayerNames, Model, Nest, Nested
from kerasig.attribution import Attribution
from kerasig.baselines import Baselines
from kerasig.coordinates import Coordinates
from kerasig.probes import ProbeSet
from kerasig.steps import Steps, resolve_steps
from kerasig.targets import Target


class Explainer:
    """Explains one model again and again: compiled once, it reads the model's live weights at every call.

    A copy has the same settings and the same model, and compiles when it is first asked. It pickles where its model and
    `warn` do; what is read again compiles for itself.

    Args:
        model: see `explain`.
        layer: see `explain`.
        coordinates: see `explain`.
        steps: see `explain`.
        interior_alphas: see `explain`.
        batch_size: see `explain`.
        jit_compile: see `explain`.
        progress: see `explain`.
        warn: called for each thing to warn of, as warn(about, sentence): what kind of thing it is, for those who want
            it once, and a sentence for people. None gives Python's warnings.

    Example:
        >>> explainer = kerasig.Explainer(lambda x: x[:, 0] ** 2, steps=kerasig.Fixed(8))
        >>> explainer.explain(np.array([[3.0]], "float32")).values.round(3)
        array([[9.]], dtype=float32)
    """

    def __init__(
        self,
        model: Model,
        *,
        layer: Layer | None = None,
        coordinates: Coordinates | Mapping[str, Coordinates | None] | None = None,
        steps: Steps | None = None,
        interior_alphas: Items[float] | Array | None = None,
        batch_size: int | None = None,
        jit_compile: bool | None = None,
        progress: bool | None = None,
        warn: Callable[[str, str], None] | None = None,
    ) -> None:
        self._jit_compile = checked_jit_compile(jit_compile)
        if warn is not None:
            arguments.check_takes(warn, 2, "warn", "what a finding is about and a sentence")
        self._layer, self._batch_size = layer, checked_batch_size(batch_size)
        self._progress = checked_progress(progress)
        # The cache of what is traced holds the model weakly; this does not.
        self._model = model
        self._rule = resolve_steps(steps)
        self._interior_alphas = checked_alphas(interior_alphas)
        self._coordinates = checked_coordinates(coordinates, self._interior_alphas)
        self._warn = warn or warn_caller
        self._make_ready()

    def _make_ready(self) -> None:
        """Sets up what is compiled, and made again for a copy."""
        self._traced = TracedModel(self._model, self._batch_size, self._jit_compile)
        chosen = None if self._layer is None else resolve_layers(self._model, self._layer)
        self._space = InputSpace(self._traced) if chosen is None else LayerSpace(self._traced, chosen)
        self._origins: Mapping[str, str] = {}
        self._groups: Nested = None

    # A copy has the settings; what is compiled is made again.

    def __getstate__(self) -> dict[str, Any]:
        made = ("_traced", "_space", "_origins", "_groups")
        settings = {name: value for name, value in vars(self).items() if name not in made}
        return settings | {"_layer": places(self._model, self._layer)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._layer = layers_at(self._model, self._layer)
        self._make_ready()

    def __deepcopy__(self, memo: dict[int, Any]) -> Explainer:
        # The model is read as it is when it is explained: it is the same one, and so are its layers.
        memo |= {id(kept): kept for kept in (self._model, *nest.flatten(self._layer))}
        copied = memo[id(self)] = type(self).__new__(type(self))
        copied.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return copied

    def __repr__(self) -> str:
        settings = {
            "layer": self.layer,
            "coordinates": self._coordinates,
            "steps": self._rule,
            "interior_alphas": self._interior_alphas if self._interior_alphas.size else None,
            "batch_size": self._batch_size,
            "jit_compile": self._jit_compile,
            "progress": self._progress,
            "warn": None if self._warn is warn_caller else self._warn,
        }
        given = {name: value for name, value in settings.items() if value is not None}
        return reprs.call("Explainer", self._model, **given)

    def explain(
        self, inputs: Inputs | ProbeSet, target: OfProbes | Target | None = None, *, baselines: Baselines | None = None
    ) -> Attribution:
        """Integrated gradients of these inputs; see `kerasig.explain` for the arguments, errors and result."""
        return self._explain(inputs, target, baselines)

    def _explain(
        self, inputs: Any, target: Any, baselines: Any, course: Course = STRAIGHT, features: Features | None = None
    ) -> Attribution:
        """Integrated gradients along any path, of inputs whose features may have names that these do not tell."""
        return self._answered(inputs, target, baselines, course, features)[0]

    def _explain_with_gradients(self, inputs: Any, target: Any, baselines: Any) -> tuple[Attribution, Any]:
        """Integrated gradients by a fixed rule, and the gradients whose means they are; see `mean_gradients.py`."""
        attribution, question, integral = self._answered(inputs, target, baselines, STRAIGHT, with_gradients=True)
        return attribution, question.leaves.pack(integral.means)

    def _answered(
        self,
        inputs: Any,
        target: Any,
        baselines: Any,
        course: Course,
        features: Features | None = None,
        with_gradients: bool = False,
    ) -> tuple[Attribution, Question, Integral]:
        def integrated() -> tuple[Question, Integral]:
            with self._asked(inputs, target, baselines, course, features) as question:
                core, problem, alphas = question.core, question.problem, self._interior_alphas
                with told(self._progress, problem.n_paths) as finished:
                    return question, integrate(core, problem, self._rule, alphas, finished, with_gradients)

        question, integral = self._traced.trace(integrated)
        attribution = answer(question, integral, self._rule, self._interior_alphas)
        for finding in findings(attribution, integral, question):
            self._warn(finding.about, finding.sentence)
        return attribution, question, integral

    def check(
        self, inputs: Inputs | ProbeSet, target: OfProbes | Target | None = None, *, baselines: Baselines | None = None
    ) -> Nested:
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
        inputs: Inputs | ProbeSet,
        target: OfProbes | Target | None = None,
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

        if replaced is not None and self._coordinates is not None:
            raise ValueError(
                "replaced must be None with coordinates: masks are of inputs. Received masks. Pass inputs that "
                "Coordinates.inverse gives for other coefficients."
            )

        def scored() -> NDArray[np.float64]:
            with self._asked(inputs, target, baselines) as question:
                masks = None if replaced is None else question.leaves.masks(replaced)
                return evaluate_scores(question.core, question.problem, at_baselines, masks)

        return self._traced.trace(scored)

    def _said(self, inputs: Inputs, target: Target) -> Any:
        """The words of the target's function on the model's outputs, beside its scores: a trace, no evaluation."""

        def traced() -> Any:
            with self._asked(inputs, target, None) as question:
                return question.core.said(question.problem)

        return self._traced.trace(traced)

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
    def groups(self) -> Nested:
        """The names of groups, as `Attribution.coordinates` has them; known after the first call."""
        return self._groups

    @property
    def _workers(self) -> Workers | None:
        """The processes that explain the model together; None where this one does it alone."""
        return self._traced.workers

    @contextlib.contextmanager
    def _asked(
        self, inputs: Any, target: Any, baselines: Any, course: Course = STRAIGHT, features: Features | None = None
    ) -> Iterator[Question]:
        """The arguments resolved and the core compiled, while the replicas agree about the model's state."""
        features = features_of(inputs) or features or {}
        inputs, target = inputs_and_target(inputs, target, self._traced.adapted)
        given = inputs, target, baselines, course, self._coordinates, features
        with asked(self._traced, self._space, *given) as question:
            self._origins = question.leaves.origins
            self._groups = question.groups
            yield question


# As users import it.
Explainer.__module__ = "kerasig"


def warn_caller(kind: str, message: str) -> None:
    """Warns, whatever the kind, at the line outside kerasig that this came from."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "kerasig":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, stacklevel=level)
