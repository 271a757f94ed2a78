"""Integrates each path with as many gradients as its accuracy takes.

A smooth path is settled by the first grid: Clenshaw-Curtis with 5 or 9 nodes, which are nested, so that their
difference tells the error. On any other path the same nodes start a trapezoid whose intervals are bisected where the
residual and the expected error of the map are largest. docs/accuracy.md has the derivation and the measurements.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import accuracy
from kerasig.engine.gradients import Core
from kerasig.engine.problem import Problem
from kerasig.engine.results import PathIntegrals
from kerasig.engine.store import GradientStore
from kerasig.quadrature import Adaptive, clenshaw_curtis

Float = NDArray[np.float64]

# Host memory for the gradients of paths that are not finished; paths go in groups within it.
STORE_BYTES = 1 << 30
# An interval this short is not halved again: float32 alphas would meet.
SHORTEST = 2.0**-20
# Weight of the map's error against the residual's when an interval is chosen; measured, see docs/accuracy.md.
MAP_WEIGHT = 0.25
# What the embedded difference must be below, as a share of the tolerances. With 3 nodes inside 5 there is more luck.
ACCEPT = {5: 0.1, 9: 0.5}


def integrate_adaptive(core: Core, problem: Problem, rule: Adaptive, results: PathIntegrals) -> Problem:
    """Integrates every path into `results`; returns the problem with the predicted classes filled in."""
    features = sum(int(np.prod(leaf.shape[1:], dtype=int)) for leaf in problem.inputs)
    per_group = max(1, STORE_BYTES // (4 * max(features, 1) * rule.max_steps))
    # A group holds whole examples, whose paths share the predicted class.
    per_group = max(1, per_group // problem.n_samples) * problem.n_samples
    paths = np.arange(problem.n_paths)
    for first in range(0, len(paths), per_group):
        group = _Group(core, problem, rule, results, paths[first : first + per_group], features)
        group.run()
        problem = group.problem
    return problem


class _Group:
    """Paths that are integrated together. Arrays are [P, K]: paths by nodes, sorted by alpha, padded with infinity."""

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

    def run(self) -> None:
        """Integrates every path of the group."""
        everyone = np.arange(len(self.paths))
        coarse = clenshaw_curtis(5).nodes
        if self.problem.pin is not None:
            # The input first: it tells which class is predicted, and the other nodes explain that class.
            self._evaluate(everyone, np.ones((len(everyone), 1)))
            classes = self.results.classes[self.paths]
            examples = self.problem.examples_of(self.paths[:: self.problem.n_samples])
            self.problem = self.problem.pinned(classes[:: self.problem.n_samples], examples)
            coarse = coarse[:-1]
        self._evaluate(everyone, np.tile(coarse, (len(everyone), 1)))
        last = np.argmax(np.where(np.isinf(self.alphas), -1, self.alphas), axis=1)
        self.results.start[self.paths] = self.scores[:, 0]
        self.results.end[self.paths] = self.scores[everyone, last]
        self._settle_smooth(5)
        rest = np.flatnonzero(self.active)
        if len(rest):
            finer = np.setdiff1d(clenshaw_curtis(9).nodes, clenshaw_curtis(5).nodes)
            self._evaluate(rest, np.tile(finer, (len(rest), 1)))
            self._settle_smooth(9)
        self._bisect()

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
        new = {"alphas": np.inf, "scores": np.nan, "slopes": np.nan, "slots": -1}
        values = {"alphas": alphas[wanted], "scores": found.scores, "slopes": found.slopes, "slots": slots[wanted]}
        for name, padding in new.items():
            added = np.full((len(self.paths), alphas.shape[1]), padding)
            part = np.full(alphas.shape, padding)
            part[wanted] = values[name]
            added[rows] = part
            setattr(self, name, np.concatenate([getattr(self, name), added], axis=1))
        order = np.argsort(self.alphas, axis=1, kind="stable")
        width = int(np.isfinite(self.alphas).sum(axis=1).max())
        for name in new:
            setattr(self, name, np.take_along_axis(getattr(self, name), order, axis=1)[:, :width])
        return slots

    def _settle_smooth(self, n_nodes: int) -> None:
        """Finishes the paths that n nested nodes integrate well, and those that are not finite."""
        rows = np.flatnonzero(self.active)
        fine, coarse = clenshaw_curtis(n_nodes), clenshaw_curtis((n_nodes + 1) // 2)
        embedded = np.zeros(n_nodes)
        embedded[::2] = coarse.weights
        slots = self.slots[rows, :n_nodes]
        scores, slopes = self.scores[rows, :n_nodes], self.slopes[rows, :n_nodes]
        start, end = scores[:, 0], scores[:, -1]
        with np.errstate(invalid="ignore", over="ignore"):
            scale = accuracy.score_scale(scores, start, end)
        for part in self.store.parts(slots):
            values, difference = self.store.weighted(slots[part], np.stack([fine.weights, fine.weights - embedded]))
            with np.errstate(invalid="ignore", over="ignore"):
                error = np.abs(values.sum(axis=1, dtype=np.float64) - (end - start)[part])
                map_error = np.abs(difference).sum(axis=1, dtype=np.float64)
                size = np.abs(values).sum(axis=1, dtype=np.float64)
                residual, relative = accuracy.relative(error, scale[part]), accuracy.relative(map_error, size)
            share = ACCEPT[n_nodes]
            settled = (residual <= share * self.rule.tolerance) & (relative <= share * self.rule.map_tolerance)
            # Refining cannot mend what is not finite: such paths end here, as they are.
            settled |= ~(np.isfinite(error) & np.isfinite(map_error))
            done = rows[part][settled]
            self.active[done] = False
            self.results.add(
                self.paths[done],
                values[settled],
                error[settled],
                map_error[settled],
                self.alphas[done, :n_nodes],
                scores[part][settled],
                slopes[part][settled],
            )

    def _bisect(self) -> None:
        """Refines a trapezoid on each path that is left."""
        rows = np.flatnonzero(self.active)
        if not len(rows):
            return
        slots = self.slots[rows]
        self._values = np.zeros((len(self.paths), self.store.features), np.float32)
        # Squares are of contributions in this unit, so that they neither overflow nor vanish.
        self._squares = np.zeros_like(self._values)
        self._unit = np.ones(len(self.paths), np.float32)
        # L1 change of the contributions from each node to the next, by the slot of the node.
        self._changes = np.zeros(1)
        for part in self.store.parts(slots):
            at = rows[part]
            gathered = self.store.rows(slots[part])
            lengths = np.diff(self.alphas[at])
            jumps = np.diff(gathered, axis=1)
            self._set_changes(slots[part][:, :-1], np.abs(jumps).sum(axis=2, dtype=np.float64))
            largest = np.abs(gathered).max(axis=(1, 2))
            self._unit[at] = np.where(np.isfinite(largest) & (largest > np.finfo(np.float32).tiny), largest, 1)
            self._squares[at] = self._squared(at, lengths, jumps)
            self._values[at] = _trapezoid(self.alphas[at], gathered)
        # Alphas that were asked for are worth more than midpoints: they are used twice.
        asked = np.setdiff1d(self.results.interior_alphas, self.alphas[rows[0]])
        if len(asked) and self.slots.shape[1] + len(asked) <= self.rule.max_steps:
            self._insert(rows, np.tile(asked, (len(rows), 1)))
        while True:
            self._finish(np.flatnonzero(self.active))
            rows = np.flatnonzero(self.active)
            if not len(rows):
                return
            self._insert(rows, self._midpoints(rows))

    def _insert(self, rows: NDArray[np.int64], alphas: Float) -> None:
        """Evaluates alphas [R, J] inside the intervals and updates values, squares and changes, node by node."""
        before = self.alphas[rows], self.slots[rows]
        new = self._evaluate(rows, alphas)
        known_alphas, known_slots = (np.concatenate([old, np.full(alphas.shape, np.inf)], axis=1) for old in before)
        width = before[0].shape[1]
        for column in range(alphas.shape[1]):
            used = np.flatnonzero(~np.isnan(alphas[:, column]))
            alpha, slot = alphas[used, column], new[used, column]
            left, left_slot = _nearest(known_alphas[used], known_slots[used], alpha, below=True)
            right, right_slot = _nearest(known_alphas[used], known_slots[used], alpha, below=False)
            to_left, to_right = (alpha - left).astype(np.float32), (right - alpha).astype(np.float32)
            for part in self.store.parts(slot[:, None], copies=6):
                at = rows[used][part]
                middle = self.store.rows(slot[part])
                down = middle - self.store.rows(left_slot[part])
                up = self.store.rows(right_slot[part]) - middle
                short, long = to_left[part][:, None], to_right[part][:, None]
                self._set_changes(left_slot[part], np.abs(down).sum(axis=1, dtype=np.float64))
                self._set_changes(slot[part], np.abs(up).sum(axis=1, dtype=np.float64))
                self._values[at] += (long * down - short * up) / 2
                short, long = short / self._unit[at][:, None], long / self._unit[at][:, None]
                self._squares[at] += (short * down) ** 2 + (long * up) ** 2 - ((short + long) * (down + up)) ** 2
            known_alphas[used, width + column], known_slots[used, width + column] = alpha, slot

    def _squared(self, rows: NDArray[np.int64], lengths: Float, jumps: NDArray[Any]) -> NDArray[Any]:
        """sum_k (L_k d_k,i)^2 [R, F] in the rows' units, from jumps d [R, K - 1, F]."""
        weights = (lengths / self._unit[rows][:, None]).astype(np.float32)
        scaled = weights[:, :, None] * jumps
        return np.einsum("pkf,pkf->pf", scaled, scaled)

    def _set_changes(self, slots: NDArray[np.int64], changes: Float) -> None:
        if len(self._changes) < self.store.size:
            self._changes = np.concatenate([self._changes, np.zeros(self.store.size - len(self._changes))])
        self._changes[slots] = changes

    def _errors(self, rows: NDArray[np.int64]) -> tuple[Float, Float, Float, Float, Float, Float]:
        """Residuals [R, K - 1], completeness error, scale, map error, L1 norm [R], lengths [R, K - 1] of the grids."""
        alphas = np.where(np.isinf(self.alphas[rows]), np.nan, self.alphas[rows])
        scores, slopes = self.scores[rows], self.slopes[rows]
        start, end = self.results.start[self.paths[rows]], self.results.end[self.paths[rows]]
        with np.errstate(invalid="ignore", over="ignore"):
            residuals = accuracy.step_residuals(alphas, scores, slopes, "both", start, end)
            assert residuals is not None
            error = accuracy.completeness_error(np.nansum(residuals, axis=1), residuals)
            scale = accuracy.score_scale(scores, start, end)
            map_error = accuracy.jump_error(self._squares[rows]) * self._unit[rows]
            size = np.abs(self._values[rows]).sum(axis=1, dtype=np.float64)
        return residuals, error, scale, map_error, size, np.diff(alphas)

    def _finish(self, rows: NDArray[np.int64]) -> None:
        """Ends the paths that are within tolerance, out of evaluations, or cannot be refined."""
        residuals, error, scale, map_error, size, lengths = self._errors(rows)
        done = self._within_tolerance(error, scale, map_error, size)
        stuck = np.isfinite(self.alphas[rows]).sum(axis=1) >= self.rule.max_steps
        stuck |= ~(np.isfinite(error) & np.isfinite(map_error) & np.isfinite(size))
        stuck |= ~(np.isfinite(self.scores[rows]) | np.isinf(self.alphas[rows])).all(axis=1)
        stuck |= np.nanmax(lengths, axis=1) < 2 * SHORTEST
        stuck |= ~(self._priorities(rows) > 0).any(axis=1)
        ended = np.flatnonzero(done | stuck)
        slots = self.slots[rows[ended]]
        slots = np.where(slots < 0, slots[:, :1], slots)
        for part in self.store.parts(slots):
            here = ended[part]
            at = rows[here]
            gathered = self.store.rows(slots[part])
            alphas = np.where(np.isinf(self.alphas[at]), 1.0, self.alphas[at])
            lengths = np.diff(alphas)
            change = self.results.end[self.paths[at]] - self.results.start[self.paths[at]]
            with np.errstate(invalid="ignore", over="ignore"):
                values = _trapezoid(alphas, gathered)
                jumps = np.where(lengths[:, :, None] > 0, np.diff(gathered, axis=1), 0)
                squares = self._squared(at, lengths, jumps)
                delta = values.sum(axis=1, dtype=np.float64) - change
                error = accuracy.completeness_error(delta, residuals[here])
                map_error = accuracy.jump_error(squares) * self._unit[at]
                size = np.abs(values).sum(axis=1, dtype=np.float64)
            # The running sums carry rounding: what is handed out is summed afresh, and judged again.
            self._values[at], self._squares[at] = values, squares
            final = stuck[here] | self._within_tolerance(error, scale[here], map_error, size)
            self.active[at[final]] = False
            self.results.add(
                self.paths[at[final]],
                values[final],
                error[final],
                map_error[final],
                self.alphas[at[final]],
                self.scores[at[final]],
                self.slopes[at[final]],
            )

    def _within_tolerance(self, error: Float, scale: Float, map_error: Float, size: Float) -> NDArray[np.bool_]:
        with np.errstate(invalid="ignore", over="ignore"):
            residual, relative = accuracy.relative(error, scale), accuracy.relative(map_error, size)
        return (residual <= self.rule.tolerance) & (relative <= self.rule.map_tolerance)

    def _priorities(self, rows: NDArray[np.int64]) -> Float:
        """What halving each interval promises, [R, K - 1]; 0 where it cannot be halved."""
        residuals, _, scale, _, size, lengths = self._errors(rows)
        changes = np.where(np.isnan(lengths), 0, self._changes[self.slots[rows][:, :-1]])
        # A score that stands still, or values that cancel, at these nodes only: any size will do to go on.
        scale, size = np.where(scale > 0, scale, 1), np.where(size > 0, size, 1)
        with np.errstate(invalid="ignore", over="ignore"):
            share = np.nan_to_num(np.abs(residuals) / scale[:, None], posinf=0)
            share += MAP_WEIGHT * np.nan_to_num(np.nan_to_num(lengths) * changes / size[:, None], posinf=0)
        return np.where(np.nan_to_num(lengths) >= 2 * SHORTEST, share, 0)

    def _midpoints(self, rows: NDArray[np.int64]) -> Float:
        """The next alphas [R, J] of each path, NaN where it takes fewer."""
        priorities = self._priorities(rows)
        counts = np.isfinite(self.alphas[rows]).sum(axis=1)
        most = np.minimum(np.clip(counts // 8, 2, 4), self.rule.max_steps - counts)
        best = np.argsort(-priorities, axis=1, kind="stable")[:, : int(most.max())]
        lefts = np.take_along_axis(self.alphas[rows], best, axis=1)
        rights = np.take_along_axis(self.alphas[rows], best + 1, axis=1)
        wanted = np.take_along_axis(priorities, best, axis=1) > 0
        wanted &= np.arange(best.shape[1]) < most[:, None]
        return np.where(wanted, (lefts + rights) / 2, np.nan)


def _nearest(alphas: Float, slots: NDArray[Any], alpha: Float, below: bool) -> tuple[Float, NDArray[np.int64]]:
    """The known neighbour of `alpha` [R] on one side, and its slot."""
    distance = alpha[:, None] - alphas if below else alphas - alpha[:, None]
    index = np.argmin(np.where(distance > 0, distance, np.inf), axis=1)
    at = np.arange(len(alpha))
    return alphas[at, index], slots[at, index].astype(np.int64)


def _trapezoid(alphas: Float, contributions: NDArray[Any]) -> NDArray[Any]:
    """[P, F] from nodes [P, K] and contributions [P, K, F]; equal nodes add nothing."""
    half = (np.diff(alphas) / 2).astype(np.float32)
    weights = np.pad(half, ((0, 0), (0, 1))) + np.pad(half, ((0, 0), (1, 0)))
    return np.einsum("pk,pkf->pf", weights, contributions)
