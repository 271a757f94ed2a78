"""A fixed rule over many paths in one graph, for a model that is served; by the formulas of `fixed.py`.

Shapes: P paths, C of them at a time, K nodes, F features of all leaves. Path P is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine.fixed import closed_weights
from kerasig._quadrature.error_estimates import MAP_ERROR_FACTOR
from kerasig._quadrature.rules import Rule
from kerasig._status import code


@dataclass(frozen=True, eq=False)
class FixedNodes:
    """The rule, to be traced.

    Args:
        rule: nodes and weights.
        evaluate: traced; (rows, data) of `Traced.gradients` to what that returns by name.
        scores: the same of `Traced.scores`.
        restore: called before each evaluation, so that the model's state is what it was.
        pin: fills in predicted classes, as `Problem.pin`; None where nothing is predicted.
        rows: C at most.
        n_features: F.
        least: rows that a call of the model must have.
        batch: rows of each call, where the model takes no other number.
    """

    rule: Rule
    evaluate: Callable[[Any, Any], dict[str, Any]]
    scores: Callable[[Any, Any], dict[str, Any]]
    restore: Callable[[], None]
    pin: Callable[[Sequence[tf.Tensor], tf.Tensor], Sequence[tf.Tensor]] | None
    rows: int
    n_features: int
    least: int = 1
    batch: int | None = None

    def run(self, rows: Any, data: Any, n_samples: int) -> dict[str, tf.Tensor]:
        """Integrates paths.

        Args:
            rows: "examples" and "baseline_rows" of each path.
            data: as of `Traced.gradients`.
            n_samples: paths of each example.

        Returns:
            By path, what `refinement.Results` has.
        """
        n_paths = tf.shape(rows["examples"])[0]
        end = self.scored(rows, data, 1.0)
        if self.pin is not None:
            data = data | {"targets": self.pin(data["targets"], end["classes"][::n_samples])}
        start = self.scored(rows, data, 0.0)
        found = self._each(n_paths, lambda at: self._integrated(rows, data, at))
        outside = ~(end["valid"] & start["valid"])
        score, baseline = (
            tf.where(outside, tf.constant(np.nan, tf.float64), tf.cast(ends["scores"], tf.float64))
            for ends in (end, start)
        )
        completeness, map_error = self._errors(found, baseline, score)
        alphas = tf.broadcast_to(tf.constant(self.rule.nodes, tf.float64), tf.shape(found["scores"]))
        ends = tf.constant([code("out of steps"), len(self.rule)], tf.int32)
        return {
            "values": tf.cast(found["sums"], tf.float32),
            "errors": tf.stack([baseline, score, completeness, map_error], axis=1),
            "ends": tf.tile(ends[None], [n_paths, 1]),
            "classes": tf.stack([end["classes"], end["predicted"]], axis=1),
            "outside": tf.cast(outside, tf.int32),
            "profile": tf.stack([alphas, found["scores"], found["slopes"], tf.ones_like(alphas)], axis=2),
        }

    def scored(self, rows: Any, data: Any, alpha: float) -> dict[str, tf.Tensor]:
        """`Selected` at one point of each path [P], by name."""

        def found_at(at: tf.Tensor) -> dict[str, tf.Tensor]:
            self.restore()
            return self.scores(self._rows(rows, at, alpha), data)

        return self._each(tf.shape(rows["examples"])[0], found_at)

    def _each(self, n_paths: tf.Tensor, work: Callable[[tf.Tensor], dict[str, tf.Tensor]]) -> dict[str, tf.Tensor]:
        """The results of `work`, of the numbers [C] of some paths, put together for all of them."""
        size = self.batch or tf.maximum(self.least, tf.minimum(self.rows, n_paths))
        # Their dtypes and shapes, of a trace that nothing runs.
        shapes = tf.function(work, autograph=False).get_concrete_function(tf.TensorSpec([self.batch], tf.int32))
        specs = shapes.structured_outputs
        kept = {name: tf.zeros([n_paths + 1, *spec.shape[1:]], spec.dtype) for name, spec in specs.items()}

        def step(first: tf.Tensor, kept: dict[str, tf.Tensor]) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
            numbers = first + tf.range(size)
            at = tf.minimum(numbers, n_paths - 1)
            if self.batch is not None:
                at = tf.ensure_shape(at, [self.batch])
            to = tf.minimum(numbers, n_paths)[:, None]
            new = work(at)
            return first + size, {name: tf.tensor_scatter_nd_update(kept[name], to, new[name]) for name in kept}

        _, kept = tf.while_loop(lambda first, _: first < n_paths, step, (tf.constant(0), kept), parallel_iterations=1)
        return {name: array[:n_paths] for name, array in kept.items()}

    def _rows(self, rows: Any, at: tf.Tensor, alpha: Any) -> dict[str, Any]:
        return {
            "examples": tf.gather(rows["examples"], at),
            "baseline_rows": [tf.gather(leaf, at) for leaf in rows["baseline_rows"]],
            "scales": tf.ones_like(at, tf.float32),
            "alphas": tf.fill(tf.shape(at), tf.cast(alpha, tf.float64)),
        }

    def _integrated(self, rows: Any, data: Any, at: tf.Tensor) -> dict[str, tf.Tensor]:
        """Scores and slopes [C, K], and over the nodes the sums [C, F] of contributions and of their squared jumps."""
        nodes, n = tf.constant(self.rule.nodes, tf.float64), len(self.rule)
        weights = tf.constant(np.stack([self.rule.weights, closed_weights(self.rule)]), tf.float64)
        gaps = tf.constant(np.concatenate([[0.0], np.diff(self.rule.nodes)]), tf.float64)

        def found_at(node: Any) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            self.restore()
            found = self.evaluate(self._rows(rows, at, nodes[node]), data)
            leaves = [tf.cast(leaf, tf.float64) for leaf in found["contributions"]]
            flat = tf.concat([tf.reshape(leaf, [-1, leaf.shape[1:].num_elements()]) for leaf in leaves], axis=1)
            return tf.cast(found["scores"], tf.float64), tf.cast(found["slopes"], tf.float64), flat

        def step(node: tf.Tensor, state: tuple[tf.Tensor, ...]) -> tuple[tf.Tensor, tuple[tf.Tensor, ...]]:
            scores, slopes, sums, closed, squares, last = state
            score, slope, flat = found_at(node)
            jumps = tf.where(node > 0, (gaps[node] * (flat - last)) ** 2, tf.zeros_like(flat))
            column = tf.one_hot(node, n, True, False, dtype=tf.bool)[None]
            return node + 1, (
                tf.where(column, score[:, None], scores),
                tf.where(column, slope[:, None], slopes),
                sums + weights[0, node] * flat,
                closed + weights[1, node] * flat,
                squares + jumps,
                flat,
            )

        per_node = tf.zeros([tf.shape(at)[0], n], tf.float64)
        nothing = tf.zeros([tf.shape(at)[0], self.n_features], tf.float64)
        begun = (per_node, per_node, nothing, nothing, nothing, nothing)
        shapes = tf.nest.map_structure(lambda array: tf.TensorShape([None, array.shape[1]]), begun)
        _, state = tf.while_loop(
            lambda node, _: node < n,
            step,
            (tf.constant(0), begun),
            shape_invariants=(tf.TensorShape([]), shapes),
            parallel_iterations=1,
        )
        scores, slopes, sums, closed, squares, _ = state
        return {"scores": scores, "slopes": slopes, "sums": sums, "bias": closed - sums, "squares": squares}

    def _errors(self, found: dict[str, tf.Tensor], start: tf.Tensor, end: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Completeness and map error [P], absolute; as `error_estimates` says."""
        scores, slopes, side = found["scores"], found["slopes"], self.rule.steps
        delta = tf.abs(tf.reduce_sum(found["sums"], axis=1) - (end - start))
        spread = MAP_ERROR_FACTOR**2 * found["squares"]
        if side in ("left", "right"):
            spread += found["bias"] ** 2
        map_error = tf.reduce_sum(tf.sqrt(spread), axis=1)
        if len(self.rule) == 1:
            # One node says nothing of how the gradient changes along the path.
            map_error = tf.fill(tf.shape(map_error), tf.constant(np.nan, tf.float64))
        if side == "none":
            return delta, map_error
        nodes = self.rule.nodes
        if side == "both":
            known, steps = scores, np.diff(nodes) * (slopes[:, 1:] + slopes[:, :-1]) / 2
        elif side == "left":
            known, steps = tf.concat([scores, end[:, None]], axis=1), np.diff(np.append(nodes, 1.0)) * slopes
        else:
            known, steps = tf.concat([start[:, None], scores], axis=1), np.diff(np.append(0.0, nodes)) * slopes
        residuals = known[:, 1:] - known[:, :-1] - steps
        squares = residuals**2
        squares = tf.where(tf.math.is_nan(squares), tf.zeros_like(squares), squares)
        return tf.maximum(delta, tf.sqrt(tf.reduce_sum(squares, axis=1))), map_error
