"""RegionLift: a region holds more of the attribution than its size explains, and matters to the score."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasig import _arguments as arguments
from kerasig.alarms._alarm import Alarm, Reading, checked_number
from kerasig.alarms._record import Record


@dataclass(frozen=True, eq=False)
class RegionLift(Alarm):
    """Fires when a region holds `above` times its share of the attribution, and the score rests on it.

    The lift is the region's share of |attribution| over its share of the positions: 1 where attributions are even. It
    is averaged over the trusted probes that have the region; its noise is the most that the probes' map errors allow.
    Once it is clear for `patience` records, the region is replaced by the baseline, and so are random regions of its
    size: the alarm fires only if that takes more off the score of the explained class than any draw of those does.

    It speaks of regions that were named beforehand. A shortcut that nobody suspects may hide from maps (Adebayo et al.
    2022, "Post hoc Explanations may be Ineffective for Detecting Unknown Spurious Correlation").

    Args:
        region: a name among the probe set's `regions`.
        above: the lift to stand clear of.
        patience: see `Alarm`.
        action: see `Alarm`.
        stop: see `Alarm`.
        title: see `Alarm`.

    Example:
        >>> kerasig.alarms.RegionLift("tag", above=5, stop=True)
        RegionLift(patience=2, action=None, stop=True, title=None, region='tag', above=5)
    """

    region: str
    above: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.region, str):
            raise TypeError(f"region must be the name of one. Received region={arguments.shown(self.region)}.")
        checked_number("above", self.above, 0)

    @property
    def name(self) -> str:
        """The alarm's name in logs and in the tab."""
        return f"RegionLift({self.region!r})"

    @property
    def columns(self) -> Sequence[str]:
        """The per-probe columns that it reads."""
        return tuple(f"{kind}/{self.region}" for kind in ("region", "region_lift", "region_noise"))

    @property
    def causal_region(self) -> str | None:
        """The region itself."""
        return self.region

    def read(self, record: Record) -> Reading:
        """The mean lift and its noise."""
        mass, lifts, noises = (record.columns[name] for name in self.columns)
        with np.errstate(invalid="ignore", divide="ignore"):
            # The noise is that of the mass.
            lift, noise = record.mean(lifts), record.mean(noises / record.regions[self.region].share)
        sentence = (
            f"The region {self.region!r} holds {record.mean(mass):.1%} of the attribution, {lift:.1f} times its share "
            f"of the positions; the alarm is set to {self.above:g} times, and the attributions' own error explains at "
            f"most {noise:.2g} times."
        )
        return Reading(f"region_lift/{self.region}", lift, self.above, noise, sentence)
