"""Integrates paths by the refinement that runs in one graph: how much goes into one call, and what becomes of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.adaptive import USUAL_NODES, AdaptiveScheme, first_grid, rule_of
from kerasig._engine.compilation import Compilation
from kerasig._engine.compiled import Compiled
from kerasig._engine.gradients import Core
from kerasig._engine.problem import Problem
from kerasig._engine.refinement import refined
from kerasig._engine.refinement_state import Setting, Sizes
from kerasig._engine.results import PathIntegrals, counted
from kerasig._engine.scaling import reach_of
from kerasig._engine.store import STORE_BYTES
from kerasig._engine.traced import Traced, Traits, signature
from kerasig.steps import Adaptive

# Memory for the results of one call.
RESULT_BYTES = 256 << 20
# Paths under way at once at most: their nodes are small arrays, which every turn goes through.
MOST_SLOTS = 1 << 14


class WholeScheme(AdaptiveScheme):
    """As many nodes as accuracy takes, chosen on the device, in one graph with the model."""

    def integrate(self, core: Core, problem: Problem, results: PathIntegrals) -> Problem:
        """See `Scheme`."""
        core.check_rows(problem)
        first = first_grid(self.rule, results.interior_alphas)
        interior = np.intersect1d(first, results.interior_alphas)
        nodes = rule_of(self.rule, problem.dtype, core.half_rounding)._asdict()
        nodes |= {"first": first, "interior": interior, "reproducible": core.reproducible}
        for paths in _parts(problem, len(interior)):
            found = _refined(core, problem, paths, nodes, results)
            _keep(results, paths, found, interior)
            outside = paths[found["outside"] > 0]
            if len(outside):
                raise ValueError(problem.out_of_range(problem.examples_of(outside)))
        return problem.pinned(results.classes[:: problem.n_samples])


def refinement_of(
    traced: Traced,
    inner: Compiled[Traits],
    compilation: Compilation,
    problem: Problem,
    interior: bool,
    sizes: Sizes | None,
) -> tuple[Callable[[Any, Any, Any], tuple[dict[str, Any], Traits]], list[Any]]:
    """The loop around a model, to be traced, and its signature.

    Args:
        traced: the model.
        inner: its gradients, compiled.
        compilation: how both are.
        problem: of the shapes that are meant.
        interior: whether interior gradients are wanted.
        sizes: fixed ones, where shapes must be.
    """
    dtype, given = problem.dtype, inner.outputs
    reach = reach_of(inner.traits.score_type) if "largest" in given else None

    def body(rows: Any, nodes: Any, data: Any) -> tuple[dict[str, Any], Traits]:
        call, remember = inner.inside(None if sizes is None else sizes.rows)

        def evaluate(rows: Any, data: Any) -> dict[str, Any]:
            return call(rows | {"alphas": tf.cast(rows["alphas"], dtype)}, {}, data)

        setting = Setting(
            evaluate,
            remember,
            traced.path,
            problem.n_features,
            problem.pin,
            interior,
            reach,
            int(given["lookups"].shape[0]) if "lookups" in given else 0,
            sizes,
            compilation.static_batch,
        )
        return refined(setting, rows, nodes, data), inner.traits

    return body, refinement_signature(problem, sizes)


def refinement_signature(problem: Problem, sizes: Sizes | None = None) -> list[Any]:
    """TensorSpecs of (rows, nodes, data) of `refined`, for problems of this one's shapes."""
    rows, _, data = signature("gradients", problem)
    rows = {name: spec for name, spec in rows.items() if name in ("examples", "baseline_rows")}
    rows |= {"real": tf.TensorSpec([None], tf.bool), "unreached": tf.TensorSpec([None], tf.float64)}
    real, count = tf.TensorSpec([], tf.float64), tf.TensorSpec([], tf.int32)
    nodes = dict.fromkeys(("tolerance", "map_tolerance", "rounding", "computed", "shortest"), real)
    nodes |= dict.fromkeys(("max_steps", "rows", "least", "slots", "store", "width"), count)
    nodes |= {name: tf.TensorSpec([None], tf.float64) for name in ("first", "interior")}
    nodes["reproducible"] = tf.TensorSpec([], tf.bool)
    if sizes is not None:
        fixed = [sizes.paths]
        rows = tf.nest.map_structure(lambda spec: tf.TensorSpec(fixed, spec.dtype), rows)
        data = tf.nest.map_structure(lambda spec: tf.TensorSpec([*fixed, *spec.shape[1:]], spec.dtype), data)
    return [rows, nodes, data]


