"""What a record is: every probe set explained as the model is now, remembered, and written to event files."""

from __future__ import annotations

import dataclasses
import functools
import gc
import os
import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from kerasig._explaining.explainer import Explainer
from kerasig._models import AdaptedModel, adapt, identity
from kerasig._recording.backlog import Backlog, backlog_of
from kerasig._recording.logs import Logs
from kerasig._recording.readiness import can_call
from kerasig._recording.reasons import reasons_of
from kerasig._recording.record_log import Record, RecordLog
from kerasig._recording.series import Measurement, Series, series_of
from kerasig._recording.settled import settled
from kerasig._recording.watching import watched
from kerasig.alarms._watch import Failed, Watch
from kerasig.probes import ProbeSet

_Result = TypeVar("_Result")
# Recorders that are at work, by directory and title: two of them would write one series.
_at_work: weakref.WeakValueDictionary[tuple[str, str], Recorder] = weakref.WeakValueDictionary()


class Recorder:
    """Makes records of a model, or of one after another.

    Args:
        probe_sets: with distinct titles.
        log_dir: event files go under it.
        baselines: see `kerasig.explain`.
        options: keyword arguments of `Explainer`.
        warn: called with what a finding is about and a sentence.
        alarms: that watch the records.
        failed: called with an alarm that failed, at what, and the error.

    Attributes:
        history: one dict per record and series.
        logs: what Keras's `logs` get.
        step: of the latest record of the model, None before it.
        began_at: the step at which the training began, or this process's part of it; None until it is known.
    """

    def __init__(
        self,
        probe_sets: Sequence[ProbeSet],
        log_dir: str,
        baselines: Any,
        options: dict[str, Any],
        warn: Callable[[str, str], None],
        alarms: Any,
        failed: Failed,
    ) -> None:
        # As it is now: the working directory may change while a model trains, or vanish.
        self.log_dir = log_dir if "://" in log_dir else os.path.abspath(log_dir)
        self._place = os.path.realpath(log_dir)
        self.history: list[dict[str, Any]] = []
        self.step: int | None = None
        self.began_at: int | None = None
        # Until they are settled, the series are those that the sets ask for; the model's outputs may ask for others.
        self._probe_sets, self._is_settled = probe_sets, False
        self._series = [series for probe_set in probe_sets for series in series_of(probe_set)]
        self.logs = Logs(self._series)
        self._baselines, self._options, self._warn = baselines, options, warn
        self._watch = Watch(alarms, probe_sets, self.agreed, self.together, failed)
        self._explainer: Explainer | None = None
        self._adapted: AdaptedModel | None = None
        self._trained: AdaptedModel | None = None
        self._is_callable = False
        self._log = RecordLog(self.log_dir)
        # Looked up when it is needed: until then the recorder can be copied.
        self._backlog: Backlog | None = None
        # The latest record, while there was no room for it; and where a training went back since the one before.
        self._left_over: Record | None = None
        self._restarts_at: int | None = None
        self._record_began = 0.0
        self._training: Any = None

    # Whose records, and who else makes them.

    def follow(self, model: Any, trained: Any) -> bool:
        """Takes up a model, and tells whether it is another one; one that is followed already stays compiled.

        Args:
            model: that is explained.
            trained: whose training it is: the same one, or one that holds it.
        """
        self._trained = adapt(trained)
        if self._explainer is not None and self._explainer.model == model:
            return False
        self._explainer, self._adapted = Explainer(model, **self._options, warn=self._warn), adapt(model)
        self.step, self._is_settled, self._is_callable = None, False, False
        self._watch.forget()
        return True

    def _settled(self) -> Explainer:
        """The explainer, once the series are those that the model's outputs ask for."""
        assert self._explainer is not None
        if not self._is_settled:
            self._series = [each for probe_set in self._probe_sets for each in settled(probe_set, self._explainer)]
            self.logs = Logs(self._series, self.logs)
            self._is_settled = True
        return self._explainer

    @property
    def model(self) -> AdaptedModel:
        """The model that is explained."""
        assert self._adapted is not None
        return self._adapted

    @property
    def trained(self) -> AdaptedModel:
        """The model that is trained."""
        assert self._trained is not None
        return self._trained

    def is_chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self.trained.is_chief() and self.model.is_chief()

    def claim(self, training: Any) -> None:
        """Starts work, for one training; None for a loop of the user's own.

        Raises:
            ValueError: another recorder is at work on one of the series.
        """
        if any(self._is_rival(self._rival(series), training) for series in self._series):
            gc.collect()  # One that nobody holds any more may be waiting to be collected.
        for series in self._series:
            if self._is_rival(self._rival(series), training):
                raise ValueError(
                    f"Another IGCallback writes {series.probes.title!r} to {self.log_dir!r}. "
                    "Pass another log_dir, or a ProbeSet with another title."
                )
        self._training = training
        for series in self._series:
            _at_work[self._claim_key(series)] = self

    def release(self) -> None:
        """Ends work."""
        for series in self._series:
            if self._rival(series) is self:
                del _at_work[self._claim_key(series)]

    def _rival(self, series: Series) -> Recorder | None:
        return _at_work.get(self._claim_key(series))

    def _is_rival(self, other: Recorder | None, training: Any) -> bool:
        if other is None or other is self:
            return False
        # A `fit` that was interrupted never said that it ended. It is a rival in that very `fit` only.
        return other._training is None or other._training is training

    def _claim_key(self, series: Series) -> tuple[str, str]:
        return self._place, series.probes.title

    # Records.

    def can_call(self) -> bool:
        """Whether the model can be traced without making weights; it is built where it has them all already.

        Raises:
            ValueError: the model does not take the inputs of a set.
            Exception: the model's own, of another kind.
        """
        self._is_callable = self._is_callable or all(
            can_call(self.model, self.trained, probe_set.inputs) for probe_set in self._probe_sets
        )
        return self._is_callable

    def check(self) -> None:
        """Raises ValueError or TypeError where an argument does not fit the model."""
        explainer = self._settled()
        for series in self._series:
            series.check(explainer, self._baselines)

    def begin(self, step: int) -> None:
        """Notes where the training begins, or begins again after it went back to an earlier state."""
        if self.step is not None and step < self.step:
            self._restarts_at = step if self._restarts_at is None else min(step, self._restarts_at)
            self._watch.forget()
        if self.began_at is None:
            self.began_at = step

    def record(self, step: int, epoch: float | None) -> list[tuple[Series, Measurement]]:
        """Measures every series, and puts what was found into `logs` and `history`; nothing is written.

        Alarms that fire are told when all of that is there.
        """
        assert self._explainer is not None
        self._record_began = time.perf_counter()
        # All workers have made the record, or none has: what each does next rests on it.
        measured = self.together(lambda: self._measured(step, epoch))
        self.step = step
        fired = []
        for at, (series, measurement) in enumerate(measured):
            measurement, alerts = watched(self._watch, series, measurement, self._explainer, self._baselines)
            measured[at] = series, measurement
            fired += alerts
            self.logs.take(series, measurement.scalars)
            self.history.append(
                {
                    "step": step,
                    "epoch": epoch,
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
            )
        self._watch.tell(fired, self.is_chief())
        return measured

    def _measured(self, step: int, epoch: float | None) -> list[tuple[Series, Measurement]]:
        explainer = self._settled()
        return [(each, each.measure(explainer, self._baselines, step, epoch)) for each in self._series]

    def write(self, measured: list[tuple[Series, Measurement]], *, last: bool = False) -> None:
        """Hands a record to the writing thread; of several workers the chief alone does.

        Args:
            measured: what `record` returned.
            last: whether `settle` follows, which waits for room.

        Raises:
            TimeoutError: there is no room, and nothing waits for it.
        """
        duration = time.perf_counter() - self._record_began
        for entry in self.history[-len(measured) :]:
            entry["duration"] = duration
        if not self.is_chief():
            return
        step = measured[0][1].step
        record = Record(
            step,
            step if self.began_at is None else self.began_at,
            self._restarts_at,
            identity(self.trained.model),
            [(series.described(), _as_written(measurement, duration)) for series, measurement in measured],
            time.time(),
        )
        if not self._hand_over(record, 0.0) and not last:
            raise TimeoutError(f"The disk does not keep up; the record of step {step} is left out.")

    def settle(self, wait: float = 0.0) -> BaseException | None:
        """Waits until what was handed over is written, and the latest record if there was no room for it.

        Args:
            wait: seconds at most. What is not written by then is written later.

        Returns:
            What went wrong since the last time that this was asked, if anything did.
        """
        left = 0
        if wait and self._backlog is not None:
            end = time.monotonic() + wait
            if self._left_over is not None:
                self._hand_over(self._left_over, wait)
            left = self._backlog.wait(end - time.monotonic())
        failure, self._log.failure = self._log.failure, None
        if failure is None and left:
            return TimeoutError(f"{left} records were not written within {wait:g} s; they are while the process lasts.")
        return failure

    def _hand_over(self, record: Record, wait: float) -> bool:
        self._backlog = backlog_of(self._place)
        given = self._backlog.put(functools.partial(self._log.write, record), record.size, wait=wait)
        self._left_over = None if given else record
        if given:
            self._restarts_at = None
        return given

    @property
    def background_seconds(self) -> float:
        """Seconds of the processor that encoding and writing took so far."""
        return self._log.seconds

    def agreed(self, number: float) -> float:
        """What all workers make of a number that each has its own of: what they must decide alike rests on it."""
        assert self._explainer is not None
        workers = self._explainer._workers
        return number if workers is None else workers.meet(number)

    def together(self, action: Callable[[], _Result]) -> _Result:
        """What an action of all workers returns; where it fails on one of them, it fails on all."""
        assert self._explainer is not None
        workers = self._explainer._workers
        return action() if workers is None else workers.together(action)


def _as_written(measurement: Measurement, duration: float) -> Measurement:
    """The measurement with the whole record's time, and arrays of its own where users have the others."""
    stats = {name: column.copy() for name, column in measurement.stats.items()}
    return dataclasses.replace(measurement, duration=duration, stats=stats, scalars=dict(measurement.scalars))
