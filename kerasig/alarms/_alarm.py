"""The base of all alarms, and of one's own, and the reading that an alarm makes of a record."""

import abc
import math
import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kerasig import _arguments as arguments
from kerasig.alarms._alert import Alert
from kerasig.alarms._record import Record


@dataclass(frozen=True)
class Reading:
    """The reading that an alarm makes of one record.

    Args:
        metric: what was measured.
        value: over the probes; NaN where it could not be measured, which neither fires an alarm nor re-arms one.
        threshold: what the value is compared with.
        noise: by how much the attributions' own error may have moved the value.
        sentence: what the value says, for people; it ends with a full stop.

    Example:
        >>> kerasig.alarms.Reading("loss", 3.0, threshold=2.0, sentence="The loss is high.").value
        3.0
    """

    metric: str
    value: float
    threshold: float
    noise: float = 0.0
    sentence: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "threshold", "noise"):
            object.__setattr__(self, name, _one_number(name, getattr(self, name)))
        for name in ("metric", "sentence"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} must be a string. Received {arguments.shown(getattr(self, name))}.")

    @property
    def is_measured(self) -> bool:
        """Whether there is a value to judge."""
        return not (math.isnan(self.value) or math.isnan(self.noise))

    @property
    def is_clear(self) -> bool:
        """Whether the value stands above the threshold by more than its noise."""
        return self.value - self.noise > self.threshold


@dataclass(frozen=True, kw_only=True, eq=False)
class Alarm(abc.ABC):
    """Watches one number over training: the base of all alarms, and of one's own.

    An alarm fires at the record at which its reading has stood clear of its threshold and noise for `patience` records
    in a row and, where it is about a region, the region turns out to matter to the score. It fires once, and again only
    after a reading that was not clear. It holds no state: one instance may serve several callbacks.

    One's own alarm names the columns that it reads and makes a reading of each record. This one fires where the model
    is never wrong on the probes:

        @dataclass(frozen=True, kw_only=True, eq=False)
        class AllCorrect(kerasig.alarms.Alarm):
            columns = ("correct",)

            def read(self, record):
                share = record.mean("correct")
                return kerasig.alarms.Reading("correct", share, 0.999, sentence=f"{share:.0%} are right.")

    Neither the sum of |attribution| nor its entropy is a reason for an alarm: over training the one rises and the other
    falls whether or not the model generalises (Terzieva et al. 2023).

    Args:
        patience: how many records in a row the reading must be clear.
        action: called with the `Alert` when the alarm fires; on several workers each calls it.
        stop: whether to end the training then.
        title: of the probe set to watch; None is every set that the alarm fits.

    Example:
        >>> class LossAbove(kerasig.alarms.Alarm):
        ...     def read(self, record):
        ...         return kerasig.alarms.Reading("loss", record.mean("loss"), 2.0, sentence="The loss is high.")
    """

    patience: int = 2
    action: Callable[[Alert], Any] | None = None
    stop: bool = False
    title: str | None = None

    def __post_init__(self) -> None:
        received = {name: arguments.shown(getattr(self, name)) for name in ("patience", "action", "stop", "title")}
        if not arguments.is_whole(self.patience) or self.patience < 1:
            raise ValueError(
                f"patience must be a number of records, at least 1. Received patience={received['patience']}."
            )
        if self.action is not None and not arguments.takes_one(self.action):
            raise TypeError(f"action must be a function of the alert. Received action={received['action']}.")
        if not isinstance(self.stop, bool):
            raise TypeError(f"stop must be True or False. Received stop={received['stop']}.")
        if not isinstance(self.title, str | None):
            raise TypeError(f"title must be a probe set's title. Received title={received['title']}.")

    @property
    def name(self) -> str:
        """The alarm's name in logs and in the tab."""
        return type(self).__name__

    @property
    def loud(self) -> bool:
        """Whether it tells of a finding, which is shown first, rather than of something to take notice of."""
        return True

    @property
    def counts_from(self) -> int:
        """The first record of a model, counted from 1, whose reading counts."""
        return 1

    @property
    @abc.abstractmethod
    def columns(self) -> Sequence[str]:
        """The per-probe columns that `read` needs, by the names of docs/internals/metrics.md."""

    @abc.abstractmethod
    def read(self, record: Record) -> Reading:
        """The reading of this record."""

    @property
    def causal_region(self) -> str | None:
        """The region that must matter to the score before the alarm fires; None where none is at stake."""
        return None


def checked_number(name: str, value: Any, low: float, high: float = math.inf) -> float:
    """A threshold as a float.

    Raises:
        TypeError: it is no number.
        ValueError: it is not in [low, high).
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number. Received {name}={arguments.shown(value)}.")
    return arguments.number(name, value, low, high, below=True)


def _one_number(name: str, value: Any) -> float:
    """A number; of an array of one number, or a tensor, the number."""
    try:
        (number,) = arguments.numbers(name, value, "of one", axes=0).reshape(-1)
    except ValueError:
        received = arguments.shown(value)
        raise TypeError(f"{name} must be a number, NaN where there is none. Received {received}.") from None
    return float(number)
