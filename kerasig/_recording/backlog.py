"""Work done in its order on a thread of its own, within bounds of memory and of waiting."""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable

from kerasig import _sentences as sentences

logger = logging.getLogger("kerasig")

# At most so many jobs wait, and so many bytes unless a single job has more.
MOST_JOBS, MOST_BYTES = 64, 256 * 2**20
# Seconds that anybody waits for what is waiting, at the end of a training, of `record()` and of the process.
LONGEST_WAIT = 30.0

_backlogs: weakref.WeakValueDictionary[str, Backlog] = weakref.WeakValueDictionary()


class Backlog:
    """Jobs that wait for one thread, which lives as long as there are any.

    Nothing is left of a job once it is done: neither the job, nor a thread that might hold on to it.
    """

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self._changed = threading.Condition()
        self._jobs: deque[tuple[Callable[[], None], int]] = deque()
        self._bytes = 0
        self._given, self._done = 0, 0
        self._running = False
        # How many jobs were done when somebody last waited in vain.
        self._stalled_at = -1

    def put(self, job: Callable[[], None], size: int, *, wait: float = 0.0) -> bool:
        """Hands over a job, or tells that there is no room for it.

        Args:
            job: called once, on the thread; what it raises is logged, and those behind it are done all the same.
            size: bytes that it holds.
            wait: seconds to wait for room.
        """
        with self._changed:
            if not self._until(lambda: self._has_room(size), wait):
                return False
            self._jobs.append((job, size))
            self._bytes += size
            self._given += 1
            if self._running:
                return True
            self._running = True
        try:
            threading.Thread(target=self._work, name="kerasig-writer", daemon=True).start()
        except RuntimeError:
            # The interpreter is about to end, or no more threads are allowed.
            self._work()
        return True

    def wait(self, seconds: float, *, again: bool = False) -> int:
        """Waits for all jobs; how many are still to be done.

        Args:
            seconds: to wait. Where somebody waited in vain before and no job was done since, nobody waits.
            again: wait all the same.
        """
        with self._changed:
            if again:
                self._stalled_at = -1
            goal = self._given
            self._until(lambda: self._done >= goal, seconds)
            return self._given - self._done

    def _until(self, reached: Callable[[], bool], seconds: float) -> bool:
        if reached():
            return True
        if seconds <= 0 or self._stalled_at == self._done:
            return False
        if self._changed.wait_for(reached, seconds):
            return True
        self._stalled_at = self._done
        return False

    def _has_room(self, size: int) -> bool:
        waiting = self._given - self._done
        return waiting == 0 or (waiting < MOST_JOBS and self._bytes + size <= MOST_BYTES)

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._jobs:
                    self._running = False
                    return
                job, size = self._jobs.popleft()
            try:
                job()
            except BaseException as error:
                logger.warning("What was to be written is lost: %s", sentences.described(error), exc_info=True)
            finally:
                # Whoever waits for the job may count on its being gone.
                del job
                with self._changed:
                    self._bytes -= size
                    self._done += 1
                    self._changed.notify_all()


def backlog_of(path: str) -> Backlog:
    """The one backlog of what is written below a directory."""
    return _backlogs.setdefault(os.path.realpath(path), Backlog())


def _finish() -> None:
    """Waits for what is waiting when the process ends."""
    end = time.monotonic() + LONGEST_WAIT
    left = sum(backlog.wait(end - time.monotonic(), again=True) for backlog in list(_backlogs.values()))
    if left:
        logger.warning("%d records of attributions could not be written within %g s.", left, LONGEST_WAIT)


def _forget_all() -> None:
    """A forked process has no thread to work with; what waits is its parent's to write."""
    for backlog in list(_backlogs.values()):
        backlog._forget()


atexit.register(_finish)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
