"""Finds and reads records in TensorBoard's data, through its data provider."""

import functools
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tensorboard import errors
from tensorboard.data.provider import RunTagFilter

from tensorboard_plugin_kerasig import heap, schema
from tensorboard_plugin_kerasig.blobs import Blobs, EventBlobs, Naming, naming
from tensorboard_plugin_kerasig.calls import Calls, readable_errors
from tensorboard_plugin_kerasig.calls import Unavailable as Unavailable
from tensorboard_plugin_kerasig.listing import Lister, Scope, StoredSeries
from tensorboard_plugin_kerasig.memo import Memo
from tensorboard_plugin_kerasig.waiting import together

# The provider wants a number of points to downsample to; what is to be kept was decided when the data was loaded.
_ALL_STEPS = 1_000_000_000
_PARALLEL_SETS = 8
# Series whose stats are kept: of 1,000 records of 64 probes with 40 columns, they take 20 MB.
_STATS_KEPT = 4


class Steps(NamedTuple):
    """The stats of a series, sorted by step: per step its wall time and a table [N, S] with columns `names`.

    `measures` says what each column is; nothing in logs of earlier versions.
    """

    steps: list[int]
    wall_times: list[float]
    tables: list[NDArray[np.float64]]
    names: tuple[str, ...]
    measures: tuple[dict[str, Any], ...] = ()

    def column(self, name: str) -> NDArray[np.float64]:
        """One stat at every step [steps, N]; NaN where a step has fewer probes than another."""
        at, probes = self.names.index(name), max(map(len, self.tables), default=0)
        column = np.full((len(self.tables), probes), np.nan)
        for row, table in zip(column, self.tables, strict=True):
            row[: len(table)] = table[:, at]
        return column


class StoredRecord(NamedTuple):
    """A record as stored: its header, and by index the payload blobs of the probes that were asked for.

    A payload that is missing, of a record that was cut, is None.
    """

    header: dict[str, Any]
    payloads: dict[int, bytes | None]

    def payload(self, index: int) -> bytes:
        """The blob of a payload.

        Raises:
          schema.FormatError: If it is missing.
        """
        blob = self.payloads[index]
        if blob is None:
            # They are written in order: the first that is missing is as many as are there.
            count = len(self.header["payloads"])
            raise schema.FormatError(f"A record is cut: {index} of its {count} payloads are there.")
        return blob


