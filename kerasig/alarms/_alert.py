"""The alert of an alarm that fires."""

from dataclasses import asdict, dataclass
from typing import Any

# The fields that the history and the event files keep of an alert; where and when it fired, their entries say.
_KEPT = ("name", "message", "metric", "value", "threshold", "noise", "effect", "random_effect", "loud", "region")


@dataclass(frozen=True)
class Alert:
    """One alarm that fired at one record.

    Args:
        name: of the alarm.
        message: what was found, in words.
        metric: what was measured.
        value: of the metric, over the probes.
        threshold: what the value stands above.
        noise: what the attributions' own error may have added to the value.
        effect: how much of the score is lost where the region is replaced by the baseline, in the mean over the probes
            that have it; None where no region is at stake.
        random_effect: the largest such mean among draws of random regions of the same size; None without a region.
        step: of the training.
        epoch: how many were over; None outside `fit`.
        title: of the probe set.
        series: "", "label" or "predicted".
        stop: whether the alarm ends the training.
        loud: whether it is a finding to be shown first, rather than a notice.
        region: that it is about; None without one.

    Example:
        >>> kerasig.alarms.Drift(above=0.5, action=lambda alert: print(alert.step, alert.message))  # doctest: +SKIP
    """

    name: str
    message: str
    metric: str
    value: float
    threshold: float
    noise: float
    effect: float | None
    random_effect: float | None
    step: int
    epoch: float | None
    title: str
    series: str
    stop: bool
    loud: bool = True
    region: str | None = None

    def entry(self) -> dict[str, Any]:
        """The alert as `callback.history` and the event files keep it."""
        fields = asdict(self)
        return {name: fields[name] for name in _KEPT}

    def __str__(self) -> str:
        where = f"{self.title!r}" + (f", {self.series}" if self.series else "")
        ended = " Training is stopped." if self.stop else ""
        return f"{self.name} at step {self.step} of {where}: {self.message}{ended}"
