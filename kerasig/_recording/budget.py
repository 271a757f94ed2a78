"""The budget of a training's records: the share of its time that they may take."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator

# Records that the next one's time is foretold from: the longest of them.
REMEMBERED = 3
# How many times as long as its maps a whole audit takes, until that is known.
WHOLE_AUDIT = 3


class Budget:
    """Keeps the time of records within a share of the training's, at every moment and at the end.

    A record is allowed when, after it and the last one, which is made in any case, the share would still hold, had
    the training just ended: spent + 2 forecast <= share x training. The forecast is the longest of the latest few
    records, and what one of them takes on other threads. The first one also traces and compiles; it is spent, but
    foretells nothing: the second then fits whenever the first and the last take less than half of the share.

    Audits are spent alike and have a forecast of their own, and the last of each is kept room for. Their first one
    makes maps alone, so it foretells a multiple of itself until there is a whole one.

    Args:
        share: of the training's seconds; None for no limit.
    """

    def __init__(self, share: float | None) -> None:
        self.share = share
        self._began = time.perf_counter()
        self._spent, self._background = 0.0, 0.0
        self.forget()
        self._records = 0

    @property
    def described(self) -> str:
        """The share, for people: such as 5% or 0.5%; all of the time without a limit."""
        return f"{100 * (1.0 if self.share is None else self.share):.3g}%"

    def begin(self, background: float) -> None:
        """Begins a training; `background` as in `excess`."""
        self._began, self._spent, self._background, self._records = time.perf_counter(), 0.0, background, 0

    def forget(self) -> None:
        """Makes the next record and audit the first: another model is to be traced."""
        self._latest: dict[str, deque[float]] = {kind: deque(maxlen=REMEMBERED) for kind in ("record", "audit")}
        self._first: dict[str, float] = {}

    @contextlib.contextmanager
    def spending(self, of: str | None = "record") -> Iterator[None]:
        """Time that is none of the training's. What is spent inside of it under another heading counts there alone.

        Args:
            of: "record" or "audit", which tells how long the next one will take; None for anything else.
        """
        began, spent = time.perf_counter(), self._spent
        try:
            yield
        finally:
            seconds = time.perf_counter() - began - (self._spent - spent)
            self._spent += seconds
            self._records += of == "record"
            if of is not None and of in self._first:
                self._latest[of].append(seconds)
            elif of is not None:
                self._first[of] = seconds

    def excess(self, background: float, of: str = "record") -> float:
        """Seconds that would be missing for one more; 0 or less when there is room for it.

        Args:
            background: seconds of the processor that all records have taken on other threads so far. They count: at
                worst it is the training that they are taken from.
            of: "record" or "audit".
        """
        if self.share is None:
            return 0.0
        elapsed = time.perf_counter() - self._began
        beside = background - self._background
        forecast = {
            "record": max(self._latest["record"]) + beside / max(1, self._records) if self._latest["record"] else 0.0,
            "audit": max(self._latest["audit"] or [WHOLE_AUDIT * self._first.get("audit", 0.0)]),
        }
        return self._spent + beside + sum(forecast.values()) + forecast[of] - self.share * (elapsed - self._spent)
