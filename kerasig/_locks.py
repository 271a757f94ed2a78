"""How processes tell each other which directories they write into."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Callable

try:
    import fcntl
except ImportError:  # Not on Windows.
    fcntl = None  # type: ignore[assignment]

_held: weakref.WeakSet[DirectoryLock] = weakref.WeakSet()


class DirectoryLock:
    """Says that this process writes into a directory, until it is released or the process ends, however that ends.

    It is the system's lock on the directory itself, so no file is left behind. Where there is none, as for gs:// and
    on some network file systems, nobody is kept out.
    """

    def __init__(self) -> None:
        self._descriptor = -1
        self._close: Callable[[], object] = bool
        _held.add(self)

    def take(self, directory: str) -> bool:
        """Takes the directory in place of one taken before; False where another process has it."""
        if self._has(directory):
            return True
        self.release()
        if fcntl is None:
            return True
        try:
            descriptor = os.open(directory, os.O_RDONLY)
        except OSError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            return True
        self._descriptor = descriptor
        self._close = weakref.finalize(self, os.close, descriptor)
        return True

    def release(self) -> None:
        """Lets others have it."""
        with contextlib.suppress(OSError):
            self._close()
        self._descriptor = -1

    def _has(self, directory: str) -> bool:
        # One that was deleted and made again is another.
        with contextlib.suppress(OSError):
            return self._descriptor >= 0 and os.path.samestat(os.fstat(self._descriptor), os.stat(directory))
        return False


def _leave_to_parent() -> None:
    """A forked process shares the lock, and would keep it after its parent's end."""
    for lock in list(_held):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)
