"""Where along its path an attribution's score changes, and what the gradients are there. NumPy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig.metrics import _functions as metrics
from kerasig.metrics._rows import flat


def whole(attribution: AttributionData) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Alphas and scores [N, K] of the whole path, both ends included; of several baselines their mean score."""
    path, n = attribution.path, len(attribution)
    alphas, scores = np.asarray(path.alphas, np.float64), np.asarray(path.scores, np.float64)
    if alphas.ndim == 3:
        alphas, scores = _mean_path(alphas, scores)
    ends = np.stack([attribution.baseline_score, attribution.score], axis=1).astype(np.float64)
    # The ends as they are in the attribution; a rule may have nodes there, or not.
    inner = (alphas > 0) & (alphas < 1)
    alphas = np.concatenate([np.zeros((n, 1)), np.where(inner, alphas, np.nan), np.ones((n, 1))], axis=1)
    scores = np.concatenate([ends[:, :1], np.where(inner, scores, np.nan), ends[:, 1:]], axis=1)
    order = np.argsort(alphas, axis=1, kind="stable")
    return np.take_along_axis(alphas, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _mean_path(
    alphas: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean over the n paths [N, n, K] of an example, at every alpha that one of them has a node at."""
    grids, means = [], []
    for of_paths, at_nodes in zip(alphas, scores, strict=True):
        grid = np.unique(of_paths[np.isfinite(of_paths)])
        known = [np.isfinite(row) for row in of_paths]
        lines = [np.interp(grid, a[k], s[k]) for a, s, k in zip(of_paths, at_nodes, known, strict=True) if k.any()]
        grids.append(grid)
        means.append(np.mean(lines, axis=0) if lines else grid)
    width = max(map(len, grids), default=0)
    padded = [np.pad(row, (0, width - len(row)), constant_values=np.nan) for row in (*grids, *means)]
    found = np.array(padded).reshape(2, len(grids), width)
    return found[0], found[1]


def gradient_sizes(attribution: AttributionData) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The alphas [K] that interior gradients are of, and mean |gradient| [N, K] over all elements of all leaves.

    Both are empty where there are none.
    """
    if attribution.interior is None:
        return np.empty(0), np.empty((len(attribution), 0))
    leaves = [leaf for leaf in nest.flatten(attribution.interior.gradients) if leaf is not None]
    counts = [int(np.prod(leaf.shape[2:], dtype=int)) for leaf in leaves]
    shares = [metrics.mean_gradient(leaf) * count / sum(counts) for leaf, count in zip(leaves, counts, strict=True)]
    return attribution.interior.alphas, np.asarray(np.sum(shares, axis=0), np.float64)


def end_slope(attribution: AttributionData) -> NDArray[np.float64]:
    """dF / d alpha at alpha = 1, [N]; NaN where no gradient was evaluated there."""
    path, interior = attribution.path, attribution.interior
    at_end = np.asarray(path.alphas) == 1
    if at_end.any(axis=-1).all():
        slopes = np.where(at_end, path.slopes, 0).sum(axis=-1, dtype=np.float64)
        return np.asarray(slopes if slopes.ndim == 1 else slopes.mean(axis=1), np.float64)
    unknown = np.full(len(attribution), np.nan)
    if interior is None or not (interior.alphas == 1).any() or attribution.layer is not None or at_end.ndim == 3:
        return unknown
    if attribution.inputs is None or attribution.baselines is None:  # As in what a log holds.
        return unknown
    return _product_with_gradient(attribution, int(np.flatnonzero(interior.alphas == 1)[0]))


def _product_with_gradient(attribution: AttributionData, index: int) -> NDArray[np.float64]:
    """sum_i (x_i - x'_i) g_i with the interior gradients of one alpha, [N]."""
    assert attribution.interior is not None
    total = np.zeros(len(attribution))
    parts = (attribution.interior.gradients, attribution.inputs, attribution.baselines)
    for gradient, inputs, baselines in zip(*map(nest.flatten, parts), strict=True):
        if gradient is not None:
            with np.errstate(invalid="ignore", over="ignore"):
                total += flat((np.asarray(inputs, np.float64) - baselines) * gradient[:, index]).sum(axis=1)
    return total
