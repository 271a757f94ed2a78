"""Untrusted: too many attributions cannot be relied on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kerasig.alarms._alarm import Alarm, Reading, checked_number
from kerasig.alarms._record import Record


@dataclass(frozen=True, eq=False)
class Untrusted(Alarm):
    """Fires when more than a share of the probes have attributions that cannot be relied on.

    Nothing else that is measured means much then: finer `steps`, another baseline or other probes are called for.

    Args:
        above: the share of the probes, from 0 to below 1.
        patience: see `Alarm`.
        action: see `Alarm`.
        stop: see `Alarm`.
        title: see `Alarm`.

    Example:
        >>> kerasig.alarms.Untrusted(above=0.25)
        Untrusted(patience=2, action=None, stop=False, title=None, above=0.25)
    """

    above: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_number("above", self.above, 0, 1)

    @property
    def columns(self) -> Sequence[str]:
        """The per-probe columns that it reads."""
        return ("residual", "map_error")

    def read(self, record: Record) -> Reading:
        """The share of probes that are not trusted."""
        share = 1 - float(record.trusted.mean())
        sentence = f"{share:.0%} of the probes have attributions that cannot be trusted; "
        sentence += f"the alarm is set to {self.above:.0%}. "
        errors = np.stack([record.columns[name] for name in self.columns])
        finite = np.isfinite(errors).all(axis=0)
        if finite.any():
            residual, map_error = errors[:, finite].mean(axis=1)
            sentence += (
                f"On average the sum of the attributions is off by {residual:.2%} of the score's change, "
                f"and the map by {map_error:.2%}."
            )
        else:
            sentence += "None of them has finite errors: look for scores or gradients that are NaN or infinite."
        return Reading("untrusted", share, self.above, sentence=sentence)
