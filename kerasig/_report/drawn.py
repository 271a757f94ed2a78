"""The report of what draws itself for notebooks."""

from __future__ import annotations

from html import escape
from typing import Any

from kerasig._report.still import still
from kerasig._report.subjects import refuse_runs


def of_drawn(what: Any, *, title: str | None, runs: list[str] | None, megabytes: float) -> str:
    """The file of an object: what a notebook shows of it, or else its repr."""
    refuse_runs(runs)
    draw = getattr(what, "_repr_html_", None)
    return still(title or type(what).__name__, [], draw() if draw else f"<pre>{escape(repr(what))}</pre>")
