"""The per-probe columns that an alarm may read."""

from __future__ import annotations

from kerasig.probes import ProbeSet

_ALWAYS = (
    *("epoch", "score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations", "trusted"),
    *("max_abs", "positive_sum", "negative_sum", "gini", "effective_features"),
    *("alpha_50", "alpha_90", "peak_alpha", "end_gradient", "gradient_share"),
    *("class", "predicted", "correct", "loss", "baseline_entropy"),
    *("drift", "drift_noise", "drift_chance", "rank_correlation", "rank_correlation_chance", "top_k_overlap"),
    *("top_k_overlap_chance", "drift_first", "drift_first_chance", "drift_best", "drift_best_chance"),
)
_PER_REGION = ("region", "region_chance", "region_noise", "region_lift", "region_signed", "region_hit")


def known_columns(probes: ProbeSet) -> list[str]:
    """Names of what is measured per probe of a set."""
    return [*_ALWAYS, *(f"{kind}/{region}" for kind in _PER_REGION for region in probes.regions)]
