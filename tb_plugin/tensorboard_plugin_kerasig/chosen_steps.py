"""Which steps, and which probes, tell what happened in a training: those where something changed."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_kerasig.store import Steps

Floats = NDArray[np.float64]

# Of where the columns lie, the share that goes by their number alone: a training that rests is seen at rest.
_EVENLY = 0.3


def column(steps: Steps, name: str) -> Floats | None:
    """A stat at every step [steps, N], NaN where the map could not be trusted; None where it was not logged."""
    if name not in steps.names:
        return None
    values = steps.column(name)
    described = dict(zip(steps.names, steps.measures, strict=False)).get(name, {})
    if described.get("on_maps") and "trusted" in steps.names:
        values = np.where(steps.column("trusted") == 1, values, np.nan)
    return values


def mean(values: Floats) -> Floats:
    """Over the probes that have a value [steps]; NaN where none has."""
    known = np.isfinite(values)
    total, count = np.where(known, values, 0).sum(axis=1), known.sum(axis=1)
    return np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)


def activity(steps: Steps) -> Floats:
    """How much changed since the record before [steps], at most 1 in all; zeros where nothing was measured of it."""
    found = np.zeros(len(steps.steps))
    for name in ("drift", "score"):
        values = column(steps, name)
        if values is None or not len(found):
            continue
        moved = values if name == "drift" else np.abs(np.diff(values, axis=0, prepend=values[:1]))
        change = np.nan_to_num(mean(moved), posinf=0.0)
        change[0] = 0
        if change.sum() > 0:
            return np.asarray(change / change.sum())
    return found


def choose(runs: Mapping[str, tuple[Sequence[int], Floats]], told: Sequence[int], most: int) -> list[int]:
    """Chooses some steps of several runs, for all the same: the first, the last, and those between which most changed.

    Args:
      runs: For each run its steps, and how much changed at each.
      told: Steps that are to be among them where there is room, as those at which an alarm fired.
      most: How many.

    Returns:
      The steps, ascending.
    """
    union = sorted({step for steps, _ in runs.values() for step in steps})
    if len(union) <= most:
        return union
    evenly = np.linspace(0, 1, len(union))
    changed = np.zeros(len(union))
    for steps, change in runs.values():
        total = np.cumsum(change)
        if len(steps) and total[-1] > 0:
            changed += np.interp(union, steps, total / total[-1])
    changed = changed / changed[-1] if changed[-1] > 0 else evenly
    place = _EVENLY * evenly + (1 - _EVENLY) * changed
    wanted = np.linspace(0, 1, most)
    chosen = {int(np.abs(place - at).argmin()) for at in wanted} | {0, len(union) - 1}
    indices = sorted(chosen)
    wanted_too = [union.index(step) for step in told if step in union]
    for index in wanted_too:
        _put(indices, index, most, {0, len(union) - 1, *wanted_too})
    # Where several columns fell together, the widest gaps are filled.
    while len(indices) < most:
        gaps = np.diff(place[indices])
        widest = next((i for i in np.argsort(-gaps) if indices[i + 1] - indices[i] > 1), None)
        if widest is None:
            break
        indices.insert(int(widest) + 1, (indices[widest] + indices[widest + 1]) // 2)
    return [union[index] for index in indices]


def _put(indices: list[int], index: int, most: int, kept: set[int]) -> None:
    """Puts an index among others, in place of the nearest that need not stay where there is no room."""
    if index in indices:
        return
    if len(indices) >= most:
        free = [other for other in indices if other not in kept]
        if not free:
            return
        indices.remove(min(free, key=lambda other: abs(other - index)))
    indices.append(index)
    indices.sort()


def ranked_probes(steps: Steps, region_columns: Sequence[str]) -> Floats:
    """How much each probe is worth looking at [N]: what its map changed by, and how much of it lies in a region."""
    probes = max(map(len, steps.tables), default=0)
    worth = np.zeros(probes)
    if not len(steps.steps):
        return worth
    for name in ("drift_first", "drift"):
        values = column(steps, name)
        if values is not None and np.isfinite(values).any():
            last = values[-1] if name == "drift_first" else np.nansum(values, axis=0)
            worth = np.nan_to_num(last)
            break
    worth = worth / (worth.max(initial=0.0) or 1.0)
    for name in region_columns:
        values = column(steps, name)
        if values is not None:
            worth = worth + np.nan_to_num(values[-1])
    return np.asarray(worth)


def settled(flags: NDArray[np.bool_]) -> int:
    """The index from which on something is as it is at its end."""
    others = np.flatnonzero(flags != flags[-1])
    return int(others[-1]) + 1 if len(others) else 0
