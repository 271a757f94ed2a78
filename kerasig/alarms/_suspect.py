"""Suspect: an audit found a place that the network relies on, and found it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kerasig.alarms._alarm import Alarm, Reading
from kerasig.alarms._record import Record


@dataclass(frozen=True, kw_only=True, eq=False)
class Suspect(Alarm):
    """Fires when the same suspect stands clear in `patience` audits in a row.

    It needs `kerasig.IGCallback(audit=...)`, which looks for places that nobody named; what makes a suspect stand clear
    is a check of what the model does, as docs/internals/shortcuts.md says. From then on the share of the attribution in
    the suspect's region is recorded for the probes, where they have such positions, and `kerasig.suspects` tells the
    line of code that watches it from the start.

    Args:
        patience: how many audits in a row the suspect must stand clear.
        action: see `Alarm`.
        stop: see `Alarm`.
        title: of the audit; None for the callback's, whatever it is called.

    Example:
        >>> kerasig.alarms.Suspect(patience=1, stop=True)
        Suspect(patience=1, action=None, stop=True, title=None)
    """

    @property
    def columns(self) -> Sequence[str]:
        """None: audits are watched, and no record of probes."""
        return ()

    def read(self, record: Record) -> Reading:
        """Nothing, of a record of probes."""
        return Reading("suspect", float("nan"), 0.0)


def parted(alarms: Any, audit_title: str | None) -> tuple[Any, list[Suspect]]:
    """The alarms that watch records, as they were given, and those that watch audits.

    Args:
        alarms: as the user passed them.
        audit_title: of the audit; None where there is none.

    Raises:
        ValueError: one watches an audit that there is not.
    """
    if not isinstance(alarms, list | tuple):
        return alarms, []
    of_audits = [alarm for alarm in alarms if isinstance(alarm, Suspect)]
    for alarm in of_audits:
        if audit_title is None:
            raise ValueError(
                "alarms.Suspect must have an audit to watch. Received audit=None. "
                "Pass IGCallback(..., audit=kerasig.Audit(x, y))."
            )
        if alarm.title not in (None, audit_title):
            raise ValueError(
                f"alarms.Suspect must watch the audit that there is. Received title={alarm.title!r}. "
                f"Pass {audit_title!r}, or None."
            )
    return [alarm for alarm in alarms if not isinstance(alarm, Suspect)], of_audits
