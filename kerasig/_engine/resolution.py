"""How finely a path can be divided before the points that its model is given meet."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.grading import FINEST
from kerasig._engine.paths import Path
from kerasig._engine.problem import Problem

Float = NDArray[np.float64]

# An interval this short, relative to its own place, is not halved again: 4 roundings more than float32 points have.
SHORTEST = {tf.float32: 2.0**-20, tf.float64: 2.0**-40}


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
        self._problem = problem
        self._shortest = SHORTEST[problem.dtype]
        # By path, |x'| / |x - x'| of the feature that moves off its baseline the most, and the least alpha that moves
        # any; NaN until asked for.
        self._offsets = np.full(problem.n_paths, np.nan if path.is_straight else 1.0)
        self._least = np.full(problem.n_paths, np.nan if path.is_straight else FINEST)

    def offsets(self, paths: NDArray[np.int64]) -> Float:
        """The alpha [R] below which a path's points are hardly further apart than at its baseline."""
        self._find(paths)
        return np.asarray(self._shortest * self._offsets[paths] + self._least[paths])

    def finest(self, paths: NDArray[np.int64], alphas: Float) -> Float:
        """The shortest [R, K - 1] that the intervals between nodes [R, K] can be halved to."""
        self._find(paths[(np.diff(alphas) < _ORDINARY).any(axis=1)])
        offsets, least = (np.nan_to_num(known[paths])[:, None] for known in (self._offsets, self._least))
        return np.maximum(self._shortest * (alphas[:, 1:] + offsets), least)

    def _find(self, paths: NDArray[np.int64]) -> None:
        problem = self._problem
        paths = paths[np.isnan(self._offsets[paths])]
        if not len(paths):
            return
        examples, rows = problem.examples_of(paths), problem.baseline_rows(paths)
        offsets, longest = np.full(len(paths), np.inf), np.zeros(len(paths))
        for inputs, baselines, row in zip(problem.inputs, problem.baselines, rows, strict=True):
            ends, starts = inputs.numpy().reshape(len(inputs), -1), baselines.numpy().reshape(len(baselines), -1)
            for index in range(len(paths)):
                start = starts[row[index]]
                step = np.abs(ends[examples[index]] - start)
                moving = step > 0
                if moving.any():
                    offsets[index] = min(offsets[index], (np.abs(start[moving]) / step[moving]).min())
                    longest[index] = max(longest[index], step.max())
        self._offsets[paths] = offsets
        # A step shorter than the smallest normal number moves nothing.
        self._least[paths] = np.maximum(np.finfo(np.float32).tiny / np.where(longest > 0, longest, 1), FINEST)


# Intervals this long can be halved on any path.
_ORDINARY = 2.0**-12
