"""Estimates of an attribution's own error, from the scores and gradients at the nodes alone. NumPy only.

The score is the antiderivative of its slope along the path, so every interval between two nodes has an exact residual.
docs/internals/accuracy.md derives the formulas and says where they fail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._quadrature.rules import Side

Float = NDArray[np.float64]

# sqrt(2 / pi) sigma is the mean of |a normal's value|; L^2 / 12 the variance of a jump's place in an interval.
MAP_ERROR_FACTOR = float(np.sqrt(1 / (6 * np.pi)))


def score_scale(scores: Float, start: Float, end: Float) -> Float:
    """The size [P] that a completeness error is judged against.

    max(|F(1) - F(0)|, 0.01 max |F - F(0)|, 1e-6 max |F|) over the path: the score's change, unless the score wandered
    far and came back.

    Args:
        scores: [P, K] along the path, padded with NaN.
        start: [P] at the baseline.
        end: [P] at the input.
    """
    known = np.concatenate([scores, start[:, None], end[:, None]], axis=1)
    change = np.abs(end - start)
    wander = _nanmax(np.abs(known - start[:, None]))
    size = _nanmax(np.abs(known))
    return np.maximum.reduce([change, 0.01 * wander, 1e-6 * size])


def relative(error: Float, scale: Float) -> Float:
    """error / scale [P], where 0 / 0 is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((error == 0) & (scale == 0), 0.0, error / scale)


def step_residuals(
    alphas: Float, scores: Float, slopes: Float, steps: Side, start: Float, end: Float
) -> NDArray[np.float64] | None:
    """r_k = F(a_k+1) - F(a_k) - (the rule's integral of the slope over step k), [P, steps]; NaN where padded.

    Args:
        alphas: [P, K] nodes, increasing, padded with NaN.
        scores: [P, K] at the nodes.
        slopes: [P, K] at the nodes.
        steps: which ends of its intervals the rule samples; "none" has no residual by step.
        start: [P] score at the baseline.
        end: [P] score at the input.

    Returns:
        The residuals, or None for a rule that is no sum over intervals.
    """
    if steps == "none":
        return None
    if steps == "both":
        return np.diff(scores) - np.diff(alphas) * (slopes[:, 1:] + slopes[:, :-1]) / 2
    ones = np.ones((len(alphas), 1))
    if steps == "left":
        lengths = np.diff(np.concatenate([alphas, ones], axis=1))
        return np.diff(np.concatenate([scores, end[:, None]], axis=1)) - lengths * slopes
    lengths = np.diff(np.concatenate([0 * ones, alphas], axis=1))
    return np.diff(np.concatenate([start[:, None], scores], axis=1)) - lengths * slopes


def completeness_error(delta: Float, residuals: NDArray[np.float64] | None) -> Float:
    """Size [P] of the completeness error when it is not lucky: max(|delta|, sqrt(sum_k r_k^2))."""
    if residuals is None:
        return np.abs(delta)
    return np.maximum(np.abs(delta), np.sqrt(np.nansum(residuals**2, axis=1)))


def jump_error(squares: NDArray[Any], bias: NDArray[Any] | None = None) -> Float:
    """Expected L1 error [P] of the values of a network whose gradient jumps once, anywhere, in each interval.

    sqrt(1 / (6 pi)) sum_i sqrt(sum_k (L_k d_k,i)^2), where d_k,i is the change of (x_i - x'_i) g_i over the interval k
    of length L_k. A one-sided rule is off by `bias` besides, and |a normal's value of mean b| is close to
    sqrt(b^2 + 2/pi sigma^2) on average.

    Args:
        squares: [P, F] sum_k (L_k d_k,i)^2.
        bias: [P, F] mean error of the rule, None for 0.
    """
    spread = (MAP_ERROR_FACTOR**2) * np.maximum(squares, 0).astype(np.float64)
    if bias is not None:
        spread = spread + bias.astype(np.float64) ** 2
    return np.sqrt(spread).sum(axis=1)


def _nanmax(values: Float) -> Float:
    """Largest value of each row; NaN only where all are."""
    with np.errstate(invalid="ignore"):
        largest = np.fmax.reduce(values, axis=1)
    return np.asarray(largest, np.float64)
