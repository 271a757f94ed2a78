"""The answers that a report of a log directory has in its file: those of the tab's routes, of the records it has."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tensorboard_plugin_kerasig.container import pack_columns

from kerasig._report.chosen import Logged, kept, up_to
from kerasig._report.log import Log
from kerasig._report.packing import columns, deflated, opened

# As base64, and with the element around it.
_GROWTH, _AROUND = 4 / 3, 64
# The share of the room that audits may take: of their pictures the newest are looked at.
_OF_AUDITS = 0.25

Key = tuple[str, ...]


@dataclass
class Answers:
    """What a file has.

    Args:
        records: how many of each run's set are in it, and how many were logged.
    """

    packed: dict[Key, bytes] = field(default_factory=dict)
    records: list[tuple[int, int]] = field(default_factory=list)
    catalog: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> float:
        """Bytes of the file that they take."""
        return sum(_room(packed) for packed in self.packed.values())

    def put(self, key: Key, answer: Any) -> None:
        """Adds an answer: bytes, or what is to be JSON."""
        self.packed[key] = deflated(answer if isinstance(answer, bytes) else json.dumps(answer).encode())


def collect(log: Log, room: float, runs: Sequence[str] | None = None) -> Answers:
    """All that the page asks for.

    Args:
        log: the log.
        room: bytes that the answers may take, if at least the few records fit that the overview shows.
        runs: the names of those that are shown; None for all.

    Raises:
        ValueError: there is no run of such a name.
    """
    found = Answers(catalog=_of_runs(log.json("runs"), runs))
    audits = _audits(log, found, _OF_AUDITS * room)
    logged = _logged(log, found)
    for each in logged:
        found.put(
            ("inputs", each.run, each.title, "", ""), log.bytes("inputs", run=each.run, set=each.title, partial=1)
        )
    records = _Records(log)
    steps = _fitting(logged, records, lambda steps: room - _rest(log, found, logged, steps).size)
    rest = _rest(log, found, logged, steps)
    for each, own in zip(logged, steps, strict=True):
        for series in each.series:
            for step in own:
                rest.packed["attributions", each.run, each.title, series, str(step)] = records.of(each, series, step)
    rest.records = [(len(own), len(each.steps)) for each, own in zip(logged, steps, strict=True)]
    rest.put(("runs",), _catalog(found.catalog, logged, steps, audits))
    return rest


def _of_runs(catalog: dict[str, Any], names: Sequence[str] | None) -> dict[str, Any]:
    """The catalog with some of its runs."""
    known = {name: run for run in catalog["runs"] for name in (run["run"], run["name"])}
    for name in names or ():
        if name not in known:
            listed = ", ".join(run["name"] for run in catalog["runs"])
            raise ValueError(f"runs must be names of runs in the log: {listed}. Received {name!r}.")
    chosen = None if names is None else {known[name]["run"] for name in names}
    return {**catalog, "runs": [run for run in catalog["runs"] if chosen is None or run["run"] in chosen]}


def _logged(log: Log, found: Answers) -> list[Logged]:
    """The sets that can be read, with the steps that the overview of all runs shows; the overview is an answer, too."""
    per_set: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for run in found.catalog["runs"]:
        for entry in run["sets"]:
            if entry["error"] is None and entry["steps"]:
                per_set.setdefault(entry["title"], []).append((run["run"], tuple(entry["series"])))
    logged = []
    for title, runs in per_set.items():
        seen: list[int] = []
        for series in sorted({name for _, names in runs for name in names}):
            having = [run for run, names in runs if series in names]
            overview = log.json("overview", run=having, set=title, series=series)
            found.put(("overview", "", title, series, ""), overview)
            seen += overview["steps"]
        for run, names in runs:
            steps = log.json("steps", run=run, set=title, series=names[0], stats=0)
            own = sorted({up_to(steps["steps"], step) for step in seen})
            activity = log.activity(run, title, names[0])
            logged.append(Logged(run, title, names, steps["steps"], activity, steps["alarmed"], own))
    return logged


def _rest(log: Log, found: Answers, logged: Sequence[Logged], steps: Sequence[Sequence[int]]) -> Answers:
    """What is there already, with the tables of the steps that a report has and the means over its probes."""
    rest = Answers(dict(found.packed), catalog=found.catalog)
    for each, own in zip(logged, steps, strict=True):
        at = [index for index, step in enumerate(each.steps) if step in set(own)]
        for series in each.series:
            named = {"run": each.run, "set": each.title, "series": series}
            key = (each.run, each.title, series, "")
            table, stats = log.json("steps", **named, stats=0), log.bytes("stats", **named)
            rest.put(("steps", *key), _table(table, at))
            header, _ = opened(stats)
            cut = {name: column[at] for name, column in columns(stats, len(each.steps)).items()}
            header = {**{name: header[name] for name in ("version", "kind", "title", "series", "probes")}, "steps": own}
            rest.put(("stats", *key), pack_columns(header, cut))
            overview = sorted({up_to(own, step) for step in each.seen})
            rest.put(("means", *key), log.bytes("means", **named, steps=",".join(map(str, overview[:16]))))
    return rest


def _table(table: dict[str, Any], at: Sequence[int]) -> dict[str, Any]:
    """The answer of `steps` with some of them; what it says of all steps is said of all."""
    of_steps = ("steps", "epochs", "wall_times", "exact")
    cut: dict[str, Any] = {name: [table[name][i] for i in at] for name in of_steps if name in table}
    means = table["means"] and [column and [column[i] for i in at] for column in table["means"]]
    alarmed = [step for step in table["alarmed"] if step in set(cut["steps"])]
    return {**table, **cut, "means": means, "alarmed": alarmed}


class _Records:
    """Records as they stand in the file, each made once."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._made: dict[tuple[str, str, str, int], bytes] = {}

    def of(self, logged: Logged, series: str, step: int) -> bytes:
        key = (logged.run, logged.title, series, step)
        if key not in self._made:
            named = {"run": logged.run, "set": logged.title, "series": series, "step": step}
            self._made[key] = deflated(self._log.bytes("attributions", **named, partial=1))
        return self._made[key]

    def size(self, logged: Logged, steps: Sequence[int]) -> float:
        """Bytes of the records of some steps."""
        return sum(_room(self.of(logged, series, step)) for series in logged.series for step in steps)


