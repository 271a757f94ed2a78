"""Fixed inputs that are followed, checked, with what makes them readable. NumPy only."""

from kerasig.probes._probe_set import ProbeSet

__all__ = ["ProbeSet"]

# As users import it.
ProbeSet.__module__ = "kerasig"


def __dir__() -> list[str]:
    return __all__
