"""Conditions on a log, as `--fail-on` has them: read from text, and looked for in a run."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasig._reading.log import LoggedRun
from kerasig._reading.logged_set import UNTRUSTED, LoggedSet
from kerasig.alarms import Alert

ALARM, SUSPECT = "alarm", "suspect"
_ANY, _LAST = "any", "last"
# Commas part conditions, unless they stand in double quotes: an even number of these follows.
_COMMAS = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')
_PART = re.compile(r'(?:(any|last)\s+)?(?:"([^"]+)"|([^<>"]+?))\s*(?:([<>])\s*(\S+))?')
_FITS = "Conditions are alarm, suspect, or a measure and a bound such as untrusted>0.2; any or last may stand before."
_MOST_NAMED = 12


@dataclass(frozen=True)
class Condition:
    """One condition that a log may meet, which is a finding.

    Args:
        text: as it was written.
        name: "alarm", "suspect", or that of a measure.
        at_any: whether every record counts, or the last alone.
        above: whether a measure is to stay below the bound, or above it; None for alarms and suspects.
        bound: of the measure.
    """

    text: str
    name: str
    at_any: bool
    above: bool | None = None
    bound: float = math.nan

    @property
    def is_measure(self) -> bool:
        """Whether it is about a measure of each set."""
        return self.above is not None


@dataclass(frozen=True)
class CheckFinding:
    """A condition that is met.

    Args:
        run: in which.
        title: of the set or the audit.
        condition: which.
        step: at which.
        sentence: for people.
    """

    run: str
    title: str
    condition: Condition
    step: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.run}, {self.title}, step {self.step}: {self.sentence}"


def read_conditions(text: str) -> list[Condition]:
    """The conditions of a text such as `alarm,untrusted>0.2,any "region/tag">0.3`.

    Raises:
        ValueError: it has none, or something else.
    """
    parts = [part.strip() for part in _COMMAS.split(text)]
    if not all(parts):
        raise ValueError(f"--fail-on must be conditions, parted by commas. Received {text!r:.80}. {_FITS}")
    return [_condition(part) for part in parts]


def findings_of_run(condition: Condition, run: LoggedRun, sets: Sequence[LoggedSet]) -> list[CheckFinding]:
    """The alarms or suspects of a run that meet a condition.

    Args:
        condition: that is of no measure.
        run: the run.
        sets: those of its sets that count.
    """
    titles = {one.title for one in sets}
    if condition.name == ALARM:
        alarms = [alert for alert in run.alarms if alert.title in titles or alert.title in run.audits]
        if not condition.at_any:
            last = {one.title: one.steps[-1] for one in sets}
            last |= {title: audits[-1].step for title, audits in run.audits.items()}
            alarms = [alert for alert in alarms if alert.step == last[alert.title]]
        return [_of_alarm(condition, run.name, alert) for alert in alarms]
    found = []
    for title, audits in run.audits.items():
        for audit in audits if condition.at_any else audits[-1:]:
            if audit.suspects:
                found.append(CheckFinding(run.name, title, condition, audit.step, audit.sentence))
                break
    return found


def findings_of_set(condition: Condition, logged: LoggedSet) -> list[CheckFinding]:
    """The first record of a set that meets a measure's condition, if any does."""
    values = logged.mean(condition.name)
    steps = logged.steps
    if not condition.at_any:
        values, steps = values[-1:], steps[-1:]
    about = condition.name + (f" of {logged.series}" if logged.series else "")
    if not np.isfinite(values).any():
        # A gate that opens where nothing is known is none.
        untrusted = UNTRUSTED in logged.mean_names and logged.mean(UNTRUSTED)[-1] == 1
        why = "no probe's attributions can be trusted" if untrusted else "no probe has a value"
        return [CheckFinding(logged.run, logged.title, condition, steps[-1], f"{about} is not known: {why}")]
    with np.errstate(invalid="ignore"):
        met = values > condition.bound if condition.above else values < condition.bound
    if not met.any():
        return []
    first = int(np.argmax(met))
    beyond = f"{'above' if condition.above else 'below'} {condition.bound:g}"
    often = f" (at {met.sum()} of {len(met)} records)" if condition.at_any and len(met) > 1 else ""
    sentence = f"{about} is {values[first]:.4g}, {beyond}{often}"
    return [CheckFinding(logged.run, logged.title, condition, steps[first], sentence)]


def check_known(condition: Condition, sets: Sequence[LoggedSet], audits: int) -> None:
    """Raises ValueError where nothing in a log has what a condition is about: it would never be met."""
    if condition.name == SUSPECT and not condition.is_measure and not audits:
        raise ValueError("suspect: no run of the log has an audit. Pass kerasig.IGCallback(audit=kerasig.Audit(...)).")
    if not condition.is_measure or any(condition.name in one.mean_names for one in sets):
        return
    names = list(dict.fromkeys(name for one in sets for name in one.mean_names))
    if not names:
        raise ValueError(f"{condition.text}: the log has audits alone, which have no measures. Pass alarm or suspect.")
    near = difflib.get_close_matches(condition.name, names, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    listed = ", ".join(names[:_MOST_NAMED]) + (
        f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    )
    raise ValueError(f"{condition.text}: no set has the measure {condition.name!r}.{meant} They have {listed}.")


def _of_alarm(condition: Condition, run: str, alert: Alert) -> CheckFinding:
    series = f" ({alert.series})" if alert.series else ""
    message = " ".join(alert.message.split())
    return CheckFinding(run, alert.title, condition, alert.step, f"alarm {alert.name}{series}: {message}")


def _condition(part: str) -> Condition:
    match = _PART.fullmatch(part)
    if match is None:
        raise ValueError(f"--fail-on has no condition {part!r:.80}. {_FITS}")
    when, quoted, bare, sign, bound = match.groups()
    name = quoted or bare
    if sign is None:
        if name not in (ALARM, SUSPECT) or quoted:
            raise ValueError(f"--fail-on must have a bound for each measure. Received {part!r:.80}. {_FITS}")
        # An alarm fires once, wherever that is in the training; suspects may go again.
        return Condition(part, name, at_any=when == _ANY or (when is None and name == ALARM))
    return Condition(part, name, when == _ANY, sign == ">", _number(bound, part))


def _number(text: str, part: str) -> float:
    """A number, or a percentage."""
    try:
        found = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"--fail-on must have numbers for bounds. Received {part!r:.80}. {_FITS}")
    return found
