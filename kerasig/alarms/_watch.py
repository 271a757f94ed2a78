"""The watch over a training's records: which alarm has been clear for how long, and which fires."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kerasig._arguments import shown
from kerasig._measures.table import BUILT_IN, Table
from kerasig.alarms._alarm import Alarm, Reading
from kerasig.alarms._alert import Alert
from kerasig.alarms._causal import Effect, Replace, effect_of
from kerasig.alarms._fitting import fitted
from kerasig.alarms._record import Record
from kerasig.probes import ProbeSet

logger = logging.getLogger("kerasig")

# Called with the alarm that failed, at what, and the error.
Failed = Callable[[Alarm, str, Exception], None]
# Calls what all workers do; where it fails on one of them, it fails on all.
Together = Callable[[Callable[[], Effect]], Effect]

# In place of a reading that could not be made, or does not count.
_UNREAD = Reading("", float("nan"), 0.0)


@dataclass
class Streak:
    """For how many records in a row one alarm has been clear on one series.

    Args:
        length: how many.
        seen: records of the model so far.
        fired: whether it has fired since it was last not clear.
    """

    length: int = 0
    seen: int = 0
    fired: bool = False

    def add(self, reading: Reading) -> None:
        """Takes in one more record. One that could not be measured ends a streak, but re-arms nothing."""
        if reading.is_clear:
            self.length += 1
        else:
            self.length = 0
            self.fired &= not reading.is_measured


class Watch:
    """The alarms of one callback.

    Args:
        alarms: as the user passed them.
        probe_sets: that are recorded.
        agreed: what all workers make of a number that each has its own of.
        together: calls what all workers do.
        failed: told of an alarm that failed.
        table: of the measures whose columns alarms may read.

    Raises:
        TypeError: alarms are none.
        ValueError: an alarm fits none of the sets.
    """

    def __init__(
        self,
        alarms: Any,
        probe_sets: Sequence[ProbeSet],
        agreed: Callable[[float], float],
        together: Together,
        failed: Failed,
        table: Table = BUILT_IN,
    ) -> None:
        self._watched = fitted(alarms, probe_sets, table)
        self._agreed, self._together, self._failed = agreed, together, failed
        self._streaks: dict[tuple[int, str, str], Streak] = {}

    def forget(self) -> None:
        """Makes the next record the first: another model's, or of an earlier state."""
        self._streaks.clear()

    def concerns(self, probes: ProbeSet) -> bool:
        """Whether any alarm watches a set."""
        return any(_has(sets, probes) for _, sets in self._watched)

    def look(self, record: Record, replaced: Replace) -> list[tuple[Alarm, Alert]]:
        """The alarms that fire at a record, and what they say.

        Args:
            record: of one series.
            replaced: from masks [N, positions] to the scores [N] with those positions replaced by the baseline.
        """
        fired = []
        for number, (alarm, sets) in enumerate(self._watched):
            if not _has(sets, record.probes):
                continue
            streak = self._streaks.setdefault((number, record.probes.title, record.series), Streak())
            streak.seen += 1
            reading = self._read(alarm, record, streak.seen)
            streak.add(reading)
            due = streak.length >= alarm.patience and not streak.fired
            # All workers have read the same numbers. Were one's own alarm to fail on one of them alone, they would part
            # ways here, and what follows is measured by all together.
            if self._agreed(float(due)) <= 0.5:
                continue
            alert = self._confirmed(alarm, record, reading, replaced)
            if alert is not None:
                streak.fired = True
                fired.append((alarm, alert))
        return fired

    def tell(self, fired: Sequence[tuple[Alarm, Alert]], is_chief: bool) -> None:
        """Logs one line per alert, and calls the users' functions."""
        for alarm, alert in fired:
            if is_chief:
                # A region's name may be of several lines.
                logger.warning("%s", " ".join(str(alert).split()))
            try:
                if alarm.action is not None:
                    alarm.action(alert)
            except Exception as error:
                self._failed(alarm, "fired, and its action failed", error)

    def _read(self, alarm: Alarm, record: Record, seen: int) -> Reading:
        try:
            if seen < alarm.counts_from:
                return _UNREAD
            reading = alarm.read(record)
            if not isinstance(reading, Reading):
                raise TypeError(f"read must return a kerasig.alarms.Reading. Received {shown(reading)}.")
            return reading
        except Exception as error:
            self._failed(alarm, "could not read a record", error)
            return _UNREAD

    def _confirmed(self, alarm: Alarm, record: Record, reading: Reading, replaced: Replace) -> Alert | None:
        """The alert; None where the region that is at stake matters no more than others do."""
        effect: Effect | None = None
        if (region := alarm.causal_region) is not None:
            try:
                effect = self._together(lambda: effect_of(region, record, replaced))
            except Exception as error:
                self._failed(alarm, "could not measure what its region does to the score", error)
                return None
            if not effect.is_clear:
                return None
        lasting = f"This held at {alarm.patience} consecutive records." if alarm.patience > 1 else ""
        return Alert(
            name=alarm.name,
            message=" ".join(filter(None, [reading.sentence, lasting, effect.sentence if effect else ""])),
            metric=reading.metric,
            value=reading.value,
            threshold=reading.threshold,
            noise=reading.noise,
            effect=effect.region if effect else None,
            random_effect=effect.largest if effect else None,
            step=record.step,
            epoch=record.epoch,
            title=record.probes.title,
            series=record.series,
            stop=alarm.stop,
            loud=alarm.loud,
            region=region,
        )


def _has(sets: Sequence[ProbeSet], probes: ProbeSet) -> bool:
    """Whether a set is among others: titles are distinct, and a set may have learned from its model since."""
    return any(probes.title == other.title for other in sets)
