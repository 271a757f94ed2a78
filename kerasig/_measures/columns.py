"""The per-example columns of an attribution: what is measured on it without its model. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig import metrics
from kerasig._attribution.data import AttributionData
from kerasig._measures.against_earlier import Snapshot, against, explained_classes
from kerasig._measures.positions import attributed_leaves, flat_positions, region_masks, token_positions
from kerasig.metrics._regions import region_mass_by_chance
from kerasig.metrics._rows import flat, ratio
from kerasig.probes import ProbeSet

Columns = dict[str, NDArray[Any]]

# Per-probe fields of an Attribution that every record carries.
ATTRIBUTION_COLUMNS = ("score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations")


def is_measured(name: str) -> bool:
    """Whether a column is measured on the map, so that it means something only where that is trusted."""
    return name in _ON_MAPS or name.startswith("region")


_ON_MAPS = frozenset(
    [
        *("drift", "drift_noise", "drift_chance", "drift_first", "drift_first_chance", "drift_best"),
        *("drift_best_chance", "rank_correlation", "rank_correlation_chance", "top_k_overlap", "top_k_overlap_chance"),
        *("alpha_50", "alpha_90", "peak_alpha", "end_gradient", "gradient_share", "gini", "effective_features"),
    ]
)


def trusted(attribution: AttributionData) -> NDArray[np.bool_]:
    """Which examples' attributions can be measured, [N]."""
    return metrics.trusted(
        attribution.converged, attribution.score, attribution.baseline_score, attribution.path.scores
    )


def snapshot(attribution: AttributionData, positions: NDArray[np.float64]) -> Snapshot:
    """What a later attribution of the same examples is compared with."""
    return Snapshot(positions, attribution.map_error, trusted(attribution), explained_classes(attribution))


def map_columns(attribution: AttributionData, positions: NDArray[np.float64]) -> Columns:
    """What an attribution says of itself.

    Args:
        attribution: of N examples.
        positions: [N, P], channels summed.
    """
    with np.errstate(invalid="ignore"):
        largest = np.abs(positions).max(axis=1, initial=0)
    return {
        **{name: getattr(attribution, name) for name in ATTRIBUTION_COLUMNS},
        "trusted": trusted(attribution),
        "max_abs": largest,
        "positive_sum": metrics.positive_sum(positions),
        "negative_sum": metrics.negative_sum(positions),
        "gini": metrics.gini(positions),
        "effective_features": metrics.effective_features(positions),
        **_path_columns(attribution),
    }


def region_columns(
    attribution: AttributionData,
    positions: NDArray[np.float64],
    masks: Mapping[str, NDArray[np.bool_]],
    present: NDArray[np.bool_] | None,
) -> Columns:
    """What lies inside each region.

    Args:
        attribution: of N examples.
        positions: [N, P], channels summed.
        masks: by region, [N, P].
        present: [N, P] which positions are no padding; None for all.
    """
    found: Columns = {}
    map_error = position_map_error(attribution, positions)
    for region, mask in masks.items():
        mass = metrics.region_mass(positions, mask)
        found |= {
            f"region/{region}": mass,
            f"region_chance/{region}": region_mass_by_chance(positions, mask),
            f"region_noise/{region}": metrics.region_noise(mass, map_error),
            f"region_lift/{region}": metrics.region_lift(positions, mask, present),
            f"region_signed/{region}": metrics.region_signed(positions, mask),
            f"region_hit/{region}": metrics.region_hit(positions, mask),
        }
    return found


def position_map_error(attribution: AttributionData, positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The most that the relative L1 error of the positions [N, P] can be, given that of the values.

    Summing over channels lowers the size of values and errors alike; of the errors' all that is known is that it does
    not grow.
    """
    values = [flat(leaf) for leaf in nest.flatten(attribution.values) if leaf is not None]
    with np.errstate(invalid="ignore", over="ignore"):
        size = np.sum([np.abs(leaf).sum(axis=1) for leaf in values], axis=0)
        return attribution.map_error * np.maximum(ratio(size, np.abs(positions).sum(axis=1)), 1)


def attribution_columns(
    attribution: AttributionData, probes: ProbeSet, previous: AttributionData | None = None
) -> Columns:
    """All columns that need no model.

    Args:
        attribution: of the probes.
        probes: whose positions and regions count.
        previous: of the same probes, at another state of the model, or None.
    """
    leaves = attributed_leaves(attribution.values, attribution.layer, probes)
    positions = flat_positions(leaves)
    columns = map_columns(attribution, positions)
    if previous is not None:
        if not isinstance(previous, AttributionData):
            raise TypeError(
                f"previous must be a kerasig.Attribution. Received {type(previous).__name__}. "
                "Pass what kerasig.explain returned for the same examples."
            )
        earlier = flat_positions(attributed_leaves(previous.values, previous.layer, probes))
        if earlier.shape != positions.shape:
            raise ValueError(
                f"previous compares like with like. Received shapes {earlier.shape} and {positions.shape}. "
                "Pass the attribution of the same examples."
            )
        columns |= against(snapshot(previous, earlier), snapshot(attribution, positions))
    return columns | region_columns(
        attribution, positions, region_masks(leaves, probes), token_positions(leaves, probes)
    )


def _path_columns(attribution: AttributionData) -> Columns:
    n, interior = len(attribution), attribution.interior
    alphas, scores = _path(attribution)
    at, sizes = np.empty(0), np.empty((n, 0))
    if interior is not None:
        at, sizes = interior.alphas, _gradient_sizes(interior.gradients)
    slope = _end_slope(attribution)
    return {
        "alpha_50": metrics.alpha_at(0.5, alphas, scores),
        "alpha_90": metrics.alpha_at(0.9, alphas, scores),
        "peak_alpha": metrics.peak_alpha(at, sizes),
        "end_gradient": metrics.end_gradient(at, sizes),
        "gradient_share": metrics.gradient_share(slope, attribution.score, attribution.baseline_score),
    }


def _path(attribution: AttributionData) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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


def _gradient_sizes(gradients: Any) -> NDArray[np.float64]:
    """Mean |gradient| [N, K] over all elements of all leaves."""
    leaves = [leaf for leaf in nest.flatten(gradients) if leaf is not None]
    counts = [int(np.prod(leaf.shape[2:], dtype=int)) for leaf in leaves]
    shares = [metrics.mean_gradient(leaf) * count / sum(counts) for leaf, count in zip(leaves, counts, strict=True)]
    return np.sum(shares, axis=0)


def _end_slope(attribution: AttributionData) -> NDArray[np.float64]:
    """dF / d alpha at alpha = 1, [N]; NaN where no gradient was evaluated there."""
    path, interior = attribution.path, attribution.interior
    at_end = np.asarray(path.alphas) == 1
    if at_end.any(axis=-1).all():
        slopes = np.where(at_end, path.slopes, 0).sum(axis=-1, dtype=np.float64)
        return np.asarray(slopes if slopes.ndim == 1 else slopes.mean(axis=1), np.float64)
    unknown = np.full(len(attribution), np.nan)
    if interior is None or not (interior.alphas == 1).any() or attribution.layer is not None or at_end.ndim == 3:
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
