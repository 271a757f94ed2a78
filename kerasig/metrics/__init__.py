"""What is measured on attributions; NumPy only."""

from kerasig.metrics.drift import drift
from kerasig.metrics.faithfulness import Deletion, deletion
from kerasig.metrics.regions import region_mass

__all__ = ["Deletion", "deletion", "drift", "region_mass"]
