"""An audit as the log has it: what was found, and the pictures that go with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tensorboard_plugin_kerasig import schema

from kerasig.alarms import Alert


@dataclass(frozen=True, eq=False)
class LoggedSuspect:
    """A place that an audit tested, with the numbers of `kerasig.suspects`.

    Args:
        group: the examples that it is about, in words.
        family: the kind of place.
        name: where it is, in words.
        stands_clear: whether it is a suspect, and no mere candidate.
        share: of the attribution that lies there: the mean, and the low and high end of its interval.
        first_step: of the first audit at which it stood clear; None before.
        watch: Python that makes probes of `audit` with the region marked, and an alarm on it; None without a region.
        numbers: all that the log has of it, by the names of docs/internals/shortcuts.md.
    """

    group: str
    family: str
    name: str
    stands_clear: bool
    share: tuple[float, float, float]
    first_step: int | None
    watch: str | None
    numbers: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class LoggedAudit:
    """An audit of a training.

    Args:
        title: of the audit.
        step: of the training.
        epoch: how many were over; None outside `fit`.
        sentence: for people: what was found, or of how many places nothing.
        n: how many examples it has.
        looked: how many places were looked at.
        suspects: those that stand clear, the strongest first.
        candidates: all that the log has, suspects among them.
        alarms: that fired at it.
    """

    title: str
    step: int
    epoch: float | None
    sentence: str
    n: int
    looked: int
    suspects: tuple[LoggedSuspect, ...]
    candidates: tuple[LoggedSuspect, ...]
    alarms: tuple[Alert, ...]

    def __repr__(self) -> str:
        return f"LoggedAudit({self.title!r} at step {self.step}: {self.sentence})"


def audit_of(title: str, step: int, header: Mapping[str, Any]) -> LoggedAudit:
    """The audit that a header tells of."""
    candidates = tuple(_suspect(told) for told in header["suspects"])
    epoch = header.get("epoch")
    return LoggedAudit(
        title,
        step,
        None if epoch is None else float(epoch),
        header["sentence"],
        header["n"],
        header["looked"],
        tuple(suspect for suspect in candidates if suspect.stands_clear),
        candidates,
        tuple(alert_of(entry, title, "", step, epoch) for entry in header.get("alarms") or []),
    )


def alert_of(entry: Mapping[str, Any], title: str, series: str, step: int, epoch: Any) -> Alert:
    """The alert that an entry of a record tells of; what it does not say is NaN or None."""
    numbers = {name: entry.get(name) for name in ("value", "threshold", "noise")}
    known = {name: float("nan") if value is None else float(value) for name, value in numbers.items()}
    effect, beside = (entry.get(name) for name in ("effect", "random_effect"))
    return Alert(
        name=str(entry.get("name", "")),
        message=str(entry.get("message", "")),
        metric=str(entry.get("metric", "")),
        **known,
        effect=None if effect is None else float(effect),
        random_effect=None if beside is None else float(beside),
        step=step,
        epoch=None if epoch is None else float(epoch),
        title=title,
        series=series,
        stop=False,
        loud=bool(entry.get("loud", True)),
        region=None if entry.get("region") is None else str(entry["region"]),
    )


def _suspect(told: Mapping[str, Any]) -> LoggedSuspect:
    share = schema.floats(told.get("share") or [None] * 3).tolist()
    clear, first, watch = bool(told.get("clear")), told.get("first"), told.get("watch")
    rest = {name: value for name, value in told.items() if name not in ("map", "mask", "examples", "history")}
    return LoggedSuspect(told["group"], told["family"], told["name"], clear, tuple(share), first, watch, rest)
