"""One measure as the table of measures has it: how it is computed, what it is called, and where it is shown."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from numpy.typing import NDArray

from kerasig._measures.facts import Facts

# By region where a measure is one per region.
Compute = Callable[[Facts], NDArray[Any]]
ComputeInside = Callable[[Facts, NDArray[Any]], NDArray[Any]]

# Ranges that many have.
SHARE = (0.0, 1.0)
SIZE = (0.0, math.inf)
# Which facts a measure is computed from: those of the attribution alone, of an earlier one too, or of a training.
Needs = Literal["attribution", "previous", "training", "alarms"]
# What stands for the column in history and in the Time Series tab: its mean, or how many probes have a 0.
Summary = Literal["mean", "zeros", ""]


@dataclass(frozen=True, kw_only=True, eq=False)
class MeasureRow:
    """One row of the table of measures, and one column of every record, or one for each region.

    Args:
        name: of the column; per region followed by "/" and the region's name.
        label: what the page calls it.
        sentence: what it says, for people.
        anchor: of the section of docs/internals/metrics.md that defines it.
        compute: from the facts to [N]; None where the facts of the training have it by its name.
        inside: in its place for a measure of each region, from the facts and the region's mask [N, P].
        unit: what it counts; "" for a pure number.
        range: the least and the largest value there can be.
        on_maps: whether it is measured on the map, so that it means something only where that is trusted.
        better: "up" or "down" where one direction is better, else "".
        needs: which facts it is computed from.
        summary: what stands for it in history: "mean" over the probes that count, "zeros", or "" for nothing.
        summary_name: what that is called, where it is not the name.
        logged: whether Keras's `logs` get that.
        grouped: whether means over groups of probes tell anything.
        is_quantity: whether it is something to draw and to sort by.
        flag: of a column of 1 and 0, what the two are asked for as.
        charted: its place among the charts that a newcomer sees first; None for none.
        sorted: its place among what probes are sorted by first.
        section: of a probe's page that lists it; "" where the page tells it in a way of its own.
        on_card: whether the cards of the gallery tell it in a way of their own.
        signed: whether it is shown with a plus where it is positive.
        percent: whether it is a share, which is told in percent.
        compared: what its chart shows beside it: "area", its region's share of the positions, or "".
    """

    name: str
    label: str
    sentence: str
    anchor: str
    compute: Compute | None = None
    inside: ComputeInside | None = None
    unit: str = ""
    range: tuple[float, float] = (-math.inf, math.inf)
    on_maps: bool = False
    better: str = ""
    needs: Needs = "attribution"
    summary: Summary = ""
    summary_name: str = ""
    logged: bool = False
    grouped: bool = True
    is_quantity: bool = True
    flag: tuple[str, str] | None = None
    charted: int | None = None
    sorted: int | None = None
    section: str = "Measured"
    on_card: bool = False
    signed: bool = False
    percent: bool = False
    compared: Literal["area", ""] = ""

    @property
    def per_region(self) -> bool:
        """Whether there is one column for each region."""
        return self.inside is not None

    def described(self, region: str | None) -> Mapping[str, Any]:
        """The description of a column for the page; what is as usual is left out."""
        low, high = (number if math.isfinite(number) else None for number in self.range)
        told: dict[str, Any] = {
            "label": self.label,
            "sentence": self.sentence,
            "unit": self.unit,
            "range": None if low is None and high is None else [low, high],
            "on_maps": self.on_maps,
            "region": region,
            "better": self.better,
            "anchor": self.anchor,
            "hidden": not self.is_quantity,
            "flag": None if self.flag is None else list(self.flag),
            "charted": self.charted,
            "sorted": self.sorted,
            "section": None if self.section == "Measured" else self.section,
            "on_card": self.on_card,
            "signed": self.signed,
            "percent": self.percent,
            "compared": self.compared,
        }
        # 0 is the first place, and "" no section.
        return {
            name: value
            for name, value in told.items()
            if value is not None and value is not False and (value != "" or name == "section")
        }


def on_map(name: str, label: str, sentence: str, anchor: str, compute: Compute, **more: Any) -> MeasureRow:
    """A measure of the map: its mean is over the probes whose map is trusted."""
    return MeasureRow(
        name=name,
        label=label,
        sentence=sentence,
        anchor=anchor,
        compute=compute,
        on_maps=True,
        summary="mean",
        **more,
    )
