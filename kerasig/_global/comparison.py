"""Two global attributions compared: row by row where both have the same rows, else by their means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

from kerasig import _arguments as arguments
from kerasig._global.averages import OF, Averages, Of
from kerasig._global.difference import Difference, paired
from kerasig._global.pairing import KeyedRows, PairedSums, Waiting, matched

if TYPE_CHECKING:
    from kerasig._global.result import GlobalAttribution


class KeyedValues(Protocol):
    """The rows themselves, such as `kerasig.open_attributions` reads."""

    def keyed_values(self) -> KeyedRows:
        """Keys and attributions, chunk after chunk."""
        ...


def difference_of(
    first: GlobalAttribution,
    second: GlobalAttribution,
    of: Of,
    confidence: float,
    rows: tuple[KeyedRows, KeyedRows] | None,
    pair: bool | None,
) -> Difference:
    """The second's means less the first's; see `GlobalAttribution.difference`.

    Raises:
        ValueError: an argument does not fit, or rows to be paired are missing or have no key in common.
    """
    arguments.choice("of", of, OF)
    confidence = arguments.number("confidence", confidence, 0.5, 1, below=True)
    both = _named_apart(first.all, second.all)
    given = _two(rows) if rows is not None else _rows_of(first, second)
    if (given is None and pair is not True) or (pair is not None and not arguments.flag("pair", pair)):
        return both[0].difference(both[1], of=of, confidence=confidence)
    if given is None:
        raise ValueError(
            "pair must be None or False without rows. Received pair=True, and rows of "
            f"{'neither' if first.rows is None and second.rows is None else 'one of the two alone'}. Pass rows=, or "
            "results of explain_dataset with output=."
        )
    return paired(_pairs_of(first, *given), both[0].side(of), both[1].side(of), first.names, of, confidence)


def _two(rows: Any) -> tuple[KeyedRows, KeyedRows]:
    if not isinstance(rows, tuple | list) or len(rows) != 2 or not all(isinstance(side, Iterable) for side in rows):
        raise TypeError(
            "rows must be two iterables of chunks (keys, values): these rows and the other's. Received "
            f"rows={arguments.shown(rows)}."
        )
    return rows[0], rows[1]


def _rows_of(first: GlobalAttribution, second: GlobalAttribution) -> tuple[KeyedRows, KeyedRows] | None:
    if first.rows is None or second.rows is None:
        return None
    return first.rows.keyed_values(), second.rows.keyed_values()


def _pairs_of(of: GlobalAttribution, first: KeyedRows, second: KeyedRows) -> PairedSums:
    """All pairs of rows with one key, added up."""
    positions = of.positions
    assert positions is not None
    found, sides = PairedSums(positions.count), []
    for name, chunks in (("The first rows", first), ("The second rows", second)):
        sides.append(Waiting(name, chunks, positions.of_values))
    for one, two in matched(*sides):
        found.add(one, two)
    if not found.differences["mean"].n:
        raise ValueError(
            f"rows must have keys in common. Received {sides[0].count:,} and {sides[1].count:,} rows without. Pass "
            "rows of the same data set, or pair=False."
        )
    return found


def _named_apart(first: Averages, second: Averages) -> tuple[Averages, Averages]:
    """Both means, called apart."""
    if first.name != second.name:
        return first, second
    return first.called("the first"), second.called("the second")
