"""The catalog of a log: the runs with their probe sets, and a series' steps with their stats."""

import bisect
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard import errors

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.audits import audits_of
from tensorboard_plugin_kerasig.container import pack_columns
from tensorboard_plugin_kerasig.leads import lead
from tensorboard_plugin_kerasig.listing import Scope, StoredSeries
from tensorboard_plugin_kerasig.memo import Memo
from tensorboard_plugin_kerasig.store import Steps, Store
from tensorboard_plugin_kerasig.traits import traits_of

# A browser's numbers are exact up to here.
_SAFE = 2**53 - 1
_RUN = re.compile(rf"(?:(?P<base>.*)/)?{schema.RUN_SUFFIX}(?:-(?P<number>\d+))?")


class Catalog:
    """Lists what a store holds. A set is summed up anew only when its data changed: the page asks at each reload.

    Args:
      store: The store.
      directory: The log directory, whose name is that of a run in it itself; empty where it is not known.
    """

    def __init__(self, store: Store, directory: str = ""):
        self._store, self._directory = store, directory
        self._summaries: Memo[dict[str, Any]] = Memo(4096)

    def runs(self, scope: Scope) -> dict[str, Any]:
        """Lists the runs and their probe sets. A set that cannot be read is listed with the reason in `error`."""
        found = self._store.series(scope)
        of_sets = {run: [one for one in listed if one.content.kind != "suspects"] for run, listed in found.items()}
        sets = [(run, title) for run in sorted(found) for title in sorted({s.content.title for s in of_sets[run]})]
        summaries = self._store.map(lambda item: self._set(scope, *item), sets)
        per_run: dict[str, list[dict[str, Any]]] = {run: [] for run in sorted(found)}
        for (run, _), summary in zip(sets, summaries, strict=True):
            per_run[run].append(summary)
        places = self._store.places(scope)
        names = {run: display_name(run) for run in per_run}
        called = {run: schema.called(name, self._directory, names.values()) for run, name in names.items()}
        runs = [
            {
                **{"run": run, "name": called[run], "place": places.get(run, i), "sets": sets},
                "audits": audits_of(found[run]),
            }
            for i, (run, sets) in enumerate(per_run.items())
        ]
        return {"version": schema.VERSION, "runs": runs}

    def steps(self, scope: Scope, run: str, title: str, series: str, *, stats: bool = True) -> dict[str, Any]:
        """Lists the steps of a series, with everything that was measured at them unless `stats` is False."""
        found = self._stats(scope, run, title, series)
        # Of each probe the largest size in any of its maps: what a colour scale over all steps needs.
        sizes = found.column("max_abs") if "max_abs" in found.names else np.full((1, 0), np.nan)
        known = np.where(np.isfinite(sizes), sizes, -np.inf).max(axis=0, initial=-np.inf)
        answer = {
            "steps": found.steps,
            "epochs": [_epoch(table, found.names) for table in found.tables],
            "wall_times": schema.plain(found.wall_times),
            "names": list(found.names),
            "measures": list(found.measures) or None,
            "lead": lead(found),
            "peaks": [float(size) if np.isfinite(size) else None for size in known],
            "means": _charted_means(found),
            "alarmed": _alarmed(found),
        }
        if not all(map(_is_safe, found.steps)):
            answer["exact"] = list(map(str, found.steps))
        return {**answer, "stats": [_strict(table) for table in found.tables]} if stats else answer

    def stats(self, scope: Scope, run: str, title: str, series: str, *, after: int | None = None) -> bytes:
        """Packs everything that was measured at all steps, or at those after one, an array [steps, N] per name."""
        found = self._stats(scope, run, title, series)
        first = 0 if after is None else bisect.bisect_right(found.steps, after)
        later = found._replace(steps=found.steps[first:], tables=found.tables[first:])
        header = {"version": schema.VERSION, "kind": "stats", "title": title, "series": series, "steps": later.steps}
        header["probes"] = max(map(len, later.tables), default=0)
        return pack_columns(header, {name: later.column(name) for name in later.names})

    def _stats(self, scope: Scope, run: str, title: str, series: str) -> Steps:
        return self._store.steps(scope, run, self._store.find(scope, "stats", run, title, series))

    def _set(self, scope: Scope, run: str, title: str) -> dict[str, Any]:
        series = self._store.series(scope).get(run, [])
        listed = [found for found in series if found.content.title == title and found.content.kind != "suspects"]
        state = tuple((found.tag, found.state) for found in listed)
        return self._summaries.get(
            (scope.experiment, run, title), lambda: self._summary(scope, run, title, listed), state=state
        )

    def _summary(self, scope: Scope, run: str, title: str, listed: list[StoredSeries]) -> dict[str, Any]:
        kinds = {found.content.kind: found for found in listed}
        present = {found.content.series for found in listed if found.content.kind in ("stats", "attributions")}
        series = [name for name in schema.SERIES if name in present] + sorted(present - {*schema.SERIES})
        summary: dict[str, Any] = {
            "title": title,
            "series": series,
            "interior": "interior" in kinds,
            "probe_kind": None,
            "contents": None,
            "probes": 0,
            "leaves": [],
            "steps": 0,
            "first_step": None,
            "last_step": None,
            "alarmed": 0,
            "error": next((found.error for found in listed if found.error), None),
        }
        try:
            if "inputs" in kinds:
                header = self._store.record(scope, run, kinds["inputs"], None).header
                summary |= {
                    "probe_kind": header.get("shown_as") or header["probe_kind"],
                    "probes": header["probes"],
                    "contents": _contents(header),
                }
                # How large pictures are decides how many of them the page asks for.
                summary["leaves"] = [{"shape": leaf["shape"], "kind": leaf.get("kind")} for leaf in header["leaves"]]
            stats = next((found for found in listed if found.content.kind == "stats"), None)
            if stats is not None:
                found = self._store.steps(scope, run, stats)
                steps = found.steps
                summary |= {"steps": len(steps), "alarmed": len(_alarmed(found))}
                if steps:
                    summary |= _ends(steps)
                if len(set(map(float, steps))) < len(steps):
                    summary["error"] = (
                        "The steps of the set lie closer together than a browser's numbers can tell apart. "
                        f"Record steps below {_SAFE + 1}."
                    )
        except (schema.FormatError, errors.PublicError) as error:
            summary["error"] = summary["error"] or str(error)
        except Exception as error:
            # Whatever one set holds, the others are listed.
            summary["error"] = summary["error"] or f"The set cannot be read: {type(error).__name__}: {str(error)[:200]}"
        missing = [kind for kind in ("inputs", "stats") if kind not in kinds]
        if missing and summary["error"] is None:
            summary["error"] = f"The set has no {' and no '.join(missing)} yet: its log is incomplete."
        return summary


