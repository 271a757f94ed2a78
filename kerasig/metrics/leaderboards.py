"""Which features or tokens matter most over a whole probe set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig.metrics.rows import flat

# Entries that a leaderboard has.
LEADERS = 20


@dataclass(frozen=True, eq=False)
class PositionNames:
    """What stands at each position of each probe: the feature, or the token.

    Args:
        labels: the distinct names.
        codes: [N, P] index into `labels`; -1 where nothing stands, such as padding.
    """

    labels: tuple[str, ...]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]], count: int) -> PositionNames:
        """From one list of names per probe, at most `count` each; what is missing, or empty, is padding."""
        index: dict[str, int] = {}
        codes = np.full((len(rows), count), -1)
        for probe, names in enumerate(rows):
            for position, name in enumerate(names[:count]):
                if name:
                    codes[probe, position] = index.setdefault(name, len(index))
        return cls(tuple(index), codes)


def mean_by_name(
    values: NDArray[Any], names: PositionNames, *, used: NDArray[np.bool_] | None = None
) -> dict[str, tuple[float, int]]:
    """Mean |attribution| of each feature or token, and how often it occurs.

    The mean of |a_i| over all positions i of all used probes at which the name stands.

    Args:
        values: [N, ...] with P positions per probe.
        names: of the positions.
        used: [N] which probes; None for all. Those that hold a NaN or an infinity are left out.
    """
    size = np.abs(flat(values))
    if size.shape != names.codes.shape or (used is not None and np.shape(used) != size.shape[:1]):
        raise ValueError(
            f"names and used must be those of the values' probes. Received {list(size.shape)} positions, names of "
            f"{list(names.codes.shape)}"
            + ("." if used is None else f", used of {list(np.shape(used))}.")
            + f" Pass names of {list(size.shape)}, and used of [{len(size)}]."
        )
    kept = np.isfinite(size).all(axis=1) & (True if used is None else used)
    codes, size = names.codes[kept], size[kept]
    there = codes >= 0
    counts = np.bincount(codes[there], minlength=len(names.labels))
    sums = np.bincount(codes[there], weights=size[there], minlength=len(names.labels))
    found = zip(names.labels, sums.tolist(), counts.tolist(), strict=True)
    return {name: (total / count, count) for name, total, count in found if count}


def leaderboard(
    means: Mapping[str, tuple[float, int]],
    previous: Mapping[str, tuple[float, int]] | None = None,
    *,
    top: int = LEADERS,
) -> list[dict[str, Any]]:
    """The features or tokens with the largest mean |attribution|, and their change.

    Args:
        means: as `mean_by_name` gives them.
        previous: those of an earlier record, or None.
        top: how many.

    Returns:
        One dict per entry, the largest first, then by name: `name`, `mean`, `count` of positions, and `change` since
        the earlier record, None where it was not there.
    """
    before = previous or {}
    ordered = sorted(means.items(), key=lambda item: (-item[1][0], item[0]))[:top]
    return [
        {"name": name, "mean": mean, "count": count, "change": mean - before[name][0] if name in before else None}
        for name, (mean, count) in ordered
    ]
