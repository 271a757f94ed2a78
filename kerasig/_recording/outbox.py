"""The outbox of a training: records that were made, on their way to the thread that writes them."""

from __future__ import annotations

import functools
import os
import time

from kerasig._recording.backlog import Backlog, backlog_of
from kerasig._recording.record_log import PendingRecord, RecordLog


class Outbox:
    """Hands records to the writing thread of their directory, and keeps the latest where there is no room for it.

    Args:
        log_dir: event files go under it.

    Attributes:
        log: the records in their files; its failures are told by `settle`.
        backlog: of the directory; None until something was handed over, so that what was not can be copied.
    """

    def __init__(self, log_dir: str) -> None:
        # As it is now: the working directory may change while a model trains, or vanish.
        self.log = RecordLog(log_dir if "://" in log_dir else os.path.abspath(log_dir))
        self.backlog: Backlog | None = None
        self._place = os.path.realpath(log_dir)
        self._left_over: PendingRecord | None = None
        self._restarts_at: int | None = None

    def go_back(self, step: int) -> None:
        """Notes that the training went back to a step; the next record that is handed over tells it."""
        self._restarts_at = step if self._restarts_at is None else min(step, self._restarts_at)

    @property
    def restarts_at(self) -> int | None:
        """The step to which the training went back since a record was handed over, or None."""
        return self._restarts_at

    def put(self, record: PendingRecord, *, wait: float = 0.0) -> bool:
        """Hands a record over; False where there is no room for it, and `settle` tries again.

        Args:
            record: the latest.
            wait: seconds to wait for room.
        """
        self.backlog = backlog_of(self._place)
        given = self.backlog.put(functools.partial(self.log.write, record), record.size, wait=wait)
        self._left_over = None if given else record
        if given:
            self._restarts_at = None
        return given

    def settle(self, wait: float = 0.0) -> BaseException | None:
        """Waits until what was handed over is written, and the latest record if there was no room for it.

        Args:
            wait: seconds at most. What is not written by then is written later.

        Returns:
            The first error since this was asked before, if there was any.
        """
        left = 0
        if wait and self.backlog is not None:
            end = time.monotonic() + wait
            if self._left_over is not None:
                self.put(self._left_over, wait=wait)
            left = self.backlog.wait(end - time.monotonic())
        failure, self.log.failure = self.log.failure, None
        if failure is None and left:
            return TimeoutError(f"{left} records were not written within {wait:g} s; they are while the process lasts.")
        return failure
