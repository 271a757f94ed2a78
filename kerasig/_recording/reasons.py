"""Reasons why probes did not converge, and their remedies, as a record tells them."""

from __future__ import annotations

from kerasig._status import REMEDIES, STATUSES, Status
from kerasig.attribution import Attribution


def reasons_of(attribution: Attribution) -> dict[Status, int]:
    """How many examples did not converge, by reason."""
    counts = {reason: int((attribution.status == reason).sum()) for reason in STATUSES if reason != "converged"}
    return {reason: count for reason, count in counts.items() if count}


def remedies_of(attribution: Attribution) -> dict[str, str]:
    """The remedy for each reason that occurs."""
    return {reason: REMEDIES[reason] for reason in reasons_of(attribution)}


def sentences(attribution: Attribution, title: str) -> dict[str, str]:
    """The sentence that is logged of each reason when it is first met."""
    return {
        reason: f"{count} of {len(attribution)} probes of {title!r} did not converge: {reason}. {REMEDIES[reason]} "
        "(Said once for each reason; history and the Attributions tab have it for every record.)"
        for reason, count in reasons_of(attribution).items()
    }
