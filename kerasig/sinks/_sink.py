"""Sink: the protocol of what records are written to besides the event files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kerasig.alarms import Alert


class Sink(ABC):
    """A place that the scalars, pictures and alarms of a training's records are written to as well.

    `IGCallback(sinks=[...])` calls it on a thread of its own, one call after the other, so that a sink that is slow or
    fails takes no time of the training and never ends it: each kind of failure is told once, in a warning. Where a sink
    does not keep up, records are left out, which is told once too. Of several workers the chief alone writes.

    Of the four methods `write_scalars` is needed; pictures are drawn for sinks that have `write_picture`.

    Example:
        >>> class Printing(kerasig.sinks.Sink):
        ...     def write_scalars(self, step, scalars):
        ...         print(step, scalars["probes/residual"])
        >>> callback = kerasig.IGCallback(probes, sinks=[Printing()])  # doctest: +SKIP
    """

    @abstractmethod
    def write_scalars(self, step: int, scalars: Mapping[str, float]) -> None:
        """Writes the means over probes of one record.

        Args:
            step: of the training.
            scalars: by the names that they have in TensorBoard's Time Series tab, such as "digits/region_mass"; all are
                finite.
        """

    def write_picture(self, step: int, name: str, pixels: NDArray[np.uint8]) -> None:  # noqa: B027
        """Writes the picture of one set's attributions.

        Args:
            step: of the training.
            name: of the set and its series, such as "digits" or "digits@label".
            pixels: [H, W, 3], the first probes side by side: orange raises the score, blue lowers it.
        """

    def write_alarm(self, step: int, alert: Alert) -> None:  # noqa: B027
        """Writes an alarm that fired.

        Args:
            step: of the training.
            alert: what it says.
        """

    def close(self) -> None:  # noqa: B027
        """Ends what was begun: called at the end of a training, after which another one may begin and write again."""

    @property
    def wants_pictures(self) -> bool:
        """Whether pictures are drawn for it."""
        return type(self).write_picture is not Sink.write_picture
