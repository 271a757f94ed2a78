"""A training's records: which are due, at what price, and which failures may end the training."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kerasig._arguments import shown
from kerasig._recording.auditing import AuditSchedule
from kerasig._recording.backlog import LONGEST_WAIT
from kerasig._recording.budget import Budget
from kerasig._recording.claim import Claim
from kerasig._recording.failures import Failures
from kerasig._recording.handover import Handover
from kerasig._recording.progress import Progress
from kerasig._recording.readiness import is_hopeless, why_not
from kerasig._recording.recorder import Recorder
from kerasig._recording.settings import Settings
from kerasig._recording.step_counter import read_step
from kerasig._recording.subject import Subject
from kerasig._suspects.report import Suspects


class Training:
    """Records a model while it trains. Whoever trains it tells of its batches and epochs, or asks for each record.

        training = Training(settings)
        training.begin(model, batches=100)
        for epoch in range(3):
            training.begin_epoch(epoch)
            for batch in range(100):
                training.begin_batch()
                update(model)
                training.end_batch(batch)
            training.end_epoch(epoch)
        training.end()

    A training may be of several runs, each from `begin` to `end`. Of a batch's two ends `begin_batch` is needed for
    models that their first batch builds, `end_batch` for records every so many batches.

    Args:
        settings: of the records.

    Attributes:
        recorder: makes the records.
        budget: of their time.
        watchers: called after each record that is made by itself or asked for, with False, and at a run's end, when
            everything is written, with True.

    Raises:
        TypeError, ValueError: the alarms do not fit the probe sets, two series have the same name, or the settings'
            model is none.
    """

    def __init__(self, settings: Settings) -> None:
        self._failures = Failures(settings.on_error)
        self.recorder = Recorder(settings, self._failures.warn, self._failures.of_alarm)
        self.budget = Budget(settings.max_overhead)
        self.watchers: list[Callable[[bool], object]] = []
        self._claim = Claim(settings.log_dir, [probes.title for probes in settings.all_sets])
        self._audits = AuditSchedule(settings, self.recorder, self.budget, self._failures)
        self._handover = Handover(self.recorder, self._audits, self.budget, self._failures)
        self._subject = Subject(settings.model)
        self._progress = Progress(settings.every, self._iterations)
        self._batches: int | None = None
        # Whether a run has begun, and none of its epochs yet.
        self._begins = False
        # Batches that began since the model turned out to be built by the first of them; None where none is waited for.
        self._batches_begun: int | None = None

    @property
    def history(self) -> list[dict[str, Any]]:
        """The records that were made: one dict per record and series."""
        return self.recorder.history

    @property
    def means(self) -> Mapping[str, float]:
        """The latest means over probes, by key, and how many suspects stand clear; NaN before any."""
        return {**self.recorder.means, **self._audits.counts}

    @property
    def suspects(self) -> Suspects | None:
        """The suspects of the latest audit; None before any that looked for them."""
        return self._audits.latest

    # A run that is told of.

    def begin(self, model: Any, *, run: Any = None, batches: int | None = None) -> None:
        """Checks the settings against the model, if it can be called by now.

        Args:
            model: that is trained.
            run: the same object for all who record this run; None for a run that nobody else records.
            batches: of an epoch, None where that is not known.

        Raises:
            ValueError, TypeError: a setting does not fit the model, or another training writes the same series.
        """
        self._begins, self._batches = True, batches
        self._progress.begin_run()
        self.budget.begin(self.recorder.outbox.log.seconds)
        self._claim.take(run)
        try:
            self._follow(model)
            self._batches_begun = None
            self._guard(lambda: self._meet(trained=False))
        except BaseException:
            self._claim.release()
            raise

    def begin_epoch(self, epoch: int) -> None:
        """Records the state before the first update.

        Args:
            epoch: its number.
        """
        self._progress.begin_epoch(epoch)
        if self._begins:
            self._begins = False
            self._guard(self._begin)

    def begin_batch(self) -> None:
        """Checks the settings against a model that the first batch has built, once that is over.

        Raises:
            ValueError, TypeError: a setting does not fit the model.
        """
        if self._batches_begun is None:
            return
        self._batches_begun += 1
        if self._batches_begun > 1:
            self._batches_begun = None
            self._guard(lambda: self._meet(trained=True))

    def end_batch(self, batch: int) -> None:
        """Records past each multiple of so many batches of the run.

        Args:
            batch: its number in its epoch.
        """
        # Workers do not wait for each other at every batch, only where a record is due.
        self._failures.guard(lambda: self._end_batch(batch))

    def end_epoch(self, epoch: int) -> None:
        """Records, if the settings ask for that.

        Args:
            epoch: its number.
        """
        if self._progress.end_epoch(epoch, self._batches):
            self._guard(self._scheduled)
        self._settle()

    def end(self) -> None:
        """Records the final state, unless it is recorded already, and waits until everything is written."""
        if self._begins:
            # No epoch was left to train: what there is to record is where an earlier process ended.
            self._begins = False
            self._guard(self._begin)
        else:
            self._guard(self._end)
        self.recorder.sinks.close()
        self._settle(LONGEST_WAIT)
        self._claim.release()
        self._tell_watchers(ended=True)

    # A record that is asked for.

    def record(self, model: Any, step: Any, audit: bool | None = None) -> dict[str, float]:
        """Records a model's state, and waits until it is written.

        Args:
            model: that is trained.
            step: how many updates were made.
            audit: whether to look for suspects; None where that is due.

        Returns:
            The means over probes, by key.

        Raises:
            ValueError: step is no whole number or below 0, audit is asked for and there is none, the settings do not
                fit the model, or it is not built.
        """
        step = read_step(step)
        audit = self._audits.checked(audit)
        self._claim.take(None)
        try:
            self._follow(model)
            followed = self.recorder.followed
            if not followed.can_call():
                raise ValueError(
                    f"model must be built, and have a call(). Received {shown(followed.explained.model)}. "
                    "Call it on a batch beforehand."
                )
            self.recorder.begin(step)
            self._guard(lambda: self._handover.record(step, None, last=True, audit=audit))
            self._settle(LONGEST_WAIT)
        except BaseException:
            if not self.recorder.has_recorded:
                self._claim.release()
            raise
        self._tell_watchers(ended=False)
        return dict(self.means)

    # The way to a record.

    def _guard(self, action: Callable[[], Any]) -> None:
        """Runs what all workers do, and what must not end the training unless `Failures` says so."""
        self._failures.guard(lambda: self.recorder.followed.together(action))

    def _settle(self, wait: float = 0.0) -> None:
        """Tells of what the writing threads could not do, after waiting for the event files."""
        for failure in self.recorder.sinks.failures():
            self._failures.warn(f"sink: {failure.about}", failure.sentence)
        self._failures.report(self.recorder.outbox.settle(wait))

    def _follow(self, trained: Any, *, under_way: bool = False) -> None:
        explained = self._subject.of(trained)
        is_another = self.recorder.follow(explained, trained)
        if is_another:
            self._failures.settings_fit = False
            self.budget.forget()
        if is_another or not under_way:
            self._failures.is_under_way = under_way
            self._subject.judge(explained, trained, self._failures.warn)

    def _meet(self, *, trained: bool) -> None:
        """Checks the settings as soon as the model can be called, and tells where it cannot; `trained` by a batch."""
        if self._failures.settings_fit:
            return
        followed = self.recorder.followed
        if followed.can_call():
            with self.budget.spending(None):
                self.recorder.check()
                self._audits.check()
            self._failures.settings_fit = True
        elif trained or is_hopeless(followed.explained):
            self._failures.nothing(why_not(followed.explained, followed.trained))
        else:
            self._batches_begun = 0
            self._failures.tell("The model is built by its first batch, so the first record comes after that.")

    def _begin(self) -> None:
        step = self._progress.begin(taken_up=self.recorder.began_at is None)
        self.recorder.begin(step)
        if self.recorder.followed.can_call():
            self._record(step)

    def _end_batch(self, batch: int) -> None:
        if self._progress.end_batch(batch):
            self._guard(self._scheduled)
            self._settle()

    def _scheduled(self) -> None:
        if self.recorder.has_recorded and self._over_budget():
            self._failures.tell(
                f"Attributions would take more than {self.budget.described} of the training time; "
                "scheduled records are skipped until they would not."
            )
            return
        self._record(self._progress.step())

    def _record(self, step: int, *, last: bool = False) -> None:
        self._follow(self.recorder.followed.trained.model, under_way=True)
        self._meet(trained=True)
        if self._failures.settings_fit and step != self.recorder.followed.step:
            self._handover.record(step, self._progress.epochs(self._batches), last=last)
            if not last:
                self._tell_watchers(ended=False)

    def _end(self) -> None:
        step = self._progress.step()
        before = self.recorder.followed.step
        self._record(step, last=True)
        if step == before and self.recorder.followed.trained.averages_weights():
            self._failures.tell(
                f"fit has put the optimizer's averages (use_ema) in the place of the weights after the last record, at "
                f"step {step}, which is of those before. kerasig.explain(model, ...) shows what the averages rely on."
            )
        if self._failures.settings_fit:
            self._handover.last_audit(step, self._progress.epochs(self._batches))

    def _tell_watchers(self, *, ended: bool) -> None:
        for watcher in self.watchers:
            try:
                watcher(ended)
            except Exception as error:
                self._failures.of_watcher(error)

    def _iterations(self) -> int | None:
        return self.recorder.followed.trained.optimizer_iterations()

    def _over_budget(self) -> bool:
        if self.budget.share is None:
            return False
        # Every worker has a clock of its own, and all must decide alike.
        return self.recorder.followed.agreed(self.budget.excess(self.recorder.outbox.log.seconds)) > 0
