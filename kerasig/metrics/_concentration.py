"""On how many positions an attribution rests."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig.metrics._rows import Float, flat, ratio, sizes


def gini(values: NDArray[Any]) -> Float:
    """Gini index of |attribution|: how unevenly it is spread.

    sum_i sum_j | |a_i| - |a_j| | / (2 P sum_i |a_i|) over P positions. Source: Hurley and Rickard 2009, "Comparing
    Measures of Sparsity", arXiv 0811.4706; for attributions Chalasani et al. 2020, arXiv 1810.06583.

    Args:
        values: [N, ...].

    Returns:
        [N] from 0 (even; also of a single position) to 1 - 1/P (all in one); NaN where all is zero or something is not
        finite.

    Example:
        >>> kerasig.metrics.gini(np.array([[1.0, 1.0], [0.0, 1.0]]))
        array([0. , 0.5])
    """
    size = np.sort(sizes(values), axis=1)
    count = size.shape[1]
    # The k-th smallest is above k - 1 others and below P - k.
    above = 2 * np.arange(1, count + 1) - count - 1
    return np.maximum(ratio(size @ above, count * size.sum(axis=1)), 0)


def effective_features(values: NDArray[Any]) -> Float:
    """Effective number of features: as many even ones would be as concentrated.

    (sum_i |a_i|)^2 / sum_i a_i^2: Hill's number of order 2 of the shares |a_i| / sum |a|. Source: Hill 1973, "Diversity
    and Evenness", Ecology 54(2).

    Args:
        values: [N, ...].

    Returns:
        [N] from 1 (all in one) to the number of positions (even); NaN where all is zero or something is not finite.

    Example:
        >>> kerasig.metrics.effective_features(np.array([[1.0, -1.0, 0.0, 0.0]]))
        array([2.])
    """
    size = sizes(values)
    return ratio(size.sum(axis=1) ** 2, (size**2).sum(axis=1))


def positive_sum(values: NDArray[Any]) -> Float:
    """Sum of what speaks for the score: sum_i max(a_i, 0).

    Args:
        values: [N, ...].

    Returns:
        [N], 0 and up.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(flat(values).clip(min=0).sum(axis=1), np.float64)


def negative_sum(values: NDArray[Any]) -> Float:
    """Sum of what speaks against the score: sum_i min(a_i, 0). Both sums add up to score - baseline_score.

    Args:
        values: [N, ...].

    Returns:
        [N], 0 and down.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(flat(values).clip(max=0).sum(axis=1), np.float64)
