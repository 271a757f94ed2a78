"""Arguments that fit each function of `kerasig.metrics`, for the fuzzer to replace some of."""

from typing import Any

import numpy as np

from kerasig.metrics import _functions as metrics

ROWS = np.arange(12.0).reshape(3, 4) - 5
MASK = np.eye(3, 4, dtype=bool)
TOKENS = [["a", "b"], ["a"], ["c", "a", "b", "d"]]
NAMES = metrics.PositionNames.of(TOKENS, 4)
ALPHAS = np.tile([0.0, 0.5, 1.0], (3, 1))


def _columns() -> dict[str, Any]:
    return {"columns": {"a": [1.0, 2.0, 3.0]}, "groups": ["x", None, "y"], "used": {"a": [True, False, True]}}


METRICS = {
    "above_noise": (metrics.above_noise, lambda: {"moved": [0.1, 0.2, 0.3], "noise": [0.0, 0.1, 0.2]}),
    "alignment_error_rate": (
        metrics.alignment_error_rate,
        lambda: {"found": MASK, "sure": MASK, "possible": MASK},
    ),
    "alpha_at": (metrics.alpha_at, lambda: {"share": 0.5, "alphas": ALPHAS, "scores": ALPHAS**2}),
    "baseline_entropy": (metrics.baseline_entropy, lambda: {"probabilities": np.full((3, 2), 0.5)}),
    "confident_baseline": (metrics.confident_baseline, lambda: {"entropy": [0.1, 0.2, np.nan]}),
    "deletion": (
        metrics.deletion,
        lambda: {"values": ROWS, "score": lambda mask: -mask.sum(axis=1, dtype=float), "counts": [1, 2]},
    ),
    "drift": (metrics.drift, lambda: {"previous": ROWS, "current": ROWS}),
    "drift_between_seeds": (metrics.drift_between_seeds, lambda: {"values": np.stack([ROWS, ROWS + 1])}),
    "drift_by_chance": (metrics.drift_by_chance, lambda: {"previous": ROWS, "current": ROWS}),
    "drift_noise": (metrics.drift_noise, lambda: {"first": [0.1, 0.2, 0.3], "second": [0.1, 0.2, 0.3]}),
    "effective_features": (metrics.effective_features, lambda: {"values": ROWS}),
    "end_gradient": (metrics.end_gradient, lambda: {"alphas": [0.1, 1.0], "sizes": np.ones((3, 2))}),
    "gini": (metrics.gini, lambda: {"values": ROWS}),
    "gradient_share": (
        metrics.gradient_share,
        lambda: {"slope": [0.1, 0.2, 0.3], "score": [1.0, 2.0, 3.0], "baseline_score": [0.0, 0.0, 0.0]},
    ),
    "group_means": (metrics.group_means, _columns),
    "leaderboard": (
        metrics.leaderboard,
        lambda: {"means": {"a": (1.0, 2)}, "previous": {"a": (0.5, 2)}, "top": 3},
    ),
    "leading_phrases": (
        metrics.leading_phrases,
        lambda: {"values": ROWS, "tokens": TOKENS, "longest": 2, "cost": 0.5},
    ),
    "mean_by_name": (metrics.mean_by_name, lambda: {"values": ROWS, "names": NAMES, "used": [True, False, True]}),
    "mean_gradient": (metrics.mean_gradient, lambda: {"gradients": np.ones((3, 2, 4))}),
    "names": (metrics.PositionNames, lambda: {"labels": ("a", "b"), "codes": np.array([[0, 1, -1]] * 3)}),
    "names_of": (metrics.PositionNames.of, lambda: {"rows": TOKENS, "count": 4}),
    "negative_sum": (metrics.negative_sum, lambda: {"values": ROWS}),
    "occurrences": (metrics.occurrences, lambda: {"words": ["a", "b"], "tokens": TOKENS}),
    "peak_alpha": (metrics.peak_alpha, lambda: {"alphas": [0.1, 1.0], "sizes": np.ones((3, 2))}),
    "positive_sum": (metrics.positive_sum, lambda: {"values": ROWS}),
    "rank_correlation": (metrics.rank_correlation, lambda: {"previous": ROWS, "current": ROWS}),
    "rank_correlation_by_chance": (metrics.rank_correlation_by_chance, lambda: {"previous": ROWS, "current": ROWS}),
    "region_hit": (metrics.region_hit, lambda: {"values": ROWS, "mask": MASK}),
    "region_lift": (metrics.region_lift, lambda: {"values": ROWS, "mask": MASK, "present": MASK}),
    "region_mass": (metrics.region_mass, lambda: {"values": ROWS, "mask": MASK}),
    "region_mass_by_chance": (metrics.region_mass_by_chance, lambda: {"values": ROWS, "mask": MASK}),
    "region_noise": (metrics.region_noise, lambda: {"mass": [0.1, 0.2, 0.3], "map_error": [0.1, 0.2, 0.3]}),
    "region_signed": (metrics.region_signed, lambda: {"values": ROWS, "mask": MASK}),
    "top_k_overlap": (metrics.top_k_overlap, lambda: {"previous": ROWS, "current": ROWS, "k": 2}),
    "top_k_overlap_by_chance": (metrics.top_k_overlap_by_chance, lambda: {"previous": ROWS, "current": ROWS, "k": 2}),
    "trigger_phrases": (
        metrics.trigger_phrases,
        lambda: {
            **{"values": ROWS, "tokens": TOKENS, "explained": [0, 1, 1], "labels": [0, 1, 1]},
            **{"longest": 2, "cost": 0.5},
        },
    ),
    "trusted": (
        metrics.trusted,
        lambda: {
            **{"converged": [True, False, True], "score": [1.0, 2.0, 3.0], "baseline_score": [0.0, 0.0, 0.0]},
            "path_scores": ALPHAS,
        },
    ),
}
