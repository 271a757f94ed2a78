"""A small cache that several request threads share."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """Keeps the results of the last `size` keys, each for one state of what was read: nothing ever goes stale."""

    def __init__(self, size: int):
        self._size = size
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, tuple[Hashable, T]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], T], *, state: Hashable = None) -> T:
        """Returns the result of `key`, computed if it is not there or was of another state.

        An exception is passed on and not kept.
        """
        with self._lock:
            kept = self._results.get(key)
            if kept is not None and kept[0] == state:
                self._results.move_to_end(key)
                return kept[1]
        result = compute()  # Without the lock: two threads may compute the same, none waits for another's read.
        self.put(key, result, state=state)
        return result

    def put(self, key: Hashable, result: T, *, state: Hashable = None) -> None:
        """Keeps a result in place of the one before."""
        with self._lock:
            self._results[key] = (state, result)
            self._results.move_to_end(key)
            while len(self._results) > self._size:
                self._results.popitem(last=False)
