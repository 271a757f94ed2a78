"""Integrates contributions along paths by whichever scheme was asked for, and puts paths together into examples.

A scheme (`schemes.py`) gives `PathIntegrals`; an example is the mean over its paths.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.fixed import FixedScheme
from kerasig._engine.gradients import Core
from kerasig._engine.problem import Problem
from kerasig._engine.reach import Unreached, unreached_features, unreached_leaves
from kerasig._engine.results import PathIntegrals
from kerasig._engine.schemes import scheme_of
from kerasig._quadrature import error_estimates
from kerasig._status import code
from kerasig.steps import Adaptive, Fixed


@dataclass(frozen=True, eq=False)
class Integral:
    """The integrals of N examples; `Attribution` says what the fields mean."""

    values: list[NDArray[np.float32]]
    score: NDArray[np.float64]
    baseline_score: NDArray[np.float64]
    completeness_error: NDArray[np.float64]  # [N], relative
    map_error: NDArray[np.float64]
    finite: NDArray[np.bool_]
    reasons: NDArray[np.int8]  # [N] why it ended, where it is not within tolerance
    n_evaluations: NDArray[np.int64]
    classes: NDArray[np.int32]
    predicted: NDArray[np.int32]
    alphas: NDArray[np.float64]  # [N, K], or [N, n, K] for n sampled baselines
    scores: NDArray[np.float64]
    slopes: NDArray[np.float64]
    interior: list[NDArray[np.float32]] | None = field(default=None)  # each [N, K, *F]
    unreached: list[Unreached] = field(default_factory=list)
    means: list[NDArray[Any]] = field(default_factory=list)  # each [N, *F], or [N, n, *F]; none where not asked for


def integrate(
    core: Core,
    problem: Problem,
    rule: Fixed | Adaptive,
    interior_alphas: NDArray[np.float64],
    finished: Callable[[int], None] | None = None,
    with_gradients: bool = False,
) -> Integral:
    """Integrates every path of the problem.

    Args:
        core: the compiled model.
        problem: examples, baselines, targets.
        rule: the quadrature.
        interior_alphas: [K], where gradients are wanted besides; may be empty.
        finished: called with numbers of paths that are finished.
        with_gradients: whether the mean gradients are wanted, which fixed rules have.
    """
    scheme = scheme_of(rule, core.compilation)
    if isinstance(scheme, FixedScheme):
        scheme = replace(scheme, with_gradients=with_gradients)
    results = PathIntegrals(problem.n_examples, problem.n_samples, problem.shapes, interior_alphas, finished)
    scheme.compile(core, problem)
    unreached = unreached_leaves(core, problem, results)
    # What is not finite is a status of its example, not a warning of NumPy's.
    with np.errstate(all="ignore"):
        problem = scheme.integrate(core, problem, results)
    missing_paths, missing_alphas = results.missing_interior()
    # A microbatch at a time: the results alone may be large.
    rows = core.rows(problem) if len(missing_paths) else 1
    for first in range(0, len(missing_paths), rows):
        part = slice(first, first + rows)
        found = core.gradients(problem, missing_paths[part], missing_alphas[part])
        results.add_interior(missing_paths[part], missing_alphas[part], found.gradients)
        np.add.at(results.evaluations, missing_paths[part], 1)
    results.evaluations += problem.scales.repeated(problem.n_paths)
    unreached += unreached_features(core, problem, results, rule.judge.tolerance)
    results.statuses[results.lacks_gradient()] = code("gradient cut")
    if not core.reproducible:
        results.statuses[:] = code("not reproducible")
    return replace(_combine(results), unreached=unreached)


def evaluate_inputs(core: Core, problem: Problem, rule: Fixed | Adaptive) -> None:
    """Compiles what `integrate` will need and runs it once at the inputs, so that what cannot work fails early."""
    scheme = scheme_of(rule, core.compilation)
    scheme.evaluate(core, problem, np.arange(problem.n_paths)[:: problem.n_samples])
    scheme.compile(core, problem)


def evaluate_scores(
    core: Core, problem: Problem, at_baselines: bool, masks: Sequence[NDArray[np.bool_]] | None
) -> NDArray[np.float64]:
    """The score of each example, forward only: at the inputs, at the baselines, or at inputs partly replaced by them.

    Args:
        core: the compiled model.
        problem: examples, baselines, targets.
        at_baselines: at which end of the paths.
        masks: for each attributed leaf [N, *F], True where the baseline stands in for the input; None for nowhere.

    Returns:
        [N], the mean over an example's baselines.
    """
    n = problem.n_examples
    if problem.pin is not None and (at_baselines or masks is not None):
        examples = np.arange(problem.n_paths)[:: problem.n_samples]
        problem = problem.pinned(core.scores(problem, examples, np.ones(len(examples)))[1])
    if masks is not None:
        problem = problem.replaced(masks)
    paths = np.arange(problem.n_paths)
    scores, _, _ = core.scores(problem, paths, np.full(len(paths), 0.0 if at_baselines else 1.0))
    return scores.reshape(n, -1).mean(axis=1)


def _combine(results: PathIntegrals) -> Integral:
    n, m = results.n_examples, results.n_samples

    def mean(per_path: NDArray[np.float64]) -> NDArray[np.float64]:
        return per_path.reshape(n, m).mean(axis=1)

    alphas, scores, slopes = results.profiles()
    with np.errstate(invalid="ignore", over="ignore"):
        scale = error_estimates.score_scale(scores, results.start, results.end)
        size = sum(np.abs(leaf.astype(np.float64)).reshape(n, -1).sum(axis=1) for leaf in results.values)
        # The mean's error is at most the mean of the errors.
        completeness = error_estimates.relative(mean(results.completeness), mean(scale))
        map_error = error_estimates.relative(mean(results.map_error), size)
        # Results have scores in float32, whatever the model computes in.
        finite = np.isfinite(mean(results.end).astype(np.float32)) & np.isfinite(size)
        finite &= np.isfinite(mean(results.start).astype(np.float32))
    # A padded node is NaN in alphas; scores and slopes there are no part of the path.
    bad = ~np.isnan(alphas) & ~(np.isfinite(scores) & np.isfinite(slopes))
    finite &= ~bad.reshape(n, -1).any(axis=1)
    for leaf in results.interior:
        finite &= np.isfinite(leaf).reshape(n, -1).all(axis=1)

    def shaped(profile: NDArray[np.float64]) -> NDArray[np.float64]:
        return profile if m == 1 else profile.reshape(n, m, -1)

    return Integral(
        results.values,
        mean(results.end),
        mean(results.start),
        completeness,
        map_error,
        finite,
        results.statuses.reshape(n, m).max(axis=1),
        results.evaluations.reshape(n, m).sum(axis=1),
        results.classes[::m],
        results.predicted[::m],
        shaped(alphas),
        shaped(scores),
        shaped(slopes),
        results.interior if len(results.interior_alphas) else None,
        means=results.means if m == 1 else [leaf.reshape(n, m, *leaf.shape[1:]) for leaf in results.means],
    )
