"""The report of a log directory."""

from __future__ import annotations

import os
import warnings
from typing import Any

from kerasig import _arguments as arguments
from kerasig._report.answers import Answers, collect
from kerasig._report.log import ServedLog
from kerasig._report.page import page, script, style
from kerasig._sentences import sentence

_MEGABYTE = 1e6
_ENDS, _KEPT = "the first and the last", "the first, the last, those at which alarms began"
# Of the file, besides answers, script and style: the index, and the definitions of the measures.
_AROUND = 80_000


def of_directory(what: Any, *, title: str | None, runs: list[str] | None, megabytes: float) -> str:
    """The file of what was logged below a directory.

    Raises:
        ValueError: nothing was, or no run has one of the names.
    """
    directory = os.fspath(what)
    try:
        log = ServedLog(directory)
    except Exception as error:
        # Of a remote one TensorFlow's own, of which there are many.
        if "://" not in directory:
            raise
        raise ValueError(
            f"what must be a directory below which IGCallback has logged. Received what={arguments.shown(directory)}, "
            f"which cannot be read: {sentence(error)}."
        ) from error
    if not log.has_records():
        raise nothing_logged(directory)
    return of_log(log, name_of(directory), title=title, runs=runs, megabytes=megabytes)


def nothing_logged(directory: str) -> ValueError:
    """The error where there is nothing to show."""
    needed, given = "what must be a directory below which IGCallback has logged.", f"what={arguments.shown(directory)}"
    if "://" in directory or os.path.isdir(directory):
        return ValueError(f"{needed} There are no attributions in {given}.")
    why = "a file" if os.path.exists(directory) else "which is not there"
    return ValueError(f"{needed} Received {given}, {why}.")


def of_callback(what: Any, *, title: str | None, runs: list[str] | None, megabytes: float) -> str:
    """The file of what a callback has logged."""
    return of_directory(what.log_dir, title=title, runs=runs, megabytes=megabytes)


def name_of(directory: str) -> str:
    """The name of a log directory."""
    return os.path.basename(directory.rstrip("/\\") if "://" in directory else os.path.abspath(directory)) or directory


def of_log(
    log: ServedLog, name: str, *, title: str | None, megabytes: float, runs: list[str] | None = None, identity: str = ""
) -> str:
    """The file of a log that has records.

    Args:
        log: the log.
        name: what it is called.
        title: of the report; None for the log's name.
        megabytes: that it may have.
        runs: the names of those that are shown; None for all.
        identity: of the report, among those that one notebook has.
    """
    limit = megabytes * _MEGABYTE
    room = limit - len(script().encode()) - len(style().encode()) - _AROUND
    answers = collect(log, room, runs)
    made = page(answers, title=title or f"Attributions: {name}", sentences=_sentences(answers), identity=identity)
    size = len(made.encode()) / _MEGABYTE
    if size > megabytes:
        warnings.warn(
            f"The report has {size:.1f} MB, more than the {megabytes:g} MB that were asked for: its probes and the few "
            "records that it cannot do without take as much. Pass fewer runs, or log fewer or smaller probes.",
            stacklevel=2,
        )
    return made


def _sentences(answers: Answers) -> list[str]:
    """Sentences on what the report is of, and what it leaves out."""
    runs = answers.catalog["runs"]
    sets = [entry for run in runs for entry in run["sets"] if entry["error"] is None and entry["steps"]]
    told = [f"{len(runs)} run{'' if len(runs) == 1 else 's'}"]
    if sets:
        first, last = min(entry["first_step"] for entry in sets), max(entry["last_step"] for entry in sets)
        told = [f"{told[0]}, step {first:,}" if first == last else f"{told[0]}, steps {first:,} to {last:,}"]
    drawn = {(count.drawn, count.logged) for count in answers.counts if count.drawn < count.logged}
    if drawn:
        here, logged = max(drawn, key=lambda count: count[1] - count[0])
        some = f"{here:,} of {logged:,} records" + (" of each run" if len(drawn) == 1 and len(runs) > 1 else "")
        measured = min(count.measured for count in answers.counts if count.logged == logged)
        numbers = "of all" if measured == logged else f"of {measured:,}"
        which = _ENDS if here == 2 else f"{_KEPT}, and those between which the maps changed most"
        told.append(f"Maps of {some}, numbers {numbers}: {which}.")
    for title, (here, logged) in answers.probes.items():
        told.append(f"Pictures of {here:,} of {logged:,} probes of {title!r}, those that changed most.")
    return told
