"""The outbox to a training's sinks: on a thread of its own, so that none of them delays the event files."""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kerasig import _sentences as sentences
from kerasig._recording.backlog import Backlog, backlog_of
from kerasig._recording.record_log import PendingRecord, scalars_of_record
from kerasig._recording.sink_pictures import picture_of
from kerasig.alarms import Alert
from kerasig.sinks import Sink

# Seconds that the end of a training waits for sinks; what is not written by then still is, while the process lasts.
LONGEST_WAIT = 10.0


@dataclass(frozen=True)
class SinkFailure:
    """A failure of a sink.

    Args:
        about: tells kinds of failures apart.
        sentence: for people.
    """

    about: str
    sentence: str


class SinkOutbox:
    """Hands records to the thread that writes to the sinks; nothing that they do is seen by the training.

    Args:
        sinks: where to.
        log_dir: of the training: sinks of trainings in one directory share a thread.
    """

    def __init__(self, sinks: Sequence[Sink], log_dir: str) -> None:
        self._sinks = tuple(sinks)
        self._place = os.path.join(os.path.realpath(log_dir), "sinks")
        self._backlog: Backlog | None = None
        self._failures: list[SinkFailure] = []

    def put(self, record: PendingRecord) -> None:
        """Hands over a record, unless so many wait that there is no room."""
        if self._sinks and not self._hand_over(functools.partial(self._write, record), record.size):
            self._failures.append(
                SinkFailure("sinks are slow", f"Sinks do not keep up: the record of step {record.step} is left out.")
            )

    def close(self) -> None:
        """Closes all sinks behind what waits, and waits for that, within bounds."""
        if self._backlog is None:
            return
        self._hand_over(self._close, 0)
        if self._backlog.wait(LONGEST_WAIT):
            self._failures.append(
                SinkFailure("sinks hang", f"Sinks took more than {LONGEST_WAIT:g} s to write; they go on meanwhile.")
            )

    def failures(self) -> list[SinkFailure]:
        """The failures since this was asked before."""
        told = len(self._failures)
        found, self._failures[:told] = self._failures[:told], []
        return found

    def _hand_over(self, job: Callable[[], None], size: int) -> bool:
        self._backlog = backlog_of(self._place)
        return self._backlog.put(job, size)

    def _write(self, record: PendingRecord) -> None:
        scalars = {name: value for name, value in scalars_of_record(record).items() if math.isfinite(value)}
        for sink in self._sinks:
            if scalars:
                self._guarded(sink, "scalars", functools.partial(sink.write_scalars, record.step, scalars))
            for alert in alerts_of(record):
                self._guarded(sink, "an alarm", functools.partial(sink.write_alarm, record.step, alert))
        self._write_pictures(record, [sink for sink in self._sinks if sink.wants_pictures])

    def _write_pictures(self, record: PendingRecord, sinks: Sequence[Sink]) -> None:
        for series, measurement in record.measured if sinks else []:
            try:
                pixels = picture_of(measurement, series.probes)
            except Exception as error:
                self._failures.append(_failure("A picture for sinks could not be drawn", "drawing", error))
                continue
            if pixels is None:
                continue
            for sink in sinks:
                write = functools.partial(sink.write_picture, record.step, series.key, pixels)
                self._guarded(sink, "a picture", write)

    def _close(self) -> None:
        for sink in self._sinks:
            self._guarded(sink, "its end", sink.close)

    def _guarded(self, sink: Sink, what: str, action: Callable[[], None]) -> None:
        try:
            action()
        # Clients that cannot log in call sys.exit, which is no Exception, and others are cancelled.
        except BaseException as error:
            name = type(sink).__name__
            self._failures.append(_failure(f"The sink {name} could not write {what}", name, error))


def alerts_of(record: PendingRecord) -> list[Alert]:
    """The alarms that fired at a record; those of an audit are among them, or its own where nothing was measured."""
    fired = [alert for _, measurement in record.measured for alert in measurement.alerts]
    return fired if record.measured or record.audit is None else list(record.audit.alerts)


def _failure(what: str, about: str, error: BaseException) -> SinkFailure:
    said = sentences.described(error)
    return SinkFailure(f"{about}: {type(error).__name__}", f"{what}; training goes on. {said:.400}")
