"""Whether a ProbeSet is that of an attribution, for those who are given both."""

from __future__ import annotations

from typing import Any

from kerasig import _arguments as arguments
from kerasig.probes._probe_set import ProbeSet


def matching(probes: Any, n: int) -> ProbeSet | None:
    """The set, if there is one, of an attribution of `n` examples.

    Raises:
        ValueError: it is no ProbeSet, or one of another number of probes.
    """
    if probes is None:
        return None
    if not isinstance(probes, ProbeSet):
        raise ValueError(
            f"probes must be a kerasig.ProbeSet. Received {arguments.shown(probes)}. Pass the set that was explained; "
            "examples= takes indices."
        )
    if len(probes) != n:
        raise ValueError(
            f"probes must be those that were explained. Received a ProbeSet of {len(probes)} for {n} examples."
        )
    return probes
