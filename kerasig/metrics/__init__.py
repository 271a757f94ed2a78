"""What is measured on attributions; NumPy only."""

from kerasig.metrics.drift import drift
from kerasig.metrics.phrases import TriggerPhrase, leading_phrases, occurrences, trigger_phrases
from kerasig.metrics.regions import region_mass

__all__ = ["TriggerPhrase", "drift", "leading_phrases", "occurrences", "region_mass", "trigger_phrases"]
