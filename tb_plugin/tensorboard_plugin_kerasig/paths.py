"""One probe's paths over the training: score and slope along alpha, at some of the logged steps."""

from typing import Any

import numpy as np
from tensorboard import errors

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.listing import Scope, StoredSeries
from tensorboard_plugin_kerasig.memo import Memo
from tensorboard_plugin_kerasig.store import Store

MOST_STEPS = 128
_FIELDS = ("alphas", "scores", "slopes")


class ProbePaths:
    """Reads the headers of interior records, which hold the paths, and keeps what was asked for."""

    def __init__(self, store: Store):
        self._store = store
        self._rows: Memo[dict[str, Any]] = Memo(1024)

    def of_probe(self, scope: Scope, run: str, title: str, series: str, probe: int, limit: int) -> dict[str, Any]:
        """The probe's path at no more than `limit` steps, evenly chosen, the newest always among them.

        Raises:
          errors.NotFoundError: If there is no such series or probe, or no interior gradients were recorded.
        """
        found = self._store.find(scope, "interior", run, title, series)
        logged = self._store.steps(scope, run, self._store.find(scope, "stats", run, title, series))
        chosen = thinned(list(zip(logged.steps, logged.wall_times, strict=True)), limit)

        def row(moment: tuple[int, float]) -> dict[str, Any]:
            key = (scope.experiment, run, found.tag, moment, probe)
            return self._rows.get(key, lambda: self._row(scope, run, found, moment[0], probe))

        rows = self._store.map(row, chosen)
        readable = [row for row in rows if row["error"] is None]
        return {
            "logged": len(logged.steps),
            "error": next((row["error"] for row in rows if row["error"] is not None), None),
            "steps": [row["step"] for row in readable],
            "paths": [{name: row[name] for name in _FIELDS} for row in readable],
        }

    def _row(self, scope: Scope, run: str, found: StoredSeries, step: int, probe: int) -> dict[str, Any]:
        """One step's path of one probe, without what it was padded with, or what is wrong with it."""
        try:
            header = self._store.record(scope, run, found, step, probes=()).header
        except schema.FormatError as error:
            return {"error": str(error)}
        if not 0 <= probe < header["probes"]:
            raise errors.NotFoundError(f"there is no probe {probe}: the set has {header['probes']} probes.")
        try:
            values = [np.asarray(header["path"][name][probe], dtype=np.float64) for name in _FIELDS]
            if any(value.shape != values[0].shape for value in values):
                raise ValueError("lengths differ")
        except (KeyError, IndexError, TypeError, ValueError, OverflowError):
            return {"error": f"The path at step {step} is missing or corrupt."}
        kept = np.isfinite(values[0])
        fields = {name: schema.plain(value[kept].tolist()) for name, value in zip(_FIELDS, values, strict=True)}
        return {"error": None, "step": step, **fields}


def thinned(moments: list[Any], limit: int) -> list[Any]:
    """Every 1st, 2nd, 4th, ... one and the last one: as more are added, those chosen before stay or are halved."""
    stride = 1
    while len(moments) > limit and len(range(0, len(moments), stride)) + 1 > limit:
        stride *= 2
    return [moment for index, moment in enumerate(moments) if index % stride == 0 or index == len(moments) - 1]
