"""Calls to TensorBoard's data provider: several at once, and without the pauses of a connection that falls silent."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

import grpc
from tensorboard import errors

T = TypeVar("T")

_PARALLEL = 16
# The Rust loader's reply comes in parts, and its system sends a part only when the one before was acknowledged, which
# ours puts off by 40 ms unless there is something to be sent. So while calls are under way, a small one follows them.
_SILENCE_SECONDS = 0.004
_MOST_REMINDERS = 6


class Unavailable(errors.PublicError):
    """TensorBoard's own data server failed."""

    http_code = 503


class Calls:
    """Runs calls to a data provider in threads of its own.

    Args:
      remind: A call that costs nearly nothing, or None where the data is in this process.
    """

    def __init__(self, remind: Callable[[], object] | None):
        self._remind = remind
        self._threads = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="kerasig-reads")
        self._reminders = ThreadPoolExecutor(_MOST_REMINDERS, thread_name_prefix="kerasig-reminders")

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Makes all calls at once and returns their results in order.

        Raises:
          errors.PublicError: Whatever failed first, as a sentence.
        """
        if self._remind is None:
            return [_call(call) for call in calls]
        futures = [self._threads.submit(_call, call) for call in calls]
        for _ in range(_MOST_REMINDERS):
            if not wait(futures, _SILENCE_SECONDS).not_done:
                break
            self._reminders.submit(self._remind)
        return [future.result() for future in futures]


def _call(call: Callable[[], T]) -> T:
    with readable_errors():
        return call()


@contextmanager
def readable_errors() -> Iterator[None]:
    """Turns the provider's failures into errors that TensorBoard answers with a sentence."""
    try:
        yield
    except (KeyError, IndexError):
        # The run was deleted, or reloaded, while it was read.
        raise errors.NotFoundError("the run was deleted or has changed while it was read.") from None
    except grpc.RpcError as error:
        details = error.details() if hasattr(error, "details") else str(error)
        raise Unavailable(f"TensorBoard's data server failed: {details}") from error
