"""Every function that kerasig measures attributions with; `kerasig.metrics` has those that users call."""

from kerasig.metrics._agreement import (
    rank_correlation,
    rank_correlation_by_chance,
    top_k_overlap,
    top_k_overlap_by_chance,
)
from kerasig.metrics._alignment import alignment_error_rate
from kerasig.metrics._baseline import baseline_entropy, confident_baseline
from kerasig.metrics._concentration import effective_features, gini, negative_sum, positive_sum
from kerasig.metrics._drift import above_noise, drift, drift_between_seeds, drift_by_chance, drift_noise
from kerasig.metrics._faithfulness import Deletion, deletion
from kerasig.metrics._groups import group_means
from kerasig.metrics._leaderboards import PositionNames, leaderboard, mean_by_name
from kerasig.metrics._phrases import TriggerPhrase, leading_phrases, occurrences, trigger_phrases
from kerasig.metrics._regions import (
    region_hit,
    region_lift,
    region_mass,
    region_mass_by_chance,
    region_noise,
    region_signed,
)
from kerasig.metrics._saturation import alpha_at, end_gradient, gradient_share, mean_gradient, peak_alpha
from kerasig.metrics._trust import trusted

__all__ = [
    "Deletion",
    "PositionNames",
    "TriggerPhrase",
    "above_noise",
    "alignment_error_rate",
    "alpha_at",
    "baseline_entropy",
    "confident_baseline",
    "deletion",
    "drift",
    "drift_between_seeds",
    "drift_by_chance",
    "drift_noise",
    "effective_features",
    "end_gradient",
    "gini",
    "gradient_share",
    "group_means",
    "leaderboard",
    "leading_phrases",
    "mean_by_name",
    "mean_gradient",
    "negative_sum",
    "occurrences",
    "peak_alpha",
    "positive_sum",
    "rank_correlation",
    "rank_correlation_by_chance",
    "region_hit",
    "region_lift",
    "region_mass",
    "region_mass_by_chance",
    "region_noise",
    "region_signed",
    "top_k_overlap",
    "top_k_overlap_by_chance",
    "trigger_phrases",
    "trusted",
]
