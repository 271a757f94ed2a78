"""Where explained rows go: into sums alone, or into a folder as well."""

from __future__ import annotations

import abc
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from kerasig._datasets.chunks import RowChunk
from kerasig._global.reduction import Reduction
from kerasig._global.result import GlobalAttribution
from kerasig.attribution import Attribution

# The sums of one chunk's rows.
Reduce = Callable[[RowChunk, Attribution], Reduction]
# Chunks that may wait for their turn while further ones are explained.
_WAITING = 2


class Destination(abc.ABC):
    """Takes the chunks of a data set in their order; what is done with one is done on a thread of its own.

    Used in a `with` block, which at its end waits for what was taken. Chunks that come behind one that failed are
    dropped: they would stand in its place.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "kerasig chunks")
        self._waiting: deque[Future[None]] = deque()
        self._failed: BaseException | None = None

    def __enter__(self) -> Destination:
        return self

    def __exit__(self, of: object, raised: BaseException | None, where: object) -> None:
        # What was explained is kept, also where the next chunk fails.
        self._thread.shutdown(wait=True)
        if isinstance(raised, Exception) and self._failed not in (None, raised):
            # What failed first, and is told as the reason why nothing behind it is there.
            raise self._failed

    @property
    @abc.abstractmethod
    def rows_done(self) -> int:
        """How many rows need not be explained."""

    @property
    @abc.abstractmethod
    def complete(self) -> bool:
        """Whether everything is done."""

    @abc.abstractmethod
    def has(self, chunk: RowChunk) -> bool:
        """Whether a chunk is done already.

        Raises:
            ValueError: what is done there is of other rows.
        """

    @abc.abstractmethod
    def check_end(self, rows: int) -> None:
        """Raises ValueError where the data set ends, after so many rows, before what is done."""

    @abc.abstractmethod
    def finish(self) -> GlobalAttribution:
        """Ends it after the last chunk."""

    @abc.abstractmethod
    def add(self, chunk: RowChunk, attribution: Attribution) -> None:
        """Takes the next chunk, explained. Errors may be those of a chunk before it."""

    def _later(self, work: Callable[[], None]) -> None:
        """Has something done on the thread, behind what waits there."""
        while len(self._waiting) >= _WAITING or (self._waiting and self._waiting[0].done()):
            self._waiting.popleft().result()
        self._waiting.append(self._thread.submit(self._unless_failed, work))

    def _unless_failed(self, work: Callable[[], None]) -> None:
        if self._failed is not None:
            return
        try:
            work()
        except BaseException as error:
            self._failed = error
            raise

    def _settle(self) -> None:
        """Waits for what was taken."""
        while self._waiting:
            self._waiting.popleft().result()


class Sums(Destination):
    """Sums alone, in memory.

    Args:
        reduce: the sums of a chunk.
    """

    rows_done = 0
    complete = False

    def __init__(self, reduce: Reduce) -> None:
        super().__init__()
        self._reduce = reduce
        self._sums: Reduction | None = None

    def has(self, chunk: RowChunk) -> bool:
        """None is."""
        return False

    def check_end(self, rows: int) -> None:
        """Nothing was done before."""

    def finish(self) -> GlobalAttribution:
        """The sums over all chunks."""
        self._settle()
        assert self._sums is not None
        return self._sums.result()

    def add(self, chunk: RowChunk, attribution: Attribution) -> None:
        """Adds up its rows."""

        def added() -> None:
            self._sums = merged(self._sums, self._reduce(chunk, attribution))

        self._later(added)


def merged(sums: Reduction | None, further: Reduction) -> Reduction:
    """Sums with those of further rows."""
    if sums is None:
        return further
    sums.merge(further)
    return sums
