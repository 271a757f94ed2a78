"""The budget of a training's records: the share of its time that they may take."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator

# Records that the next one's time is foretold from: the longest of them.
REMEMBERED = 3


class Budget:
    """Keeps the time of records within a share of the training's, at every moment and at the end.

    A record is allowed when, after it and the last one, which is made in any case, the share would still hold, had
    the training just ended: spent + 2 forecast <= share x training. The forecast is the longest of the latest few
    records, and what one of them takes on other threads. The first one also traces and compiles; it is spent, but
    foretells nothing: the second then fits whenever the first and the last take less than half of the share.

    Args:
        share: of the training's seconds; None for no limit.
    """

    def __init__(self, share: float | None) -> None:
        self.share = share
        self._began = time.perf_counter()
        self._spent, self._background = 0.0, 0.0
        self._latest: deque[float] = deque(maxlen=REMEMBERED)
        self._traced = False
        self._records = 0

    def begin(self, background: float) -> None:
        """Begins a training; `background` as in `excess`."""
        self._began, self._spent, self._background, self._records = time.perf_counter(), 0.0, background, 0

    def forget(self) -> None:
        """Makes the next record the first: another model is to be traced."""
        self._latest.clear()
        self._traced = False

    @contextlib.contextmanager
    def spending(self, *, record: bool = True) -> Iterator[None]:
        """Time that is none of the training's.

        Args:
            record: whether it is a record, and so tells how long the next will take.
        """
        began = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - began
            self._spent += seconds
            if record:
                self._records += 1
                if self._traced:
                    self._latest.append(seconds)
                self._traced = True

    def excess(self, background: float) -> float:
        """Seconds that would be missing for one record more; 0 or less when there is room for it.

        Args:
            background: seconds of the processor that all records have taken on other threads so far. They count: at
                worst it is the training that they are taken from.
        """
        if self.share is None:
            return 0.0
        elapsed = time.perf_counter() - self._began
        beside = background - self._background
        forecast = max(self._latest) + beside / max(1, self._records) if self._latest else 0.0
        return self._spent + beside + 2 * forecast - self.share * (elapsed - self._spent)
