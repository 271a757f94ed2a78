"""Waiting for threads without being held up for ever by what they wait for."""

import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Executor, Future, wait
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Item = TypeVar("Item")


def together(threads: Executor, function: Callable[[Item], T], items: Sequence[Item]) -> list[T]:
    """Calls a function for several items at once, those that no thread has begun in this one.

    So nobody waits for a free thread: the function may call this with the same threads, and many may call it at once.

    Raises:
      Exception: What the first of the items that failed raised.
    """
    futures = [threads.submit(function, item) for item in items]
    try:
        return [
            function(item) if future.cancel() else future.result() for future, item in zip(futures, items, strict=True)
        ]
    finally:
        for future in futures:
            future.cancel()


class Bounded(Generic[T]):
    """Results of calls that may hang: who asks gets the newest there is, and does not wait longer than `seconds`."""

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._lock = threading.Lock()
        self._under_way: dict[Hashable, Future[T]] = {}
        self._newest: dict[Hashable, T] = {}

    def get(self, key: Hashable, call: Callable[[], T]) -> T | None:
        """Returns what the call returned now or, where that takes too long, last time; None if it never did.

        Raises:
          Exception: What the call raised.
        """
        with self._lock:
            future = self._under_way.get(key)
            if future is None:
                future = self._under_way[key] = Future()
                threading.Thread(target=_settle, args=(future, call), daemon=True).start()
        if not wait([future], self._seconds).done:
            return self._newest.get(key)
        with self._lock:
            if self._under_way.get(key) is future:
                del self._under_way[key]
        result = future.result()
        self._newest[key] = result
        return result


def _settle(future: Any, call: Callable[[], Any]) -> None:
    try:
        future.set_result(call())
    except Exception as error:
        future.set_exception(error)
