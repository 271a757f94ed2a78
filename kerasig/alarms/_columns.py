"""The per-probe columns that an alarm may read."""

from __future__ import annotations

from kerasig.probes import ProbeSet

_ALWAYS = (
    *("epoch", "score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations", "trusted"),
    *("max_abs", "positive_sum", "negative_sum", "gini", "effective_features"),
    *("alpha_50", "alpha_90", "peak_alpha", "end_gradient", "gradient_share"),
    *("class", "predicted", "correct", "loss", "baseline_entropy"),
    *("drift", "drift_noise", "rank_correlation", "top_k_overlap", "drift_first", "drift_best"),
)
_PER_REGION = ("region", "region_noise", "region_lift", "region_signed", "region_hit")


def known_columns(probes: ProbeSet) -> list[str]:
    """Names of what is measured per probe of a set."""
    return [*_ALWAYS, *(f"{kind}/{region}" for kind in _PER_REGION for region in probes.regions)]
