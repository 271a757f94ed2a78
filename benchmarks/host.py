"""How much of an explanation's time goes to Python and NumPy, outside of the compiled functions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from kerasig._engine.compiled import Compiled


class Clock:
    """Seconds spent in compiled functions."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time added up here."""

        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.perf_counter() - start

        return timed


@contextmanager
def clocked() -> Iterator[Clock]:
    """Inside the block, compiled functions add their seconds to the clock."""
    clock, run = Clock(), Compiled._run
    Compiled._run = clock.around(run)  # type: ignore[method-assign]
    try:
        yield clock
    finally:
        Compiled._run = run  # type: ignore[method-assign]


def host_share(explain: Callable[[], object], repeats: int) -> float:
    """The median share of a call's wall time outside of compiled functions, after one call that compiles them."""
    explain()
    shares = []
    for _ in range(repeats):
        with clocked() as clock:
            start = time.perf_counter()
            explain()
            shares.append(1 - clock.seconds / (time.perf_counter() - start))
    return float(np.median(shares))
