"""A record as an alarm gets to see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kerasig.probes import ProbeSet


@dataclass(frozen=True, eq=False)
class Region:
    """A region over everything that is attributed to.

    Args:
        inside: [N, positions] of all attributed leaves side by side, where a probe has the region.
        present: [N, positions], where there is no padding.
        shapes: of one probe's positions in each leaf.
        ordered: per leaf, whether its neighbouring positions are neighbours in the input, as pixels and moments are.
    """

    inside: NDArray[np.bool_]
    present: NDArray[np.bool_]
    shapes: Sequence[tuple[int, ...]]
    ordered: Sequence[bool]

    @property
    def share(self) -> NDArray[np.float64]:
        """Share of the positions that lie inside, [N]; of those that are no padding."""
        return np.asarray((self.inside & self.present).sum(axis=1) / self.present.sum(axis=1), np.float64)


@dataclass(frozen=True, eq=False)
class Record:
    """One record of one series, as an alarm gets to see it.

    Args:
        step: of the training.
        epoch: how many were over; None outside `fit`.
        probes: the set.
        series: "", "label" or "predicted".
        columns: what was measured per probe, each [N], by the names of docs/internals/metrics.md.
        trusted: [N], which probes' maps are within tolerance: means are over those.
        direction: [N], 1 or -1: in which direction of the score lies more of what is explained.
        sizes: [N, positions] |attribution| over all attributed leaves side by side.
        regions: by name.

    Example:
        >>> class Wrong(kerasig.alarms.Alarm):
        ...     def read(self, record):
        ...         return kerasig.alarms.Reading("correct", 1 - record.mean("correct"), 0.5)
    """

    step: int
    epoch: float | None
    probes: ProbeSet
    series: str
    columns: Mapping[str, NDArray[np.float64]]
    trusted: NDArray[np.bool_]
    direction: NDArray[np.float64]
    sizes: NDArray[np.float64]
    regions: Mapping[str, Region]

    def mean(self, values: NDArray[np.float64] | str) -> float:
        """The mean of a column, or of values [N], over the trusted probes that have one; NaN where there are none."""
        found = np.asarray(self.columns[values] if isinstance(values, str) else values, np.float64)
        used = self.trusted & np.isfinite(found)
        return float(found[used].mean()) if used.any() else float("nan")
