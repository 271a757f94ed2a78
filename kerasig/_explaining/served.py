"""A whole explanation as a function of the inputs alone, for a model that is served: traced, without kerasig later."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine.adaptive import first_grid, rule_of
from kerasig._engine.columns import relative
from kerasig._engine.estimate import score_scale
from kerasig._engine.fixed_nodes import FixedNodes
from kerasig._engine.reach import SAME
from kerasig._engine.refinement import refined
from kerasig._engine.refinement_state import Setting
from kerasig._engine.scaling import reach_of
from kerasig._engine.state import PrivateState, captured_variables, carried
from kerasig._engine.store import STORE_BYTES
from kerasig._engine.traced import signature
from kerasig._engine.whole import MOST_SLOTS, refinement_signature
from kerasig._explaining.coordinates import names_of
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.question import Question
from kerasig.steps import Adaptive, Fixed

_Evaluate = Callable[[Any, Any], dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Served:
    """The explanation of a model at inputs like those of a question.

    Args:
        question: with any inputs of the shapes that are meant, of a core that was run.
        rule: how it is integrated.
        class_ids: whether each example comes with the class that is explained.

    Attributes:
        variables: made while it was traced: the model's states for the time of an explanation.
    """

    question: Question
    rule: Adaptive | Fixed
    class_ids: bool
    variables: list[tf.Variable] = field(default_factory=list)

    def explain(self, given: list[tf.Tensor], classes: tf.Tensor | None) -> dict[str, tf.Tensor]:
        """The results that `docs/internals/serving.md` lists, by name.

        Args:
            given: the model's inputs, leaf by leaf, each [N, ...].
            classes: [N] int32, where `class_ids`.
        """
        question, problem = self.question, self.question.problem
        read, n_samples = question.read, problem.n_samples
        tensors = [tf.cast(leaf, dtype) if dtype != tf.string else leaf for leaf, dtype in _with_dtypes(given, read)]
        points = question.space.points(read, question.leaves, tensors)
        n = tf.shape(given[0])[0]
        paths = tf.range(n * n_samples)
        shared = {"all": 0 * paths, "sample": paths % n_samples}
        held = tensors if question.space.layer is not None else [t for t in tensors if not t.dtype.is_floating]
        targets = [tf.repeat(leaf[:1], n, axis=0) for leaf in problem.targets]
        if classes is not None:
            # Below 0 would mean the predicted class.
            targets[0] = tf.where(classes < 0, tf.int32.max, classes)[:, None]
        data = {
            "inputs": points,
            "baselines": list(problem.baselines),
            "held": held,
            "targets": targets,
            "waypoints": [],
        }
        rows = {"examples": paths // n_samples, "baseline_rows": [shared[kind] for kind in problem.shared]}
        return self._combined(self._integrated(rows, data), n)

    def _integrated(self, rows: Any, data: Any) -> dict[str, tf.Tensor]:
        """The arrays of `refinement_state.Results`, by name."""
        core, problem = self.question.core, self.question.problem
        inner, rule = core.inner(problem), self.rule
        evaluate, begin = self._function("gradients", core.traced.gradients)
        if isinstance(rule, Fixed):
            scores, begin_scores = self._function("scores", core.traced.scores)
            restore, restore_scores = begin(), begin_scores()

            def restored() -> None:
                restore()
                restore_scores()

            batch = core.compilation.static_batch
            fixed = FixedNodes(
                rule.build(),
                evaluate,
                scores,
                restored,
                problem.pin,
                inner.rows,
                problem.n_features,
                max(inner.least, 1),
                batch,
            )
            return fixed.run(rows, data, problem.n_samples)
        rows = rows | {
            "real": tf.ones_like(rows["examples"]) > 0,
            "unreached": self._unreached(rows, data),
        }
        setting = Setting(
            evaluate,
            begin,
            core.path,
            problem.n_features,
            problem.pin,
            reach=reach_of(inner.traits.score_type) if "largest" in inner.outputs else None,
            batch=core.compilation.static_batch,
        )
        # By itself, so that no size is known that grows in the loop.
        run = tf.function(partial(refined, setting), input_signature=refinement_signature(problem), autograph=False)
        return run(rows, self._nodes(rule, tf.shape(rows["examples"])[0]), data)

    def _function(self, use: str, body: Callable[..., Any]) -> tuple[_Evaluate, Callable[[], Callable[[], None]]]:
        """A function of the core, and what remembers the model's states that an explanation begins with."""
        compilation, problem = self.question.core.compilation, self.question.problem
        dtype = problem.dtype

        # Anew, so that it reads the model's own variables and not the copies that an explanation here has.
        def traced(rows: Any, nodes: Any, data: Any) -> dict[str, Any]:
            return body(rows, nodes, data)[0]

        function = tf.function(traced, input_signature=signature(use, problem), autograph=False)
        concrete = function.get_concrete_function()
        with tf.init_scope():
            written = [variable for variable in captured_variables(concrete.graph) if variable.written]
            # What a server's other requests do to the states, or serving the model itself, is theirs.
            state = PrivateState(concrete, written)
            begun = carried(written, compilation.static_batch, compilation.initial_states)()
        self.variables.extend(state.variables)

        def evaluate(rows: Any, data: Any) -> dict[str, Any]:
            return concrete(rows | {"alphas": tf.cast(rows["alphas"], dtype)}, {}, data)

        values = [(variable, value.numpy()) for variable, value in begun]
        return evaluate, lambda: state.beginning(values)

    def _unreached(self, rows: Any, data: Any) -> tf.Tensor:
        """The change of the score of each path [P] where leaves that no gradient reaches go to their baseline."""
        core, problem = self.question.core, self.question.problem
        nothing = tf.zeros_like(rows["examples"], tf.float64)
        if not core.disconnected or not core.reproducible:
            return nothing
        scores, begin = self._function("scores", core.traced.scores)
        n_paths = tf.shape(rows["examples"])[0]
        own = tf.range(n_paths)
        # Each path becomes an example of its own.
        taken = {
            name: [tf.gather(leaf, rows["examples"]) for leaf in data[name]] for name in ("inputs", "held", "targets")
        }
        starts = [tf.gather(*pair) for pair in zip(data["baselines"], rows["baseline_rows"], strict=True)]
        moved = [
            start if number in core.disconnected else leaf
            for number, (leaf, start) in enumerate(zip(taken["inputs"], starts, strict=True))
        ]
        nodes = FixedNodes(
            Fixed(1).build(),
            scores,
            scores,
            begin(),
            None,
            core.inner(problem).rows,
            problem.n_features,
            batch=core.compilation.static_batch,
        )
        each = {"examples": own, "baseline_rows": [own] * len(starts)}
        data = data | taken | {"baselines": starts}
        at_input = nodes.scored(each, data, 1.0)
        if problem.pin is not None:
            data = data | {"targets": problem.pin(data["targets"], at_input["classes"])}
        changed = nodes.scored(each, data | {"inputs": moved}, 1.0)
        before, after = (tf.cast(found["scores"], tf.float64) for found in (at_input, changed))
        change, finite = tf.abs(before - after), tf.math.is_finite(before)
        size = tf.reduce_max(tf.concat([tf.where(finite, tf.abs(before), nothing), [0.0]], axis=0))
        return tf.where(change > SAME * size, change, nothing)

    def _nodes(self, rule: Adaptive, n_paths: tf.Tensor) -> dict[str, tf.Tensor]:
        core, problem = self.question.core, self.question.problem
        inner, first = core.inner(problem), first_grid(rule, np.empty(0))
        rows = max(STORE_BYTES // (4 * max(problem.n_features, 1)), len(first))
        numbers = rule_of(rule, problem.dtype, core.half_rounding)._asdict()
        nodes = {name: tf.constant(number, tf.float64) for name, number in numbers.items() if name != "max_steps"}
        return nodes | {
            "max_steps": tf.constant(rule.max_steps),
            "first": tf.constant(first, tf.float64),
            "interior": tf.zeros([0], tf.float64),
            "reproducible": tf.constant(core.reproducible),
            "rows": tf.constant(inner.rows),
            "least": tf.constant(inner.least),
            "store": tf.minimum(rows, rule.max_steps * n_paths),
            "slots": tf.minimum(n_paths, min(MOST_SLOTS, rows // len(first))),
            "width": tf.constant(0),
        }

    def _combined(self, found: dict[str, tf.Tensor], n: tf.Tensor) -> dict[str, tf.Tensor]:
        """The mean over an example's paths, and its error: at most the mean of their errors."""
        problem, judge = self.question.problem, self.rule.judge
        n_samples = problem.n_samples

        def mean(per_path: tf.Tensor) -> tf.Tensor:
            return tf.reduce_mean(tf.reshape(per_path, [n, n_samples]), axis=1)

        def anywhere(per_path: tf.Tensor) -> tf.Tensor:
            return tf.reduce_any(tf.reshape(per_path, [n, n_samples]), axis=1)

        start, end, completeness, map_error = tf.unstack(found["errors"], axis=1)
        scores, slopes, counts = found["profile"][:, :, 1], found["profile"][:, :, 2], found["profile"][:, :, 3] > 0
        known = tf.where(counts, scores, start[:, None])
        scale = score_scale(known, start, end)
        values = tf.reshape(found["values"], [n, n_samples, problem.n_features])
        flat = tf.reduce_sum(values / n_samples, axis=1)
        residual = relative(mean(completeness), mean(scale))
        total = tf.reduce_sum(tf.abs(tf.cast(flat, tf.float64)), axis=1)
        map_error = relative(mean(map_error), total)
        outside = anywhere(found["outside"] > 0)
        bad = tf.reduce_any(counts & ~(tf.math.is_finite(scores) & tf.math.is_finite(slopes)), axis=1)
        finite = tf.math.is_finite(mean(start + end) + total) & ~anywhere(bad)
        converged = (residual <= judge.tolerance) & (map_error <= judge.map_tolerance) & finite & ~outside
        explained = tf.reshape(found["classes"][:, 0], [n, n_samples])[:, 0]
        # What was computed for them is another class's.
        values = tf.where(outside[:, None], np.nan, flat)
        result = dict(zip(self.value_names, self._leaves(values), strict=True))
        return result | {
            "score": tf.cast(mean(end), tf.float32),
            "baseline_score": tf.cast(mean(start), tf.float32),
            "residual": tf.cast(residual, tf.float32),
            "map_error": tf.where(outside, np.nan, tf.cast(map_error, tf.float32)),
            "converged": converged & self.question.core.reproducible,
            "n_evaluations": tf.reduce_sum(tf.reshape(found["ends"][:, 1], [n, n_samples]), axis=1),
            "class": tf.where(outside, -1, explained),
        }

    @property
    def value_names(self) -> list[str]:
        """The names of the values of each attributed leaf."""
        names = self.question.leaves.attributed_names
        return ["values"] if len(names) == 1 else [re.sub(r"\W", "_", f"values_{name}") for name in names]

    def _leaves(self, flat: tf.Tensor) -> list[tf.Tensor]:
        leaves, first = [], 0
        for shape in self.question.problem.shapes:
            size = math.prod(shape)
            leaves.append(tf.reshape(flat[:, first : first + size], [-1, *shape]))
            first += size
        return leaves

    @property
    def coordinates(self) -> dict[str, tf.Tensor]:
        """The names of the groups that values are of, by the name of the values; of those in other coordinates."""
        question = self.question
        names = names_of(question.problem.components, question.leaves, question.features)
        pairs = zip(self.value_names, names, strict=True)
        return {name: tf.constant(called.tolist()) for name, called in pairs if called is not None}


def _with_dtypes(given: list[tf.Tensor], read: ModelInputs) -> Any:
    return zip(given, read.dtypes, strict=True)
