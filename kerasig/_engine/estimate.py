"""The errors of paths, estimated from their nodes, and what follows: go on, and where; or stop, and why. NumPy only.

Shapes: R paths, K nodes of the longest one; shorter ones are padded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.nodes import Paths
from kerasig._quadrature import error_estimates, piecewise
from kerasig._quadrature.piecewise import Piecewise
from kerasig._status import code
from kerasig.steps import Adaptive

Float = NDArray[np.float64]

# Nodes after which residuals that half precision rounds off end a path.
PATIENCE = 64
# Nodes that a path may take although it cannot converge, for the sake of the rest of it.
ENOUGH = 32
# A jump nearer to the baseline than this is one at the baseline, as is any next to it.
AT_BASELINE = 2.0**-40
# Beyond this a share's size says nothing more, and its square is finite.
LARGEST = 1e100


@dataclass(frozen=True)
class Rounding:
    """Relative rounding of the scores.

    Args:
        own: of the floats that they are returned in.
        computed: of those that the model computes in.
    """

    own: float
    computed: float


@dataclass(frozen=True, eq=False)
class Estimate:
    """The errors of R paths as their nodes tell them."""

    rule: Adaptive
    fitted: Piecewise
    error: Float  # [R] completeness error
    scale: Float  # [R]
    sizes: Float  # [R] L1 norm of the values, by the trapezoid
    moves: Float  # [R, K - 1] L1 of what the jumps in each interval add to the map's error
    bound: Float  # [R] what the map's error is at least, by the triangle inequality
    halvable: NDArray[np.bool_]  # [R, K - 1]
    rounded: NDArray[np.bool_]  # [R, K - 1] whether a residual is rounding of the scores, which no node mends

    @property
    def finite(self) -> NDArray[np.bool_]:
        """[R]"""
        return np.isfinite(self.error + self.bound + self.sizes + self.scale)

    def settled(self, at: NDArray[np.int64] | slice, error: Float, map_error: Float, sizes: Float) -> NDArray[np.bool_]:
        """Whether the paths `at` are within tolerance, or as near to it as their scores' digits allow."""
        residual = error_estimates.relative(error, self.scale[at])
        relative = error_estimates.relative(map_error, sizes)
        return ((residual <= self.rule.tolerance) | self.rounded[at].all(axis=1)) & (
            relative <= self.rule.map_tolerance
        )

    def shares(self) -> Float:
        """The gain that halving each interval promises [R, K - 1]: within tolerance, the squares sum to at most 1.

        Its part in the squares of both errors, each in units of its tolerance: the squares are what adds up.
        """
        # A score that stands still, or values that cancel, at these nodes only: any size will do to go on.
        scale, size = (np.where(part > 0, part, 1)[:, None] for part in (self.scale, self.sizes))
        residual = np.where(self.rounded, 0, self.fitted.residuals) / scale
        residual = np.nan_to_num(residual, posinf=0, neginf=0) / self.rule.tolerance
        move = np.nan_to_num(self.moves / size, posinf=0) / self.rule.map_tolerance
        return np.hypot(residual, error_estimates.MAP_ERROR_FACTOR * move)

    def hopeless(self, paths: Paths, shares: Float) -> NDArray[np.bool_]:
        """Whether paths cannot converge, and the rest of them is known or has had its share of nodes [R].

        Their error lies where nothing can be halved, or the score at an end is not finite.
        """
        squares = np.minimum(shares, LARGEST) ** 2
        left = np.where(self.halvable, squares, 0).sum(axis=1)
        endless = (paths.left_out & ~np.isfinite(paths.scores)).any(axis=1)
        return (endless | (self._fixed(shares).sum(axis=1) > 1)) & ((left <= 1) | (paths.n_nodes >= ENOUGH))

    def _fixed(self, shares: Float) -> Float:
        """The squares [R, K - 1] of what no node can lower."""
        return np.where(self.halvable, 0, np.minimum(shares, LARGEST) ** 2)

    def reasons(self, paths: Paths, shares: Float) -> NDArray[np.int8]:
        """Why the paths, if they ended now, would not have converged, as codes [R] of `kerasig._status`."""
        fixed = self._fixed(shares)
        near = (fixed * ((paths.alphas[:, :-1] == 0) | (paths.alphas[:, 1:] <= AT_BASELINE))).sum(axis=1)
        jumps = np.where(2 * near > fixed.sum(axis=1), code("jump at the baseline"), code("jump at alpha"))
        stuck = fixed.sum(axis=1) > 1
        out = np.where(paths.n_nodes >= self.rule.max_steps, code("out of steps"), code("rounding"))
        return np.where(self.finite, np.where(stuck, jumps, out), code("not finite")).astype(np.int8)


def estimate(paths: Paths, changes: Float, finest: Float, rounding: Rounding, rule: Adaptive) -> Estimate:
    """The estimate that nodes, scores and gradients of paths allow.

    Args:
        paths: [R].
        changes: [R, K - 1] L1 of how contributions change from a node to the next.
        finest: [R, K - 1] the shortest that an interval can be halved to.
        rounding: of the scores.
        rule: the tolerances.
    """
    precision = max(rounding.own, rounding.computed)
    scores = paths.continued_scores
    fitted = piecewise.fit(paths.places, scores, paths.slopes_by_place, precision)
    error = error_estimates.completeness_error(fitted.residuals.sum(axis=1), fitted.residuals)
    sizes = np.abs(paths.values).sum(axis=1, dtype=np.float64)
    moves, spread = (np.where(part > 0, part * changes, 0) for part in (fitted.jumps, fitted.spread))
    bound = error_estimates.MAP_ERROR_FACTOR * np.sqrt((spread**2).sum(axis=1))
    scale = error_estimates.score_scale(scores, *paths.ends)
    # Nodes among the roundings of half precision still help, as these average out, but not for ever.
    patient = np.where(paths.n_nodes < PATIENCE, rounding.own, precision)[:, None]
    # A slope is a sum over features: it is known to a rounding of their sizes, not of its own.
    limit = 2 * patient * np.fmax(np.fmax.reduce(np.abs(scores), axis=1), sizes)[:, None]
    rounded = np.abs(fitted.residuals) <= limit
    # Roundings have either sign: what adds up beyond that is an error of the rule's, however small its parts are.
    n_intervals = np.maximum(paths.n_nodes - 1, 1)
    rounded &= (np.abs(fitted.residuals.sum(axis=1)) <= 4 * limit[:, 0] * np.sqrt(n_intervals))[:, None]
    halvable = np.diff(paths.alphas) >= 2 * finest
    return Estimate(rule, fitted, error, scale, sizes, moves, bound, halvable, rounded)
