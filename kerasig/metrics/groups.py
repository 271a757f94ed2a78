"""Means of metrics over groups of probes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def group_means(
    columns: Mapping[str, NDArray[Any]],
    groups: Sequence[str | None],
    *,
    used: Mapping[str, NDArray[np.bool_]] | None = None,
) -> dict[str, dict[str, float]]:
    """Mean of each column over the probes of each group.

    Args:
        columns: by name, each [N].
        groups: N names; None for a probe of no group.
        used: by column, [N] which probes its mean is over; all where it is not named. NaN is left out always.

    Returns:
        By group, in the order of their first probe: `probes`, how many there are, and the mean of each column, NaN
        where no probe has a value.
    """
    for kind, given in (("columns", columns), ("used", used or {})):
        for name, column in given.items():
            if np.shape(column) != (len(groups),):
                raise ValueError(
                    f"{kind} must have one value per probe. Received {kind}[{name!r}] of shape {np.shape(column)} and "
                    f"{len(groups)} groups. Pass shape ({len(groups)},)."
                )
    labels = list(dict.fromkeys(name for name in groups if name is not None))
    member = np.array([[name == label for name in groups] for label in labels], float).reshape(len(labels), len(groups))
    names = list(columns)
    values = np.array([np.asarray(columns[name], np.float64) for name in names]).reshape(len(names), len(groups)).T
    counted = np.isfinite(values)
    for index, name in enumerate(names):
        if used is not None and name in used:
            counted[:, index] &= np.asarray(used[name], bool)
    counts = member @ counted
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        means = (member @ np.where(counted, values, 0)) / np.where(counts > 0, counts, np.nan)
    return {
        label: {"probes": int(row.sum()), **dict(zip(names, of_group.tolist(), strict=True))}
        for label, row, of_group in zip(labels, member, means, strict=True)
    }
