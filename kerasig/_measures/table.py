"""The table of measures: what every record of a series has, and everything that is said of a measure anywhere.

A new measure is a row in the file of those like it, and a paragraph of docs/internals/metrics.md: columns, history,
`logs`, alarms, event files and the page read it here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kerasig._measures.comparison_measures import COMPARISON_MEASURES
from kerasig._measures.facts import Columns, Facts
from kerasig._measures.map_measures import FIELDS, MAP_MEASURES
from kerasig._measures.measure_row import MeasureRow
from kerasig._measures.region_measures import REGION_MEASURES
from kerasig._measures.training_measures import ALARMS, EPOCH, TRAINING_MEASURES


@dataclass(frozen=True, eq=False)
class Table:
    """Measures by name.

    Args:
        rows: with distinct names, in the order of the columns; those of each region come together.
    """

    rows: tuple[MeasureRow, ...]

    @cached_property
    def _by_name(self) -> Mapping[str, MeasureRow]:
        return {row.name: row for row in self.rows}

    def with_others(self, rows: Iterable[MeasureRow]) -> Table:
        """The same measures, and others after them."""
        return Table((*self.rows, *rows))

    def of(self, column: str) -> MeasureRow:
        """The measure of a column."""
        return self._by_name[column.partition("/")[0]]

    def columns(self, regions: Iterable[str]) -> list[str]:
        """Names of the columns of every record of a set with those regions, but for what alarms say of it."""
        whole = [row for row in self.rows if not row.per_region and row.needs != "alarms"]
        return [
            *(row.name for row in whole),
            *(f"{name}/{region}" for region in regions for name in self._inside()),
        ]

    def measure(self, facts: Facts) -> Columns:
        """The columns that the facts suffice for, each [N]."""
        found: Columns = {}
        for row in self.rows:
            if row.per_region or not self._suffice(facts, row):
                continue
            found[row.name] = facts.training[row.name] if row.compute is None else row.compute(facts)
        for region, mask in facts.masks.items():
            for name in self._inside():
                inside = self._by_name[name].inside
                assert inside is not None
                found[f"{name}/{region}"] = inside(facts, mask)
        return found

    def logged(self, regions: Iterable[str]) -> list[str]:
        """The keys that Keras's `logs` get of a set with those regions."""
        own = list(regions)
        return [
            self.summary_name(name, len(own))
            for row in self.rows
            if row.logged
            for name in ([f"{row.name}/{region}" for region in own] if row.per_region else [row.name])
        ]

    def summary_name(self, column: str, regions: int) -> str:
        """The name of a column's mean in history; of several regions their name follows."""
        row, region = self.of(column), column.partition("/")[2]
        return (row.summary_name or row.name) + (f"_{region}" if region and regions > 1 else "")

    def described(self, columns: Iterable[str]) -> dict[str, Mapping[str, Any]]:
        """The descriptions of columns for the page, by their names."""
        return {column: self.of(column).described(column.partition("/")[2] or None) for column in columns}

    def _inside(self) -> list[str]:
        return [row.name for row in self.rows if row.per_region]

    @staticmethod
    def _suffice(facts: Facts, row: MeasureRow) -> bool:
        known = {"attribution": True, "previous": "previous" in facts.earlier, "training": bool(facts.training)}
        return known.get(row.needs, False)


BUILT_IN = Table((EPOCH, *FIELDS, *MAP_MEASURES, *TRAINING_MEASURES, *COMPARISON_MEASURES, *REGION_MEASURES, ALARMS))
