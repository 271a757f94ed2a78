"""Finds and reads records in TensorBoard's data: the only file that knows its data provider."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import grpc
import numpy as np
from numpy.typing import NDArray
from tensorboard import errors
from tensorboard.data.provider import RunTagFilter
from tensorboard.util import tensor_util

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.memo import Memo

# The provider wants a number of points to downsample to; what is to be kept was decided when the data was loaded.
_ALL_STEPS = 1_000_000_000
_LISTING_SECONDS = 1.0  # TensorBoard itself looks for new data every 5 s.
_PARALLEL_READS = 8  # A read through the Rust loader costs some 50 ms, however small it is.

_Read = Callable[[Sequence[int]], list[bytes]]


class Unavailable(errors.PublicError):
    """TensorBoard's own data server failed."""

    http_code = 503


class Scope(NamedTuple):
    """Whose data a request is about: TensorBoard's request context and experiment."""

    context: Any
    experiment: str


class Series(NamedTuple):
    """One tag of one run. `state` (largest step and wall time) changes whenever the data does."""

    tag: str
    content: schema.Content
    state: tuple[int, float]
    error: str | None


class Steps(NamedTuple):
    """The stats of a series, sorted by step: per step its wall time and a table [N, S] with columns `names`."""

    steps: list[int]
    wall_times: list[float]
    tables: list[NDArray[np.float64]]
    names: tuple[str, ...]


class StoredRecord(NamedTuple):
    """A record as stored: its header, and by index the payload blobs of the probes that were asked for."""

    header: dict[str, Any]
    payloads: dict[int, bytes]


