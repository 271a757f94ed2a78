"""What is watched: fixed inputs, checked, with what makes them readable. NumPy only."""

from kerasig.probes._probe_set import ProbeSet

__all__ = ["ProbeSet"]
