"""Integrates each path with as many gradients as its accuracy takes.

Every path starts with 5 nodes; then the intervals are halved where the residual and the expected error
of the map are largest, until both are within tolerance. `piecewise.py` integrates smooth stretches and jumps each by
the rule that suits them, `grading.py` spreads out what happens near an end, and `estimate.py` says where to go on and
when to stop; docs/accuracy.md has the derivation and the measurements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.estimate import LARGEST, Estimate, Rounding, estimate
from kerasig._engine.gradients import Core
from kerasig._engine.near_ends import NearEnds
from kerasig._engine.nodes import Paths
from kerasig._engine.problem import Problem
from kerasig._engine.resolution import Resolution
from kerasig._engine.results import PathIntegrals
from kerasig._engine.store import GradientStore
from kerasig._quadrature import error_estimates, piecewise
from kerasig._quadrature.piecewise import Piecewise
from kerasig._quadrature.rules import clenshaw_curtis, trapezoid_weights
from kerasig._status import code
from kerasig.steps import Adaptive

Float = NDArray[np.float64]

# Host memory for the gradients of paths that are not finished. Where one path's own may need more, that is the bound.
STORE_BYTES = 512 << 20
# Dense at both ends, where networks saturate.
FIRST_GRID = clenshaw_curtis(5).nodes
# Nodes that paths take before most of them are finished: how many paths are begun at once where memory is short.
USUAL_NODES = 32
# The exact estimate is made when the bound, corrected by the last exact one, comes this near to the tolerance.
NEAR = 1.05


def integrate_adaptive(core: Core, problem: Problem, rule: Adaptive, results: PathIntegrals) -> Problem:
    """Integrates every path into `results`; returns the problem with the predicted classes filled in."""
    refinement = _Refinement(core, problem, rule, results)
    # What is not finite is a status of its example, not a warning of NumPy's.
    with np.errstate(all="ignore"):
        refinement.run()
    return refinement.problem


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
        self.resolution = Resolution(problem, core.path)
        self.ends = NearEnds(self.store, self.resolution, self._integrate)
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
            shares = estimate.shares()
            if self.core.reproducible and self.ends.grade_further(self.paths, estimate, shares):
                continue
            done = self._done(estimate, shares)
            if done.any():
                self.store.release(self.paths.slots[done])
                self.paths = self.paths.take(~done)
            if len(self.paths.numbers):
                priorities = np.where(estimate.halvable, shares, 0)[~done]
                self._refine(self._within_store(self._middles(priorities)))

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
        self.ends.leave_out(begun)
        self._integrate(begun, everyone)
        self.ends.grade_where_steep(begun)
        self.paths = self.paths.joined(begun)

    def _integrate(self, paths: Paths, rows: NDArray[np.int64]) -> None:
        """Values and changes of `rows`, from all of their gradients."""
        # Padding repeats the last node: nothing changes there, and it weighs nothing.
        columns = np.minimum(np.arange(paths.alphas.shape[1]), paths.n_nodes[rows][:, None] - 1)
        slots = np.take_along_axis(paths.slots[rows], columns, axis=1)
        weights = trapezoid_weights(np.take_along_axis(paths.places[rows], columns, axis=1))
        self.changes[slots] = 0
        for part, features in self.store.chunks(slots):
            gathered = self.store.rows(slots[part], features)
            # Padding comes several times, and adds nothing.
            change = np.abs(np.diff(gathered, axis=1)).sum(axis=2, dtype=np.float64)
            np.add.at(self.changes, slots[part][:, :-1], change)
            paths.values[rows[part], features] = _weighted(weights[part], gathered)

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
        parts = [self._evaluate_part(numbers[part], alphas[wanted][part]) for part in self._calls(len(numbers))]
        slots, scores, slopes = np.full(alphas.shape, -1), np.full(alphas.shape, np.nan), np.full(alphas.shape, np.nan)
        for array, columns in zip((slots, scores, slopes), zip(*parts, strict=True), strict=True):
            array[wanted] = np.concatenate(columns)
        left_out = paths.beyond_known(rows, alphas) & wanted & ~np.isfinite(scores + slopes)
        if paths.grading.any:
            factors = np.where(left_out, 0, paths.grading.of(rows).densities(alphas))
            self.store.scale(slots[wanted], factors[wanted])
        paths.insert(rows, alphas=alphas, scores=scores, slopes=slopes, slots=slots, left_out=left_out)
        return slots

    def _calls(self, count: int) -> Iterator[slice]:
        """Full microbatches, as many at a time as have room beside the store."""
        rows = self.core.rows(self.problem)
        step = max(1, self.store.work_rows // rows) * rows
        for first in range(0, count, step):
            yield slice(first, first + step)

    def _evaluate_part(self, numbers: NDArray[np.int64], alphas: Float) -> tuple[NDArray[np.int64], Float, Float]:
        """Slots, scores and slopes [P] at (path, alpha) pairs."""
        found = self.core.gradients(self.problem, numbers, alphas)
        self.results.add_interior(numbers, alphas, found.gradients)
        np.add.at(self.results.evaluations, numbers, 1)
        at_input = alphas == 1
        self.results.classes[numbers[at_input]] = found.classes[at_input]
        self.results.predicted[numbers[at_input]] = found.predicted[at_input]
        return self.store.append(found.contributions), found.scores, found.slopes

    def _refine(self, alphas: Float) -> None:
        """Evaluates alphas [R, J], each alone in its interval, and updates values and changes."""
        rows = np.flatnonzero(~np.isnan(alphas).all(axis=1))
        alphas = alphas[rows]
        before_alphas, before_slots = self.paths.alphas[rows], self.paths.slots[rows]
        before_places, places = self.paths.places[rows], self.paths.grading.of(rows).places(alphas)
        new = self._evaluate(self.paths, rows, alphas)
        for column in range(alphas.shape[1]):
            used = np.flatnonzero(~np.isnan(alphas[:, column]))
            alpha, slot = alphas[used, column], new[used, column]
            left = (before_alphas[used] < alpha[:, None]).sum(axis=1) - 1
            to_left = (places[used, column] - before_places[used, left]).astype(np.float32)
            to_right = (before_places[used, left + 1] - places[used, column]).astype(np.float32)
            left_slot, right_slot = before_slots[used, left], before_slots[used, left + 1]
            for part in self.store.parts(slot[:, None], copies=5):
                middle = self.store.rows(slot[part])
                down = middle - self.store.rows(left_slot[part])
                up = self.store.rows(right_slot[part]) - middle
                self.changes[left_slot[part]] = np.abs(down).sum(axis=1, dtype=np.float64)
                self.changes[slot[part]] = np.abs(up).sum(axis=1, dtype=np.float64)
                moved = to_right[part][:, None] * down - to_left[part][:, None] * up
                self.paths.values[rows[used][part]] += moved / 2

    def _estimate(self) -> Estimate:
        paths = self.paths
        finest = self.resolution.finest(paths.numbers, paths.alphas)
        # What half precision rounds off is known once the model has been evaluated.
        rounding = Rounding(self.rounding, self.core.half_rounding)
        changes = self.changes[paths.slots[:, :-1]]
        return estimate(paths, changes, finest, rounding, self.rule)

    def _done(self, estimate: Estimate, shares: Float) -> NDArray[np.bool_]:
        """Hands over the paths that are within tolerance, out of evaluations, or cannot get there; tells which."""
        paths, bound = self.paths, estimate.bound
        done = ~estimate.finite | estimate.hopeless(paths, shares) | (paths.n_nodes >= self.rule.max_steps)
        # What no gradient reaches, and what is another number each time, no further node mends.
        done |= self.results.unreached[paths.numbers] > self.rule.tolerance * estimate.scale
        done |= not self.core.reproducible
        done |= ~(estimate.halvable & (shares > 0)).any(axis=1)
        reasons = estimate.reasons(paths, shares)
        expected = bound * paths.tightness / NEAR
        promising = estimate.settled(slice(None), estimate.error, expected, estimate.sizes)
        # The exact estimate goes through every gradient of a path, so it is made only where it may suffice.
        for at in self._parts(np.flatnonzero(done | promising)):
            values, error, map_error = self._exact(estimate, at)
            sizes = np.abs(values).sum(axis=1, dtype=np.float64)
            paths.tightness[at] = np.where(bound[at] > 0, map_error / bound[at], 1)
            settled = estimate.settled(at, error, map_error, sizes)
            done[at] |= settled
            within = settled & (error_estimates.relative(error, estimate.scale[at]) <= self.rule.tolerance)
            reasons[at] = np.where(within, code("converged"), np.where(settled, code("rounding"), reasons[at]))
            ended = done[at]
            numbers, grid = paths.numbers[at[ended]], paths.profiles(at[ended])
            self.results.add(numbers, values[ended], error[ended], map_error[ended], *grid)
            self.results.statuses[numbers] = reasons[at[ended]]
        return done

    def _parts(self, rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Few enough rows at a time that their gradients may be copied."""
        for part in self.store.parts(np.empty((len(rows), self.paths.alphas.shape[1]))):
            yield rows[part]

    def _exact(self, estimate: Estimate, at: NDArray[np.int64]) -> tuple[NDArray[np.float32], Float, Float]:
        """Values [R, F], completeness error and map error [R] of the paths `at`."""
        paths, fitted = self.paths, estimate.fitted
        slots = np.where(paths.slots[at] < 0, paths.slots[at][:, :1], paths.slots[at])
        part = Piecewise(*(getattr(fitted, field.name)[at] for field in fields(Piecewise)))
        weights = piecewise.controlled(part, paths.places[at], paths.slopes_by_place[at])
        # In units of the largest: squares of large scores overflow float32.
        unit = np.maximum(estimate.bound[at], np.finfo(np.float32).tiny)
        lengths = (part.spread / unit[:, None]).astype(np.float32)[..., None]
        values, map_error = np.empty((len(at), self.store.features), np.float32), np.zeros(len(at))
        for rows, features in self.store.chunks(slots):
            gathered = self.store.rows(slots[rows], features)
            values[rows, features] = _weighted(weights[rows], gathered)
            jumps = np.where(lengths[rows] > 0, lengths[rows] * np.diff(gathered, axis=1), 0)
            map_error[rows] += error_estimates.jump_error(np.einsum("pkf,pkf->pf", jumps, jumps))
        start, end = paths.ends
        delta = values.sum(axis=1, dtype=np.float64) - (end[at] - start[at])
        return values, np.maximum(np.abs(delta), estimate.error[at]), map_error * unit

    def _middles(self, priorities: Float) -> Float:
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
        ends = (np.take_along_axis(side, best, axis=1) for side in (lefts, rights))
        middles = self.paths.grading.middles(*ends)
        return np.where(wanted, middles, np.nan)


def _weighted(weights: Float, contributions: NDArray[np.float32]) -> NDArray[np.float32]:
    """[P, F] from weights [P, K] and contributions [P, K, F]."""
    return np.einsum("pk,pkf->pf", weights.astype(np.float32), contributions)
