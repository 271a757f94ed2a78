"""The per-probe columns that an alarm may read."""

from __future__ import annotations

from kerasig.probes import ProbeSet

_ALWAYS = (
    *("epoch", "score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations", "class"),
    *("predicted", "correct", "drift", "max_abs", "positive_sum", "negative_sum"),
)
_PER_REGION = ("region",)


def known_columns(probes: ProbeSet) -> list[str]:
    """Names of what is measured per probe of a set."""
    return [*_ALWAYS, *(f"{kind}/{region}" for kind in _PER_REGION for region in probes.regions)]
