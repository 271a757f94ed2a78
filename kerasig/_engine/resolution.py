"""How finely a path can be divided before the points that its model is given meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.grading import FINEST
from kerasig._engine.paths import Path
from kerasig._engine.problem import Problem
from kerasig._engine.store import WORK_BYTES

Float = NDArray[np.float64]


class Resolution:
    """The shortest intervals that are worth halving, by path.

    A point x' + alpha (x - x') of floats is known to a rounding of its own size. From a baseline of zero that is one of
    alpha, down to the smallest numbers there are; from another, one of |x'| / |x - x'| + alpha, for the feature in
    which that is least. A curve's ends do not say how its points move, so it is divided as a line whose points are
    all as large as its length: down to the same share of it everywhere.

    Args:
        problem: with the ends of the paths.
        path: that joins them.
    """

    def __init__(self, problem: Problem, path: Path) -> None:
        self._problem, self._is_straight = problem, path.is_straight

    def of(self, paths: NDArray[np.int64]) -> tuple[Float, Float]:
        """`Paths.offset` and `Paths.least` of paths [R]."""
        problem = self._problem
        if not self._is_straight:
            return np.ones(len(paths)), np.full(len(paths), FINEST)
        offsets, longest = np.full(len(paths), np.inf), np.zeros(len(paths))
        step = max(1, WORK_BYTES // (16 * max(problem.n_numbers, 1)))
        for first in range(0, len(paths), step):
            here = slice(first, first + step)
            examples, rows = problem.examples_of(paths[here]), problem.baseline_rows(paths[here])
            for inputs, baselines, row in zip(problem.inputs, problem.baselines, rows, strict=True):
                starts = baselines.numpy().reshape(len(baselines), -1)[row]
                moves = np.abs(inputs.numpy().reshape(len(inputs), -1)[examples] - starts)
                shares = np.divide(np.abs(starts), moves, out=np.full_like(moves, np.inf), where=moves > 0)
                offsets[here] = np.minimum(offsets[here], shares.min(axis=1, initial=np.inf))
                longest[here] = np.maximum(longest[here], moves.max(axis=1, initial=0.0))
        # A step shorter than the smallest normal number moves nothing.
        return offsets, np.maximum(np.finfo(np.float32).tiny / np.where(longest > 0, longest, 1), FINEST)
