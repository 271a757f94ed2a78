"""Numbers and tables as text and as HTML that needs no script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np


def number(value: float, digits: int = 3) -> str:
    """A number with so many digits; "unknown" where it is none."""
    return "unknown" if np.isnan(value) else f"{value:.{digits}g}"


def chance(p_value: float) -> str:
    """A p-value."""
    return "unknown" if np.isnan(p_value) else "below 0.001" if p_value < 1e-3 else f"{p_value:.3f}"


def with_error(value: float, error: float) -> str:
    """A number and its standard error, to the digits that the error leaves."""
    if np.isnan(value):
        return "unknown"
    if not np.isfinite(error):
        return f"{value:.3g}"
    if error <= 0 or error < 1e-12 * abs(value):
        return f"{value:.3g} ± {error:.2g}"
    digits = int(np.clip(np.floor(np.log10(max(abs(value), error))) - np.floor(np.log10(error)) + 2, 2, 7))
    return f"{value:.{digits}g} ± {error:.2g}"


def counted(count: int, noun: str) -> str:
    """A number of things: "1 row", "2,000 rows"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows under their heads, in columns."""
    widths = [max(len(row[at]) for row in [heads, *rows]) for at in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def table_html(said: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same in HTML, under a sentence of one or several lines."""
    sentence = "<br>".join(escape(line) for line in said.split("\n"))
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    cells = (("".join(f'<td style="white-space: nowrap">{escape(cell)}</td>' for cell in row)) for row in rows)
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<p>{sentence}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
