"""Which features or tokens matter most over a whole probe set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._types import Items, Names
from kerasig.metrics._rows import flat

# Entries that a leaderboard has.
LEADERS = 20


@dataclass(frozen=True, eq=False)
class PositionNames:
    """Names of the positions of each probe: the feature, or the token.

    Args:
        labels: the distinct names.
        codes: [N, P] index into `labels`; -1 where nothing stands, such as padding.
    """

    labels: tuple[str, ...]
    codes: NDArray[np.int64]

    def __post_init__(self) -> None:
        labels = tuple(arguments.texts("labels", self.labels))
        codes = arguments.numbers("codes", self.codes, "[N, P]", axes=2)
        if codes.ndim != 2 or not ((codes >= -1) & (codes < len(labels)) & (codes == np.floor(codes))).all():
            raise ValueError(
                f"codes must be whole numbers [N, P] from -1 to below the {len(labels)} labels. Received "
                f"{arguments.shown(self.codes)}."
            )
        object.__setattr__(self, "labels", labels)
        object.__setattr__(self, "codes", codes.astype(np.int64))

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]], count: int) -> PositionNames:
        """From one list of names per probe, at most `count` each; what is missing, or empty, is padding."""
        named, count = arguments.rows_of_texts("rows", rows, of="probe"), arguments.whole("count", count, 0, 2**31 - 1)
        index: dict[str, int] = {}
        codes = np.full((len(named), count), -1)
        for probe, names in enumerate(named):
            for position, name in enumerate(names[:count]):
                if name:
                    codes[probe, position] = index.setdefault(name, len(index))
        return cls(tuple(index), codes)


def mean_by_name(
    values: NDArray[Any], names: PositionNames | Items[Names], *, used: NDArray[np.bool_] | None = None
) -> dict[str, tuple[float, int]]:
    """Mean |attribution| of each feature or token, and how often it occurs.

    The mean of |a_i| over all positions i of all used probes at which the name stands.

        kerasig.metrics.leaderboard(kerasig.metrics.mean_by_name(attribution.values.sum(axis=-1), tokens))

    Args:
        values: [N, ...] with P positions per probe.
        names: per probe the features or tokens that stand at its positions, in their order; what is missing, or "", is
            padding.
        used: [N] which probes; None for all. Those that hold a NaN or an infinity are left out.

    Example:
        >>> means = kerasig.metrics.mean_by_name(np.array([[1.0, 2.0], [3.0, 0.0]]), [["how", "many"], ["how", "far"]])
        >>> means["how"]  # the mean, and how often
        (2.0, 2)
    """
    size = np.abs(flat(values))
    if not isinstance(names, PositionNames):
        rows = arguments.rows_of_texts("names", names, of="probe")
        longest = max(map(len, rows), default=0)
        if longest > size.shape[1]:
            raise ValueError(
                f"names must be at most as many as positions. Received {longest} for {size.shape[1]} positions. "
                "Pass one for each."
            )
        names = PositionNames.of(rows, size.shape[1])
    used = None if used is None else arguments.booleans("used", used)
    if size.shape != names.codes.shape or (used is not None and used.shape != size.shape[:1]):
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

    Example:
        >>> kerasig.metrics.leaderboard({"how": (2.0, 2), "far": (0.5, 1)}, top=1)
        [{'name': 'how', 'mean': 2.0, 'count': 2, 'change': None}]
    """
    top = arguments.whole("top", top)
    now, before = _means("means", means), {} if previous is None else _means("previous", previous)
    ordered = sorted(now.items(), key=lambda item: (-item[1][0], item[0]))[:top]
    return [
        {"name": name, "mean": mean, "count": count, "change": mean - before[name][0] if name in before else None}
        for name, (mean, count) in ordered
    ]


def _means(argument: str, means: Any) -> dict[str, tuple[float, int]]:
    """By name a mean and a count, as `mean_by_name` gives them."""
    found = {}
    for name, entry in arguments.mapping(argument, means, "from name to (mean, count)").items():
        where = f"{argument}[{arguments.shown(name)}]"
        pair = arguments.items(where, entry, fits="a pair (mean, count)")
        if not isinstance(name, str) or len(pair) != 2:
            raise ValueError(
                f"{argument} must be a dict from name to (mean, count). Received {arguments.shown(name)}: "
                f"{arguments.shown(entry)}."
            )
        found[name] = arguments.number(f"{where}[0]", pair[0], 0), arguments.whole(f"{where}[1]", pair[1])
    return found
