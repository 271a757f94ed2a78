"""The table of docs/internals/models.md: the rows of one run, among those of earlier ones that it did not make anew."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..report import table

MARKER = "<!-- The rest is written by: python -m benchmarks.zoo --write docs/internals/models.md -->"


def write(path: Path, head: str, found: str, names: Sequence[str]) -> None:
    """Puts a table behind the marker in a file, with the rows that stand there and are not in it.

    Args:
        path: a Markdown file.
        head: what is said above the table.
        found: the table, as `report.table` makes it; the first column is a name, the third the kind of weights.
        names: of all that there is, in order; rows of others are dropped.
    """
    kept, _, earlier = path.read_text().partition(MARKER)
    header, *new = _cells(found)
    rows = {(row[0], row[2]): row for row in (*_cells(earlier)[1:], *new)}
    places = {name: place for place, name in enumerate(names)}
    ordered = sorted((row for row in rows.values() if row[0] in places), key=lambda row: places[row[0]])
    path.write_text(f"{kept}{MARKER}\n\n{head}\n\n{table(header, ordered)}\n")


def _cells(text: str) -> list[list[str]]:
    """The rows of the table in a text, its header first; of a text without one, an empty header."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines] or [[]]
