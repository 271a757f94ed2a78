"""Integrates each path with as many gradients as its accuracy takes.

Every path starts with 5 nodes; then the intervals are halved where the residual and the expected error
of the map are largest, until both are within tolerance. `piecewise.py` integrates smooth stretches and jumps each by
the rule that suits them; docs/accuracy.md has the derivation and the measurements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import accuracy, piecewise
from kerasig.engine.gradients import Core
from kerasig.engine.nodes import Paths
from kerasig.engine.problem import Problem
from kerasig.engine.results import PathIntegrals
from kerasig.engine.store import GradientStore
from kerasig.piecewise import Piecewise
from kerasig.quadrature import Adaptive, clenshaw_curtis, trapezoid_weights

Float = NDArray[np.float64]

# Host memory for the gradients of paths that are not finished. Where one path's own may need more, that is the bound.
STORE_BYTES = 512 << 20
# An interval this short is not halved again: float32 alphas would meet.
SHORTEST = 2.0**-20
# Dense at both ends, where networks saturate.
FIRST_GRID = clenshaw_curtis(5).nodes
# Nodes after which residuals that half precision rounds off end a path.
PATIENCE = 64
# Nodes that paths take before most of them are finished: how many paths are begun at once where memory is short.
USUAL_NODES = 32
# Beyond this a priority's size says nothing more, and its square is finite.
LARGEST = 1e100
# The exact estimate is made when the bound, corrected by the last exact one, comes this near to the tolerance.
NEAR = 1.05


def integrate_adaptive(core: Core, problem: Problem, rule: Adaptive, results: PathIntegrals) -> Problem:
    """Integrates every path into `results`; returns the problem with the predicted classes filled in."""
    refinement = _Refinement(core, problem, rule, results)
    # What is not finite is a status of its example, not a warning of NumPy's.
    with np.errstate(all="ignore"):
        refinement.run()
    return refinement.problem


@dataclass(frozen=True, eq=False)
class _Estimate:
    """What the nodes of R paths tell of their error."""

    fitted: Piecewise
    error: Float  # [R] completeness error
    scale: Float  # [R]
    sizes: Float  # [R] L1 norm of the values, by the trapezoid
    moves: Float  # [R, K - 1] L1 of what the jumps in each interval add to the map's error
    bound: Float  # [R] what the map's error is at least, by the triangle inequality
    halvable: NDArray[np.bool_]  # [R, K - 1]
    rounded: NDArray[np.bool_]  # [R, K - 1] whether a residual is rounding of the scores, which no node mends


class _Refinement:
    """All paths of a problem: those that fit the store are under way, the others wait."""

    def __init__(self, core: Core, problem: Problem, rule: Adaptive, results: PathIntegrals) -> None:
        self.core, self.problem, self.rule, self.results = core, problem, rule, results
        features = sum(int(np.prod(leaf.shape[1:], dtype=int)) for leaf in problem.inputs)
        capacity = max(STORE_BYTES // (4 * max(features, 1)), rule.max_steps * problem.n_samples)
        self.store = GradientStore(features, min(capacity, rule.max_steps * problem.n_paths))
        self.paths = Paths.begun(np.empty(0, np.int64), features)
        self.waiting = np.arange(problem.n_paths)
        self.rounding = piecewise.DOUBLE_ROUNDING if problem.dtype == tf.float64 else piecewise.ROUNDING
        # By slot, the L1 change of the contributions from a node to the next.
        self.changes = np.zeros(self.store.capacity)
        # Alphas that were asked for are nodes from the start: they are evaluated anyway.
        first = np.union1d(FIRST_GRID, results.interior_alphas)
        self.first_grid = first if len(first) <= rule.max_steps else FIRST_GRID

    def run(self) -> None:
        """Integrates every path."""
        while len(self.waiting) or len(self.paths.numbers):
            self._begin_more()
            estimate = self._estimate()
            priorities = self._priorities(estimate)
            done = self._done(estimate, priorities)
            if done.any():
                self.store.release(self.paths.slots[done])
                self.paths = self.paths.take(~done)
            if len(self.paths.numbers):
                self._refine(self._within_store(self._midpoints(priorities[~done])))

    def _begin_more(self) -> None:
        """Begins as many of the waiting paths as the store has room for, whole examples at a time."""
        room = self.store.free - self._reserved(self.paths)
        each = max(USUAL_NODES, len(self.first_grid))
        n_samples = self.problem.n_samples
        count = max(room // (each * n_samples), 0 if len(self.paths.numbers) else 1) * n_samples
        begun = Paths.begun(self.waiting[:count], self.store.features)
        self.waiting = self.waiting[count:]
        if not len(begun.numbers):
            return
        everyone = np.arange(len(begun.numbers))
        first = self.first_grid
        if self.problem.pin is not None:
            # The input first: it tells which class is predicted, and the other nodes explain that class.
            self._evaluate(begun, everyone, np.ones((len(everyone), 1)))
            classes = self.results.classes[begun.numbers]
            examples = self.problem.examples_of(begun.numbers[::n_samples])
            self.problem = self.problem.pinned(classes[::n_samples], examples)
            first = first[:-1]
        self._evaluate(begun, everyone, np.tile(first, (len(everyone), 1)))
        self.results.start[begun.numbers], self.results.end[begun.numbers] = begun.scores[:, 0], begun.scores[:, -1]
        for part in self.store.parts(begun.slots):
            rows = self.store.rows(begun.slots[part])
            change = np.abs(np.diff(rows, axis=1)).sum(axis=2, dtype=np.float64)
            self.changes[begun.slots[part][:, :-1]] = change
            begun.values[part] = _weighted(trapezoid_weights(begun.alphas[part]), rows)
        self.paths = self.paths.joined(begun)

    def _reserved(self, paths: Paths) -> int:
        """Rows kept free for the path that has been under way for longest, so that it can always go on."""
        return self.rule.max_steps - int(paths.n_nodes[0]) if len(paths.numbers) else 0

    def _within_store(self, alphas: Float) -> Float:
        """The next alphas [R, J], NaN for paths that must wait until others have given rows back."""
        taken = (~np.isnan(alphas)).sum(axis=1).cumsum()
        waits = taken > self.store.free - self._reserved(self.paths)
        waits[0] = False
        return np.where(waits[:, None], np.nan, alphas)

    def _evaluate(self, paths: Paths, rows: NDArray[np.int64], alphas: Float) -> NDArray[np.int64]:
        """Evaluates alphas [len(rows), J] (NaN for none) of `rows` and sorts them in; returns their slots."""
        wanted = ~np.isnan(alphas)
        numbers = np.broadcast_to(paths.numbers[rows][:, None], alphas.shape)[wanted]
        found = self.core.gradients(self.problem, numbers, alphas[wanted])
        self.results.add_interior(numbers, alphas[wanted], found.gradients)
        np.add.at(self.results.evaluations, numbers, 1)
        at_input = alphas[wanted] == 1
        self.results.classes[numbers[at_input]] = found.classes[at_input]
        self.results.predicted[numbers[at_input]] = found.predicted[at_input]
        slots, scores, slopes = np.full(alphas.shape, -1), np.full(alphas.shape, np.nan), np.full(alphas.shape, np.nan)
        slots[wanted] = self.store.append(found.contributions)
        scores[wanted], slopes[wanted] = found.scores, found.slopes
        paths.insert(rows, alphas=alphas, scores=scores, slopes=slopes, slots=slots)
        return slots

    def _refine(self, alphas: Float) -> None:
        """Evaluates alphas [R, J], each alone in its interval, and updates values and changes."""
        rows = np.flatnonzero(~np.isnan(alphas).all(axis=1))
        alphas = alphas[rows]
        before_alphas, before_slots = self.paths.alphas[rows], self.paths.slots[rows]
        new = self._evaluate(self.paths, rows, alphas)
        for column in range(alphas.shape[1]):
            used = np.flatnonzero(~np.isnan(alphas[:, column]))
            alpha, slot = alphas[used, column], new[used, column]
            left = (before_alphas[used] < alpha[:, None]).sum(axis=1) - 1
            to_left = (alpha - before_alphas[used, left]).astype(np.float32)
            to_right = (before_alphas[used, left + 1] - alpha).astype(np.float32)
            left_slot, right_slot = before_slots[used, left], before_slots[used, left + 1]
            for part in self.store.parts(slot[:, None], copies=5):
                middle = self.store.rows(slot[part])
                down = middle - self.store.rows(left_slot[part])
                up = self.store.rows(right_slot[part]) - middle
                self.changes[left_slot[part]] = np.abs(down).sum(axis=1, dtype=np.float64)
                self.changes[slot[part]] = np.abs(up).sum(axis=1, dtype=np.float64)
                moved = to_right[part][:, None] * down - to_left[part][:, None] * up
                self.paths.values[rows[used][part]] += moved / 2

    def _estimate(self) -> _Estimate:
        paths = self.paths
        start, end = self.results.start[paths.numbers], self.results.end[paths.numbers]
        # What half precision rounds off is known once the model has been evaluated.
        precision = max(self.rounding, self.core.half_rounding)
        fitted = piecewise.fit(paths.alphas, paths.scores, paths.slopes, precision)
        error = accuracy.completeness_error(fitted.residuals.sum(axis=1), fitted.residuals)
        sizes = np.abs(paths.values).sum(axis=1, dtype=np.float64)
        changes = self.changes[paths.slots[:, :-1]]
        moves, spread = (np.where(part > 0, part * changes, 0) for part in (fitted.jumps, fitted.spread))
        bound = accuracy.MAP_ERROR_FACTOR * np.sqrt((spread**2).sum(axis=1))
        halvable = np.diff(paths.alphas) >= 2 * SHORTEST
        scale = accuracy.score_scale(paths.scores, start, end)
        # Nodes among the roundings of half precision still help, as these average out, but not for ever.
        patient = np.where(paths.n_nodes < PATIENCE, self.rounding, precision)[:, None]
        rounding = 2 * patient * np.fmax.reduce(np.abs(paths.scores), axis=1, keepdims=True)
        rounded = np.abs(fitted.residuals) <= rounding
        return _Estimate(fitted, error, scale, sizes, moves, bound, halvable, rounded)

    def _done(self, estimate: _Estimate, priorities: Float) -> NDArray[np.bool_]:
        """Hands over the paths that are within tolerance, out of evaluations, or cannot be refined; tells which."""
        paths, bound = self.paths, estimate.bound
        done = ~np.isfinite(estimate.error + bound + estimate.sizes + estimate.scale)
        # What no gradient reaches, and what is another number each time, no further node mends.
        done |= self.results.unreached[paths.numbers] > self.rule.tolerance * estimate.scale
        done |= not self.core.reproducible
        done |= (paths.n_nodes >= self.rule.max_steps) | ~(priorities > 0).any(axis=1)
        expected = bound * paths.tightness / NEAR
        promising = self._settled(estimate, slice(None), estimate.error, expected, estimate.sizes)
        # The exact estimate goes through every gradient of a path, so it is made only where it may suffice.
        for at in self._parts(np.flatnonzero(done | promising)):
            values, error, map_error = self._exact(estimate, at)
            sizes = np.abs(values).sum(axis=1, dtype=np.float64)
            paths.tightness[at] = np.where(bound[at] > 0, map_error / bound[at], 1)
            done[at] |= self._settled(estimate, at, error, map_error, sizes)
            ended = done[at]
            grid = (part[at[ended]] for part in (paths.alphas, paths.scores, paths.slopes))
            self.results.add(paths.numbers[at[ended]], values[ended], error[ended], map_error[ended], *grid)
        return done

    def _parts(self, rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Few enough rows at a time that their gradients may be copied."""
        for part in self.store.parts(np.empty((len(rows), self.paths.alphas.shape[1]))):
            yield rows[part]

    def _exact(self, estimate: _Estimate, at: NDArray[np.int64]) -> tuple[NDArray[np.float32], Float, Float]:
        """Values [R, F], completeness error and map error [R] of the paths `at`."""
        paths, fitted = self.paths, estimate.fitted
        slots = np.where(paths.slots[at] < 0, paths.slots[at][:, :1], paths.slots[at])
        gathered = self.store.rows(slots)
        part = Piecewise(*(getattr(fitted, field.name)[at] for field in fields(Piecewise)))
        values = _weighted(piecewise.controlled(part, paths.alphas[at], paths.slopes[at]), gathered)
        change = self.results.end[paths.numbers[at]] - self.results.start[paths.numbers[at]]
        delta = values.sum(axis=1, dtype=np.float64) - change
        error = np.maximum(np.abs(delta), estimate.error[at])
        # In units of the largest: squares of large scores overflow float32.
        unit = np.maximum(estimate.bound[at], np.finfo(np.float32).tiny)
        lengths = (part.spread / unit[:, None]).astype(np.float32)[..., None]
        jumps = np.where(lengths > 0, lengths * np.diff(gathered, axis=1), 0)
        return values, error, accuracy.jump_error(np.einsum("pkf,pkf->pf", jumps, jumps)) * unit

    def _settled(
        self, estimate: _Estimate, at: NDArray[np.int64] | slice, error: Float, map_error: Float, sizes: Float
    ) -> NDArray[np.bool_]:
        """Whether the paths `at` are within tolerance, or as near to it as their scores' digits allow."""
        residual = accuracy.relative(error, estimate.scale[at])
        relative = accuracy.relative(map_error, sizes)
        return ((residual <= self.rule.tolerance) | estimate.rounded[at].all(axis=1)) & (
            relative <= self.rule.map_tolerance
        )

    def _priorities(self, estimate: _Estimate) -> Float:
        """What halving each interval promises, [R, K - 1]; 0 where it cannot be halved.

        Its part in the squares of both errors, each in units of its tolerance: the squares are what adds up.
        """
        # A score that stands still, or values that cancel, at these nodes only: any size will do to go on.
        scale, size = (np.where(part > 0, part, 1)[:, None] for part in (estimate.scale, estimate.sizes))
        residual = np.where(estimate.rounded, 0, estimate.fitted.residuals) / scale
        residual = np.nan_to_num(residual, posinf=0, neginf=0) / self.rule.tolerance
        move = np.nan_to_num(estimate.moves / size, posinf=0) / self.rule.map_tolerance
        return np.where(estimate.halvable, np.hypot(residual, accuracy.MAP_ERROR_FACTOR * move), 0)

    def _midpoints(self, priorities: Float) -> Float:
        """The next alphas [R, J] of each path, NaN where it takes fewer.

        Each path takes the fewest intervals without which it can be within tolerance, had they no error any more: that
        many more nodes are needed in any case, so a round of them wastes next to none.
        """
        lefts, rights = self.paths.alphas[:, :-1], self.paths.alphas[:, 1:]
        n_nodes = self.paths.n_nodes
        best = np.argsort(-priorities, axis=1, kind="stable")
        sorted_priorities = np.take_along_axis(priorities, best, axis=1)
        squares = np.minimum(sorted_priorities, LARGEST) ** 2
        left = np.cumsum(squares[:, ::-1], axis=1)[:, ::-1]
        needed = np.maximum((left > 1).sum(axis=1), 1)
        most = np.minimum(np.minimum(needed, np.maximum(n_nodes // 3, 1)), self.rule.max_steps - n_nodes)
        best = best[:, : int(most.max())]
        wanted = sorted_priorities[:, : best.shape[1]] > 0
        wanted &= np.arange(best.shape[1]) < most[:, None]
        middles = (np.take_along_axis(lefts, best, axis=1) + np.take_along_axis(rights, best, axis=1)) / 2
        return np.where(wanted, middles, np.nan)


def _weighted(weights: Float, contributions: NDArray[np.float32]) -> NDArray[np.float32]:
    """[P, F] from weights [P, K] and contributions [P, K, F]."""
    return np.einsum("pk,pkf->pf", weights.astype(np.float32), contributions)
