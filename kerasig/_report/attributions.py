"""The report of an attribution: its examples, drawn, with their error, and what was measured of each."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasig._report.still import still, table
from kerasig._report.subjects import refuse_runs
from kerasig.attribution import Attribution
from kerasig.plot._html import html

# Examples that are drawn, of pictures and of what needs a line of its own; and of which the numbers are told.
_PICTURES, _OTHERS, _ROWS = 64, 24, 1000


def of_attribution(what: Attribution, *, title: str | None, runs: list[str] | None, megabytes: float) -> str:
    """The file of an attribution."""
    refuse_runs(runs)
    n = len(what)
    drawn = html(what, pictures=_PICTURES, others=_OTHERS)
    heading = title or f"Attribution of {n:,} example{'' if n == 1 else 's'}"
    return still(heading, [], f"{drawn}{_numbers(what)}")


def _numbers(what: Attribution) -> str:
    """The measures of each example, a row for each."""
    if not len(what):
        return ""
    measured = {name: np.asarray(column) for name, column in what.metrics().items()}
    measured = {name: column for name, column in measured.items() if column.shape == (len(what),)}
    count = min(len(what), _ROWS)
    heads = ["example", "status", *(name.replace("_", " ") for name in measured)]
    rows = [[str(i), str(what.status[i]), *(_told(column[i]) for column in measured.values())] for i in range(count)]
    left = f"<p>The first {count:,} of {len(what):,} examples.</p>" if count < len(what) else ""
    return f"<h2>The numbers of each example</h2>{table(heads, rows)}{left}"


def _told(value: Any) -> str:
    number = isinstance(value, np.number) and not isinstance(value, np.bool_)
    return "" if number and np.isnan(value) else f"{value:.4g}" if number else str(value)
