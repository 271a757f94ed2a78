"""Sums of a probe set over the steps, from its stats: what trainings came to look at, and since when."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorboard import errors

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.chosen_steps import activity, choose, column, mean, ranked_probes, settled
from tensorboard_plugin_kerasig.listing import Scope
from tensorboard_plugin_kerasig.memo import Memo
from tensorboard_plugin_kerasig.store import Steps, Store

MOST_RUNS = 64
_COLUMNS = 7
_MOST_NAMED = 2
# Records with an alarm whose sentences are read, of one run; those in which alarms begin come first.
_MOST_ALARMED = 24
# A share is above what chance gives where it is so by more than its noise, and by more than this.
_LEAST_EXCESS = 0.03
_OF_REGION = re.compile(r"region/(.*)", re.DOTALL)


class Overview:
    """Sums up a probe set over the steps: which of them, and which probes, are worth seeing, and what alarms said."""

    def __init__(self, store: Store):
        self._store = store
        self._alarms: Memo[list[dict[str, Any]]] = Memo(4096)
        self._areas: Memo[dict[str, float]] = Memo(256)

    def of(self, scope: Scope, runs: Sequence[str], title: str, series: str) -> dict[str, Any]:
        """Sums up the set as each run logged it. A run that has no such set, or none that can be read, says so."""
        told = self._store.map(lambda run: self._run(scope, run, title, series), runs)
        logged = {run: steps for run, (_, steps) in zip(runs, told, strict=True) if steps is not None}
        alarmed = [alarm["step"] for told_of, _ in told for alarm in told_of.get("alarms", [])[:2]]
        chosen = choose({run: (steps.steps, activity(steps)) for run, steps in logged.items()}, alarmed, _COLUMNS)
        worth = [ranked_probes(steps, [f"region/{name}" for name in _regions_of(steps)]) for steps in logged.values()]
        probes = max(map(len, worth), default=0)
        total = sum((np.pad(one, (0, probes - len(one))) for one in worth), np.zeros(probes))
        order = ordered(total.tolist(), [told_of for told_of, _ in told])
        return {"version": schema.VERSION, "steps": chosen, "probes": order, "runs": [told_of for told_of, _ in told]}

    def _run(self, scope: Scope, run: str, title: str, series: str) -> tuple[dict[str, Any], Steps | None]:
        answer: dict[str, Any] = {"run": run, "error": None}
        try:
            steps = self._store.steps(scope, run, self._store.find(scope, "stats", run, title, series))
            answer["regions"] = self._regions(scope, run, title, steps)
            answer["trusted"] = _last(steps, "trusted")
            answer["change"] = _largest_change(steps)
            answer["alarms"] = self._findings(scope, run, title, series, steps)
        except (schema.FormatError, errors.PublicError) as error:
            return {**answer, "error": str(error)}, None
        except Exception as error:
            # Whatever one run holds, the others are summed up.
            sentence = f"The run cannot be summed up: {type(error).__name__}: {str(error)[:200]}"
            return {"run": run, "error": sentence}, None
        return answer, steps

    def _regions(self, scope: Scope, run: str, title: str, steps: Steps) -> list[dict[str, Any]]:
        areas = self._region_areas(scope, run, title)
        found = []
        for region in _regions_of(steps):
            shares = mean(_column(steps, f"region/{region}"))
            known = np.flatnonzero(np.isfinite(shares))
            if not len(known):
                continue
            noise, chance = (mean(_column(steps, f"region_{name}/{region}")) for name in ("noise", "chance"))
            chance = np.where(np.isfinite(chance), chance, areas.get(region, 0.0))
            excess = (shares - chance)[known]
            above = excess > np.maximum(np.nan_to_num(noise[known]), _LEAST_EXCESS)
            found.append(
                {
                    "name": region,
                    "area": areas.get(region),
                    "chance": float(chance[known[-1]]),
                    "first": float(shares[known[0]]),
                    "last": float(shares[known[-1]]),
                    "at": steps.steps[known[-1]] if known[-1] < len(shares) - 1 else None,
                    "above": bool(above[-1]),
                    "ever": bool(above.any()),
                    "since": steps.steps[known[settled(above)]],
                }
            )
        return found

    def _region_areas(self, scope: Scope, run: str, title: str) -> dict[str, float]:
        """The share of the positions that each region covers, over the probes that have it."""
        found = self._store.find(scope, "inputs", run, title)

        def measure() -> dict[str, float]:
            regions = self._store.record(scope, run, found, None).header.get("regions") or {}
            areas = {}
            for name, region in regions.items():
                mask = schema.decode_mask(region)
                shares = mask.reshape(len(mask), -1).mean(axis=1) if mask.size else np.zeros(0)
                areas[name] = float(shares[shares > 0].mean()) if (shares > 0).any() else 0.0
            return areas

        return self._areas.get((scope.experiment, run, found.tag), measure, state=found.state)

    def _findings(self, scope: Scope, run: str, title: str, series: str, steps: Steps) -> list[dict[str, Any]]:
        """The alarms that fired, each with the step it began at, and in how many records it was repeated."""
        fired = column(steps, "alarms")
        if fired is None:
            return []
        at = np.flatnonzero(np.nan_to_num(fired).max(axis=1, initial=0) > 0)
        # Those after a record without alarms tell something new; of the others the last ones.
        begins = at[np.diff(at, prepend=-2) > 1]
        read = sorted({*begins[:_MOST_ALARMED], *at[-_MOST_ALARMED:]})
        found = self._store.find(scope, "attributions", run, title, series)

        def alarms(index: int) -> list[dict[str, Any]]:
            moment = (steps.steps[index], steps.wall_times[index])
            key = (scope.experiment, run, found.tag, moment)
            return self._alarms.get(key, lambda: _alarms_of(self._store.record(scope, run, found, moment[0]).header))

        told: dict[tuple[str, str], dict[str, Any]] = {}
        for index, entries in zip(read, self._store.map(alarms, [int(index) for index in read]), strict=True):
            for entry in entries:
                key = (str(entry.get("name")), str(entry.get("metric")))
                first = told.setdefault(key, {**entry, "step": steps.steps[index], "records": 0})
                first["records"] += 1
                first["latest"] = steps.steps[index]
        return sorted(told.values(), key=lambda entry: (entry.get("loud") is False, entry["step"]))


def ordered(worth: Sequence[float], told: Sequence[dict[str, Any]]) -> list[int]:
    """The probes, those first that the sentences of the runs name, then by what they are worth."""
    named = {probe for told_of in told for probe in _named(told_of)}
    return sorted(range(len(worth)), key=lambda probe: (probe not in named, -worth[probe], probe))


def _named(told: dict[str, Any]) -> list[int]:
    """The probes that a run's sentence names: without regions, those that changed most."""
    return [] if told.get("regions") else list((told.get("change") or {}).get("probes", []))


