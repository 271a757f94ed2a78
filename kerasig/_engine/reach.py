"""Parts the score depends on though no gradient reaches them: ids and buckets inside floats, steps of quantisation.

A gradient that is zero everywhere says nothing of a score that moves in steps. So the score at the input is compared
with the one where that part alone is at its baseline. A gradient that is zero at a few nodes may act between them,
where it is looked for; and what completeness lacks may be the nodes' own, as where others are the maximum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.gradients import Core
from kerasig._engine.problem import Problem
from kerasig._engine.results import LACKING, PathIntegrals
from kerasig._quadrature import error_estimates

# Of two evaluations of one point, relative to the largest score: the rows and kernels are the same ones.
SAME = 2.0**-20
# A gradient that is zero at this many nodes, where the score moves, is taken for one that is zero everywhere; that of a
# network with kinks may be zero at fewer.
ENOUGH_NODES = 32
# So often the nodes are put where the score moves most.
LOOKS = 3
# Paths of which that is asked, where they have fewer nodes: what cuts gradients off is a trait of the model.
FEW_PATHS = 4


@dataclass(frozen=True, eq=False)
class Unreached:
    """An attributed leaf, or features of it, that no gradient reaches.

    Args:
        leaf: its number.
        features: [*F] which of its features; None for the leaf as a whole.
        moved: [N] whether they differ from their baseline.
        depends: [N] whether the score changes when they alone go to their baseline.
    """

    leaf: int
    features: NDArray[np.bool_] | None
    moved: NDArray[np.bool_]
    depends: NDArray[np.bool_]


def unreached_leaves(core: Core, problem: Problem, results: PathIntegrals) -> list[Unreached]:
    """The leaves without a gradient, once the model was traced; what they do to the score goes into `results`."""
    leaves = sorted(core.disconnected)
    if not leaves:
        return []
    paths, ones = np.arange(problem.n_paths), np.ones(problem.n_paths)
    scores, classes = core.cheapest_scores(problem, paths, ones)
    problem = problem.pinned(classes[:: problem.n_samples])
    found = []
    # All at once is what completeness lacks; each alone is what to tell of it.
    for group in [leaves] if len(leaves) == 1 else [leaves, *([leaf] for leaf in leaves)]:
        masks = [np.full(leaf.shape, number in group) for number, leaf in enumerate(problem.inputs)]
        changed, _ = core.cheapest_scores(problem.replaced(masks), paths, ones)
        change = np.nan_to_num(np.abs(scores - changed))
        change[change <= SAME * np.abs(scores[np.isfinite(scores)]).max(initial=0.0)] = 0
        if not core.reproducible:
            change[:] = 0
        if len(group) == len(leaves):
            results.unreached[:] = change
        if len(group) == 1:
            depends = np.asarray((change > 0).reshape(-1, problem.n_samples).any(axis=1))
            moved = np.asarray(_moved(problem, group[0]).any(axis=1))
            results.cut |= np.repeat(moved & depends.any(), problem.n_samples)
            found.append(Unreached(group[0], None, moved, depends))
    return found


def unreached_features(core: Core, problem: Problem, results: PathIntegrals, tolerance: float) -> list[Unreached]:
    """Features whose gradient is zero at every node, where that is what completeness lacks.

    Args:
        core: the compiled model.
        problem: with predicted classes filled in.
        results: of the integration; what these features do to the score goes into them.
        tolerance: of the relative completeness error.
    """
    alphas, scores, _ = results.profiles()
    with np.errstate(invalid="ignore", over="ignore"):
        scale = error_estimates.score_scale(scores, results.start, results.end)
        lacking = error_estimates.relative(results.completeness, scale) > tolerance
    if not lacking.any():
        return []
    lacking &= (results.unreached == 0) & core.reproducible
    # In other coordinates no value tells of a single feature.
    own = [components is None for components in problem.components] or [True] * len(problem.inputs)
    leaves = [leaf for leaf in range(len(problem.inputs)) if own[leaf] and leaf not in core.disconnected]
    masks = [np.zeros(leaf.shape, bool) for leaf in problem.inputs]
    examples = lacking.reshape(-1, problem.n_samples).any(axis=1)
    for leaf in leaves:
        values = results.values[leaf]
        # What cuts a feature off is a trait of the model, so that it has no value in any example that lacks something.
        never = (values[examples] == 0) | ~np.isfinite(values[examples])
        still = (values == 0) & never.all(axis=0) & _moved(problem, leaf).reshape(masks[leaf].shape)
        masks[leaf] = still & examples.reshape(-1, *[1] * (still.ndim - 1))
    wanted = np.logical_or.reduce([mask.reshape(len(mask), -1).any(axis=1) for mask in masks])
    paths = np.flatnonzero(lacking & np.repeat(wanted, problem.n_samples))
    if not len(paths):
        return []
    changed, _ = core.cheapest_scores(problem.replaced(masks), paths, np.ones(len(paths)))
    results.unreached[paths] = np.nan_to_num(np.abs(results.end[paths] - changed))
    claimed = paths[results.lacks_gradient()[paths]]
    few = claimed[np.isfinite(alphas[claimed]).sum(axis=1) < ENOUGH_NODES][:FEW_PATHS]
    reached, missed = _between(core, problem, masks, few, results.completeness)
    if reached:
        results.unreached[paths] = 0
    elif missed.any():
        # Nor is anything known of those that were not looked at.
        unknown = claimed[np.isfinite(alphas[claimed]).sum(axis=1) < ENOUGH_NODES]
        results.unreached[np.setdiff1d(unknown, few[~missed])] = 0
    depends = results.lacks_gradient().reshape(-1, problem.n_samples).any(axis=1)
    found = []
    for leaf in leaves:
        still = masks[leaf] & depends.reshape(-1, *[1] * (masks[leaf].ndim - 1))
        if still.any():
            which = np.asarray(still.reshape(len(still), -1).any(axis=1))
            found.append(Unreached(leaf, np.asarray(still.any(axis=0)), which, which))
    return found


def _between(
    core: Core,
    problem: Problem,
    masks: list[NDArray[np.bool_]],
    paths: NDArray[np.int64],
    completeness: NDArray[np.float64],
) -> tuple[bool, NDArray[np.bool_]]:
    """Whether features that have no gradient at the nodes of paths have one between them, and which paths lack nodes.

    Args:
        core: the compiled model.
        problem: of the integration.
        masks: the features, of each leaf [N, *F].
        paths: [P] whose score changes with them.
        completeness: the error of each path of the problem.

    Returns:
        The first, and [P] where more nodes bring most of what completeness lacks, without these features.
    """
    missed = np.zeros(len(paths), bool)
    for number, path in enumerate(paths):
        example = problem.examples_of(np.array([path]))[0]
        asked = [mask[example] for mask in masks]
        start, end = 0.0, 1.0
        for look in range(LOOKS):
            alphas = np.linspace(start, end, ENOUGH_NODES)
            scores, slopes, contributing = _at_nodes(core, problem, path, alphas)
            if any(bool(some[mask].any()) for mask, some in zip(asked, contributing, strict=True) if mask.any()):
                return True, missed
            unexplained = np.diff(scores) - np.diff(alphas) * (slopes[1:] + slopes[:-1]) / 2
            if look == 0:
                missed[number] = abs(unexplained.sum()) < LACKING * completeness[path]
            steepest = int(np.argmax(np.nan_to_num(np.abs(unexplained))))
            start, end = alphas[steepest : steepest + 2]
    return False, missed


def _at_nodes(
    core: Core, problem: Problem, path: np.int64, alphas: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[NDArray[np.bool_]]]:
    """Scores and slopes [K] at K nodes of a path, and which features, of each leaf [*F], contribute at any of them.

    Nothing is traced that is not traced yet.
    """
    if core.has_compiled("gradients"):
        found = core.gradients(problem, np.repeat(path, len(alphas)), alphas)
        return found.scores, found.slopes, [(np.asarray(leaf) != 0).any(axis=0) for leaf in found.contributions]
    block = next(core.integrals(problem, np.array([path]), alphas, np.ones((1, len(alphas)))))
    # Contributions that cancel differ from node to node.
    contributing = [
        (sums[0, 0] != 0) | (squares[0] != 0) for sums, squares in zip(block.sums, block.squares, strict=True)
    ]
    return block.scores[0], block.slopes[0], contributing


def _moved(problem: Problem, leaf: int) -> NDArray[np.bool_]:
    """[N, features] whether inputs differ from their baseline, or from any of several."""
    inputs = problem.inputs[leaf].numpy()
    rows = problem.baseline_rows(np.arange(problem.n_paths))[leaf]
    starts = problem.baselines[leaf].numpy()
    inputs = inputs.reshape(len(inputs), -1)
    moved = np.zeros(inputs.shape, bool)
    for sample in range(problem.n_samples):
        moved |= inputs != starts[rows[sample :: problem.n_samples]].reshape(inputs.shape)
    return moved
