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

from kerasig.quadrature import trapezoid_weights

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
    n_nodes = known.sum(axis=1)
    # Padded nodes repeat the last one: intervals of length 0 weigh nothing.
    last = np.maximum(n_nodes - 1, 0)[:, None]
    places = np.minimum(np.arange(alphas.shape[1]), last)
    alphas, scores, slopes = (np.take_along_axis(array, places, axis=1) for array in (alphas, scores, slopes))
    lengths = np.diff(alphas)
    triples, tangents = _tangents(alphas, np.clip(places, 1, last - 1))
    derivatives = (
        np.take_along_axis(slopes, triples.reshape(len(slopes), -1), axis=1).reshape(tangents.shape) * tangents
    ).sum(-1)
    plain = np.diff(scores) - lengths * (slopes[:, 1:] + slopes[:, :-1]) / 2
    corrected = plain - lengths**2 / 12 * (derivatives[:, :-1] - derivatives[:, 1:])
    noise = (rounding * np.abs(scores).max(axis=1, keepdims=True)) ** 2
    gain = np.sqrt((_around(corrected**2) + noise) / (_around(plain**2) + noise))
    smooth = gain < GAIN
    corrections = np.where(smooth, lengths**2 / 12, 0)
    weights = trapezoid_weights(alphas)
    # Each interval adds the tangent at its left end and takes that at its right.
    share = np.pad(corrections, ((0, 0), (0, 1))) - np.pad(corrections, ((0, 0), (1, 0)))
    for column in range(3):
        rows = np.broadcast_to(np.arange(len(alphas))[:, None], places.shape)
        np.add.at(weights, (rows, triples[..., column]), share * tangents[..., column])
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
    return fitted.weights + np.pad(moved, ((0, 0), (1, 0))) - np.pad(moved, ((0, 0), (0, 1)))


def _tangents(alphas: Float, centres: NDArray[np.int64]) -> tuple[NDArray[np.int64], Float]:
    """Per node three neighbours [P, K, 3], and their weights in the derivative of the parabola through them."""
    triples = centres[..., None] + np.arange(-1, 2)
    x = np.take_along_axis(alphas, triples.reshape(len(alphas), -1), axis=1).reshape(triples.shape)
    weights = np.empty_like(x)
    for column in range(3):
        one, other = (index for index in range(3) if index != column)
        weights[..., column] = (2 * alphas - x[..., one] - x[..., other]) / (
            (x[..., column] - x[..., one]) * (x[..., column] - x[..., other])
        )
    return triples, weights


def _borrowed(lengths: Float) -> Float:
    """Factor [P, K - 1] on an interval's jumps for what its neighbours are taken to hold of the like.

    A rate d^2 / L of jumps gives an interval of length L an error of variance rate L^3 / 12. Each interval's rate
    counts half for itself and a quarter for each neighbour; at the ends of the path, for itself.
    """
    padded = np.pad(lengths, ((0, 0), (1, 1)))
    # Neighbours are hardly ever longer than this; it bounds what one that was left as needless can add.
    sides = (np.minimum(side, 4 * lengths) for side in (padded[:, :-2], padded[:, 2:]))
    known = np.where(lengths > 0, lengths, 1)
    shares = sum((np.where(side > 0, side, known) / known) ** 3 / 4 for side in sides)
    return np.sqrt(0.5 + shares)


def _around(values: Float) -> Float:
    """Sum over each interval and its two neighbours: one small residual may be luck, three in a row hardly."""
    padded = np.pad(values, ((0, 0), (1, 1)))
    return padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]
