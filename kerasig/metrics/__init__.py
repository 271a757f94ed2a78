"""What is measured on attributions; NumPy only."""

from kerasig.metrics.drift import drift
from kerasig.metrics.regions import region_mass

__all__ = ["drift", "region_mass"]