def _fitting(
    logged: Sequence[Logged], records: _Records, room: Callable[[Sequence[Sequence[int]]], float]
) -> list[list[int]]:
    """The steps of each set whose records fit; at least those that the overview shows."""
    most = max((len(each.steps) for each in logged), default=0)
    steps = kept(logged, most)
    while True:
        # Of so many that they might not fit, a few tell how large they are.
        sizes = [records.size(each, each.seen) / max(1, len(each.seen)) for each in logged]
        guess = sum(size * len(own) for size, own in zip(sizes, steps, strict=True))
        left = room(steps)
        if guess <= 1.2 * left:
            guess = sum(records.size(each, own) for each, own in zip(logged, steps, strict=True))
        if guess <= left or most <= 2:
            return steps
        most = max(2, min(most - 1, int(most * max(0.02, left / guess))))
        steps = kept(logged, most)


def _audits(log: Log, found: Answers, room: float) -> dict[tuple[str, str], list[int]]:
    """Puts the audits of all runs among the answers; those of which there is no room for the pictures are left out."""
    titles = [(run["run"], audit["title"]) for run in found.catalog["runs"] for audit in run["audits"]]
    own: dict[tuple[str, str], list[int]] = {}
    for run, title in titles:
        told = log.json("audits", run=run, set=title)
        left, steps = room / len(titles), list[int]()
        for step in reversed(told["steps"]):
            key = ("suspects", run, title, "", str(step))
            found.put(key, log.bytes("suspects", run=run, set=title, step=step))
            left -= _room(found.packed[key])
            if left < 0 and steps:
                del found.packed[key]
                break
            steps.insert(0, step)
        at = [index for index, step in enumerate(told["steps"]) if step in steps]
        cut = {name: [told[name][i] for i in at] for name in ("steps", "audits", "exact") if name in told}
        found.put(("audits", run, title, "", ""), {**told, **cut})
        own[run, title] = steps
    return own


def _catalog(
    catalog: dict[str, Any],
    logged: Sequence[Logged],
    steps: Sequence[Sequence[int]],
    audits: dict[tuple[str, str], list[int]],
) -> dict[str, Any]:
    """The answer of `runs`, with as many steps as the report has."""
    counts = {
        (each.run, each.title): {"steps": len(own), "alarmed": len({*own} & {*each.alarmed})}
        for each, own in zip(logged, steps, strict=True)
    }
    runs = []
    for run in catalog["runs"]:
        sets = [{**entry, **counts.get((run["run"], entry["title"]), {})} for entry in run["sets"]]
        runs.append({**run, "sets": sets, "audits": [a for a in run["audits"] if audits.get((run["run"], a["title"]))]})
    return {**catalog, "runs": runs}


def _room(packed: bytes) -> float:
    return len(packed) * _GROWTH + _AROUND
