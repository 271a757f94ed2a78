"""Integrates every path with the nodes of one rule; their weighted sums are made on the device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.gradients import Core
from kerasig._engine.problem import Problem
from kerasig._engine.results import PathIntegrals
from kerasig._engine.scheme import Scheme
from kerasig._quadrature import error_estimates
from kerasig._quadrature.rules import Rule, trapezoid_weights
from kerasig.steps import Fixed


@dataclass(frozen=True)
class FixedScheme(Scheme):
    """The same nodes on every path.

    Args:
        rule: as users give it.
        with_gradients: whether `PathIntegrals.means` is asked for: the mean gradient along each path.
    """

    rule: Fixed
    with_gradients: bool = False

    def compile(self, core: Core, problem: Problem) -> None:
        """Traces weighted sums over the nodes of paths."""
        core.compile_integrals(problem, self.with_gradients)

    def evaluate(self, core: Core, problem: Problem, paths: NDArray[np.int64]) -> None:
        """Scores at the inputs."""
        core.scores(problem, paths, np.ones(len(paths)))

    def integrate(self, core: Core, problem: Problem, results: PathIntegrals) -> Problem:
        """See `Scheme`."""
        return _integrated(core, problem, self.rule.build(), results, self.with_gradients)


def _integrated(core: Core, problem: Problem, rule: Rule, results: PathIntegrals, with_gradients: bool) -> Problem:
    paths = np.arange(problem.n_paths)
    # The score at the ends is forward only; at the input it also tells which class is predicted.
    if problem.pin is None:
        ends = core.scores(problem, np.tile(paths, 2), np.repeat([1.0, 0.0], len(paths)))
        end, start = ends[0].reshape(2, -1)
        classes, predicted = (part[: len(paths)] for part in ends[1:])
    else:
        end, classes, predicted = core.scores(problem, paths, np.ones(len(paths)))
        problem = problem.pinned(classes[:: problem.n_samples])
        start, _, _ = core.scores(problem, paths, np.zeros(len(paths)))
    results.classes[:], results.predicted[:] = classes, predicted
    results.start[:], results.end[:] = start, end
    weights = rule.weights[None]
    one_sided = rule.steps in ("left", "right")
    if one_sided:
        # Their mean error is what the trapezoid on the same nodes adds to them.
        weights = np.stack([rule.weights, closed_weights(rule)])
    for block in core.integrals(problem, paths, rule.nodes, weights, with_gradients):
        at = block.paths
        results.add_means(at, block.means)
        values = np.concatenate([leaf[:, 0].reshape(len(at), -1) for leaf in block.sums], axis=1)
        squares = np.concatenate([leaf.reshape(len(at), -1) for leaf in block.squares], axis=1)
        bias = None
        if one_sided:
            bias = np.concatenate([leaf[:, 1].reshape(len(at), -1) for leaf in block.sums], axis=1) - values
        alphas = np.broadcast_to(rule.nodes, block.scores.shape)
        residuals = error_estimates.step_residuals(alphas, block.scores, block.slopes, rule.steps, start[at], end[at])
        delta = values.sum(axis=1, dtype=np.float64) - (end[at] - start[at])
        completeness = error_estimates.completeness_error(delta, residuals)
        map_error = error_estimates.jump_error(squares, bias)
        if len(rule) == 1:
            # One node says nothing of how the gradient changes along the path.
            map_error = np.full(len(at), np.nan)
        results.add(at, values, completeness, map_error, alphas, block.scores, block.slopes)
    results.evaluations[:] = len(rule)
    return problem


def closed_weights(rule: Rule) -> NDArray[np.float64]:
    """Weights of the trapezoid on a one-sided rule's nodes, the missing end taken from the nearest node.

    Those of any other rule are its own.
    """
    if rule.steps not in ("left", "right"):
        return rule.weights
    closed = np.concatenate([[0.0], rule.nodes]) if rule.steps == "right" else np.concatenate([rule.nodes, [1.0]])
    weights = trapezoid_weights(closed)
    if rule.steps == "right":
        weights[1] += weights[0]
        return weights[1:]
    weights[-2] += weights[-1]
    return weights[:-1]
