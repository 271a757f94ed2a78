"""Drift: attributions point elsewhere than they did."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass

import numpy as np

from kerasig import _arguments as arguments
from kerasig._types import Against
from kerasig.alarms._alarm import Alarm, Reading, checked_number
from kerasig.alarms._record import Record
from kerasig.metrics._drift import drift_noise

_COLUMNS: dict[Against, str] = {"previous": "drift", "first": "drift_first", "best": "drift_best"}
_SINCE: dict[Against, str] = {
    "previous": "the record before",
    "first": "the first record",
    "best": "the record with the lowest loss",
}


@dataclass(frozen=True, eq=False)
class Drift(Alarm):
    """Fires when attributions have turned away from an earlier record's: mean 1 - cosine over the trusted probes.

    A young network's attributions turn much from record to record, so against="previous" serves what should be settled:
    fine-tuning, late training, a data pipeline that may change. The first record is mostly an untrained network's,
    from which every training drifts, so nothing is compared with it unless against="first" asks for that: where the
    network was trained before, as in fine-tuning.

    Args:
        above: the drift to stand clear of, from 0 (the same direction) over 1 (unrelated) to 2 (opposite).
        against: "previous", "first" or "best", the record with the lowest loss on the probes.
        patience: see `Alarm`.
        action: see `Alarm`.
        stop: see `Alarm`.
        title: see `Alarm`.

    Example:
        >>> kerasig.alarms.Drift(above=0.5, against="first")
        Drift(patience=2, action=None, stop=False, title=None, above=0.5, against='first')
    """

    above: float
    _: KW_ONLY
    against: Against = "previous"

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_number("above", self.above, 0, 2)
        arguments.choice("against", self.against, _COLUMNS)

    @property
    def name(self) -> str:
        """The alarm's name in logs and in the tab."""
        return f"Drift({self.against})"

    @property
    def loud(self) -> bool:
        """Drift is no harm: it is told as a notice."""
        return False

    @property
    def counts_from(self) -> int:
        """The third record, for the second can be compared with the first alone."""
        return 1 if self.against == "first" else 3

    @property
    def columns(self) -> Sequence[str]:
        """The per-probe columns that it reads."""
        return (_COLUMNS[self.against], "drift_noise", "map_error")

    def read(self, record: Record) -> Reading:
        """The mean drift and its noise."""
        drift, noises, map_error = (record.columns[name] for name in self.columns)
        if self.against != "previous":
            # The floor is known against the previous record alone; another is taken to be as accurate as this one.
            noises = np.where(np.isnan(drift), np.nan, drift_noise(map_error, map_error))
        value, noise = record.mean(drift), record.mean(noises)
        sentence = (
            f"The attributions' direction has changed by {value:.2g} (1 \u2212 cosine) since {_SINCE[self.against]}; "
            f"the alarm is set to {self.above:g}, and the attributions' own error explains at most {noise:.2g}."
        )
        return Reading(self.columns[0], value, self.above, noise, sentence)
