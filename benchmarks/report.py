"""The report of a benchmark: tables, and one line of pass or fail for each thing it must show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """One line that a benchmark must show.

    Args:
        what: what is compared, in words.
        measured: the figure that was seen, as it is printed.
        wanted: the bar, as it is printed.
        passed: whether it holds; None when this run could not tell, and `measured` says why.
    """

    what: str
    measured: str
    wanted: str
    passed: bool | None

    def __str__(self) -> str:
        verdict = {True: "pass", False: "FAIL", None: "----"}[self.passed]
        return f"{verdict}  {self.what}: {self.measured} (wanted: {self.wanted})"


def at_most(what: str, measured: float, bar: float, unit: str = "") -> Check:
    """A check that a figure stays within its bar."""
    return Check(what, f"{measured:.3g}{unit}", f"at most {bar:.3g}{unit}", bool(measured <= bar))


def at_least(what: str, measured: float, bar: float, unit: str = "") -> Check:
    """A check that a figure reaches its bar."""
    return Check(what, f"{measured:.3g}{unit}", f"at least {bar:.3g}{unit}", bool(measured >= bar))


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table whose columns line up in plain text, too."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
