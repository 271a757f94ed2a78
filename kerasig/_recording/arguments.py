"""The callback's own arguments, judged when it is made."""

from __future__ import annotations

import contextlib
import numbers
import os
import time
from typing import Any

import numpy as np

from kerasig.probes import ProbeSet


def probe_sets(probes: Any) -> list[ProbeSet]:
    """The sets as a list."""
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


def every(every: Any) -> int | None:
    """A number of batches; None for every epoch."""
    if every == "epoch":
        return None
    if isinstance(every, bool) or not isinstance(every, numbers.Integral) or every < 1:
        raise ValueError(f'every must be "epoch" or a number of batches, at least 1. Received every={every!r}.')
    return int(every)


def log_dir(log_dir: str | os.PathLike[str] | None) -> str:
    """The log directory; None is one named after this moment. It need not be there yet."""
    if log_dir is None:
        return os.path.join("logs", time.strftime("%Y%m%d-%H%M%S"))
    try:
        path = os.fsdecode(log_dir)
    except TypeError:
        raise TypeError(f"log_dir must be a path. Received log_dir={log_dir!r}. Pass a string or None.") from None
    there = path
    while there and not os.path.lexists(there) and there != os.path.dirname(there):
        there = os.path.dirname(there)
    if os.path.exists(there) and not os.path.isdir(there):
        raise ValueError(f"log_dir must be a directory, or become one. Received {path!r}, and {there!r} is a file.")
    return path


def step(step: Any) -> int:
    """The step of a training loop of one's own, which may count in a variable, an array or a float."""
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        value = step.numpy() if hasattr(step, "numpy") else step
        if np.asarray(value).dtype != bool and 0 <= int(value) == value < 2**63:  # Event files have 64 bits for it.
            return int(value)
    raise ValueError(
        f"step must be a whole number, at least 0 and below 2**63. Received step={step!r}. "
        "Pass how many updates were made."
    )


def share(max_overhead: Any) -> float | None:
    """A share of the training time; None for no limit."""
    number = isinstance(max_overhead, numbers.Real) and not isinstance(max_overhead, bool)
    if max_overhead is not None and not (number and 0 < max_overhead <= 1):
        raise ValueError(f"max_overhead must be None or a share from 0 to 1. Received max_overhead={max_overhead!r}.")
    return None if max_overhead is None else float(max_overhead)


def on_error(on_error: Any) -> str:
    """What is done where a record fails."""
    if on_error not in ("warn", "raise"):
        raise ValueError(f'on_error must be "warn" or "raise". Received on_error={on_error!r}.')
    return str(on_error)
