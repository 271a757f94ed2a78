"""Means of a record's columns: over its probes, and over groups of them. NumPy only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._measures.columns import Columns, is_measured
from kerasig.metrics import _functions as metrics
from kerasig.probes import ProbeSet

# What a column of a region is called in the means.
_REGION_SCALARS = {"region": "region_mass"}


# What a mean over a group says nothing of.
_NO_GROUP_MEAN = frozenset(["epoch", "class", "predicted", "converged", "n_evaluations"])


def scalars_of(stats: Mapping[str, NDArray[Any]]) -> dict[str, float]:
    """Means over probes: of what is measured on the map over the trusted ones, of errors and readings over all."""
    scalars = {name: mean(stats[name]) for name in ("residual", "map_error", "loss", "baseline_entropy")}
    regions = sum(name.startswith("region/") for name in stats)
    for name in filter(is_measured, stats):
        column, _, region = name.partition("/")
        key = _REGION_SCALARS.get(column, column) + (f"_{region}" if region and regions > 1 else "")
        scalars[key] = mean(stats[name], stats["trusted"])
    scalars["untrusted"] = float((~stats["trusted"]).sum())
    return scalars


def mean(values: NDArray[Any], used: NDArray[np.bool_] | None = None) -> float:
    """The mean of those that are finite, and used; NaN where there are none."""
    values = np.asarray(values, np.float64)
    kept = values[np.isfinite(values) & (True if used is None else used)]
    return float(kept.mean()) if len(kept) else math.nan


def groups_of(stats: Columns, probes: ProbeSet) -> dict[str, dict[str, dict[str, float]]]:
    """Means by class, by correct or wrong, and by the set's groups, where those are known."""
    columns = {name: column for name, column in stats.items() if name not in _NO_GROUP_MEAN}
    used = {name: stats["trusted"] for name in columns if is_measured(name)}
    classes = stats["class"] if probes.class_labels is None else probes.class_labels
    names = probes.class_names or ()
    by = {
        "class": [None if c != c else names[int(c)] if int(c) < len(names) else str(int(c)) for c in classes],
        "correct": [{1.0: "correct", 0.0: "wrong"}.get(float(c)) for c in stats["correct"]],
        "group": list(probes.groups or [None] * len(probes)),
    }
    found = {kind: metrics.group_means(columns, of, used=used) for kind, of in by.items()}
    return {kind: means for kind, means in found.items() if means}