def _alarms_of(header: dict[str, Any]) -> list[dict[str, Any]]:
    return [dict(alarm) for alarm in header.get("alarms") or [] if isinstance(alarm, dict)]


def _regions_of(steps: Steps) -> list[str]:
    return [match[1] for name in steps.names if (match := _OF_REGION.fullmatch(name))]


def _column(steps: Steps, name: str) -> Any:
    values = column(steps, name)
    return np.full((len(steps.steps), 0), np.nan) if values is None else values


def _last(steps: Steps, name: str) -> float | None:
    """The mean of a stat over the probes at the newest record that has it."""
    values = mean(_column(steps, name))
    known = values[np.isfinite(values)]
    return float(known[-1]) if len(known) else None


def _largest_change(steps: Steps) -> dict[str, Any] | None:
    """Between which two records the maps changed most, by how much (1 less the cosine, over the probes), and whose.

    Probes are named where they changed at least twice as much as half of them.
    """
    drift = _column(steps, "drift").copy()
    # Before the first record there is none to have changed since.
    drift[:1] = np.nan
    means = mean(drift)
    if not np.isfinite(means).any() or np.nanmax(means) <= 0:
        return None
    at = int(np.nanargmax(means))
    own = np.nan_to_num(drift[at])
    most = [int(probe) for probe in np.argsort(-own, kind="stable")[:_MOST_NAMED]]
    above = [probe for probe in most if own[probe] >= 2 * np.median(own) and own[probe] > 0]
    named = {"step": steps.steps[at], "before": steps.steps[at - 1]}
    return {**named, "drift": float(means[at]), "probes": above}
