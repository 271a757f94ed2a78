"""A record's way from measuring to the writing thread: with its audit, at its price, and what is told of it."""

from __future__ import annotations

import time

from kerasig._recording import reasons
from kerasig._recording.auditing import AuditSchedule
from kerasig._recording.auditor import AuditMade
from kerasig._recording.budget import Budget
from kerasig._recording.failures import Failures
from kerasig._recording.recorder import Recorder
from kerasig._recording.series import Measurement, Series

Measured = list[tuple[Series, Measurement]]


class Handover:
    """Measures, then hands over to be written: every worker measures, the chief alone writes.

    Args:
        recorder: of the training.
        audits: those of the training.
        budget: of its time.
        failures: are told of a record that cannot be written.
    """

    def __init__(self, recorder: Recorder, audits: AuditSchedule, budget: Budget, failures: Failures) -> None:
        self._recorder, self._audits, self._budget, self._failures = recorder, audits, budget, failures

    def record(self, step: int, epoch: float | None, *, last: bool, audit: bool | None = None) -> None:
        """Makes a record, and the audit that is due with it.

        Args:
            step: of the training.
            epoch: at which it stands, None where that is not known.
            last: whether no other is to come.
            audit: what the user said of an audit.
        """
        began = time.perf_counter()
        with self._budget.spending():
            self._audits.check()
            measured = self._recorder.record(step, epoch)
            self._failures.settings_fit = True
            self._tell_reasons(measured)
            made = self._audits.look(step, epoch) if self._audits.is_due(audit) else None
            if made is not None:
                measured = self._with_audit(made, measured)
            if any(alert.stop for _, measurement in measured for alert in measurement.alerts):
                self._recorder.followed.trained.stop_training()
            duration = time.perf_counter() - began - (0.0 if made is None else made.duration)
            self._failures.guard(lambda: self._recorder.write(measured, duration, audit=made, last=last))

    def last_audit(self, step: int, epoch: float | None) -> None:
        """Makes the audit of a step whose record was written when nobody knew that it is the last.

        Args:
            step: of the training.
            epoch: at which it stands, None where that is not known.
        """
        if not self._audits.lacks(step):
            return
        with self._budget.spending(None):
            made = self._audits.look(step, epoch)
            if made is not None:
                self._with_audit(made, [])
                self._failures.guard(lambda: self._recorder.write([], 0.0, audit=made, last=True))

    def _with_audit(self, made: AuditMade, measured: Measured) -> Measured:
        if any(alert.stop for alert in made.alerts):
            self._recorder.followed.trained.stop_training()
        return self._recorder.add_audit(made, measured)

    def _tell_reasons(self, measured: Measured) -> None:
        for series, measurement in measured if self._recorder.followed.is_chief() else []:
            for reason, sentence in reasons.sentences(measurement.attribution, series.probes.title).items():
                self._failures.tell(sentence, reason)
