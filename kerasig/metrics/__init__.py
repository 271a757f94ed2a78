"""Measures of attributions: NumPy functions of arrays, one row per example."""

from kerasig.metrics._agreement import rank_correlation, top_k_overlap
from kerasig.metrics._alignment import alignment_error_rate
from kerasig.metrics._baseline import confident_baseline
from kerasig.metrics._concentration import effective_features, gini
from kerasig.metrics._drift import drift, drift_between_seeds
from kerasig.metrics._faithfulness import Deletion, deletion
from kerasig.metrics._leaderboards import leaderboard, mean_by_name
from kerasig.metrics._measure import Measure
from kerasig.metrics._phrases import TriggerPhrase, trigger_phrases
from kerasig.metrics._regions import region_hit, region_lift, region_mass
from kerasig.metrics._trust import trusted

__all__ = [
    "Deletion",
    "Measure",
    "TriggerPhrase",
    "alignment_error_rate",
    "confident_baseline",
    "deletion",
    "drift",
    "drift_between_seeds",
    "effective_features",
    "gini",
    "leaderboard",
    "mean_by_name",
    "rank_correlation",
    "region_hit",
    "region_lift",
    "region_mass",
    "top_k_overlap",
    "trigger_phrases",
    "trusted",
]

# As users import them.
for _name in __all__:
    globals()[_name].__module__ = __name__


def __dir__() -> list[str]:
    return __all__
