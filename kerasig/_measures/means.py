"""Means of a record's columns: over its probes, and over groups of them. NumPy only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._measures.facts import Columns
from kerasig._measures.table import BUILT_IN, Table
from kerasig.metrics import _functions as metrics
from kerasig.probes import ProbeSet


def scalars_of(stats: Mapping[str, NDArray[Any]], table: Table = BUILT_IN) -> dict[str, float]:
    """Means over probes: of what is measured on the map over the trusted ones, of errors and readings over all."""
    regions = len({region for region in (name.partition("/")[2] for name in stats) if region})
    scalars: dict[str, float] = {}
    for name, values in stats.items():
        row = table.of(name)
        if row.summary == "mean":
            used = stats["trusted"] if row.on_maps else None
            scalars[table.summary_name(name, regions)] = mean(values, used)
        elif row.summary == "zeros":
            scalars[table.summary_name(name, regions)] = float((~values).sum())
    return scalars


def mean(values: NDArray[Any], used: NDArray[np.bool_] | None = None) -> float:
    """The mean of those that are finite, and used; NaN where there are none."""
    values = np.asarray(values, np.float64)
    kept = values[np.isfinite(values) & (True if used is None else used)]
    return float(kept.mean()) if len(kept) else math.nan


def groups_of(stats: Columns, probes: ProbeSet, table: Table = BUILT_IN) -> dict[str, dict[str, dict[str, float]]]:
    """Means by class, by correct or wrong, and by the set's groups, where those are known."""
    columns = {name: column for name, column in stats.items() if table.of(name).grouped}
    used = {name: stats["trusted"] for name in columns if table.of(name).on_maps}
    classes = stats["class"] if probes.class_labels is None else probes.class_labels
    names = probes.class_names or ()
    by = {
        "class": [None if c != c else names[int(c)] if int(c) < len(names) else str(int(c)) for c in classes],
        "correct": [{1.0: "correct", 0.0: "wrong"}.get(float(c)) for c in stats["correct"]],
        "group": list(probes.groups or [None] * len(probes)),
    }
    found = {kind: metrics.group_means(columns, of, used=used) for kind, of in by.items()}
    return {kind: means for kind, means in found.items() if means}
