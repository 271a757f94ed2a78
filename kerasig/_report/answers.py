"""The answers that a report of a log directory has in its file: those of the tab's routes, of the records it has."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tensorboard import errors
from tensorboard_plugin_kerasig.catalog import display_name
from tensorboard_plugin_kerasig.container import pack_columns
from tensorboard_plugin_kerasig.schema import FormatError
from tensorboard_plugin_kerasig.set_means import MOST_STEPS as _MOST_MEANS

from kerasig._report.chosen import Logged, kept, up_to
from kerasig._report.log import ServedLog
from kerasig._report.packing import columns, deflated, opened, room_of
from kerasig._report.records import Records

# The shares of the room that audits may take, whose pictures are worth the most in the newest, and what was measured.
_OF_AUDITS, _OF_NUMBERS = 0.15, 0.4

# Of so few records there are numbers whatever room they take.
_FEW = 2

Key = tuple[str, ...]


class Counts(NamedTuple):
    """How many records of a run's set a report has: in all, with their numbers, and with their maps."""

    logged: int
    measured: int
    drawn: int


@dataclass
class Answers:
    """The content of a file.

    Args:
        packed: answers as they stand in it, by what is asked.
        faults: why there is no answer, where something that was logged cannot be read.
        counts: of each run's set.
        probes: by title, of how many probes there are pictures, and how many there are; of sets that lack any.
        catalog: the answer of `runs`.
    """

    packed: dict[Key, bytes] = field(default_factory=dict)
    faults: dict[Key, str] = field(default_factory=dict)
    counts: list[Counts] = field(default_factory=list)
    probes: dict[str, tuple[int, int]] = field(default_factory=dict)
    catalog: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> float:
        """Bytes of the file that they take."""
        return sum(room_of(packed) for packed in self.packed.values())

    def put(self, key: Key, answer: Any) -> None:
        """Adds an answer: bytes, or what is to be JSON."""
        self.packed[key] = deflated(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    @contextlib.contextmanager
    def telling(self, key: Key) -> Iterator[None]:
        """Notes that there is no answer where what was logged cannot be read."""
        try:
            yield
        except (errors.PublicError, FormatError) as error:
            self.faults[key] = str(error)
        except Exception as error:
            # Whatever one set holds, the others are shown.
            self.faults[key] = f"This cannot be read: {type(error).__name__}: {str(error)[:200]}"


def collect(log: ServedLog, room: float, runs: Sequence[str] | None = None) -> Answers:
    """All that the page asks for.

    Args:
        log: the log.
        room: bytes that the answers may take, if at least the few records fit that the overview shows.
        runs: the names of those that are shown; None for all.

    Raises:
        ValueError: there is no run of such a name.
    """
    found = Answers(catalog=_of_runs(log.json("runs"), runs))
    _put_audits(log, found, _OF_AUDITS * room)
    logged, shown = _logged(log, found)
    for each in logged:
        for series in each.series:
            of = {"run": each.run, "set": each.title, "series": series}
            seen = ",".join(map(str, each.seen[series][:_MOST_MEANS]))
            key: Key = ("means", each.run, each.title, series, "")
            with found.telling(key):
                found.put(key, log.bytes("means", **of, steps=seen))
    measured = _put_numbers(log, found, logged, _OF_NUMBERS * room)
    records = Records(log, measured, shown)
    records.leave_out(room - found.size)
    found.probes = records.probes
    for each in measured:
        key = ("inputs", each.run, each.title, "", "")
        with found.telling(key):
            found.packed[key] = records.inputs(each)
    drawn = records.fitting(measured, room - found.size)
    for whole, each, steps in zip(logged, measured, drawn, strict=True):
        found.counts.append(Counts(len(whole.steps), len(each.steps), len(steps)))
        for series in each.series:
            of_series = (each.run, each.title, series)
            table = log.json("steps", run=each.run, set=each.title, series=series, stats=0)
            found.put(("steps", *of_series, ""), _table(table, set(each.steps), steps))
            for step in steps:
                key = ("attributions", *of_series, str(step))
                with found.telling(key):
                    found.packed[key] = records.of(each, series, step)
    found.put(("runs",), found.catalog)
    return found


def _of_runs(catalog: dict[str, Any], names: Sequence[str] | None) -> dict[str, Any]:
    """The catalog with some of its runs."""
    # A run is known by the name that is shown rather than by one that another run has in files, or "." in data.
    ways = (lambda run: run["run"], lambda run: display_name(run["run"]), lambda run: run["name"])
    known = {way(run): run for way in ways for run in catalog["runs"]}
    for name in names or ():
        if name not in known:
            listed = ", ".join(run["name"] for run in catalog["runs"])
            raise ValueError(f"runs must be names of runs in the log: {listed}. Received {name!r}.")
    chosen = None if names is None else {known[name]["run"] for name in names}
    return {**catalog, "runs": [run for run in catalog["runs"] if chosen is None or run["run"] in chosen]}


def _logged(log: ServedLog, found: Answers) -> tuple[list[Logged], dict[str, Sequence[int]]]:
    """The sets that can be read, with the steps that the overviews of all runs show, and their probes in that order.

    The overviews are among the answers.
    """
    per_set: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for run in found.catalog["runs"]:
        for entry in run["sets"]:
            if entry["error"] is None and entry["steps"]:
                per_set.setdefault(entry["title"], []).append((run["run"], tuple(entry["series"])))
    logged: list[Logged] = []
    shown: dict[str, Sequence[int]] = {}
    for title, runs in per_set.items():
        seen: dict[str, list[int]] = {}
        for series in sorted({name for _, names in runs for name in names}):
            having = [run for run, names in runs if series in names]
            seen[series], key = [], ("overview", "", title, series, "")
            with found.telling(key):
                overview = log.json("overview", run=having, set=title, series=series)
                found.put(key, overview)
                seen[series] = overview["steps"]
                shown.setdefault(title, overview["probes"])
        for run, names in runs:
            with found.telling(("steps", run, title, names[0], "")):
                table = log.json("steps", run=run, set=title, series=names[0], stats=0)
                own = {name: sorted({up_to(table["steps"], step) for step in seen[name]}) for name in names}
                activity = log.activity(run, title, names[0])
                logged.append(Logged(run, title, names, table["steps"], activity, table["alarmed"], own))
    return logged, shown


def _put_numbers(log: ServedLog, found: Answers, logged: Sequence[Logged], room: float) -> list[Logged]:
    """Puts what was measured among the answers, of as many records as there is room for, and returns those."""
    most, steps = max((len(each.steps) for each in logged), default=0), [list(each.steps) for each in logged]
    while True:
        packed: dict[Key, bytes] = {
            ("stats", each.run, each.title, series, ""): deflated(_stats(log, each, series, set(own)))
            for each, own in zip(logged, steps, strict=True)
            for series in each.series
        }
        size = sum(map(room_of, packed.values()))
        if size <= room or most <= _FEW:
            found.packed |= packed
            return [each.only(own) for each, own in zip(logged, steps, strict=True)]
        most = max(_FEW, min(most - 1, int(most * 0.97 * room / size)))
        steps = kept(logged, most)


def _stats(log: ServedLog, logged: Logged, series: str, steps: set[int]) -> bytes:
    """The answer of `stats`, of some steps."""
    stats = log.bytes("stats", run=logged.run, set=logged.title, series=series)
    header, _ = opened(stats)
    every = header["steps"]
    at = [index for index, step in enumerate(every) if step in steps]
    cut = {name: column[at] for name, column in columns(stats, len(every)).items()}
    told = {name: header[name] for name in ("version", "kind", "title", "series", "probes")}
    return pack_columns({**told, "steps": [every[index] for index in at]}, cut)


def _table(table: dict[str, Any], measured: set[int], drawn: Sequence[int]) -> dict[str, Any]:
    """The answer of `steps` with those that were measured, and which of them are drawn."""
    at = [index for index, step in enumerate(table["steps"]) if step in measured]
    of_steps = ("steps", "epochs", "wall_times", "exact")
    cut: dict[str, Any] = {name: [table[name][i] for i in at] for name in of_steps if name in table}
    means = table["means"] and [column and [column[i] for i in at] for column in table["means"]]
    alarmed = [step for step in table["alarmed"] if step in measured]
    return {**table, **cut, "means": means, "alarmed": alarmed, "drawn": list(drawn)}


def _put_audits(log: ServedLog, found: Answers, room: float) -> None:
    """Puts the audits of all runs among the answers; those of whose pictures there is no room are left out."""
    titles = [(run, audit["title"]) for run in found.catalog["runs"] for audit in run["audits"]]
    for run, title in titles:
        with found.telling(("audits", run["run"], title, "", "")):
            _put_audit(log, found, run["run"], title, room / len(titles))


def _put_audit(log: ServedLog, found: Answers, run: str, title: str, room: float) -> None:
    told = log.json("audits", run=run, set=title)
    kept_steps: set[int] = set()
    for step in reversed(told["steps"]):
        key: Key = ("suspects", run, title, "", str(step))
        with found.telling(key):
            packed = deflated(log.bytes("suspects", run=run, set=title, step=step))
            room -= room_of(packed)
            if room >= 0 or not kept_steps:
                found.packed[key] = packed
                kept_steps.add(step)
    at = [index for index, step in enumerate(told["steps"]) if step in kept_steps]
    cut = {name: [told[name][i] for i in at] for name in ("steps", "audits", "exact") if name in told}
    found.put(("audits", run, title, "", ""), {**told, **cut})
