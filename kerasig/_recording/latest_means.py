"""The latest means over probes of all series, and the keys under which a training's other callbacks find them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from kerasig._measures.table import BUILT_IN, Table
from kerasig._recording.series import Series


class LatestMeans(dict[str, float]):
    """The latest means of all series by key, NaN until they are measured.

    Args:
        all_series: of one training.
        earlier: measured so far, kept under the same keys.
        table: of the measures.

    Attributes:
        all_series: those series.

    Raises:
        ValueError: two of them would have the same key.
    """

    def __init__(
        self, all_series: Sequence[Series], earlier: Mapping[str, float] | None = None, table: Table = BUILT_IN
    ) -> None:
        self._table = table
        self.all_series = all_series
        self._titles = {series.probes.title for series in all_series}
        keys = [self._key(series, name) for series in all_series for name in self._table.logged(series.probes.regions)]
        if len(set(keys)) < len(keys):
            twice = sorted({key for key in keys if keys.count(key) > 1})
            raise ValueError(
                f"Two series would have the same key in logs. Received titles and regions that give {', '.join(twice)} "
                "twice. Rename a set, a region or a metric."
            )
        super().__init__({key: (earlier or {}).get(key, math.nan) for key in keys})

    def take(self, series: Series, scalars: Mapping[str, float]) -> None:
        """Takes in what was measured; every epoch has every key, and what could not be measured keeps its value."""
        for name in self._table.logged(series.probes.regions):
            if not math.isnan(scalars[name]):
                self[self._key(series, name)] = scalars[name]

    def _key(self, series: Series, name: str) -> str:
        title = [series.probes.title] if len(self._titles) > 1 else []
        return "_".join([f"ig_{name}", *title, *filter(None, [series.name])])
