"""A whole explanation as a function of the inputs alone, for a model that is served: traced, without kerasig later."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine.adaptive import first_grid, rule_of
from kerasig._engine.columns import largest, relative
from kerasig._engine.refinement import Refinement
from kerasig._engine.scaling import FLOAT16_REACH, REACH
from kerasig._engine.state import captured_variables, remembered
from kerasig._engine.store import STORE_BYTES
from kerasig._engine.traced import Traits, signature
from kerasig._engine.whole import MOST_SLOTS
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.question import Question
from kerasig.steps import Adaptive


@dataclass(frozen=True, eq=False)
class Served:
    """The explanation of a model at inputs like those of a question.

    Args:
        question: with any inputs of the shapes that are meant.
        rule: the tolerances.
        class_ids: whether each example comes with the class that is explained.
    """

    question: Question
    rule: Adaptive
    class_ids: bool

    def explain(self, given: list[tf.Tensor], classes: tf.Tensor | None) -> dict[str, tf.Tensor]:
        """The results that `docs/serving.md` lists, by name.

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
        examples = paths // n_samples
        shared = {"all": 0 * paths, "sample": paths % n_samples}
        held = tensors if question.space.layer is not None else [t for t in tensors if not t.dtype.is_floating]
        data = {
            "inputs": points,
            "baselines": list(problem.baselines),
            "held": held,
            "targets": [tf.repeat(leaf[:1], n, axis=0) for leaf in problem.targets],
            "waypoints": [],
        }
        if classes is not None:
            data["targets"][0] = tf.cast(classes, tf.int32)[:, None]
        rows = {
            "examples": examples,
            "baseline_rows": [shared[kind] for kind in problem.shared],
            "real": tf.ones_like(paths) > 0,
            "unreached": tf.zeros_like(paths, tf.float64),
        }
        found = self._refined(rows, data)
        return self._combined(found, n)

    def _refined(self, rows: Any, data: Any) -> dict[str, tf.Tensor]:
        core, problem = self.question.core, self.question.problem
        inner = core.inner(problem)
        dtype = problem.dtype

        # Anew, so that it reads the model's own variables and not the copies that an explanation here has.
        def gradients(rows: Any, nodes: Any, data: Any) -> dict[str, Any]:
            return core.traced.gradients(rows, nodes, data)[0]

        function = tf.function(gradients, input_signature=signature("gradients", problem), autograph=False)
        concrete = function.get_concrete_function()
        with tf.init_scope():
            written = [variable for variable in captured_variables(concrete.graph) if variable.written]
        restore = remembered(written)

        def evaluate(rows: Any, data: Any) -> dict[str, Any]:
            return concrete(rows | {"alphas": tf.cast(rows["alphas"], dtype)}, {}, data)

        refinement = Refinement(
            evaluate,
            lambda: restore,
            core.path,
            problem.n_features,
            problem.pin,
            reach=_reach(inner.traits) if "largest" in inner.outputs else None,
            batch=core.compilation.static_batch,
        )
        found = refinement.run(rows, self._nodes(tf.shape(rows["examples"])[0]), data)
        with tf.control_dependencies(tf.nest.flatten(found)):
            restore()
        return found

    def _nodes(self, n_paths: tf.Tensor) -> dict[str, tf.Tensor]:
        core, problem = self.question.core, self.question.problem
        inner, first = core.inner(problem), first_grid(self.rule, np.empty(0))
        rows = max(STORE_BYTES // (4 * max(problem.n_features, 1)), len(first))
        numbers = rule_of(self.rule, problem.dtype, core.half_rounding)._asdict()
        nodes = {name: tf.constant(number, tf.float64) for name, number in numbers.items() if name != "max_steps"}
        return nodes | {
            "max_steps": tf.constant(self.rule.max_steps),
            "first": tf.constant(first, tf.float64),
            "interior": tf.zeros([0], tf.float64),
            "reproducible": tf.constant(core.reproducible),
            "rows": tf.constant(inner.rows),
            "least": tf.constant(inner.least),
            "store": tf.minimum(rows, self.rule.max_steps * n_paths),
            "slots": tf.minimum(n_paths, min(MOST_SLOTS, rows // len(first))),
            "width": tf.constant(0),
        }

    def _combined(self, found: dict[str, tf.Tensor], n: tf.Tensor) -> dict[str, tf.Tensor]:
        """The mean over an example's paths, and its error: at most the mean of their errors."""
        n_samples = self.question.problem.n_samples

        def mean(per_path: tf.Tensor) -> tf.Tensor:
            return tf.reduce_mean(tf.reshape(per_path, [n, n_samples]), axis=1)

        start, end, completeness, map_error = tf.unstack(found["errors"], axis=1)
        scores, counts = found["profile"][:, :, 1], found["profile"][:, :, 3] > 0
        known = tf.where(counts, scores, start[:, None])
        wander, size = largest(tf.abs(known - start[:, None])), largest(tf.abs(known))
        size = tf.maximum(size, tf.maximum(tf.abs(start), tf.abs(end)))
        scale = tf.maximum(tf.abs(end - start), tf.maximum(0.01 * wander, 1e-6 * size))
        flat = tf.reduce_mean(tf.reshape(found["values"], [n, n_samples, self.question.problem.n_features]), axis=1)
        residual = relative(mean(completeness), mean(scale))
        map_error = relative(mean(map_error), tf.cast(tf.reduce_sum(tf.abs(flat), axis=1), tf.float64))
        out_of_range = tf.reduce_any(tf.reshape(found["outside"], [n, n_samples]) > 0, axis=1)
        converged = (residual <= self.rule.tolerance) & (map_error <= self.rule.map_tolerance) & ~out_of_range
        result = dict(zip(self.value_names, self._leaves(flat), strict=True))
        result |= {
            "score": tf.cast(mean(end), tf.float32),
            "baseline_score": tf.cast(mean(start), tf.float32),
            "residual": tf.cast(residual, tf.float32),
            "map_error": tf.cast(map_error, tf.float32),
            "converged": converged,
            "n_evaluations": tf.reduce_sum(tf.reshape(found["ends"][:, 1], [n, n_samples]), axis=1),
        }
        predicted = tf.reshape(found["classes"][:, 0], [n, n_samples])[:, 0]
        return result | {"class": predicted}

    @property
    def value_names(self) -> list[str]:
        """The names of the values of each attributed leaf."""
        names = self.question.leaves.attributed_names
        return ["values"] if len(names) == 1 else [re.sub(r"\W", "_", f"values_{name}") for name in names]

    def _leaves(self, flat: tf.Tensor) -> list[tf.Tensor]:
        leaves, first = [], 0
        for leaf in self.question.problem.inputs:
            size = int(leaf.shape[1:].num_elements())
            leaves.append(tf.reshape(flat[:, first : first + size], [-1, *leaf.shape[1:]]))
            first += size
        return leaves


def _with_dtypes(given: list[tf.Tensor], read: ModelInputs) -> Any:
    return zip(given, read.dtypes, strict=True)


def _reach(traits: Traits) -> int:
    return FLOAT16_REACH if traits.score_type == tf.float16 else REACH
