"""Integrates paths with as many gradients as their accuracy takes: how much of that goes into one call, and what of it.

`refinement.py` has the loop itself, which runs on the device.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.gradients import Core
from kerasig._engine.microbatch import has_accelerator
from kerasig._engine.piecewise import DOUBLE_ROUNDING, ROUNDING
from kerasig._engine.problem import Problem
from kerasig._engine.refinement import USUAL_NODES, Sizes
from kerasig._engine.results import PathIntegrals
from kerasig._quadrature.rules import clenshaw_curtis
from kerasig.steps import Adaptive

# Memory for the gradients of paths that are not finished. Where one path's own need more, that is the bound.
STORE_BYTES = 512 << 20
# Memory for the results of one call.
RESULT_BYTES = 256 << 20
# Paths under way at once at most: their nodes are small arrays, which every turn goes through.
MOST_SLOTS = 1 << 14
# Dense at both ends, where networks saturate.
FIRST_GRID = clenshaw_curtis(5).nodes
# An interval this short, relative to its own place, is not halved again: 4 roundings more than float32 points have.
SHORTEST = {tf.float32: 2.0**-20, tf.float64: 2.0**-40}


def integrate_adaptive(core: Core, problem: Problem, rule: Adaptive, results: PathIntegrals) -> Problem:
    """Integrates every path into `results`; returns the problem with the predicted classes filled in."""
    core.check_rows(problem)
    interior = np.unique(results.interior_alphas)
    # Alphas that were asked for are nodes from the start: they are evaluated anyway.
    first = np.union1d(FIRST_GRID, interior)
    if len(first) > rule.max_steps:
        first, interior = FIRST_GRID, interior[:0]
    exact = problem.dtype == tf.float64
    nodes = {
        "first": first,
        "interior": interior,
        "tolerance": rule.tolerance,
        "map_tolerance": rule.map_tolerance,
        "max_steps": rule.max_steps,
        "rounding": DOUBLE_ROUNDING if exact else ROUNDING,
        "computed": core.half_rounding,
        "shortest": SHORTEST[problem.dtype],
        "reproducible": core.reproducible,
    }
    for paths in _parts(problem, len(interior)):
        found = _refined(core, problem, paths, nodes, rule, results)
        _keep(results, paths, found, interior)
        _raise_out_of_range(problem, paths, found)
    return problem.pinned(results.classes[:: problem.n_samples])


def _parts(problem: Problem, n_interior: int) -> Iterator[NDArray[np.int64]]:
    """Paths whose results fit into memory at once, whole examples at a time."""
    each = 4 * _features(problem) * (1 + n_interior) * problem.n_samples
    step = max(1, RESULT_BYTES // max(each, 1)) * problem.n_samples
    for first in range(0, problem.n_paths, step):
        yield np.arange(first, min(first + step, problem.n_paths))


def _refined(
    core: Core,
    problem: Problem,
    paths: NDArray[np.int64],
    nodes: dict[str, Any],
    rule: Adaptive,
    results: PathIntegrals,
) -> dict[str, Any]:
    """What the loop gives for some paths."""
    compilation = core.compilation
    n_interior = len(nodes["interior"])
    rows_each = max(STORE_BYTES // (4 * max(_features(problem), 1)), len(nodes["first"]))
    while True:
        inner_rows, least = core.call_sizes(problem)
        if compilation.jit_compile:
            padded = 8 ** math.ceil(math.log(-(-len(paths) // compilation.n_replicas), 8) - 1e-9)
            sizes = _fixed(padded, inner_rows, rule, rows_each)
            n_padded = padded * compilation.n_replicas
        else:
            sizes, n_padded = None, compilation.whole(len(paths))
        compiled = core.refinement(problem, n_interior > 0, sizes)
        each = n_padded // compilation.n_replicas
        store = max(min(rows_each, rule.max_steps * each), len(nodes["first"]))
        given = nodes | {
            "rows": inner_rows,
            "least": least,
            "store": store,
            "slots": max(1, min(each, MOST_SLOTS, store // len(nodes["first"]))),
            "width": rule.max_steps if compilation.n_replicas > 1 else 0,
        }
        filled = np.pad(paths, (0, n_padded - len(paths)), mode="edge")
        rows = problem.rows(filled)
        rows = {
            "examples": rows["examples"],
            "baseline_rows": rows["baseline_rows"],
            "real": np.arange(n_padded) < len(paths),
            "unreached": results.unreached[filled],
        }
        try:
            found = compiled(rows, given, problem.tensors())
        except tf.errors.ResourceExhaustedError as error:
            compiled.halve(inner_rows, error)
            continue
        return {name: array[: len(paths)] for name, array in found.items()}


def _fixed(paths: int, rows: int, rule: Adaptive, store: int) -> Sizes:
    """Few sizes, as each is compiled anew."""
    columns = 64 * 8 ** max(0, math.ceil(math.log(rule.max_steps / 64, 8) - 1e-9))
    rows = min(8 ** int(math.log(rows, 8) + 1e-9), max(1, 2 * paths))
    store = max(min(store, columns * paths), columns)
    slots = min(paths, max(1, store // USUAL_NODES), max(1, rows))
    return Sizes(paths, rows, slots, columns, store)


def _features(problem: Problem) -> int:
    return sum(int(np.prod(leaf.shape[1:], dtype=int)) for leaf in problem.inputs)


def _keep(results: PathIntegrals, paths: NDArray[np.int64], found: dict[str, Any], interior: NDArray[Any]) -> None:
    """Puts what was found into the results."""
    start, end, completeness, map_error = found["errors"].T
    results.start[paths], results.end[paths] = start, end
    results.classes[paths], results.predicted[paths] = found["classes"].T
    results.statuses[paths], results.evaluations[paths] = found["ends"].T
    alphas, scores, slopes, counts = np.moveaxis(found["profile"], 2, 0)
    # Those that do not count go to the end.
    alphas = np.where(counts > 0, alphas, np.nan)
    order = np.argsort(alphas, axis=1, kind="stable")
    profile = [np.take_along_axis(array, order, axis=1) for array in (alphas, scores, slopes)]
    results.add(paths, found["values"], completeness, map_error, *profile)
    gradients = found["interior"]
    for column, alpha in enumerate(interior):
        leaves, first = [], 0
        for leaf in results.interior:
            size = int(np.prod(leaf.shape[2:], dtype=int))
            leaves.append(gradients[:, column, first : first + size].reshape(-1, *leaf.shape[2:]))
            first += size
        results.add_interior(paths, np.full(len(paths), alpha), leaves)


def _raise_out_of_range(problem: Problem, paths: NDArray[np.int64], found: dict[str, Any]) -> None:
    outside = paths[found["outside"] > 0]
    if len(outside):
        raise ValueError(problem.out_of_range(problem.examples_of(outside)))
