"""Arguments of IGCallback that need no model to be judged."""

from __future__ import annotations

import numbers
from typing import Any

from kerasig.probes import ProbeSet


def checked_probe_sets(probes: Any) -> list[ProbeSet]:
    """One probe set or several as a list.

    Raises:
        TypeError: they are none.
        ValueError: two share a title.
    """
    sets = [probes] if isinstance(probes, ProbeSet) else list(probes) if isinstance(probes, list | tuple) else []
    if not sets or not all(isinstance(item, ProbeSet) for item in sets):
        raise TypeError(
            f"probes must be a kerasig.ProbeSet or a list of them. Received {type(probes).__name__}. "
            "Pass kerasig.ProbeSet(inputs, labels)."
        )
    titles = [item.title for item in sets]
    if len(set(titles)) < len(titles):
        raise ValueError(f"probes must have distinct titles. Received {titles}. Pass title=... to ProbeSet.")
    return sets


def checked_every(every: Any) -> int | None:
    """How many batches lie between records; None for records at epochs' ends.

    Raises:
        ValueError: it is neither.
    """
    if every == "epoch":
        return None
    if isinstance(every, bool) or not isinstance(every, numbers.Integral) or every < 1:
        raise ValueError(f'every must be "epoch" or a number of batches, at least 1. Received every={every!r}.')
    return int(every)
