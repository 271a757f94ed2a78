"""Seconds of several calls, taken in turn: what disturbs the machine meets all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]


def seconds_of(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int, *, warm: int = 1) -> dict[str, Seconds]:
    """Seconds [rounds] of each call.

    Args:
        calls: by name. Every round calls each once, in this order.
        rounds: how many are kept.
        warm: how many rounds go before, unmeasured.
    """
    taken = np.zeros((rounds, len(calls)))
    for number in range(-warm, rounds):
        # Garbage of one call must not be collected in another's time.
        gc.collect()
        for column, call in enumerate(calls.values()):
            seconds = seconds_of(call)
            if number >= 0:
                taken[number, column] = seconds
    return {name: taken[:, column] for column, name in enumerate(calls)}


def ratio(seconds: Seconds, unit: Seconds) -> float:
    """The median over the rounds of how many times the unit's seconds were taken, in the same round."""
    return float(np.median(seconds / unit))


def spread(seconds: Seconds, unit: Seconds) -> str:
    """The middle half of the same ratios, as it is printed."""
    low, high = np.percentile(seconds / unit, [25, 75])
    return f"{low:.2f}-{high:.2f}"
