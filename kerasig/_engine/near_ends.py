"""Paths of which too little is known next to an end: told from their nodes, and graded. NumPy only.

docs/accuracy.md says when, and what for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.estimate import LARGEST, Estimate
from kerasig._engine.grading import AT_INPUT
from kerasig._engine.nodes import Paths
from kerasig._engine.resolution import Resolution
from kerasig._engine.store import GradientStore

Float = NDArray[np.float64]

# A path is graded from its baseline on where the contributions there are larger than those elsewhere by 1 / STEEP, so
# that, were they to stay, they would reach the whole change within that share of the path; or where the first interval,
# this short by now, still has most of the error.
STEEP, SHORT = 2.0**-10, 2.0**-10
# From here on it is asked whether contributions change as 1 / alpha does, up to this power of alpha.
NEAR_BASELINE, UNSTEADY = 2.0**-4, 0.3


class NearEnds:
    """Leaves ends out and grades paths.

    Args:
        store: of the contributions, which change with the grading.
        resolution: how finely paths can be divided.
        integrate: called with paths and those rows of them whose contributions have changed.
    """

    def __init__(
        self, store: GradientStore, resolution: Resolution, integrate: Callable[[Paths, NDArray[np.int64]], None]
    ) -> None:
        self._store, self._resolution, self._integrate = store, resolution, integrate

    def leave_out(self, paths: Paths) -> None:
        """Lets what is not finite at an end alone count as nothing: the other scores say what is lacking."""
        lost = ~np.isfinite(paths.scores) | ~np.isfinite(paths.slopes)
        if not lost.any():
            return
        for end, beside in ((0, 1), (-1, -2)):
            paths.left_out[:, end] = lost[:, end] & ~lost[:, beside]
        at = paths.slots[paths.left_out]
        self._store.scale(at, np.zeros(len(at)))

    def grade_where_steep(self, paths: Paths) -> None:
        """Grades paths whose first grid shows that they need it."""
        sizes = np.empty(paths.slots.shape)
        for part in self._store.parts(paths.slots):
            sizes[part] = np.abs(self._store.rows(paths.slots[part])).sum(axis=2, dtype=np.float64)
        scores = paths.continued_scores
        wander = np.abs(scores - scores[:, :1]).max(axis=1)
        gap = np.maximum(sizes[:, 1:].max(axis=1), wander) / np.where(sizes[:, 0] > 0, sizes[:, 0], 1)
        gap = np.where(paths.left_out[:, 0], 0, np.where((sizes[:, 0] > 0) & (gap < STEEP), _power_of_two(gap), np.inf))
        self._grade(paths, gap, np.where(paths.left_out[:, -1], AT_INPUT, np.inf))

    def grade_further(self, paths: Paths, estimate: Estimate, shares: Float) -> bool:
        """Grades paths of which too little is known next to the baseline, as finely as can be; tells if there are any.

        Either most of the error lies in a short first interval. Or the gradient at the baseline alone is smaller than
        that beside it, as that of a ReLU is, which is 0 at 0: then it tells nothing of the scales between the two, and
        on a path not graded so far contributions that grow as 1 / alpha say that each scale adds as much as the last.
        """
        squares = np.minimum(shares, LARGEST) ** 2
        first, graded = paths.alphas[:, 1], np.isfinite(paths.start_gap)
        open_ended = estimate.finite & (first <= paths.start_gap) & ~paths.finest
        gathered = (2 * squares[:, 0] > np.maximum(squares.sum(axis=1), 1)) & (first <= SHORT) & ~graded & open_ended
        rows = np.flatnonzero(open_ended & ~gathered & (first <= NEAR_BASELINE) & (first < paths.looked_at))
        paths.looked_at[rows] = first[rows]
        for part in self._store.parts(paths.slots[rows, :4]):
            at, alphas = rows[part], paths.alphas[rows[part], :4]
            sizes = np.abs(self._store.rows(paths.slots[at, :4])).sum(axis=2, dtype=np.float64)
            sizes /= paths.grading.of(at).densities(alphas)
            rises = np.abs(np.diff(np.log(sizes[:, 1:] * alphas[:, 1:]))) < UNSTEADY * np.diff(np.log(alphas[:, 1:]))
            gathered[at] = (sizes[:, 1] > 2 * sizes[:, 0]) & (graded[at] | rises.all(axis=1))
        if gathered.any():
            self._grade(paths, np.where(gathered, 0, np.inf), np.full(len(gathered), np.inf))
        return bool(gathered.any())

    def _grade(self, paths: Paths, start_gap: Float, end_gap: Float) -> None:
        """Grades the paths with finite gaps [R], whose contributions are from now on those by place."""
        rows = np.flatnonzero(np.isfinite(start_gap) | np.isfinite(end_gap))
        if not len(rows):
            return
        before = paths.grading.densities(paths.alphas)[rows]
        finest = self._resolution.offsets(paths.numbers[rows])
        wanted = np.where(np.isfinite(start_gap[rows]), np.maximum(start_gap[rows], finest), paths.start_gap[rows])
        paths.start_gap[rows], paths.end_gap[rows] = wanted, np.minimum(end_gap[rows], paths.end_gap[rows])
        paths.finest[rows] = wanted <= finest
        factors = paths.grading.densities(paths.alphas)[rows] / before
        known = ~np.isnan(paths.alphas[rows])
        self._store.scale(paths.slots[rows][known], factors[known])
        self._integrate(paths, rows)


def _power_of_two(gap: Float) -> Float:
    """The next one below: a path's nodes must not change with the last digits of its gradients."""
    return np.asarray(np.exp2(np.floor(np.log2(np.where(gap > 0, gap, 1)))))
