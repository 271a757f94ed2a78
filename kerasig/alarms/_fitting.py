"""The fit of alarms to the probe sets that they watch, judged before there is a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasig._arguments import shown
from kerasig._measures.table import BUILT_IN, Table
from kerasig.alarms._alarm import Alarm
from kerasig.probes import ProbeSet


def fitted(alarms: Any, probe_sets: Sequence[ProbeSet], table: Table = BUILT_IN) -> list[tuple[Alarm, list[ProbeSet]]]:
    """The alarms, each with the sets that it watches.

    Raises:
        TypeError: they are no alarms.
        ValueError: one names a title, a region or a column that there is not, or a region that covers everything.
    """
    if not isinstance(alarms, list | tuple) or not all(isinstance(alarm, Alarm) for alarm in alarms):
        raise TypeError(
            f"alarms must be a list of kerasig.alarms.Alarm. Received {shown(alarms)}. "
            'Pass such as [kerasig.alarms.RegionLift("tag", above=5)].'
        )
    return [(alarm, _watched(alarm, probe_sets, table)) for alarm in alarms]


def _watched(alarm: Alarm, probe_sets: Sequence[ProbeSet], table: Table) -> list[ProbeSet]:
    titles = [probes.title for probes in probe_sets]
    if not titles:
        raise ValueError(
            f"{alarm.name} must watch a probe set. Received none. Pass IGCallback(kerasig.ProbeSet(x, y), ...)."
        )
    if alarm.title is not None and alarm.title not in titles:
        raise ValueError(
            f"{alarm.name} must watch a probe set that there is. Received title={alarm.title!r}. "
            f"Pass one of {', '.join(map(repr, titles))}, or None for all."
        )
    named = [probes for probes in probe_sets if alarm.title in (None, probes.title)]
    watched = [probes for probes in named if _needs(alarm) <= set(table.columns(probes.regions))]
    if not watched:
        raise ValueError(_unknown(alarm, named, table))
    for probes in watched:
        if alarm.causal_region is not None and _covers_everything(probes, alarm.causal_region):
            raise ValueError(
                f"{alarm.name} compares the region with random regions of its size. Received regions"
                f"[{alarm.causal_region!r}] that is all true in {probes.title!r}, so that there is no other region. "
                "Pass a mask that leaves some positions out."
            )
    return watched


def _needs(alarm: Alarm) -> set[str]:
    if isinstance(alarm.columns, str):
        raise TypeError(
            f"{alarm.name}.columns must be a list of names. Received {shown(alarm.columns)}. Pass one in a list."
        )
    region = alarm.causal_region
    return {*alarm.columns, *([] if region is None else [f"region/{region}"])}


def _unknown(alarm: Alarm, named: Sequence[ProbeSet], table: Table) -> str:
    columns = [table.columns(probes.regions) for probes in named]
    missing = min((_needs(alarm).difference(known) for known in columns), key=len)
    column = sorted(missing)[0]
    kind, slash, region = column.partition("/")
    if slash and any(name.startswith(f"{kind}/") for measured in columns for name in measured):
        known = sorted({known for probes in named for known in probes.regions})
        return f"{alarm.name} must watch a region of the probe set. Received {region!r}. Pass one of {known}."
    if slash and not any(probes.regions for probes in named):
        return (
            f"{alarm.name} must watch a region of the probe set. Received {region!r}, and there are none. "
            f"Pass ProbeSet(..., regions={{{region!r}: mask}})."
        )
    known = sorted({name for measured in columns for name in measured})
    return f"{alarm.name} must read columns that are measured. Received {column!r}. Pass some of {known}."


def _covers_everything(probes: ProbeSet, region: str) -> bool:
    """Whether the region has no position outside it in any probe that has it."""
    masks = probes.regions[region]
    for leaf, array in probes.leaves():
        # The length of raw text is the model's to know, and another floating leaf has positions outside.
        if probes.position_shape(leaf) is None or (leaf not in masks and array.dtype.kind == "f"):
            return False
    rows = [np.broadcast_to(mask.reshape(len(mask), -1).all(axis=1), len(probes)) for mask in masks.values()]
    some = [np.broadcast_to(mask.reshape(len(mask), -1).any(axis=1), len(probes)) for mask in masks.values()]
    return bool(np.all(rows, axis=0)[np.any(some, axis=0)].all())
