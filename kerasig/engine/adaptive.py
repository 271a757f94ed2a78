"""Integrates each path with as many gradients as its accuracy takes.

Every path starts with 5 nodes; then the intervals are halved where the residual and the expected error of the map are
largest, until both are within tolerance. `piecewise.py` integrates smooth stretches and jumps each by the rule that
suits them; docs/accuracy.md has the derivation and the measurements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import accuracy, piecewise
from kerasig.engine.gradients import Core
from kerasig.engine.problem import Problem
from kerasig.engine.results import PathIntegrals
from kerasig.engine.store import GradientStore
from kerasig.piecewise import Piecewise
from kerasig.quadrature import Adaptive, clenshaw_curtis, trapezoid_weights

Float = NDArray[np.float64]

# Host memory for the gradients of paths that are not finished; paths go in groups within it.
STORE_BYTES = 1 << 30
# An interval this short is not halved again: float32 alphas would meet.
SHORTEST = 2.0**-20
# Weight of the map's error against the residual's when an interval is chosen; measured, see docs/accuracy.md.
MAP_WEIGHT = 0.25
# Dense at both ends, where networks saturate, and exact for polynomials of degree 4.
FIRST_GRID = clenshaw_curtis(5).nodes


def integrate_adaptive(core: Core, problem: Problem, rule: Adaptive, results: PathIntegrals) -> Problem:
    """Integrates every path into `results`; returns the problem with the predicted classes filled in."""
    features = sum(int(np.prod(leaf.shape[1:], dtype=int)) for leaf in problem.inputs)
    per_group = max(1, STORE_BYTES // (4 * max(features, 1) * rule.max_steps))
    # A group holds whole examples, whose paths share the predicted class.
    per_group = max(1, per_group // problem.n_samples) * problem.n_samples
    paths = np.arange(problem.n_paths)
    for first in range(0, len(paths), per_group):
        group = _Group(core, problem, rule, results, paths[first : first + per_group], features)
        # What is not finite is a status of its example, not a warning of NumPy's.
        with np.errstate(all="ignore"):
            group.run()
        problem = group.problem
    return problem


@dataclass(frozen=True, eq=False)
class _Estimate:
    """What the nodes of R paths tell of their error."""

    fitted: Piecewise
    error: Float  # [R] completeness error
    scale: Float  # [R]
    sizes: Float  # [R] L1 norm of the values, by the trapezoid
    moves: Float  # [R, K - 1] L1 of what each interval adds to the map's error
    halvable: NDArray[np.bool_]  # [R, K - 1]
    exhausted: NDArray[np.bool_]  # [R] whether all residuals are rounding of the scores, which no node mends


class _Group:
    """Paths that are integrated together. Arrays are [P, K]: paths by nodes, sorted by alpha, padded with NaN."""

    def __init__(
        self,
        core: Core,
        problem: Problem,
        rule: Adaptive,
        results: PathIntegrals,
        paths: NDArray[np.int64],
        features: int,
    ) -> None:
        self.core, self.problem, self.rule, self.results, self.paths = core, problem, rule, results, paths
        self.store = GradientStore(features)
        empty = np.empty((len(paths), 0))
        self.alphas, self.scores, self.slopes = empty, empty, empty
        self.slots = np.empty((len(paths), 0), np.int64)
        self.active = np.ones(len(paths), bool)
        self.rounding = piecewise.DOUBLE_ROUNDING if problem.dtype == tf.float64 else piecewise.ROUNDING
        # Running trapezoid values [P, F], and by slot the L1 change of the contributions from a node to the next.
        self.values = np.zeros((len(paths), features), np.float32)
        self.changes = np.zeros(0)

    def run(self) -> None:
        """Integrates every path of the group."""
        self._begin()
        while True:
            rows = np.flatnonzero(self.active)
            estimate = self._estimate(rows)
            priorities = self._priorities(estimate)
            done = self._done(rows, estimate, priorities)
            if done.all():
                return
            rest = rows[~done]
            self._insert(rest, self._midpoints(rest, priorities[~done]))

    def _begin(self) -> None:
        everyone = np.arange(len(self.paths))
        # Alphas that were asked for are nodes from the start: they are evaluated anyway.
        first = np.union1d(FIRST_GRID, self.results.interior_alphas)
        if len(first) > self.rule.max_steps:
            first = FIRST_GRID
        if self.problem.pin is not None:
            # The input first: it tells which class is predicted, and the other nodes explain that class.
            self._evaluate(everyone, np.ones((len(everyone), 1)))
            classes = self.results.classes[self.paths]
            examples = self.problem.examples_of(self.paths[:: self.problem.n_samples])
            self.problem = self.problem.pinned(classes[:: self.problem.n_samples], examples)
            first = first[:-1]
        self._evaluate(everyone, np.tile(first, (len(everyone), 1)))
        self.results.start[self.paths], self.results.end[self.paths] = self.scores[:, 0], self.scores[:, -1]
        for part in self.store.parts(self.slots):
            rows = self.store.rows(self.slots[part])
            self._set_changes(self.slots[part][:, :-1], np.abs(np.diff(rows, axis=1)).sum(axis=2, dtype=np.float64))
            self.values[part] = _weighted(trapezoid_weights(self.alphas[part]), rows)

    def _evaluate(self, rows: NDArray[np.int64], alphas: Float) -> NDArray[np.int64]:
        """Evaluates alphas [R, J] (NaN for none) of paths `rows` and sorts them in; returns their slots [R, J]."""
        wanted = ~np.isnan(alphas)
        at_rows = np.broadcast_to(rows[:, None], alphas.shape)[wanted]
        found = self.core.gradients(self.problem, self.paths[at_rows], alphas[wanted])
        self.results.add_interior(self.paths[at_rows], alphas[wanted], found.gradients)
        np.add.at(self.results.evaluations, self.paths[at_rows], 1)
        at_input = alphas[wanted] == 1
        at_paths = self.paths[at_rows[at_input]]
        self.results.classes[at_paths] = found.classes[at_input]
        self.results.predicted[at_paths] = found.predicted[at_input]
        slots = np.full(alphas.shape, -1)
        slots[wanted] = self.store.append(found.contributions)
        padding = {"alphas": np.nan, "scores": np.nan, "slopes": np.nan, "slots": -1}
        values = {"alphas": alphas[wanted], "scores": found.scores, "slopes": found.slopes, "slots": slots[wanted]}
        for name, nothing in padding.items():
            added = np.full((len(self.paths), alphas.shape[1]), nothing)
            part = np.full(alphas.shape, nothing)
            part[wanted] = values[name]
            added[rows] = part
            setattr(self, name, np.concatenate([getattr(self, name), added], axis=1))
        # NaN sorts to the end.
        order = np.argsort(self.alphas, axis=1, kind="stable")
        width = int((~np.isnan(self.alphas)).sum(axis=1).max())
        for name in padding:
            setattr(self, name, np.take_along_axis(getattr(self, name), order, axis=1)[:, :width])
        return slots

    def _insert(self, rows: NDArray[np.int64], alphas: Float) -> None:
        """Evaluates alphas [R, J], each alone in its interval, and updates values and changes."""
        before_alphas, before_slots = self.alphas[rows], self.slots[rows]
        new = self._evaluate(rows, alphas)
        for column in range(alphas.shape[1]):
            used = np.flatnonzero(~np.isnan(alphas[:, column]))
            alpha, slot = alphas[used, column], new[used, column]
            left = (before_alphas[used] < alpha[:, None]).sum(axis=1) - 1
            ends = [before_alphas[used, left], before_alphas[used, left + 1]]
            to_left, to_right = (alpha - ends[0]).astype(np.float32), (ends[1] - alpha).astype(np.float32)
            left_slot, right_slot = before_slots[used, left], before_slots[used, left + 1]
            for part in self.store.parts(slot[:, None], copies=5):
                middle = self.store.rows(slot[part])
                down = middle - self.store.rows(left_slot[part])
                up = self.store.rows(right_slot[part]) - middle
                self._set_changes(left_slot[part], np.abs(down).sum(axis=1, dtype=np.float64))
                self._set_changes(slot[part], np.abs(up).sum(axis=1, dtype=np.float64))
                self.values[rows[used][part]] += (to_right[part][:, None] * down - to_left[part][:, None] * up) / 2

    def _set_changes(self, slots: NDArray[np.int64], changes: Float) -> None:
        missing = self.store.size - len(self.changes)
        if missing > 0:
            self.changes = np.concatenate([self.changes, np.zeros(missing)])
        self.changes[slots] = changes

    def _estimate(self, rows: NDArray[np.int64]) -> _Estimate:
        alphas, scores, slopes = self.alphas[rows], self.scores[rows], self.slopes[rows]
        start, end = self.results.start[self.paths[rows]], self.results.end[self.paths[rows]]
        fitted = piecewise.fit(alphas, scores, slopes, self.rounding)
        error = accuracy.completeness_error(fitted.residuals.sum(axis=1), fitted.residuals)
        sizes = np.abs(self.values[rows]).sum(axis=1, dtype=np.float64)
        changes = self.changes[self.slots[rows][:, :-1]]
        moves = np.where(fitted.jumps > 0, fitted.jumps * changes, 0)
        halvable = np.diff(alphas) >= 2 * SHORTEST
        scale = accuracy.score_scale(scores, start, end)
        rounding = 2 * self.rounding * np.fmax.reduce(np.abs(scores), axis=1, keepdims=True)
        exhausted = np.asarray((np.abs(fitted.residuals) <= rounding).all(axis=1))
        return _Estimate(fitted, error, scale, sizes, moves, halvable, exhausted)

    def _done(self, rows: NDArray[np.int64], estimate: _Estimate, priorities: Float) -> NDArray[np.bool_]:
        """Hands over the paths that are within tolerance, out of evaluations, or cannot be refined; tells which."""
        n_nodes = (~np.isnan(self.alphas[rows])).sum(axis=1)
        bound = accuracy.MAP_ERROR_FACTOR * np.sqrt((estimate.moves**2).sum(axis=1))
        promising = self._settled(estimate.error, estimate.scale, bound, estimate.sizes, estimate.exhausted)
        done = ~np.isfinite(estimate.error + bound + estimate.sizes + estimate.scale)
        done |= (n_nodes >= self.rule.max_steps) | ~(priorities > 0).any(axis=1)
        # The exact estimate goes through every gradient of a path, so it is made only where it may suffice.
        for at in self._parts(np.flatnonzero(done | promising)):
            values, error, map_error = self._exact(rows[at], estimate, at)
            sizes = np.abs(values).sum(axis=1, dtype=np.float64)
            done[at] |= self._settled(error, estimate.scale[at], map_error, sizes, estimate.exhausted[at])
            ended = done[at]
            of = rows[at][ended]
            grid = (part[of] for part in (self.alphas, self.scores, self.slopes))
            self.results.add(self.paths[of], values[ended], error[ended], map_error[ended], *grid)
        self.active[rows[done]] = False
        return done

    def _parts(self, rows: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        """Few enough rows at a time that their gradients may be copied."""
        for part in self.store.parts(np.empty((len(rows), self.alphas.shape[1]))):
            yield rows[part]

    def _exact(
        self, rows: NDArray[np.int64], estimate: _Estimate, at: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], Float, Float]:
        """Values [R, F], completeness error and map error [R] of paths `rows`, which are `at` in the estimate."""
        slots = np.where(self.slots[rows] < 0, self.slots[rows][:, :1], self.slots[rows])
        gathered = self.store.rows(slots)
        change = self.results.end[self.paths[rows]] - self.results.start[self.paths[rows]]
        values = _weighted(estimate.fitted.weights[at], gathered)
        delta = values.sum(axis=1, dtype=np.float64) - change
        error = accuracy.completeness_error(delta, estimate.fitted.residuals[at])
        # In units of the largest: squares of large scores overflow float32.
        unit = np.maximum(estimate.moves[at].max(axis=1), np.finfo(np.float32).tiny)
        lengths = (estimate.fitted.jumps[at] / unit[:, None]).astype(np.float32)[..., None]
        jumps = np.where(lengths > 0, lengths * np.diff(gathered, axis=1), 0)
        return values, error, accuracy.jump_error(np.einsum("pkf,pkf->pf", jumps, jumps)) * unit

    def _settled(
        self, error: Float, scale: Float, map_error: Float, sizes: Float, exhausted: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Whether paths are within tolerance, or as near to it as their scores' digits allow."""
        residual, relative = accuracy.relative(error, scale), accuracy.relative(map_error, sizes)
        return ((residual <= self.rule.tolerance) | exhausted) & (relative <= self.rule.map_tolerance)

    def _priorities(self, estimate: _Estimate) -> Float:
        """What halving each interval promises, [R, K - 1]; 0 where it cannot be halved."""
        # A score that stands still, or values that cancel, at these nodes only: any size will do to go on.
        scale, size = (np.where(part > 0, part, 1)[:, None] for part in (estimate.scale, estimate.sizes))
        share = np.nan_to_num(np.abs(estimate.fitted.residuals) / scale, posinf=0)
        share += MAP_WEIGHT * np.nan_to_num(estimate.moves / size, posinf=0)
        return np.where(estimate.halvable, share, 0)

    def _midpoints(self, rows: NDArray[np.int64], priorities: Float) -> Float:
        """The next alphas [R, J] of each path, NaN where it takes fewer."""
        lefts, rights = self.alphas[rows][:, :-1], self.alphas[rows][:, 1:]
        n_nodes = (~np.isnan(self.alphas[rows])).sum(axis=1)
        most = np.minimum(np.clip(n_nodes // 8, 2, 4), self.rule.max_steps - n_nodes)
        best = np.argsort(-priorities, axis=1, kind="stable")[:, : int(most.max())]
        wanted = np.take_along_axis(priorities, best, axis=1) > 0
        wanted &= np.arange(best.shape[1]) < most[:, None]
        middles = (np.take_along_axis(lefts, best, axis=1) + np.take_along_axis(rights, best, axis=1)) / 2
        return np.where(wanted, middles, np.nan)


def _weighted(weights: Float, contributions: NDArray[Any]) -> NDArray[np.float32]:
    """[P, F] from weights [P, K] and contributions [P, K, F]."""
    return np.einsum("pk,pkf->pf", weights.astype(np.float32), contributions)
