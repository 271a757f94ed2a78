"""The refinement loop around a model: what is traced, of which arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig._engine.compiled import Compilation, Compiled
from kerasig._engine.problem import Problem
from kerasig._engine.refinement import Refinement, Sizes
from kerasig._engine.scaling import FLOAT16_REACH, REACH
from kerasig._engine.traced import Traced, Traits, signature


def refinement_of(
    traced: Traced,
    inner: Compiled[Traits],
    compilation: Compilation,
    problem: Problem,
    interior: bool,
    sizes: Sizes | None,
) -> tuple[Callable[[Any, Any, Any], tuple[dict[str, Any], Traits]], list[Any]]:
    """The body of the loop around a model, and its signature.

    Args:
        traced: the model.
        inner: its gradients, compiled.
        compilation: how both are.
        problem: of the shapes that are meant.
        interior: whether interior gradients are wanted.
        sizes: fixed ones, where shapes must be.
    """
    dtype = problem.dtype
    given = inner.outputs
    reach = None
    if "largest" in given:
        reach = FLOAT16_REACH if inner.traits.score_type == tf.float16 else REACH

    def body(rows: Any, nodes: Any, data: Any) -> tuple[dict[str, Any], Traits]:
        call, remember = inner.inside()

        def evaluate(rows: Any, data: Any) -> dict[str, Any]:
            return call(rows | {"alphas": tf.cast(rows["alphas"], dtype)}, {}, data)

        refinement = Refinement(
            evaluate,
            remember,
            traced.path,
            sum(int(np.prod(leaf.shape[1:], dtype=int)) for leaf in problem.inputs),
            problem.pin,
            interior,
            reach,
            given["lookups"].shape[0] if "lookups" in given else 0,
            sizes,
            compilation.static_batch,
        )
        return refinement.run(rows, nodes, data), inner.traits

    rows, _, data = signature("gradients", problem)
    rows = {name: spec for name, spec in rows.items() if name in ("examples", "baseline_rows")}
    rows |= {"real": tf.TensorSpec([None], tf.bool), "unreached": tf.TensorSpec([None], tf.float64)}
    real, count = tf.TensorSpec([], tf.float64), tf.TensorSpec([], tf.int32)
    nodes = dict.fromkeys(("tolerance", "map_tolerance", "rounding", "computed", "shortest"), real)
    nodes |= dict.fromkeys(("max_steps", "rows", "least", "slots", "store", "width"), count)
    nodes |= {name: tf.TensorSpec([None], tf.float64) for name in ("first", "interior")}
    nodes["reproducible"] = tf.TensorSpec([], tf.bool)
    if sizes is not None:
        rows = tf.nest.map_structure(lambda spec: tf.TensorSpec([sizes.paths], spec.dtype), rows)
        data = tf.nest.map_structure(lambda spec: tf.TensorSpec([sizes.paths, *spec.shape[1:]], spec.dtype), data)
    return body, [rows, nodes, data]
