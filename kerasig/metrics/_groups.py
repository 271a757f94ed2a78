"""Means of metrics over groups of probes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments


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

    Raises:
        ValueError: columns have not one value per probe, or groups are no names.
    """
    of_probes = arguments.items("groups", groups, fits="a list of names, one per probe,")
    known = [name is None or isinstance(name, str) for name in of_probes]
    if not all(known):
        wrong = arguments.shown(of_probes[known.index(False)])
        raise ValueError(f"groups must be names, or None for a probe of no group. Received {wrong} among them.")
    n = len(of_probes)
    numbers, chosen = _columns("columns", columns, n), {} if used is None else _columns("used", used, n)
    labels = list(dict.fromkeys(name for name in of_probes if name is not None))
    member = np.array([[name == label for name in of_probes] for label in labels], float).reshape(len(labels), n)
    names = list(numbers)
    values = np.array(list(numbers.values())).reshape(len(names), n).T
    counted = np.isfinite(values)
    for index, name in enumerate(names):
        if name in chosen:
            counted[:, index] &= chosen[name]
    counts = member @ counted
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        means = (member @ np.where(counted, values, 0)) / np.where(counts > 0, counts, np.nan)
    return {
        label: {"probes": int(row.sum()), **dict(zip(names, of_group.tolist(), strict=True))}
        for label, row, of_group in zip(labels, member, means, strict=True)
    }


def _columns(argument: str, columns: Any, n: int) -> dict[Any, NDArray[Any]]:
    """By name, one value per probe: numbers, or whether a probe is used."""
    found: dict[Any, NDArray[Any]] = {}
    for name, column in arguments.mapping(argument, columns, "from name to an array [N]").items():
        where = f"{argument}[{arguments.shown(name)}]"
        array = arguments.booleans(where, column) if argument == "used" else arguments.numbers(where, column, "[N]")
        if array.shape != (n,):
            raise ValueError(
                f"{argument} must have one value per probe. Received {where} of shape {array.shape} and {n} groups. "
                f"Pass shape ({n},)."
            )
        found[name] = array
    return found
