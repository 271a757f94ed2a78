"""Measures of users, beside those that every training has."""

import math
import numbers
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Literal

from kerasig import _arguments as arguments
from kerasig._types import Array, Items

if TYPE_CHECKING:
    from kerasig.attribution import Attribution
    from kerasig.probes import ProbeSet


@dataclass(frozen=True)
class Measure:
    """A number of one's own for each probe, which `IGCallback(metrics=[...])` measures at every record.

    It is in `callback.history`, in `logs` (`ig_` before its name), in the event files and the tab, and alarms may read
    it; its means are over the probes whose maps are trusted, like those of every measure of a map. A function alone
    will do, too: its name is then the measure's. This one says how far from the middle of an image its attribution is:

        def spread(attribution, probes):
            size = abs(attribution.values).sum(axis=-1)  # [N, rows, columns]
            rows = abs(numpy.linspace(-1, 1, size.shape[1]))
            return (size.sum(axis=2) * rows).sum(axis=1) / size.sum(axis=(1, 2))

        kerasig.IGCallback(probes, metrics=[kerasig.metrics.Measure("spread", spread, range=(0, 1), better="down")])

    Args:
        name: of the column; letters, digits and underscores.
        compute: called with the `kerasig.Attribution` of a record and its `ProbeSet`; returns a number for each of the
            N probes, [N], NaN where there is none. What it raises is told once and leaves NaN: no training ends by it.
        label: what the tab calls it; the name, with spaces, by default.
        sentence: what it says, shown beside the label.
        unit: what it counts; "" for a pure number.
        range: the least and the largest value there can be; None where there is no bound.
        on_maps: whether it is measured on the map, so that its means leave out what is not trusted.
        better: "up" or "down" where one direction is better, else "".

    Raises:
        TypeError, ValueError: one of them is of no meaning.

    Example:
        >>> kerasig.metrics.Measure("largest", lambda attribution, probes: abs(attribution.values).max(axis=1)).name
        'largest'
    """

    name: str
    compute: Callable[["Attribution", "ProbeSet"], Array | Items[float]]
    _: KW_ONLY
    label: str = ""
    sentence: str = ""
    unit: str = ""
    range: tuple[float | None, float | None] = (None, None)
    on_maps: bool = True
    better: Literal["up", "down", ""] = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(
                f"name must be of letters, digits and underscores. Received name={arguments.shown(self.name)}. "
                'Pass such as "edge_mass".'
            )
        if not callable(self.compute):
            raise TypeError(
                "compute must be a function of an attribution and its probes. Received compute="
                f"{arguments.shown(self.compute)}."
            )
        arguments.check_takes(self.compute, 2, "compute", "an attribution and its probes")
        for text in ("label", "sentence", "unit"):
            arguments.string(text, getattr(self, text))
        arguments.flag("on_maps", self.on_maps)
        arguments.choice("better", self.better, ("", "up", "down"))
        low, high = self._bounds()
        if not low < high:
            raise ValueError(f"range must rise. Received range={arguments.shown(self.range)}. Pass such as (0, 1).")
        object.__setattr__(self, "range", (low, high))

    def _bounds(self) -> tuple[float, float]:
        """The two ends, infinite where there is no bound."""
        ends, fits = self.range, isinstance(self.range, tuple | list) and len(self.range) == 2
        known = [isinstance(end, numbers.Real) and not isinstance(end, bool) for end in ends] if fits else []
        if not fits or not all(is_number or end is None for is_number, end in zip(known, ends, strict=True)):
            raise ValueError(
                "range must be the least and the largest value, None for no bound. Received range="
                f"{arguments.shown(ends)}. Pass such as (0, 1)."
            )
        low, high = (
            bound if end is None else float(end) for end, bound in zip(ends, (-math.inf, math.inf), strict=True)
        )
        return low, high