class Store:
    """Reads what kerasig logged.

    Args:
      data_provider: TensorBoard's `DataProvider`.
      multiplexer: Where TensorBoard's Python loader keeps its events; None under the Rust loader.
    """

    def __init__(self, data_provider: Any, multiplexer: Any = None):
        self._provider = data_provider
        self._multiplexer = multiplexer
        # Two pools: what runs in the first waits for reads in the second.
        self._sets = ThreadPoolExecutor(_PARALLEL_READS, thread_name_prefix="kerasig-sets")
        self._blobs = ThreadPoolExecutor(_PARALLEL_READS, thread_name_prefix="kerasig-blobs")
        self._listings: Memo[dict[str, list[Series]]] = Memo(4)
        self._references: Memo[list[Any]] = Memo(16)

    def series(self, scope: Scope) -> dict[str, list[Series]]:
        """Lists the series of every run, reading none of them."""
        moment = int(time.monotonic() / _LISTING_SECONDS)
        return self._listings.get((scope.experiment, moment), lambda: self._list(scope))

    def find(self, scope: Scope, kind: str, run: str, title: str, series: str = "") -> Series:
        """Finds one series.

        Raises:
          errors.NotFoundError: If there is no such run, set or series, or the set has no such kind of record.
        """
        listed = self.series(scope).get(run)
        if listed is None:
            raise errors.NotFoundError(f"there is no run {run!r} with attributions.")
        same_set = [found for found in listed if found.content.title == title]
        if not same_set:
            raise errors.NotFoundError(f"run {run!r} has no probe set {title!r}.")
        for found in same_set:
            if found.error:
                raise schema.FormatError(found.error)
            if (found.content.kind, found.content.series) == (kind, series):
                return found
        raise errors.NotFoundError(f"set {title!r} of run {run!r} has no {kind} in a series {series!r}.")

    def steps(self, scope: Scope, run: str, found: Series) -> Steps:
        """Reads a stats series, all its steps in one read.

        Raises:
          schema.FormatError: If a table does not have one row per probe and one column per name.
        """
        names = found.content.names
        # Sorted, last of duplicates kept: a restarted training logs steps again, and the Python loader keeps both.
        points = {point.step: point for point in self._read(self._provider.read_tensors, scope, run, found)}
        for step, point in points.items():
            if point.numpy.ndim != 2 or point.numpy.shape[1] != len(names) or point.numpy.dtype.kind != "f":
                raise schema.FormatError(
                    f"The stats of set {found.content.title!r} at step {step} are corrupt: shape "
                    f"{list(point.numpy.shape)} instead of [probes, {len(names)}]."
                )
        ordered = [points[step] for step in sorted(points)]
        tables = [point.numpy.astype(np.float64) for point in ordered]
        return Steps([int(point.step) for point in ordered], [point.wall_time for point in ordered], tables, names)

    def record(
        self, scope: Scope, run: str, found: Series, step: int | None, *, probes: Sequence[int] | None = ()
    ) -> StoredRecord:
        """Reads one record of a series.

        Args:
          scope: Whose data it is.
          run: The run's name.
          found: The series.
          step: The step; None for the record written last.
          probes: Whose payloads are read; None for all.

        Raises:
          errors.NotFoundError: If there is no such step or probe.
          schema.FormatError: If the record is cut, corrupt or from a newer kerasig.
        """
        points = self._points(scope, run, found)
        if step is not None:
            points = [point for point in points if point.step == step]
        if not points:
            where = "" if step is None else f" at step {step}"
            raise errors.NotFoundError(
                f"set {found.content.title!r} of run {run!r} has no {found.content.kind}{where}."
            )
        point = max(points, key=lambda point: point.wall_time)
        return self._record(scope, run, found, point, probes)

    def points(self, scope: Scope, run: str, found: Series) -> list[Any]:
        """References to the records of a series, sorted by step; of a step that was logged twice, the last."""
        points = {point.step: point for point in sorted(self._points(scope, run, found), key=lambda p: p.wall_time)}
        return [points[step] for step in sorted(points)]

    def at(self, scope: Scope, run: str, found: Series, point: Any, probe: int) -> dict[str, Any] | schema.FormatError:
        """Reads the header of one record, or returns what is wrong with it.

        Raises:
          errors.NotFoundError: If there is no such probe.
        """
        try:
            header = self._record(scope, run, found, point, ()).header
        except schema.FormatError as error:
            return error
        if not 0 <= probe < header["probes"]:
            raise errors.NotFoundError(f"there is no probe {probe}: the set has {header['probes']} probes.")
        return header

    def map(self, function: Any, items: Sequence[Any]) -> list[Any]:
        """Calls a function that reads from this store for several items at once."""
        return list(self._sets.map(function, items))

    def _list(self, scope: Scope) -> dict[str, list[Series]]:
        result: dict[str, list[Series]] = {}
        for list_all in (self._provider.list_tensors, self._provider.list_blob_sequences):
            with _readable_errors():
                runs = list_all(scope.context, experiment_id=scope.experiment, plugin_name=schema.PLUGIN_NAME)
            for run, tags in runs.items():
                for tag, found in tags.items():
                    error = None
                    try:
                        content = schema.parse_plugin_content(found.plugin_content)
                    except schema.FormatError as unreadable:
                        # Listed all the same, so that the page can say what is wrong with it.
                        content = schema.Content("", tag.partition("/")[2] or tag, "", ())
                        error = str(unreadable)
                    state = (found.max_step, found.max_wall_time)
                    result.setdefault(run, []).append(Series(tag, content, state, error))
        return result

    def _points(self, scope: Scope, run: str, found: Series) -> list[Any]:
        key = (scope.experiment, run, found.tag, found.state)
        read = self._provider.read_blob_sequences
        return self._references.get(key, lambda: self._read(read, scope, run, found))

    def _read(self, read: Any, scope: Scope, run: str, found: Series) -> list[Any]:
        """Reads the points of a series, in the order they were written."""
        with _readable_errors():
            points = read(
                scope.context,
                experiment_id=scope.experiment,
                plugin_name=schema.PLUGIN_NAME,
                downsample=_ALL_STEPS,
                run_tag_filter=RunTagFilter(runs=[run], tags=[found.tag]),
            )
        return list(points.get(run, {}).get(found.tag, []))

    def _record(self, scope: Scope, run: str, found: Series, point: Any, probes: Sequence[int] | None) -> StoredRecord:
        count, read = self._open(scope, run, found, point)
        if not count:
            raise schema.FormatError("A record is cut: it holds no blobs.")
        blobs = read(range(count) if probes is None else [0])
        header = schema.decode_header(blobs[0])
        schema.check_blob_count(header, count)
        if probes is None:
            return StoredRecord(header, dict(enumerate(blobs[1:])))
        unknown = [probe for probe in probes if not 0 <= probe < header["probes"]]
        if unknown:
            raise errors.NotFoundError(f"there is no probe {unknown[0]}: the set has {header['probes']} probes.")
        chosen = [index for index, entry in enumerate(header["payloads"]) if entry["probe"] in probes]
        return StoredRecord(header, dict(zip(chosen, read([index + 1 for index in chosen]), strict=True)))

    def _open(self, scope: Scope, run: str, found: Series, point: Any) -> tuple[int, _Read]:
        """Returns how many blobs a record has and a function that reads some of them."""
        if self._multiplexer is not None:
            # Of a step that was logged twice, the provider reads the first, which a restart made obsolete;
            # and for each blob it unpacks the whole record.
            with _readable_errors():
                events = [event for event in self._multiplexer.Tensors(run, found.tag) if event.step == point.step]
                record = tensor_util.make_ndarray(events[-1].tensor_proto).reshape(-1)
            return len(record), lambda indices: [bytes(record[index]) for index in indices]

        def read_one(index: int) -> bytes:
            with _readable_errors():
                return bytes(self._provider.read_blob(scope.context, blob_key=point.values[index].blob_key))

        return len(point.values), lambda indices: list(self._blobs.map(read_one, indices))


@contextmanager
def _readable_errors() -> Iterator[None]:
    """Turns the provider's failures into errors that TensorBoard answers with a sentence."""
    try:
        yield
    except (KeyError, IndexError):
        # The run was deleted, or reloaded, while it was read.
        raise errors.NotFoundError("the run was deleted or has changed while it was read.") from None
    except grpc.RpcError as error:
        details = error.details() if hasattr(error, "details") else str(error)
        raise Unavailable(f"TensorBoard's data server failed: {details}") from error