class Store:
    """Reads what kerasig logged.

    Args:
      data_provider: TensorBoard's `DataProvider`.
      multiplexer: Where TensorBoard's Python loader keeps its events; None under the Rust loader.
    """

    def __init__(self, data_provider: Any, multiplexer: Any = None):
        self._provider = data_provider
        self._multiplexer = multiplexer
        remind = None if multiplexer is not None else lambda: data_provider.list_plugins(None, experiment_id="")
        self._calls = Calls(remind)
        # Threads apart from those of the calls, for which they wait.
        self._sets = ThreadPoolExecutor(_PARALLEL_SETS, thread_name_prefix="kerasig-sets")
        self._lister = Lister(data_provider, self._calls, is_local=multiplexer is not None)
        self._stats: Memo[Steps] = Memo(_STATS_KEPT)
        self._namings: Memo[Naming | None] = Memo(256)
        self._references: Memo[list[Any]] = Memo(4)
        self._layouts: Memo[tuple[int, ...]] = Memo(256)

    def series(self, scope: Scope) -> dict[str, list[StoredSeries]]:
        """Lists the series of every run, reading none of them."""
        return self._lister.latest(scope).series

    def places(self, scope: Scope) -> dict[str, int]:
        """Lists each run's place among all runs, also those of other plugins, by the time of their first events."""
        return self._lister.latest(scope).places

    def is_gone(self, scope: Scope, run: str) -> bool:
        """Whether TensorBoard does not list a run any more, at this very moment."""
        return run not in self._lister.now(scope).series

    def find(self, scope: Scope, kind: str, run: str, title: str, series: str = "") -> StoredSeries:
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

    def steps(self, scope: Scope, run: str, found: StoredSeries) -> Steps:
        """Reads a stats series, all its steps in one read.

        Raises:
          schema.FormatError: If a table does not have one row per probe and one column per name.
        """
        place = (scope.experiment, run, found.tag)
        return self._stats.get(place, lambda: self._steps(scope, run, found), state=found.state)

    def _steps(self, scope: Scope, run: str, found: StoredSeries) -> Steps:
        names = found.content.names
        # Sorted, last of duplicates kept: a restarted training logs steps again, and the Python loader keeps both.
        try:
            points = {point.step: point for point in self._read(self._provider.read_tensors, scope, run, found)}
        except errors.NotFoundError:
            # TensorBoard says the same of a run that is gone and of a tensor whose type it does not know.
            if all(listed.tag != found.tag for listed in self._lister.now(scope).series.get(run, [])):
                raise
            sentence = f"The stats of set {found.content.title!r} are corrupt: their type is unknown."
            raise schema.FormatError(sentence) from None
        for step, point in points.items():
            if point.numpy.ndim != 2 or point.numpy.shape[1] != len(names) or point.numpy.dtype.kind != "f":
                raise schema.FormatError(
                    f"The stats of set {found.content.title!r} at step {step} are corrupt: shape "
                    f"{list(point.numpy.shape)} instead of [probes, {len(names)}]."
                )
        ordered = [points[step] for step in sorted(points)]
        tables = [point.numpy.astype(np.float64, copy=False) for point in ordered]
        # As parts of one array: thousands of small ones, kept, would hold what lay between them, too.
        ends = np.cumsum([len(table) for table in tables])
        tables = np.split(np.concatenate(tables), ends[:-1]) if tables else []
        steps, wall_times = [int(point.step) for point in ordered], [point.wall_time for point in ordered]
        del points, ordered
        heap.trim()
        return Steps(steps, wall_times, tables, names, found.content.measures)

    def record(
        self, scope: Scope, run: str, found: StoredSeries, step: int | None, *, probes: Sequence[int] | None = ()
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
        blobs = self.blobs(scope, run, found, step)
        # A series' records are alike: the header is read together with what the one before says that follows it.
        place = (scope.experiment, run, found.tag)
        guess = _indices(self._layouts.get(place, tuple), probes)
        header_blob, *payloads = blobs.read([0, *(index + 1 for index in guess)])
        if header_blob is None:
            raise _no_record(run, found, step)
        header = schema.decode_header(header_blob)
        unknown = [probe for probe in probes or () if not 0 <= probe < header["probes"]]
        if unknown:
            raise errors.NotFoundError(f"there is no probe {unknown[0]}: the set has {header['probes']} probes.")
        layout = tuple(entry["probe"] for entry in header["payloads"])
        self._layouts.put(place, layout)
        indices = _indices(layout, probes)
        known = dict(zip(guess, payloads, strict=True))
        missing = [index for index in indices if index not in known]
        known |= zip(missing, blobs.read([index + 1 for index in missing]), strict=True)
        return StoredRecord(header, {index: known[index] for index in indices})

    def map(self, function: Any, items: Sequence[Any]) -> list[Any]:
        """Calls a function that reads from this store for several items at once. It may call this in its turn."""
        return together(self._sets, function, items)

    def _read(self, read: Any, scope: Scope, run: str, found: StoredSeries, *, points: int = _ALL_STEPS) -> list[Any]:
        """Reads the points of a series, in the order they were written; of fewer than all, the last is one."""

        def call() -> Any:
            return read(
                scope.context,
                experiment_id=scope.experiment,
                plugin_name=schema.PLUGIN_NAME,
                downsample=points,
                run_tag_filter=RunTagFilter(runs=[run], tags=[found.tag]),
            )

        try:
            return list(self._calls.together([call])[0].get(run, {}).get(found.tag, []))
        except errors.PublicError:
            raise
        except Exception as error:
            # What TensorBoard makes of a tensor whose content fits neither its type nor its shape is written nowhere.
            what = f"The {found.content.kind} of set {found.content.title!r} are corrupt"
            raise schema.FormatError(f"{what}: {type(error).__name__}: {str(error)[:200]}") from error

    def _listed(self, scope: Scope, run: str, found: StoredSeries) -> list[Any]:
        """Where the blobs of all records of a series are."""
        read = self._provider.read_blob_sequences
        place = (scope.experiment, run, found.tag)
        return self._references.get(place, lambda: self._read(read, scope, run, found), state=found.state)

    def recorded(self, scope: Scope, run: str, found: StoredSeries) -> list[int]:
        """The steps of a series' records, ascending; for series that have no stats to tell them."""
        return sorted({int(point.step) for point in self._listed(scope, run, found)})

    def blobs(self, scope: Scope, run: str, found: StoredSeries, step: int | None) -> Blobs | EventBlobs:
        """Finds the blobs of a record; it may turn out that there are none.

        Raises:
          errors.NotFoundError: If there is no such step, where that is known at once.
        """
        if self._multiplexer is not None:
            with readable_errors():
                return EventBlobs(self._multiplexer, run, found.tag, step)
        place = (scope.experiment, run, found.tag)

        def read_blob(key: Any) -> bytes:
            return bytes(self._provider.read_blob(scope.context, blob_key=key))

        def learn() -> Naming | None:
            points = self._read(self._provider.read_blob_sequences, scope, run, found, points=1)
            return naming(points[-1].step, [value.blob_key for value in points[-1].values]) if points else None

        # Without a step it is the record written last that is wanted, which the steps do not tell.
        name = None if step is None else self._namings.get(place, learn)
        if name is not None and step is not None:
            return Blobs(self._calls, read_blob, functools.partial(name, step), certain=False)
        points = [point for point in self._listed(scope, run, found) if step is None or point.step == step]
        if not points:
            raise _no_record(run, found, step)
        values = max(points, key=lambda point: point.wall_time).values
        return Blobs(self._calls, read_blob, lambda index: values[index].blob_key, certain=True)


def _indices(layout: Sequence[int], probes: Sequence[int] | None) -> list[int]:
    """Which payloads are those of some probes, or of all, where `layout` says whose each is."""
    chosen = None if probes is None else frozenset(probes)
    return [index for index, probe in enumerate(layout) if chosen is None or probe in chosen]


def _no_record(run: str, found: StoredSeries, step: int | None) -> errors.NotFoundError:
    where = "" if step is None else f" at step {step}"
    return errors.NotFoundError(f"set {found.content.title!r} of run {run!r} has no {found.content.kind}{where}.")