def is_static(compilation: Compilation) -> bool:
    """Whether every shape must be known beforehand."""
    return compilation.jit_compile


def fixed_sizes(paths: int, rows: int, rule: Adaptive, n_features: int) -> Sizes:
    """Few sizes, as each is compiled anew.

    Args:
        paths: how many there are, on a replica.
        rows: of a call of the model at most.
        rule: that they are integrated by.
        n_features: of a path.
    """
    paths = 8 ** math.ceil(math.log(paths, 8) - 1e-9)
    columns = 64 * 8 ** max(0, math.ceil(math.log(rule.max_steps / 64, 8) - 1e-9))
    rows = min(8 ** int(math.log(rows, 8) + 1e-9), max(1, 2 * paths))
    store = STORE_BYTES // (4 * max(n_features, 1))
    store = max(min(store, columns * paths), columns)
    return Sizes(paths, rows, min(paths, max(1, store // USUAL_NODES), rows), columns, store)


def _parts(problem: Problem, n_interior: int) -> Iterator[NDArray[np.int64]]:
    """Paths whose results fit into memory at once, whole examples at a time."""
    each = 4 * problem.n_features * (1 + n_interior) * problem.n_samples
    step = max(1, RESULT_BYTES // max(each, 1)) * problem.n_samples
    for first in range(0, problem.n_paths, step):
        yield np.arange(first, min(first + step, problem.n_paths))


def _refined(
    core: Core, problem: Problem, paths: NDArray[np.int64], nodes: dict[str, Any], results: PathIntegrals
) -> dict[str, Any]:
    """The results of the loop for some paths."""
    compilation, inner = core.compilation, core.inner(problem)
    n_first = len(nodes["first"])
    each = compilation.whole(len(paths)) // compilation.n_replicas
    sizes = None
    while True:
        if is_static(compilation):
            rule = Adaptive(nodes["tolerance"], nodes["map_tolerance"], nodes["max_steps"])
            sizes = fixed_sizes(each, inner.rows, rule, problem.n_features)
            each = sizes.paths
        padded = each * compilation.n_replicas
        store = max(STORE_BYTES // (4 * max(problem.n_features, 1)), n_first)
        given = nodes | {
            "rows": inner.rows,
            "least": inner.least,
            "store": min(store, max(nodes["max_steps"], n_first) * each),
            "slots": max(1, min(each, MOST_SLOTS, store // n_first)),
            "width": nodes["max_steps"] if compilation.n_replicas > 1 else 0,
        }
        filled = np.pad(paths, (0, padded - len(paths)), mode="edge")
        rows = {name: array for name, array in problem.rows(filled).items() if name != "scales"}
        rows |= {"real": np.arange(padded) < len(paths), "unreached": results.unreached[filled]}
        compiled = _compiled(core, problem, len(nodes["interior"]) > 0, sizes)
        before = inner.rows
        try:
            found = compiled(rows, given, problem.tensors())
        except tf.errors.ResourceExhaustedError as error:
            compiled.halve(before, error)
            continue
        return {name: array[: len(paths)] for name, array in found.items()}


def _compiled(core: Core, problem: Problem, interior: bool, sizes: Sizes | None) -> Compiled[Traits]:
    inner = core.inner(problem)

    def build() -> Compiled[Traits]:
        body, specs = refinement_of(core.traced, inner, core.compilation, problem, interior, sizes)
        return Compiled(body, specs, core.compilation, around=inner)

    return core.kept(f"refinement, pinned: {problem.pin is not None}, interior: {interior}, {sizes}", build)


def _keep(results: PathIntegrals, paths: NDArray[np.int64], found: dict[str, Any], interior: NDArray[Any]) -> None:
    """Puts what was found into the results."""
    start, end, completeness, map_error = found["errors"].T
    results.start[paths], results.end[paths] = start, end
    results.classes[paths], results.predicted[paths] = found["classes"].T
    results.statuses[paths], results.evaluations[paths] = found["ends"].T
    *profile, counts = np.moveaxis(found["profile"], 2, 0)
    profile = counted(counts > 0, *profile)
    results.add(paths, found["values"], completeness, map_error, *profile)
    for column, alpha in enumerate(interior):
        leaves, first = [], 0
        for leaf in results.interior:
            size = int(np.prod(leaf.shape[2:], dtype=int))
            flat = found["interior"][:, column, first : first + size]
            leaves.append(tf.constant(flat.reshape(-1, *leaf.shape[2:])))
            first += size
        results.add_interior(paths, np.full(len(paths), alpha), leaves)
