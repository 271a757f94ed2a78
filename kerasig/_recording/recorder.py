"""The recorder of a training: every series measured, remembered, watched by alarms, and handed over to be written."""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Sequence
from typing import Any

from kerasig._models import adapt, identity
from kerasig._recording.auditor import AuditMade
from kerasig._recording.followed_model import FollowedModel
from kerasig._recording.latest_means import LatestMeans
from kerasig._recording.outbox import Outbox
from kerasig._recording.reasons import reasons_of
from kerasig._recording.record_log import PendingRecord
from kerasig._recording.series import Measurement, Series, series_of
from kerasig._recording.settings import Settings
from kerasig._recording.sink_outbox import SinkOutbox
from kerasig.alarms._suspect import parted
from kerasig.alarms._watch import Failed, Watch


class Recorder:
    """Makes records of a model, or of one after another.

    Args:
        settings: of the records.
        warn: called with what a finding is about and a sentence.
        failed: called with an alarm that failed, at what, and the error.

    Attributes:
        history: one dict per record and series.
        means: the latest, by key.
        began_at: the step at which the training began, or this process's part of it; None until it is known.
        outbox: of the records.
        sinks: that the records go to as well.

    Raises:
        TypeError: alarms are none.
        ValueError: an alarm fits none of the sets, or two series have the same name.
    """

    def __init__(self, settings: Settings, warn: Callable[[str, str], None], failed: Failed) -> None:
        self.history: list[dict[str, Any]] = []
        # Those that the sets ask for; the model's outputs may ask for others.
        self._table = settings.table
        all_series = [series for probes in settings.probe_sets for series in series_of(probes)]
        self.means = LatestMeans(all_series, table=self._table)
        self.began_at: int | None = None
        self.outbox = Outbox(settings.log_dir)
        self.sinks = SinkOutbox(settings.sinks, settings.log_dir)
        self._settings, self._warn = settings, warn
        audit = settings.audit
        of_records, self._audit_alarms = parted(settings.alarms, None if audit is None else audit.title)
        self._followed: FollowedModel | None = None
        self._watch = Watch(
            of_records,
            settings.probe_sets,
            lambda number: self.followed.agreed(number),
            lambda action: self.followed.together(action),
            failed,
            self._table,
        )

    def follow(self, explained: Any, trained: Any) -> bool:
        """Takes up a model, and tells whether it is another one; one that is followed already stays compiled.

        Args:
            explained: the model.
            trained: whose training it is: the same one, or one that holds it.
        """
        if self._followed is not None and self._followed.is_of(explained):
            self._followed.trained = adapt(trained)
            return False
        self._followed = FollowedModel(explained, trained, self._settings, self._warn, self._audit_alarms)
        self._watch.forget()
        return True

    @property
    def followed(self) -> FollowedModel:
        """The model whose records are made.

        Raises:
            RuntimeError: there is none yet.
        """
        if self._followed is None:
            raise RuntimeError("A training must begin before its batches and epochs: no model is known yet.")
        return self._followed

    @property
    def has_recorded(self) -> bool:
        """Whether there is a record of the model that is followed."""
        return self._followed is not None and self._followed.step is not None

    def begin(self, step: int) -> None:
        """Notes where the training begins, or begins again after it went back to an earlier state."""
        latest = self.followed.step
        if latest is not None and step < latest:
            self.outbox.go_back(step)
            self._watch.forget()
            if self.followed.auditor is not None:
                self.followed.auditor.go_back(step)
        if self.began_at is None:
            self.began_at = step

    def check(self) -> None:
        """Raises ValueError or TypeError where an argument does not fit the model, the audit aside."""
        self._name_means(self.followed.series())
        self.followed.check()

    def record(self, step: int, epoch: float | None) -> list[tuple[Series, Measurement]]:
        """Measures every series, and puts what was found into `means` and `history`; nothing is written.

        Alarms that fire are told when all of that is there.
        """
        followed = self.followed
        # All workers have made the record, or none has: what each does next rests on it.
        measured = followed.together(lambda: self._measured(step, epoch))
        followed.step = step
        followed.records += 1
        fired = []
        for at, (series, measurement) in enumerate(measured):
            measurement, alerts = followed.watched(self._watch, series, measurement)
            measured[at] = series, measurement
            fired += alerts
            self.means.take(series, measurement.scalars)
            self.history.append(_entry(series, measurement))
        self._watch.tell(fired, followed.is_chief())
        return measured

    def add_audit(
        self, made: AuditMade, measured: list[tuple[Series, Measurement]]
    ) -> list[tuple[Series, Measurement]]:
        """Puts what an audit found into the history of its step and into the record, and tells of alarms that fired.

        Args:
            made: the audit.
            measured: the record that is made with it; none where that was written before.
        """
        entries = list(itertools.takewhile(lambda entry: entry["step"] == made.step, reversed(self.history)))
        for entry in entries if made.found is not None else []:
            entry["suspects"] = len(made.found or ())
        if made.alerts and entries:
            # The page shows alarms where it shows records: that of the first series.
            entries[-1]["alarms"] += [alert.entry() for alert in made.alerts]
            entries[-1]["probes"]["alarms"] = entries[-1]["probes"]["alarms"] + len(made.alerts)
        if made.alerts and measured:
            series, first = measured[0]
            stats = {**first.stats, "alarms": first.stats["alarms"] + len(made.alerts)}
            first = dataclasses.replace(first, stats=stats, alerts=(*first.alerts, *made.alerts))
            measured = [(series, first), *measured[1:]]
        self._watch.tell(made.fired, self.followed.is_chief())
        return measured

    def write(
        self,
        measured: list[tuple[Series, Measurement]],
        duration: float,
        *,
        audit: AuditMade | None = None,
        last: bool = False,
    ) -> None:
        """Hands a record to the writing thread; of several workers the chief alone does.

        Args:
            measured: by `record`; none where an audit alone is written.
            duration: seconds that the training stood still for it.
            audit: that was made with it.
            last: whether the outbox is settled next, which waits for room.

        Raises:
            TimeoutError: there is no room, and nothing waits for it.
        """
        for entry in self.history[len(self.history) - len(measured) :]:
            entry["duration"] = duration
        if not self.followed.is_chief() or (not measured and audit is None):
            return
        step = measured[0][1].step if audit is None else audit.step
        examined = self._settings.audit
        record = PendingRecord(
            step,
            step if self.began_at is None else self.began_at,
            self.outbox.restarts_at,
            identity(self.followed.trained.model),
            [(series.described(), _as_written(measurement, duration)) for series, measurement in measured],
            time.time(),
            audit,
            {} if examined is None else {examined.title: examined.probes.fingerprint},
        )
        self.sinks.put(record)
        if not self.outbox.put(record) and not last:
            raise TimeoutError(f"The disk does not keep up; the record of step {step} is left out.")

    def _measured(self, step: int, epoch: float | None) -> list[tuple[Series, Measurement]]:
        self._name_means(self.followed.series())
        return self.followed.measure(step, epoch)

    def _name_means(self, all_series: Sequence[Series]) -> None:
        if self.means.all_series is not all_series:
            self.means = LatestMeans(all_series, self.means, self._table)


def _entry(series: Series, measurement: Measurement) -> dict[str, Any]:
    """One series of a record, as `history` keeps it."""
    return {
        "step": measurement.step,
        "epoch": measurement.epoch,
        "title": series.probes.title,
        "series": series.name,
        "duration": measurement.duration,
        **measurement.scalars,
        "reasons": reasons_of(measurement.attribution),
        "probes": {**measurement.stats, "status": measurement.attribution.status},
        "leaderboard": measurement.leaderboard,
        "groups": measurement.groups,
        "alarms": [alert.entry() for alert in measurement.alerts],
    }


def _as_written(measurement: Measurement, duration: float) -> Measurement:
    """The measurement with the whole record's time, and arrays of its own where users have the others."""
    stats = {name: column.copy() for name, column in measurement.stats.items()}
    return dataclasses.replace(measurement, duration=duration, stats=stats, scalars=dict(measurement.scalars))
