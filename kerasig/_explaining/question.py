"""One call of `explain` before it is answered: its arguments in the order in which they are read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._engine.components import Components
from kerasig._engine.errors import MixedRowsError, NoGradientError, OtherRowsError
from kerasig._engine.gradients import Core
from kerasig._engine.lookups import IndexOutsideError, Source
from kerasig._engine.paths import STRAIGHT_LINE, Path
from kerasig._engine.problem import Problem
from kerasig._engine.traced import Traced
from kerasig._explaining import baselines as resolved_baselines
from kerasig._explaining import inputs as model_inputs
from kerasig._explaining import targets as resolved_targets
from kerasig._explaining import undefined
from kerasig._explaining.baselines import ResolvedBaselines
from kerasig._explaining.coordinates import Features, components_of, names_of, of_leaves
from kerasig._explaining.indices import ResolvedTarget
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.leaves import Leaves
from kerasig._explaining.model_errors import given
from kerasig._explaining.scalars import SeveralOutputsError
from kerasig._explaining.score_refusals import mixed_rows, no_gradient, other_rows
from kerasig._explaining.spaces import Space
from kerasig._explaining.tracing import TracedModel
from kerasig._models import AdaptedModel
from kerasig._sentences import shown
from kerasig._types import Nested
from kerasig.baselines import AtInputs
from kerasig.coordinates import Coordinates


@dataclass(frozen=True)
class Course:
    """The way from baselines to inputs.

    Args:
        path: the curve.
        waypoints: where it needs any, a nest like `Attribution.values` of the points that it goes by, each broadcast to
            its leaf [N, *F].
    """

    path: Path = STRAIGHT_LINE
    waypoints: Any = None


STRAIGHT = Course()


@dataclass(frozen=True, eq=False)
class Question:
    """One call's arguments, resolved.

    Args:
        model: that is explained.
        space: where in it is attributed to.
        read: the inputs.
        leaves: of the space at these.
        target: that is explained.
        starts: the baselines.
        core: the compiled model.
        problem: all of these, as the core takes them.
        features: see `names_of`.
    """

    model: AdaptedModel
    space: Space
    read: ModelInputs
    leaves: Leaves
    target: ResolvedTarget
    starts: ResolvedBaselines
    core: Core
    problem: Problem
    features: Features

    @property
    def groups(self) -> Nested:
        """The names of groups in the structure of the values; None where all leaves have their own coordinates."""
        components = self.problem.components
        return self.leaves.pack(names_of(components, self.leaves, self.features)) if any(components) else None

    def shown_baselines(self) -> list[NDArray[Any]]:
        """The baselines of the attributed leaves as `Attribution.baselines` has them."""
        given = zip(self.starts.rows, self.starts.shared, self.leaves.attributed, strict=True)
        return [np.broadcast_to(rows, leaf.shape) if shared == "all" else rows for rows, shared, leaf in given]


@contextlib.contextmanager
def asked(
    traced: TracedModel,
    space: Space,
    inputs: Any,
    target: Any,
    baselines: Any,
    course: Course,
    coordinates: Any = None,
    features: Features | None = None,
) -> Iterator[Question]:
    """The question that arguments of `explain` put, while the replicas agree about the model's state.

    Inside the block the engine's errors become those of arguments.
    """
    model = traced.adapted
    read = model_inputs.read(inputs, model)
    named: dict[Source, tuple[str, Any]] = {("leaves", at): pair for at, pair in enumerate(read.named)}
    with contextlib.ExitStack() as unchanged, _indices_named(named), traced.in_agreement():
        traced.build(read)
        unchanged.enter_context(traced.as_it_is())
        with _telling(traced, read, lambda error: undefined.at_inputs(error, str(given(read)))):
            leaves = space.leaves(read)
        resolved = resolved_targets.resolve(target, read.n_examples, model)
        starts_at = baselines
        if isinstance(baselines, AtInputs):
            with _telling(traced, read, lambda error: undefined.at_inputs(error, shown(baselines), "baselines")):
                starts_at = space.at_inputs(baselines.inputs)
        starts = resolved_baselines.resolve(starts_at, leaves.packed, leaves.floating)
        named |= space.sources(read)
        named |= {("targets", at): pair for at, pair in enumerate(resolved.named)}
        chosen = of_leaves(coordinates, leaves)
        components = components_of(chosen, leaves)
        problem = replace(_problem(read, space, leaves, resolved, starts, course), components=components)
        core = _core(traced, read, space, leaves, resolved, course, chosen, components)
        try:
            # Layers have features of their own.
            named_features = {} if features is None or space.layer is not None else features
            with _telling(traced, read, lambda error: undefined.undefined(error, core, problem, read, baselines)):
                yield Question(model, space, read, leaves, resolved, starts, core, problem, named_features)
            traced.note_rows_kept()
        except NoGradientError as error:
            raise ValueError(no_gradient(error, model, space, read, leaves.attributed_names)) from None
        except SeveralOutputsError as error:
            raise ValueError(str(error.named(model.output_names()))) from None
        except MixedRowsError as error:
            raise ValueError(mixed_rows(error, model)) from None


@contextlib.contextmanager
def _telling(
    traced: TracedModel, read: ModelInputs, tell: Callable[[tf.errors.InvalidArgumentError], Exception | None]
) -> Iterator[None]:
    """Inside the block, says why a model fails while it runs: it has other rows, or what `tell` makes of the error."""
    try:
        yield
    except (tf.errors.InvalidArgumentError, OtherRowsError) as error:
        # That takes a call of the model: none where it is known, as at each record of a training.
        if not traced.keeps_rows:
            if (said := other_rows(traced.adapted, read)) is not None:
                raise ValueError(said) from error
            traced.check_rows()
        told = None if isinstance(error, OtherRowsError) else tell(error)
        if told is None:
            raise
        raise told from error


def _problem(
    read: ModelInputs,
    space: Space,
    leaves: Leaves,
    target: ResolvedTarget,
    starts: ResolvedBaselines,
    course: Course,
) -> Problem:
    waypoints: list[tf.Tensor] = []
    if course.waypoints is not None:
        given = [points for points in nest.flatten(course.waypoints) if points is not None]
        pairs = zip(given, leaves.attributed, strict=True)
        waypoints = [tf.constant(np.broadcast_to(points, leaf.shape), leaf.dtype) for points, leaf in pairs]
    return Problem(
        inputs=[tf.constant(leaf) for leaf in leaves.attributed],
        baselines=[tf.constant(rows) for rows in starts.rows],
        shared=starts.shared,
        held=space.held(read),
        targets=[tf.constant(data) for data in target.data],
        waypoints=waypoints,
        n_samples=starts.n_samples,
        pin=target.pin if target.predicted else None,
        out_of_range=target.out_of_range,
    )


def _core(
    traced: TracedModel,
    read: ModelInputs,
    space: Space,
    leaves: Leaves,
    target: ResolvedTarget,
    course: Course,
    chosen: Sequence[Coordinates | None],
    components: Sequence[Components | None],
) -> Core:
    """The compiled core for such inputs, target, path and coordinates, built when it is not there yet."""
    shapes = tuple((leaf.shape[1:], leaf.dtype.str) for leaf in leaves.attributed)
    data = tuple((leaf.shape[1:], leaf.dtype.str) for leaf in target.data)

    def build() -> Core:
        compilation = traced.compilation(read)
        forward, dtypes = space.forward(read, leaves), space.dtypes(read, leaves)
        static = compilation.static_batch
        return Core(Traced(forward, target.select, dtypes, static, course.path, components), compilation)

    key = ("core", space.key, shapes, target.key, data, course.path, course.waypoints is not None, chosen)
    return traced.kept(read, key, build)


@contextlib.contextmanager
def _indices_named(leaves: dict[Source, tuple[str, Any]]) -> Iterator[None]:
    """Names the argument of an index that is out of range; `leaves` are filled in by then."""
    try:
        yield
    except IndexOutsideError as error:
        raise error.named(leaves) from None
