"""A model that is followed through a training: its probe sets explained as it is now, record after record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from kerasig._models import adapt
from kerasig._recording.auditor import Auditor
from kerasig._recording.readiness import can_call
from kerasig._recording.series import Measurement, Series
from kerasig._recording.settings import Settings
from kerasig._recording.settled import settled
from kerasig._recording.watching import watched
from kerasig.alarms import Alarm, Alert
from kerasig.alarms import Suspect as SuspectAlarm
from kerasig.alarms._watch import Watch

_Result = TypeVar("_Result")


class FollowedModel:
    """The model that is explained, compiled once.

    Args:
        explained: the model.
        trained: whose training it is: the same one, or one that holds it.
        settings: of the records.
        warn: called with what a finding is about and a sentence.
        alarms: that watch audits.

    Attributes:
        explained: the model, adapted.
        trained: the one that holds it, adapted.
        step: of the latest record of the model, None before it.
        records: how many were made of the model.
        auditor: of the model, None without an audit.
    """

    def __init__(
        self,
        explained: Any,
        trained: Any,
        settings: Settings,
        warn: Callable[[str, str], None],
        alarms: Sequence[SuspectAlarm] = (),
    ) -> None:
        self.explained, self.trained = adapt(explained), adapt(trained)
        self.step: int | None = None
        self.records = 0
        self.auditor: Auditor | None = None
        if settings.audit is not None:
            auditing = settings.auditing_explainer(explained, warn)
            self.auditor = Auditor(settings.audit, auditing, settings.baselines, alarms)
        self._settings, self._table = settings, settings.table
        self._explainer = settings.explainer(explained, warn)
        self._can_be_called = False
        self._series: Sequence[Series] | None = None

    def is_of(self, explained: Any) -> bool:
        """Whether it is this model that is followed."""
        return bool(self._explainer.model == explained)

    def is_chief(self) -> bool:
        """Whether this process is the one that writes."""
        return self.trained.is_chief() and self.explained.is_chief()

    def can_call(self) -> bool:
        """Whether the model can be traced without making weights; it is built where it has them all already.

        Raises:
            ValueError: the model does not take the inputs of a set.
            Exception: the model's own, of another kind.
        """
        self._can_be_called = self._can_be_called or all(
            can_call(self.explained, self.trained, probes.inputs) for probes in self._settings.all_sets
        )
        return self._can_be_called

    def series(self) -> Sequence[Series]:
        """The series that the probe sets and the model's outputs ask for, the same ones from the first call on.

        Raises:
            ValueError: a set must say more; see `settled`.
        """
        if self._series is None:
            self._series = [each for probes in self._settings.probe_sets for each in settled(probes, self._explainer)]
        return self._series

    def check(self) -> None:
        """Raises ValueError or TypeError where an argument does not fit the model, the audit aside."""
        for series in self.series():
            series.check(self._explainer, self._settings.baselines)

    def measure(self, step: int, epoch: float | None) -> list[tuple[Series, Measurement]]:
        """Every series, measured on the model as it is now."""
        baselines = self._settings.baselines
        made = [(each, each.measure(self._explainer, baselines, step, epoch, self._table)) for each in self.series()]
        return [(each, self._with_suspects(each, measurement)) for each, measurement in made]

    def _with_suspects(self, series: Series, measurement: Measurement) -> Measurement:
        """The measurement with the shares of the regions that an alarm on the audit has found."""
        if self.auditor is None or not self.auditor.handed_on:
            return measurement
        shares = self.auditor.shares(series.probes, measurement.leaves, measurement.stats["trusted"])
        return replace(measurement, scalars={**measurement.scalars, **shares})

    def watched(
        self, watch: Watch, series: Series, measurement: Measurement
    ) -> tuple[Measurement, list[tuple[Alarm, Alert]]]:
        """The measurement with what alarms make of it, and those that fired."""
        return watched(watch, series, measurement, self._explainer, self._settings.baselines)

    def agreed(self, number: float) -> float:
        """The number that all workers go by, of which each has its own: what they must decide alike rests on it."""
        workers = self._explainer._workers
        return number if workers is None else workers.meet(number)

    def together(self, action: Callable[[], _Result]) -> _Result:
        """The result of an action of all workers; where it fails on one of them, it fails on all."""
        workers = self._explainer._workers
        return action() if workers is None else workers.together(action)
