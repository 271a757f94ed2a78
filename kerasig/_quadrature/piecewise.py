"""Integrating a slope whose antiderivative is known at the nodes, on nodes of any spacing. NumPy only.

The trapezoid is what suits a slope that jumps. Where the slope is smooth, an end correction of the cubic Hermite
interpolant is better by orders:

    integral over step k = L/2 (f_k + f_k+1) + L^2/12 (f'_k - f'_k+1),

with the derivatives taken from the parabola through three neighbouring nodes. Which of the two an interval gets is
decided by its exact residual, F(a_k+1) - F(a_k) minus the integral of the slope. docs/accuracy.md has the derivation.
Shapes: P paths, K nodes of the longest path; shorter ones are padded with NaN at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig._quadrature.rules import trapezoid_weights

Float = NDArray[np.float64]

# The corrected rule is taken where it lowers the residuals around an interval below this share of the trapezoid's.
GAIN = 0.9
# Rounding of float32 scores, relative to the largest: residuals below it say nothing of smoothness.
ROUNDING = 1e-7
DOUBLE_ROUNDING = 1e-15
# A residual of more standard deviations than this is not what jumps between the nodes leave.
MOST_DEVIATIONS = 3.0


@dataclass(frozen=True, eq=False)
class Piecewise:
    """The rule that suits each path's own nodes.

    Args:
        weights: [P, K], 0 where padded; each path's sum to 1.
        residuals: [P, K - 1], exact, of the rule that each interval got; 0 where padded.
        jumps: [P, K - 1] length of each interval times how much of the jump model is left in it: 1 where the trapezoid
            was kept, elsewhere the square root of the share to which the correction lowered the residuals, and at least
            half: features may jump against each other, unseen by the score. 0 where padded.
        spread: [P, K - 1] what `jumps` is when the rate of jumps in an interval is taken half from its own ends and a
            quarter each from its neighbours': ends that happen to agree do not hide what lies between them.
    """

    weights: Float
    residuals: Float
    jumps: Float
    spread: Float


def fit(alphas: Float, scores: Float, slopes: Float, rounding: float = ROUNDING) -> Piecewise:
    """The rule for nodes [P, K], at least 3 of them on each path, with scores and slopes at the nodes.

    Args:
        alphas: increasing, padded with NaN.
        scores: at the nodes.
        slopes: at the nodes.
        rounding: relative error of the scores.
    """
    known = ~np.isnan(alphas)
    last = known.sum(axis=1) - 1
    if not known.all():
        # Padded nodes repeat the last one: intervals of length 0 weigh nothing.
        places = np.minimum(np.arange(alphas.shape[1]), last[:, None])
        alphas, scores, slopes = (np.take_along_axis(array, places, axis=1) for array in (alphas, scores, slopes))
    lengths = np.diff(alphas)
    tangents = _Tangents(lengths, last)
    derivatives = tangents.derivatives(np.diff(slopes))
    plain = np.diff(scores) - lengths * (slopes[:, 1:] + slopes[:, :-1]) / 2
    corrected = plain - lengths**2 / 12 * (derivatives[:, :-1] - derivatives[:, 1:])
    noise = (rounding * np.abs(scores).max(axis=1, keepdims=True)) ** 2
    gain = np.sqrt((_around(corrected**2) + noise) / (_around(plain**2) + noise))
    smooth = gain < GAIN
    corrections = np.where(smooth, lengths**2 / 12, 0)
    # Each interval adds the tangent at its left end and takes that at its right.
    share = np.zeros_like(alphas)
    share[:, :-1] += corrections
    share[:, 1:] -= corrections
    weights = trapezoid_weights(alphas) + tangents.weights(share)
    jumps = lengths * np.where(smooth, np.maximum(np.sqrt(gain), 0.5), 1)
    return Piecewise(np.where(known, weights, 0), np.where(smooth, corrected, plain), jumps, jumps * _borrowed(lengths))


def controlled(fitted: Piecewise, alphas: Float, slopes: Float) -> Float:
    """The weights [P, K] after the score's own integral, which is known, has been used as a control variate.

    What the slope's integral lacks, sum_k r_k, the contributions lack in proportion to how they change along with the
    slope: by the coefficient of their regression on it over the intervals, sum_k d_k,i s_k / sum_k s_k^2, where s_k is
    the slope's change. That sum of gradients makes completeness exact. Nothing is moved where jumps of the slope do not
    explain the residual: a score that jumps itself says nothing of the gradients.

    Args:
        fitted: of the same nodes.
        alphas: increasing, padded with NaN.
        slopes: at the nodes.
    """
    lengths, changes = (np.nan_to_num(np.diff(array), posinf=0, neginf=0) for array in (alphas, slopes))
    lacking = fitted.residuals.sum(axis=1)
    power = (changes**2).sum(axis=1)
    deviation = np.sqrt(((lengths * changes) ** 2).sum(axis=1) / 12)
    explained = (power > 0) & (np.abs(lacking) <= MOST_DEVIATIONS * deviation)
    share = np.where(explained, lacking, 0) / np.where(power > 0, power, 1)
    moved = share[:, None] * changes
    weights = fitted.weights.copy()
    weights[:, 1:] += moved
    weights[:, :-1] -= moved
    return weights


class _Tangents:
    """Derivatives at the nodes, of the parabola through each and its neighbours; at an end, through the nearest three.

    Args:
        lengths: [P, K - 1] of the intervals, 0 where padded.
        last: [P] each path's last node, at least 2.
    """

    def __init__(self, lengths: Float, last: NDArray[np.int64]) -> None:
        self.last, self.rows = last, np.arange(len(lengths))
        self.safe = np.where(lengths > 0, lengths, 1)
        both = lengths[:, :-1] + lengths[:, 1:]
        both = np.where(both > 0, both, 1)
        # An inner node's derivative in terms of the divided differences before and after it.
        self.before, self.after = lengths[:, 1:] / both, lengths[:, :-1] / both
        # An end's: its own difference, and this share of how it differs from the next.
        self.first = lengths[:, 0] / (lengths[:, 0] + lengths[:, 1])
        self.end = lengths[self.rows, last - 1] / (lengths[self.rows, last - 1] + lengths[self.rows, last - 2])

    def derivatives(self, changes: Float) -> Float:
        """[P, K] from the changes [P, K - 1] over the intervals."""
        rises = changes / self.safe
        found = np.zeros((len(rises), rises.shape[1] + 1))
        found[:, 1:-1] = self.before * rises[:, :-1] + self.after * rises[:, 1:]
        found[:, 0] = rises[:, 0] + self.first * (rises[:, 0] - rises[:, 1])
        ends = rises[self.rows, self.last - 1], rises[self.rows, self.last - 2]
        found[self.rows, self.last] = ends[0] + self.end * (ends[0] - ends[1])
        return found

    def weights(self, shares: Float) -> Float:
        """Weights [P, K] on the nodes' values that stand for the sum of `shares` [P, K] times the derivatives."""
        first, end = shares[:, 0], shares[self.rows, self.last]
        inner = shares.copy()
        inner[self.rows, self.last] = 0
        of_rises = np.zeros_like(self.safe)
        of_rises[:, :-1] += inner[:, 1:-1] * self.before
        of_rises[:, 1:] += inner[:, 1:-1] * self.after
        of_rises[:, 0] += first * (1 + self.first)
        of_rises[:, 1] -= first * self.first
        of_rises[self.rows, self.last - 1] += end * (1 + self.end)
        of_rises[self.rows, self.last - 2] -= end * self.end
        of_changes = of_rises / self.safe
        weights = np.zeros_like(shares)
        weights[:, 1:] += of_changes
        weights[:, :-1] -= of_changes
        return weights


def _borrowed(lengths: Float) -> Float:
    """Factor [P, K - 1] on an interval's jumps for what its neighbours are taken to hold of the like.

    A rate d^2 / L of jumps gives an interval of length L an error of variance rate L^3 / 12. Each interval's rate
    counts half for itself and a quarter for each neighbour; at the ends of the path, for itself.
    """
    known = np.where(lengths > 0, lengths, 1)
    before, after = np.ones_like(lengths), np.ones_like(lengths)
    # Neighbours are hardly ever longer than 4 times; it bounds what one that was left as needless can add.
    before[:, 1:] = np.where(lengths[:, :-1] > 0, np.minimum(lengths[:, :-1] / known[:, 1:], 4), 1)
    after[:, :-1] = np.where(lengths[:, 1:] > 0, np.minimum(lengths[:, 1:] / known[:, :-1], 4), 1)
    return np.sqrt(0.5 + (before**3 + after**3) / 4)


def _around(values: Float) -> Float:
    """Sum over each interval and its two neighbours: one small residual may be luck, three in a row hardly."""
    total = values.copy()
    total[:, 1:] += values[:, :-1]
    total[:, :-1] += values[:, 1:]
    return total
