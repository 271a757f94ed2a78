"""Columns of tables, and whether a value is missing.

A table has few places, and an honest network relies on some of them: what is judged is whether one column decides
almost alone, which no second one comes near.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit
from kerasig._suspects.judging import Thresholds, evidence
from kerasig._suspects.place import Family, Inputs, Maps, Rows, SuspectPlace, least_emphasis
from kerasig.probes import ProbeSet

# Of a column: so large a share of one value among many values is a stand-in for missing ones.
FREQUENT = 0.02
# A column of numbers has more different ones than this; one of categories has fewer.
NUMBERS = 12
# So much of what a flag marks must be the very same value.
AGREE = 0.95
# Columns beside which one is judged.
BESIDE = 8
# Members that a flag must have in the half that suspects are sought in.
FEWEST = 4


def is_table(probes: ProbeSet, leaf: str) -> bool:
    """Whether a leaf has columns that are features, in no order."""
    kind = probes.places.kind(leaf)
    return kind.names == "features" and not kind.ordered


@dataclass(frozen=True)
class TableColumn:
    """One column of one leaf.

    Args:
        leaf: the input.
        index: of the column along the leaf's flat positions.
        name: as people call it.
    """

    leaf: str
    index: int
    name: str


class AuditTable:
    """The columns of an audit, of all its leaves that are tables.

    Args:
        audit: whose inputs they are.
    """

    def __init__(self, audit: Audit) -> None:
        probes = audit.probes
        leaves = dict(probes.leaves())
        self.arrays = {name: array for name, array in leaves.items() if is_table(probes, name)}
        self.cells: list[TableColumn] = []
        for name, array in self.arrays.items():
            count = int(np.prod(array.shape[1:]))
            self.cells += [TableColumn(name, at, self._called(audit, name, at, count)) for at in range(count)]
        # Of the column alone, how far classes lie apart: those that say much are the ones to be beside.
        self.telling = {cell: _telling(self.column(cell), audit.labels) for cell in self.cells}

    def _called(self, audit: Audit, leaf: str, at: int, count: int) -> str:
        names = audit.probes.feature_names
        if names is not None and len(names) == count:
            return names[at]
        if count == 1:
            return leaf
        return f"feature {at}" if len(self.arrays) == 1 else f"{leaf} {at}"

    def column(self, cell: TableColumn) -> NDArray[Any]:
        """The values of the examples there, [n]."""
        array = self.arrays[cell.leaf]
        return array.reshape(len(array), -1)[:, cell.index]

    def replaced(self, rows: Rows, values: dict[TableColumn, NDArray[Any]]) -> Inputs:
        """The examples with other values [rows] in some columns."""
        changed: Inputs = {}
        for cell, new in values.items():
            array = changed.get(cell.leaf, self.arrays[cell.leaf][rows]).copy()
            array.reshape(len(rows), -1)[:, cell.index] = new
            changed[cell.leaf] = array
        return changed


class Column(SuspectPlace):
    """One column, in all examples.

    Args:
        table: that it is of.
        cell: which column.
        label: the class that it was found in.
    """

    family: ClassVar[str] = "feature"

    def __init__(self, table: AuditTable, cell: TableColumn, label: int) -> None:
        self.table, self.cell, self.label = table, cell, label
        self.leaf, self.name, self.repeated = cell.leaf, cell.name, 1.0

    @property
    def cells(self) -> tuple[TableColumn, ...]:
        """The columns that belong to it."""
        return (self.cell,)

    @property
    def area(self) -> float:
        return len(self.cells) / len(self.table.cells)

    def region(self) -> NDArray[np.bool_]:
        inside = np.zeros(self.table.arrays[self.leaf].shape[1:], bool)
        for cell in self.cells:
            inside.reshape(-1)[cell.index] = True
        return inside

    def members(self, rows: Rows) -> Rows:
        return rows

    def share(self, shares: NDArray[np.float32], rows: Rows) -> NDArray[np.float64]:
        inside = shares[rows].reshape(len(rows), -1)[:, [cell.index for cell in self.cells]]
        summed: NDArray[np.float64] = inside.sum(axis=1, dtype=np.float64)
        return summed

    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        return self.table.replaced(into, {self.cell: self.table.column(self.cell)[out_of]})

    def overlaps(self, other: SuspectPlace) -> bool:
        return isinstance(other, Column) and bool(set(self.cells) & set(other.cells))


class Flag(Column):
    """Whether a column's value is missing: a stand-in value, and the column that says so where there is one.

    Args:
        table: that it is of.
        cell: the column whose values are missing.
        label: the class that it was found in.
        flagged: boolean [n], where they are.
        indicator: the column that says so; None where there is none.
        repeated: see `SuspectPlace`.
    """

    family: ClassVar[str] = "missing flag"

    def __init__(
        self,
        table: AuditTable,
        cell: TableColumn,
        label: int,
        flagged: NDArray[np.bool_],
        indicator: TableColumn | None = None,
        repeated: float = 1.0,
    ) -> None:
        super().__init__(table, cell, label)
        self.flagged, self.indicator, self.repeated = flagged, indicator, repeated

    @property
    def cells(self) -> tuple[TableColumn, ...]:
        beside = self.indicator is not None and self.indicator.leaf == self.leaf
        return (self.cell, self.indicator) if beside and self.indicator is not None else (self.cell,)

    def members(self, rows: Rows) -> Rows:
        return rows[self.flagged[rows]]

    def transplant(self, into: Rows, out_of: Rows, *, of: Rows) -> Inputs:
        # Values that both have are no matter of the flag.
        differ = self.flagged[into] != self.flagged[out_of]
        cells = [self.cell] if self.indicator is None else [self.cell, self.indicator]
        columns = {cell: self.table.column(cell) for cell in cells}
        return self.table.replaced(
            into, {cell: np.where(differ, column[out_of], column[into]) for cell, column in columns.items()}
        )


class TableFamily(Family):
    """The base of both families of tables."""

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        self.table = AuditTable(audit)
        self.cells = [cell for cell in self.table.cells if cell.leaf == maps.leaf]

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        return leaf in dict(audit.probes.leaves()) and is_table(audit.probes, leaf)

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Column]:
        assert isinstance(place, Column)
        taken = {place.cell, getattr(place, "indicator", None)}
        others = [cell for cell in self.table.cells if cell not in taken]
        others.sort(key=lambda cell: -self.table.telling[cell])
        return [Column(self.table, cell, place.label) for cell in others[: min(count, BESIDE)]]

    def _best(self, places: Sequence[Column], rows: Rows, count: int) -> list[Column]:
        """The places that maps speak for, the best first."""
        strengths = [evidence(least_emphasis(each, self.maps, each.members(rows)), each.repeated) for each in places]
        return [places[at] for at in np.argsort([-each for each in strengths], kind="stable")[:count]]


class Features(TableFamily):
    """Single columns."""

    limits = Thresholds(evidence=1.0, effect=0.3, above=3.0)

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[Column], int]:
        places = [Column(self.table, cell, label) for cell in self.cells]
        return self._best(places, rows, count), len(places)


class MissingFlags(TableFamily):
    """Columns in which a value stands for a missing one."""

    # An honest network reads nothing from which values are missing: what it reads of other columns is no measure.
    limits = Thresholds(evidence=0.45, effect=0.08, beside=0.0)

    def __init__(self, audit: Audit, maps: Maps) -> None:
        super().__init__(audit, maps)
        columns = {cell: self.table.column(cell) for cell in self.table.cells}
        binary = {cell: values > 0 for cell, values in columns.items() if _is_binary(values)}
        self.flags: list[tuple[TableColumn, NDArray[np.bool_], TableColumn | None]] = []
        for cell in self.cells:
            flagged = _missing(columns[cell])
            if flagged is not None:
                says = [each for each, values in binary.items() if _agree(values, flagged)]
                self.flags.append((cell, flagged, says[0] if says else None))

    def propose(self, label: int, rows: Rows, count: int) -> tuple[Sequence[Column], int]:
        places = [
            Flag(self.table, cell, label, flagged, indicator, float(flagged[rows].mean()))
            for cell, flagged, indicator in self.flags
            if flagged[rows].sum() >= FEWEST
        ]
        return self._best(places, rows, count), len(self.flags)

    def matched(self, place: SuspectPlace, into: Rows, out_of: Rows, count: int) -> Sequence[Column]:
        """The values missing in other columns, where these are missing in other examples."""
        assert isinstance(place, Flag)
        others = [
            Flag(self.table, cell, place.label, flagged, indicator)
            for cell, flagged, indicator in self.flags
            if cell not in place.cells and not _agree(flagged, place.flagged)
        ]
        others.sort(key=lambda other: -self.table.telling[other.cell])
        return others[: min(count, BESIDE)]


def _telling(values: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """The share of a column's variance of ranks that its classes explain."""
    _, ranks = np.unique(values, return_inverse=True)
    ranks = ranks.reshape(-1).astype(float)
    within = sum(ranks[labels == each].var() * (labels == each).sum() for each in np.unique(labels))
    return 1 - float(within) / (ranks.var() * len(ranks)) if ranks.var() > 0 else 0.0


def _is_binary(values: NDArray[Any]) -> bool:
    return values.dtype.kind in "biuf" and len(np.unique(values)) == 2


def _missing(values: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Where a column [n] has no value but a stand-in for one; None where none is known."""
    if values.dtype.kind == "f" and np.isnan(values).any():
        return np.isnan(values)
    if values.dtype.kind not in "iuf":
        return None
    different, counts = np.unique(values, return_counts=True)
    if len(different) <= NUMBERS:
        return None
    largest = int(counts.argmax())
    rest = np.delete(counts, largest)
    # Numbers as they are measured repeat about as often as one another.
    if counts[largest] < max(FREQUENT * len(values), 4 * float(np.percentile(rest, 95))):
        return None
    flagged: NDArray[np.bool_] = values == different[largest]
    return flagged


def _agree(says: NDArray[np.bool_], flagged: NDArray[np.bool_]) -> bool:
    """Whether a column of two values says where another one is missing."""
    both = float((says & flagged).sum())
    return both >= AGREE * says.sum() and both >= AGREE * flagged.sum()
