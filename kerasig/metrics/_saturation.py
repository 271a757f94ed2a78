"""Where along the path the score changes, and whether the gradient at the input still tells.

Past the point where a model is sure, its gradient vanishes: "saturation" in Sundararajan, Taly and Yan 2016,
"Gradients of Counterfactuals", arXiv 1611.02639, and Miglani et al. 2020, arXiv 2010.12697.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.metrics._rows import Float, flat, ratio, vectors

# Of gradients that float32 computed.
_ROUNDING = 1e-5


def alpha_at(share: float, alphas: NDArray[Any], scores: NDArray[Any]) -> Float:
    """The first alpha at which the score has made a share of its way from the baseline to the input.

    The smallest alpha with (F(alpha) - F(first)) / (F(last) - F(first)) = share, F linear between the nodes.

    Args:
        share: from 0 to 1.
        alphas: [N, K] increasing, padded with NaN.
        scores: [N, K] at them, both ends of the path included.

    Returns:
        [N] from 0 to 1; NaN where the score ends as it began, or something is not finite.

    Raises:
        ValueError: share or alphas are out of range, alphas do not rise, or the arrays differ in shape.
    """
    share = arguments.number("share", share, 0, 1)
    alphas, scores = (
        arguments.numbers(n, array, "[N, K]", axes=2) for n, array in (("alphas", alphas), ("scores", scores))
    )
    arguments.same_shapes(alphas=alphas, scores=scores)
    alphas, scores = flat(alphas), flat(scores)
    unknown = np.isnan(arguments.within("alphas", alphas, 0, 1))
    with np.errstate(invalid="ignore"):
        if (np.diff(alphas, axis=1) < 0).any() or (unknown[:, :-1] & ~unknown[:, 1:]).any():
            raise ValueError(
                f"alphas must rise, and be padded with NaN at the end. Received {arguments.shown(alphas)} that does "
                "not. Sort each row, and the scores with it."
            )
    found = np.full(len(alphas), np.nan)
    last = np.isfinite(alphas).sum(axis=1) - 1
    rows = np.flatnonzero(last >= 0)
    if not len(rows):
        return found
    first, end = scores[rows, 0], scores[rows, last[rows]]
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        progress = (scores[rows] - first[:, None]) / (end - first)[:, None]
        progress = np.where(np.isfinite(alphas[rows]), progress, 1.0)
        # Of a path that wandered, the first node at or beyond the share.
        beyond = np.argmax(progress >= share, axis=1)
        at, before = np.arange(len(rows)), np.maximum(beyond - 1, 0)
        step = progress[at, beyond] - progress[at, before]
        part = np.where(step > 0, (share - progress[at, before]) / step, 1.0)
        crossed = alphas[rows, before] + part * (alphas[rows, beyond] - alphas[rows, before])
    known = np.isfinite(progress).all(axis=1) & (end != first)
    found[rows] = np.where(known, crossed, np.nan)
    return found


def mean_gradient(gradients: NDArray[Any]) -> Float:
    """Mean |gradient| [N, K] over the elements of gradients [N, K, ...]."""
    size = np.abs(arguments.numbers("gradients", gradients, "[N, K, ...]", axes=2))
    size = size.reshape(*size.shape[:2], -1) if size.size else size.reshape(*size.shape[:2], 0)
    with np.errstate(over="ignore"):
        return size.mean(axis=2) if size.shape[2] else np.full(size.shape[:2], np.nan)


def peak_alpha(alphas: NDArray[Any], sizes: NDArray[Any]) -> Float:
    """The alpha at which the gradient is largest on average: 1 where the model is not saturated at the input.

    The alpha with the largest mean |gradient|; of several that are equal but for rounding, the largest.

    Args:
        alphas: [K] at which gradients are known.
        sizes: [N, K] mean |gradient| there, as `mean_gradient` gives it.

    Returns:
        [N], one of the alphas; NaN without any, and where all gradients are zero or one is not finite.
    """
    alphas, sizes = _at_alphas(alphas, sizes)
    largest = sizes.max(axis=1, initial=0, keepdims=True)
    known = np.isfinite(largest[:, 0]) & (largest[:, 0] > 0)
    with np.errstate(invalid="ignore"):
        peaks = sizes >= largest * (1 - _ROUNDING)
    return np.where(known, np.where(peaks, alphas, 0).max(axis=1, initial=0), np.nan)


def end_gradient(alphas: NDArray[Any], sizes: NDArray[Any]) -> Float:
    """The gradient at the input as a share of the largest on the path: near 0 where the model is saturated.

    Mean |gradient| at alpha = 1 / the largest mean |gradient| over the alphas.

    Args:
        alphas: [K] at which gradients are known.
        sizes: [N, K] mean |gradient| there, as `mean_gradient` gives it.

    Returns:
        [N] from 0 to 1; NaN where alpha = 1 is not among them, all gradients are zero or one is not finite.
    """
    alphas, sizes = _at_alphas(alphas, sizes)
    ends = np.flatnonzero(alphas == 1)
    if not len(ends):
        return np.full(len(sizes), np.nan)
    known = np.isfinite(sizes).all(axis=1)
    return np.where(known, ratio(sizes[:, ends[0]], sizes.max(axis=1)), np.nan)


def gradient_share(slope: NDArray[Any], score: NDArray[Any], baseline_score: NDArray[Any]) -> Float:
    """The sum that gradient times input would attribute, as a share of what there is: 1 for a linear model.

    sum_i (x_i - x'_i) dF/dx_i at the input / (F(x) - F(x')).

    Args:
        slope: [N] of the score along the path at alpha = 1: the numerator.
        score: [N].
        baseline_score: [N].

    Returns:
        [N], any number: near 0 where the model is saturated; NaN where the score does not differ or is not finite.
    """
    at_end, end, start = vectors(slope=slope, score=score, baseline_score=baseline_score)
    with np.errstate(invalid="ignore", over="ignore"):
        return ratio(at_end, end - start)


def _at_alphas(alphas: NDArray[Any], sizes: NDArray[Any]) -> tuple[Float, Float]:
    """Alphas [K] and sizes [N, K], which NumPy would stretch where one of them has a single column."""
    alphas, sizes = arguments.numbers("alphas", alphas, "[K]"), flat(sizes, "sizes")
    arguments.within("alphas", alphas, 0, 1), arguments.within("sizes", sizes, 0)
    if alphas.shape != sizes.shape[1:]:
        raise ValueError(
            f"sizes must have one column per alpha. Received alphas.shape={alphas.shape}, sizes.shape={sizes.shape}. "
            f"Pass shape [N, {alphas.size}]."
        )
    return alphas, sizes