def display_name(run: str) -> str:
    """A run's name without the directory kerasig adds; "." is the log directory itself, see `schema.called`."""
    match = _RUN.fullmatch(run)
    if match is None:
        return run
    base = match["base"] or "."
    return f"{base} ({match['number']})" if match["number"] else base


def _contents(header: Mapping[str, Any]) -> str:
    """A hash that is alike where the probes of two runs are the same ones, at whatever size.

    Names may be given later, and pictures scaled for another model; classes, features and words stay what they are.
    """
    unordered = traits_of(header, header["probe_kind"]).get("ordered") is False
    columns = [leaf["shape"] for leaf in header["leaves"]] if unordered else None
    told = [header.get(name) for name in ("labels", "feature_names")]
    named = header.get("names") if told[0] is None else None
    # What other coordinates are of is no column of theirs.
    told += [header["coordinates"]] if header.get("coordinates") else []
    return hashlib.sha256(json.dumps([header["probe_kind"], columns, told, named]).encode()).hexdigest()[:12]


def _is_safe(step: int) -> bool:
    return abs(step) <= _SAFE


def _ends(steps: list[int]) -> dict[str, Any]:
    """The first and the last step; in digits, too, where a browser's numbers would not be those."""
    ends = {"first_step": steps[0], "last_step": steps[-1]}
    if all(map(_is_safe, ends.values())):
        return ends
    return {**ends, "exact": {name: str(step) for name, step in ends.items()}}


def _epoch(table: NDArray[np.float64], names: tuple[str, ...]) -> float | None:
    """The epoch of a record: every row of its stats carries it."""
    if "epoch" not in names or not len(table) or not np.isfinite(table[0, names.index("epoch")]):
        return None
    return float(table[0, names.index("epoch")])


def _charted_means(found: Steps) -> list[list[float | None] | None] | None:
    """Per column its mean at every step, of those that charts begin with: they are drawn before all numbers are there.

    As the training logs have it: of what is measured on maps, over the trusted probes. Null for the other columns, and
    in logs that do not say which these are.
    """
    if not any("charted" in measure for measure in found.measures):
        return None
    flag = next((flag for flag in ("trusted", "converged") if flag in found.names), None)
    trusted = None if flag is None else found.column(flag) == 1
    means: list[list[float | None] | None] = []
    for name, measure in zip(found.names, found.measures, strict=True):
        if "charted" not in measure:
            means.append(None)
            continue
        column = found.column(name)
        counts = np.isfinite(column)
        if measure.get("on_maps") and trusted is not None:
            counts &= trusted
        number = counts.sum(axis=1)
        sums = np.where(counts, column, 0).sum(axis=1)
        means.append([float(f"{s / n:.9g}") if n else None for s, n in zip(sums, number, strict=True)])
    return means


def _alarmed(found: Steps) -> list[int]:
    """The steps at which an alarm fired: every row of their stats says how many did."""
    if "alarms" not in found.names:
        return []
    at = found.names.index("alarms")
    return [step for step, table in zip(found.steps, found.tables, strict=True) if len(table) and table[0, at] > 0]


def _strict(table: NDArray[np.float64]) -> list[list[float | str]]:
    """A table as strict JSON has it. Thousands of tables: only what is not finite is looked at one by one."""
    if np.isfinite(table).all():
        return table.tolist()
    cells = table.astype(object)
    for index in zip(*np.nonzero(~np.isfinite(table)), strict=True):
        cells[index] = schema.plain(float(table[index]))
    return cells.tolist()
