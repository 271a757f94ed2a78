"""Integrates each path with as many gradients as its accuracy takes.

Every path starts with 5 nodes; then the intervals are halved where the residual and the expected error
of the map are largest, until both are within tolerance. `piecewise.py` integrates smooth stretches and jumps each by
the rule that suits them, `near_ends.py` grades paths on which something happens near an end, and `estimate.py` says
where to go on and when to stop; docs/internals/accuracy.md has the derivation and the measurements.

Gradients stay on the device, in a store; what comes to the host are a few numbers of each node, which decide. Where
everything must run on the device, `refinement.py` makes the same decisions in the graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine import arrays as xp
from kerasig._engine import near_ends, verdicts
from kerasig._engine.estimate import Estimate, Limits, estimate
from kerasig._engine.gradients import Core, Gradients
from kerasig._engine.nodes import Paths, begun, chosen, inserted
from kerasig._engine.piecewise import DOUBLE_ROUNDING, ROUNDING
from kerasig._engine.problem import Problem
from kerasig._engine.resolution import Resolution
from kerasig._engine.results import PathIntegrals, counted
from kerasig._engine.scheme import Scheme
from kerasig._engine.store import STORE_BYTES
from kerasig._engine.stores import store_for
from kerasig._quadrature.rules import clenshaw_curtis
from kerasig.steps import Adaptive

Float = NDArray[np.float64]
Ints = NDArray[np.integer]

# Dense at both ends, where networks saturate.
FIRST_GRID = clenshaw_curtis(5).nodes
# Nodes that paths take before most of them are finished: how many paths are begun at once where memory is short.
USUAL_NODES = 32
# An interval this short, relative to its own place, is not halved again: 4 roundings more than float32 points have.
SHORTEST = {tf.float32: 2.0**-20, tf.float64: 2.0**-40}


@dataclass(frozen=True)
class AdaptiveScheme(Scheme):
    """As many nodes as accuracy takes, chosen on the host.

    Args:
        rule: as users give it.
    """

    rule: Adaptive

    def compile(self, core: Core, problem: Problem) -> None:
        """Traces gradients at pairs of paths and alphas."""
        core.compile_gradients(problem)

    def evaluate(self, core: Core, problem: Problem, paths: NDArray[np.int64]) -> None:
        """Gradients at the inputs."""
        core.gradients(problem, paths, np.ones(len(paths)))

    def integrate(self, core: Core, problem: Problem, results: PathIntegrals) -> Problem:
        """See `Scheme`."""
        refinement = _Refinement(core, problem, self.rule, results)
        refinement.run()
        return refinement.problem


def first_grid(rule: Adaptive, interior_alphas: Float) -> Float:
    """The nodes that every path starts with; alphas that were asked for are among them: they are evaluated anyway."""
    first = np.union1d(FIRST_GRID, interior_alphas)
    return first if len(first) <= rule.max_steps else FIRST_GRID


def rule_of(rule: Adaptive, dtype: tf.DType, half_rounding: float) -> Limits:
    """The limits of an explanation, those that were asked for and those of its model.

    Args:
        rule: as users give it.
        dtype: of alphas.
        half_rounding: relative rounding of scores in half precision, 0 for others.
    """
    own = DOUBLE_ROUNDING if dtype == tf.float64 else ROUNDING
    return Limits(rule.tolerance, rule.map_tolerance, rule.max_steps, own, half_rounding, SHORTEST[dtype])


class _Refinement:
    """All paths of a problem: those that fit the store are under way, the others wait."""

    def __init__(self, core: Core, problem: Problem, rule: Adaptive, results: PathIntegrals) -> None:
        self.core, self.problem, self.max_steps, self.results = core, problem, rule.max_steps, results
        features = problem.n_features
        capacity = max(STORE_BYTES // (4 * max(features, 1)), rule.max_steps * problem.n_samples)
        capacity = min(capacity, rule.max_steps * problem.n_paths)
        self.first_grid = first_grid(rule, results.interior_alphas)
        n_slots = max(min(problem.n_paths, capacity // len(self.first_grid)), problem.n_samples)
        self.store = store_for(features, capacity, n_slots)
        self.slots = np.arange(n_slots)[::-1]
        self.waiting = np.arange(problem.n_paths)
        # Of the paths under way.
        self.numbers, self.at = np.empty(0, np.int64), np.empty(0, np.int64)
        self.paths = begun(self.first_grid, 0)
        self._rule = rule_of(rule, problem.dtype, 0.0)
        self.resolution = Resolution(problem, core.path)

    @property
    def rule(self) -> Limits:
        """With what half precision rounds off, which is known once the model has been evaluated."""
        return self._rule._replace(computed=self.core.half_rounding)

    def run(self) -> None:
        """Integrates every path."""
        while len(self.waiting) or len(self.numbers):
            self._begin_more()
            found = estimate(self.rule, self.paths, self.store.sizes(self.at))
            little, self.paths = near_ends.too_little_known(self.paths, found)
            if self.core.reproducible and little.any():
                self.paths = near_ends.graded_as_finely_as_can_be(self.rule, self.paths, little)
                self._integrate(np.flatnonzero(little))
                continue
            goes_on = ~self._done(found)
            halved = verdicts.halved(self.rule, self.paths, found)[goes_on]
            self._keep(goes_on)
            if len(self.numbers):
                self._refine(self._within_store(halved))

    def _begin_more(self) -> None:
        """Begins as many of the waiting paths as the store has room for, whole examples at a time."""
        room = self.store.free - self._reserved()
        each = max(USUAL_NODES, len(self.first_grid))
        n_samples = self.problem.n_samples
        count = max(room // (each * n_samples), 0 if len(self.numbers) else 1) * n_samples
        count = min(count, len(self.slots) // n_samples * n_samples, len(self.waiting))
        if not count:
            return
        numbers, self.waiting = self.waiting[:count], self.waiting[count:]
        before, new = len(self.numbers), np.arange(len(self.numbers), len(self.numbers) + count)
        self.numbers = np.concatenate([self.numbers, numbers])
        self.at, self.slots = np.concatenate([self.at, self.slots[-count:]]), self.slots[:-count]
        offset, least = self.resolution.of(numbers)
        added = begun(self.first_grid, count)._replace(offset=offset, least=least)
        self.paths = self.paths.joined(added)
        n_first = len(self.first_grid)
        places = np.repeat(new, n_first), np.tile(np.arange(n_first), count)
        if self.problem.pin is not None:
            # The input first: it tells which class is predicted, and the other nodes explain that class.
            self._evaluate(new, np.full(count, n_first - 1))
            classes = self.results.classes[numbers]
            examples = self.problem.examples_of(numbers[::n_samples])
            self.problem = self.problem.pinned(classes[::n_samples], examples)
            places = np.repeat(new, n_first - 1), np.tile(np.arange(n_first - 1), count)
        self._evaluate(*places)
        for array in (self.paths.nodes.rows, self.paths.nodes.sizes):
            # Padding repeats the last node, where others have more by now.
            array[before:, n_first:] = array[before:, n_first - 1 : n_first]
        scores = self.paths.nodes.scores[before:]
        self.results.start[numbers], self.results.end[numbers] = scores[:, 0], scores[:, n_first - 1]
        fresh = np.arange(len(self.numbers)) >= before
        self.paths = chosen(fresh, verdicts.prepared(self.rule, self.paths), self.paths)
        self._integrate(new)

    def _integrate(self, rows: Ints) -> None:
        """Integrals by the trapezoid, and changes from node to node, of `rows`, from all of their gradients."""
        self.paths.nodes.changes[rows, :-1] = self.store.integrate(self.at[rows], self.paths.take(rows))

    def _reserved(self) -> int:
        """Rows kept free for the path that has been under way for longest, so that it can always go on."""
        return self.max_steps - int(self.paths.count[0]) if len(self.numbers) else 0

    def _within_store(self, halved: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The intervals to halve, none of paths that must wait until others have given rows back."""
        waits = halved.sum(axis=1).cumsum() > self.store.free - self._reserved()
        waits[0] = False
        return halved & ~waits[:, None]

    def _evaluate(self, rows: Ints, columns: Ints) -> None:
        """Evaluates nodes [P] of paths that have no other yet, or none beside them."""
        for part in self._calls(len(rows)):
            row, column = rows[part], columns[part]
            found = self._gradients(row, column)
            nodes, numbers = self.paths.nodes, self.numbers[row]
            nodes.rows[row, column], nodes.sizes[row, column] = self.store.keep(found.contributions)
            at_input = nodes.alphas[row, column] == 1
            self.results.classes[numbers[at_input]] = found.classes[at_input]
            self.results.predicted[numbers[at_input]] = found.predicted[at_input]
            # Padding repeats the last node.
            last = column == self.paths.count[row] - 1
            for array in (nodes.scores, nodes.slopes):
                array[row[last]] = np.where(
                    np.arange(array.shape[1]) > column[last, None],
                    array[row[last], column[last]][:, None],
                    array[row[last]],
                )

    def _refine(self, halved: NDArray[np.bool_]) -> None:
        """Evaluates a node in the middle of each of the intervals, and updates integrals and changes."""
        before = self.paths
        width = int((before.count + halved.sum(axis=1)).max())
        nodes, new, count = inserted(before, halved, width)
        self.paths = before._replace(nodes=nodes, count=count)
        rows, columns = np.nonzero(new)
        for part in self._calls(len(rows)):
            self._refine_at(rows[part], columns[part], before)

    def _refine_at(self, rows: Ints, columns: Ints, before: Paths) -> None:
        """Evaluates nodes [C] that are each alone between two others of `before`, in the order of their paths."""
        found = self._gradients(rows, columns)
        nodes, grading = self.paths.nodes, self.paths.grading
        # Of each node the one before, it, and the one after.
        here = columns * len(self.numbers) + rows
        around = here + len(self.numbers) * np.array([[-1], [0], [1]])
        alphas = np.take(xp.flat(nodes.alphas), around)
        lost = ~np.isfinite(found.scores + found.slopes)
        left_out = bool(lost.any() or nodes.left_out.any())
        if left_out:
            beyond = verdicts.beyond_known(alphas[1], *(bound[rows] for bound in verdicts.bounds(before)))
            np.put(nodes.left_out.T, here, lost & beyond)
        factors, distances = None, np.diff(alphas, axis=0)
        if left_out or grading.graded.any():
            graded = grading.of(rows)
            factors = np.where(np.take(xp.flat(nodes.left_out), around).T, 0, graded.densities(alphas.T))
            distances = np.diff(graded.places(alphas.T), axis=1).T
        sides = np.take(xp.flat(nodes.rows), around[::2])
        new, sizes, changes = self.store.keep_between(found.contributions, sides.T, factors, distances.T, self.at[rows])
        np.put(nodes.rows.T, here, new)
        np.put(nodes.sizes.T, here, sizes)
        np.put(nodes.changes.T, around[:2], changes.T)

    def _calls(self, count: int) -> Iterator[slice]:
        """Full microbatches, several at a time where gradients are short."""
        rows = self.core.rows(self.problem)
        step = max(1, self.store.joined_rows // rows) * rows
        for first in range(0, count, step):
            yield slice(first, first + step)

    def _gradients(self, rows: Ints, columns: Ints) -> Gradients:
        """The gradients at nodes [P] of paths, whose scores and slopes are filled in."""
        nodes, numbers = self.paths.nodes, self.numbers[rows]
        places = columns * len(self.numbers) + rows
        alphas = np.take(xp.flat(nodes.alphas), places)
        found = self.core.gradients(self.problem, numbers, alphas)
        self.results.add_interior(numbers, alphas, found.gradients)
        np.put(nodes.scores.T, places, found.scores)
        np.put(nodes.slopes.T, places, found.slopes)
        return found

    def _done(self, found: Estimate) -> NDArray[np.bool_]:
        """Hands over the paths that are within tolerance, out of evaluations, or cannot get there; tells which."""
        paths, numbers = self.paths, self.numbers
        outlook = verdicts.outlook(self.rule, paths, found, self.results.unreached[numbers], self.core.reproducible)
        looked = outlook.ends | outlook.promising
        # The exact estimate goes through every gradient of a path, so it is made only where it may suffice.
        at = np.flatnonzero(looked)
        if not len(at):
            return looked
        some, fitted = paths.take(at), found.fitted.take(at)
        values, *sums = self.store.exact(some, verdicts.weights(fitted, some), fitted.spread)
        whole = verdicts.Exact(*(np.zeros(len(numbers)) for _ in range(3)))
        for array, part in zip(whole, sums, strict=True):
            array[at] = part
        verdict = verdicts.verdict(self.rule, paths, found, outlook, whole, looked)
        self.paths = paths._replace(tightness=verdict.tightness)
        done = verdict.done
        if done.any():
            nodes = self.paths.nodes
            counts = (paths.known & ~nodes.left_out)[done]
            grid = counted(counts, *(array[done] for array in (nodes.alphas, nodes.scores, nodes.slopes)))
            ended = numbers[done]
            self.results.add(ended, values[done[at]], verdict.completeness[done], verdict.map_error[done], *grid)
            self.results.statuses[ended] = verdict.reasons[done]
            # Each node was evaluated once.
            self.results.evaluations[ended] += paths.count[done]
        return done

    def _keep(self, goes_on: NDArray[np.bool_]) -> None:
        """Goes on with some of the paths; the others give back what they have."""
        if goes_on.all():
            return
        ended, kept = np.flatnonzero(~goes_on), np.flatnonzero(goes_on)
        self.store.release(self.paths.nodes.rows[ended][self.paths.known[ended]])
        self.slots = np.concatenate([self.slots, self.at[ended]])
        self.paths, self.numbers, self.at = self.paths.take(kept), self.numbers[kept], self.at[kept]
