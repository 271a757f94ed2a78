"""Drift: attributions point elsewhere than they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from kerasig.alarms.alarm import Alarm, Reading, checked_number
from kerasig.alarms.record import Record

_COLUMNS = {"previous": "drift", "first": "drift_first", "best": "drift_best"}


@dataclass(frozen=True, eq=False)
class Drift(Alarm):
    """Fires when attributions have turned away from an earlier record's: mean 1 - cosine over the trusted probes.

    A young network's attributions turn much from record to record, so against="previous" serves what should be settled:
    fine-tuning, late training, a data pipeline that may change.

    Args:
        above: the drift to stand clear of, from 0 (the same direction) over 1 (unrelated) to 2 (opposite).
        against: "previous", "first" or "best", the record with the lowest loss on the probes.
        patience: see `Alarm`.
        action: see `Alarm`.
        stop: see `Alarm`.
        title: see `Alarm`.
    """

    above: float
    _: KW_ONLY
    against: str = "previous"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_number("above", self.above, 0, 2)
        if self.against not in _COLUMNS:
            raise ValueError(f"against must be one of {', '.join(_COLUMNS)}. Received against={self.against!r}.")

    @property
    def name(self) -> str:
        """What the alarm is called in logs and in the tab."""
        return f"Drift({self.against})"

    @property
    def columns(self) -> Sequence[str]:
        """The per-probe columns that it reads."""
        return (_COLUMNS[self.against], "map_error")

    def read(self, record: Record) -> Reading:
        """The mean drift and its noise."""
        drift, _ = self.columns
        value, noise = record.mean(drift), _noise(record)
        sentence = (
            f"Attributions have drifted by {value:.2g} from the {self.against} record's "
            f"(noise {noise:.1g}, alarm above {self.above:g})."
        )
        return Reading(drift, value, self.above, noise, sentence)


def _noise(record: Record) -> float:
    """1 - cosine that two maps of these errors would have of each other, were the state the same."""
    floor = record.columns.get("drift_noise", np.pi / 2 * np.square(record.columns["map_error"]))
    return record.mean(floor)
