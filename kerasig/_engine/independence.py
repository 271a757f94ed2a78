"""Whether the score of a row is a function of that row alone: asked once of each trace, by the score of one point.

A point's score by itself and beside others is the same, but for rounding, unless rows are mixed or numbers are drawn.
Kernels for other numbers of rows round otherwise, and rounding may grow. So a difference is suspicious at first, and
then looked for between calls that differ in nothing but the other rows: those agree bit for bit where rows are apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.operations import drawing
from kerasig._engine.scaling import float_types

Paths = NDArray[np.integer[Any]]
Alphas = NDArray[np.floating[Any]]

# Of the scores' spread: what is less does no harm, as the default tolerance of the completeness error is larger.
SPREAD = 2.0**-8
# Of the largest score, in units of its rounding.
ROUNDINGS = 8
_ROUNDING = {tf.float64: 2.0**-53, tf.float32: 2.0**-24, tf.bfloat16: 2.0**-8, tf.float16: 2.0**-11}
# Of a score by itself and beside others, where the same number of rows gives the same: no rounding is that large.
NUMBER_OF_ROWS = 0.25
# Rows, and calls of so many, in which a model that draws numbers is asked for the same two scores.
REPEATS, TRIES = 16, 4
# Calls without two scores that differ, after which nothing more is asked.
PATIENCE = 3


class Evaluate(Protocol):
    """Calls the model on (paths, alphas) [C], as many rows as there are, to what `Traced` returns."""

    def __call__(self, paths: Paths, alphas: Alphas, moved_on: bool = False) -> dict[str, Any]:
        """The results; with `moved_on` the seeds are where the last call left them."""
        ...


@dataclass(frozen=True)
class Mixed:
    """Proof that rows are mixed.

    Args:
        path: of the point.
        alone: its score by itself; NaN where its index is out of range there.
        among: its score beside others.
        class_alone: the class explained, -1 where there is none.
        class_among: the class explained beside others.
    """

    path: int
    alone: float
    among: float
    class_alone: int
    class_among: int


class Independence:
    """The knowledge of whether one core's rows are apart.

    Args:
        n_replicas: among which the rows of a call are shared out, in order.
        fixed: whether calls have few sizes, each of which is compiled anew.

    Attributes:
        is_open: whether nothing is known yet.
        reproducible: False where the same point was given two scores.
    """

    def __init__(self, n_replicas: int, fixed: bool) -> None:
        self._n_replicas, self._fixed = n_replicas, fixed
        self.is_open, self.reproducible = True, True
        self._attempts = 0
        self._suspicious = False

    def judge(
        self,
        evaluate: Evaluate,
        graph: Any,
        most: int,
        paths: Paths,
        alphas: Alphas,
        n_real: int,
        found: dict[str, Any],
        least: int = 1,
    ) -> Mixed | None:
        """Learns from one call, and from one row more.

        Args:
            evaluate: calls the model once more.
            graph: that was traced.
            most: rows of a replica in one call.
            paths: [C] of the call's rows, padding included.
            alphas: [C].
            n_real: rows that are no padding.
            found: what the call returned.
            least: rows of a replica that a call must have: a point by itself is that many copies of it.

        Returns:
            The proof that rows are mixed, if they are.
        """
        rounding = max((_ROUNDING[dtype] for dtype in float_types(graph) if dtype in _ROUNDING), default=2.0**-24)
        row = self._among(n_real, alphas, found)
        if most < 2 and drawing(graph):
            # Nothing stands beside a row, but the next call may give it another score.
            self.is_open = False
            self.reproducible = self._repeats(_Points(evaluate, paths, alphas, 0, n_real, found, rounding), most)
            return None
        if row is None:
            if (self._fixed and not self._suspicious) or most < 2:
                return None
            # The input beside the other end of its path, on each replica.
            n_real = 2 * self._n_replicas
            alphas = np.tile([0.0, 1.0], self._n_replicas).astype(alphas.dtype)
            paths, row = np.repeat(paths[:1], n_real), n_real - 1
            found = evaluate(paths, alphas)
        points = _Points(evaluate, paths, alphas, row, n_real, found, rounding)
        if drawing(graph) and not self._repeats(points, most):
            self.is_open = self.reproducible = False
            return None
        # Where nothing is drawn it may have been a training in another thread, so it is asked again.
        self.reproducible = True
        mixed = self._compared(points, least)
        self._attempts += 1
        # Another target of the same kind may keep rows apart; and points that all score the same tell little.
        told = mixed is None and (points.differ or self._attempts >= PATIENCE)
        self.is_open = not (self.reproducible and told)
        return mixed

    def suspect(self) -> None:
        """Asks at the next call, also at the price of another compilation."""
        self._suspicious = True

    def _among(self, n_real: int, alphas: Alphas, found: dict[str, Any]) -> int | None:
        """A row at the input, or near it, that others come before on its replica.

        Nearer to the baseline many a score is 0 whatever is beside it. Of several the one where the score changes most.
        """
        each = len(alphas) // self._n_replicas
        rows = np.array([row for row in range(n_real) if row % each and found["valid"][row] and alphas[row] > 0.5], int)
        if not len(rows):
            return None
        rows = rows[alphas[rows] == alphas[rows].max()][::-1]
        slopes = np.abs(found["slopes"][rows]) if "slopes" in found else np.zeros(len(rows))
        # Of equals the last: farthest from where a point by itself lies.
        return int(rows[np.argmax(np.nan_to_num(slopes, nan=0.0, posinf=0.0))])

    def _compared(self, points: _Points, least: int) -> Mixed | None:
        n_alone = len(points.paths) if self._fixed else self._n_replicas * least
        alone = points.by_itself(n_alone)
        position = points.row if self._fixed else n_alone - 1
        if points.agrees(alone, position):
            return None
        again = points.evaluate(points.paths, points.alphas)
        if not points.agrees(again, points.row):
            self.reproducible = False
            return None
        copies = alone if self._fixed else points.by_itself(len(points.paths))
        score, valid = alone["scores"][position], alone["valid"][position]
        apart = valid and points.agrees(copies, points.row)
        if points.differ:
            # Of scores that are rounding themselves, the place of a row and the number of rows could change anything.
            largest = max(abs(score), abs(points.score))
            apart &= _spread(copies["scores"]) <= max(points.allowed, SPREAD * largest)
            apart &= abs(score - points.score) <= max(points.allowed, NUMBER_OF_ROWS * largest)
        if apart:
            return None
        classes = int(alone["classes"][position]), int(points.found["classes"][points.row])
        return Mixed(int(points.paths[points.row]), float(score) if valid else np.nan, points.score, *classes)

    def _repeats(self, points: _Points, most: int) -> bool:
        """Whether two points of a path have the same scores in every row and every call."""
        size = len(points.paths) if self._fixed else min(REPEATS, most) * self._n_replicas
        path, alpha = points.paths[points.row], points.alphas[points.row]
        places = np.arange(size)
        # Lowest and highest score, here and there.
        lowest, highest = np.full(2, np.inf), np.full(2, -np.inf)
        for attempt in range(TRIES * max(1, REPEATS * self._n_replicas // size)):
            # Each row is asked for both, and seeds move on: put back, they draw the same number in a row each time.
            here = (places + attempt // 2) % 2 == 0
            found = points.evaluate(np.full(size, path), np.where(here, alpha, _other(alpha)), attempt > 0)["scores"]
            for place, rows in enumerate((here, ~here)):
                lowest[place] = np.fmin.reduce(found[rows], initial=lowest[place])
                highest[place] = np.fmax.reduce(found[rows], initial=highest[place])
            with np.errstate(invalid="ignore"):
                between = np.nan_to_num(abs(np.diff(lowest + highest)[0]) / 2, posinf=0.0)
                allowed = SPREAD * between + ROUNDINGS * points.rounding * _largest(np.concatenate([lowest, highest]))
                if (highest - lowest > allowed).any():
                    return False
        return True


@dataclass(frozen=True)
class _Points:
    """One call and the row in it that is looked at."""

    evaluate: Evaluate
    paths: Paths
    alphas: Alphas
    row: int
    n_real: int
    found: dict[str, Any]
    rounding: float

    @property
    def score(self) -> float:
        return float(self.found["scores"][self.row])

    @property
    def differ(self) -> bool:
        """Whether the call has points whose scores differ by more than rounding."""
        scores = self.found["scores"][: self.n_real]
        return _spread(scores) > ROUNDINGS * self.rounding * _largest(scores)

    @property
    def allowed(self) -> float:
        """By how much two scores of one point may differ."""
        scores = self.found["scores"][: self.n_real]
        return SPREAD * _spread(scores) + ROUNDINGS * self.rounding * _largest(scores)

    def by_itself(self, n_rows: int) -> dict[str, Any]:
        """The point in every row of a call."""
        return self.evaluate(np.repeat(self.paths[self.row], n_rows), np.repeat(self.alphas[self.row], n_rows))

    def agrees(self, other: dict[str, Any], row: int) -> bool:
        """Whether another call gives the point the same score, class and validity."""
        score, mine = float(other["scores"][row]), self.score
        same = abs(score - mine) <= self.allowed or score == mine or (np.isnan(score) and np.isnan(mine))
        return bool(
            same
            and other["valid"][row] == self.found["valid"][self.row]
            and other["classes"][row] == self.found["classes"][self.row]
        )


def _other(alpha: float) -> float:
    return 0.0 if alpha > 0.5 else 1.0


def _spread(scores: NDArray[Any]) -> float:
    finite = scores[np.isfinite(scores)].astype(np.float64)
    return float(np.ptp(finite)) if len(finite) else 0.0


def _largest(scores: NDArray[Any]) -> float:
    return float(np.abs(scores[np.isfinite(scores)]).max(initial=0.0))
