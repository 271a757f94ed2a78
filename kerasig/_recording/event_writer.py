"""The writer of event files in the plugin's wire format, and the directory that a training's go to."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import re
import socket
import time
import weakref
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_STRING
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.util.tensor_util import make_tensor_proto
from tensorboard_plugin_kerasig import schema

from kerasig._locks import DirectoryLock
from kerasig._recording.earlier import Earlier, event_files, read_earlier
from kerasig._recording.record_file import RecordFile

logger = logging.getLogger("kerasig")

# A record's entries in the wire format, in their order: kind, title, series, blobs or stats, and by name what there is
# to know of each column of the stats.
Entries = list[tuple[str, str, str, Any, Mapping[str, Mapping[str, Any]]]]

# Of an event file's name, followed by the second in which it was begun.
_BEGINNING = "events.out.tfevents."
# Numbers the files of this process.
_files = itertools.count()
# One writer per run directory: of two, one of TensorBoard's loaders would lose what either writes.
_writers: weakref.WeakValueDictionary[str, EventWriter] = weakref.WeakValueDictionary()


class EventWriter:
    """One run directory's event file, opened at the first record and flushed after each.

    The file is written as records of bytes and not by `tf.summary`, which leaves out errors of a full disk, so that
    what is written behind a cut record is lost, and whose default writer and condition others change.

    Args:
        directory: the run's.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        # By title, what stands for the model whose attributions are written.
        self.models: dict[str, Hashable] = {}
        # By title, what an earlier process left.
        self.earlier: dict[str, Earlier] = {}
        # Titles whose inputs are written.
        self.shown: set[str] = set()
        # Tags of stats whose columns the file describes: of each tag readers keep what its first event says.
        self._described: set[str] = set()
        self._file: RecordFile | None = None
        self._path = ""
        self._holds_record = False
        self._restarts_at: int | None = None
        self._lock = DirectoryLock()

    def take(self) -> bool:
        """Claims the directory; False where another process writes into it."""
        return self._lock.take(self.directory)

    def restart(self, step: int) -> None:
        """Says in the file that a training begins at `step`, so that no reader keeps older records from there on."""
        self._restarts_at = step

    def look(self) -> None:
        """Begins again where someone deleted the file: nobody would see what goes on to be written into it."""
        if self._file is not None and not event_files(self.directory):
            self._file.close()
            self._file = None
            self.shown.clear()

    def write(
        self, step: int, entries: Entries, scalars: Mapping[str, float], texts: Mapping[str, str] | None = None
    ) -> None:
        """Writes one step's entries, scalars for the Time Series tab and texts for the Text tab, and flushes them.

        Args:
            step: of the training.
            entries: in the wire format.
            scalars: by tag; NaN is left out.
            texts: by tag, in Markdown; None without any.
        """
        values: list[Summary.Value] = []
        for tag, scalar in scalars.items():
            values += scalar_pb(tag, scalar).value if np.isfinite(scalar) else []
        for tag, text in (texts or {}).items():
            values += text_pb(tag, text).value
        try:
            if self._file is None:
                self._open()
            assert self._file is not None
            values = [_value(*entry, known=self._described) for entry in entries] + values
            if self._restarts_at is not None:
                self._add(Event(step=self._restarts_at, session_log=SessionLog(status=SessionLog.START)))
            for value in values:
                self._add(Event(step=step, summary=Summary(value=[value])))
            self._file.flush()
        except BaseException:
            self._give_up()
            raise
        self._restarts_at, self._holds_record = None, True
        self._described.update(schema.tag(kind, title, series) for kind, title, series, _, _ in entries)

    def leave(self) -> None:
        """Leaves the file to the process that this one was forked from."""
        if self._file is not None:
            self._file.leave()
            self._file = None

    def _open(self) -> None:
        tf.io.gfile.makedirs(self.directory)
        self.take()
        self._path, self._holds_record = self._new_path(), False
        self._described.clear()
        self._file = RecordFile(self._path)
        self._add(Event(file_version="brain.Event:2"))

    def _new_path(self) -> str:
        # Readers take the files of a run in the order of their names. The clock alone does not give it: two processes
        # may begin within one second, and the clocks of two machines differ.
        second, process = int(time.time()), f"{socket.gethostname()}.{os.getpid()}.{next(_files):06d}.v2"
        newest = max(map(os.path.basename, event_files(self.directory)), default="")
        if f"{_BEGINNING}{second:010d}.{process}" <= newest:
            second = max(second, _second_of(newest) + 1)
        return os.path.join(self.directory, f"{_BEGINNING}{second:010d}.{process}")

    def _give_up(self) -> None:
        """A record may have been cut short, and readers stop at one that was: what follows goes to a new file."""
        file, self._file = self._file, None
        with contextlib.suppress(Exception):
            if file is not None:
                file.close()
        with contextlib.suppress(Exception):
            if file is not None and not self._holds_record:
                tf.io.gfile.remove(self._path)

    def _add(self, event: Event) -> None:
        assert self._file is not None
        event.wall_time = time.time()
        self._file.append(event.SerializeToString())


def _second_of(name: str) -> int:
    """The second that an event file's name says, 0 without any."""
    second = re.match(re.escape(_BEGINNING) + r"(\d{10})\.", name)
    return int(second[1]) if second else 0


def writer_for(
    log_dir: str,
    model: Hashable,
    fingerprints: Mapping[str, str],
    began_at: int,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> EventWriter:
    """The writer of a training's attributions: into `kerasig` under `log_dir`, or `kerasig-2`, ...

    A training that began at step 0 opens a directory of its own, unless the newest one holds nothing beyond step 0 of
    the same probes: then the training before was stopped as it began, and this one takes its place. One that goes on
    from a later step goes on in the newest directory that shows the same probes by the same measures, or other sets
    alone, unless another process writes there. Callbacks that follow one model share a directory, and its writer.

    Args:
        log_dir: the training's log directory.
        model: stands for the model that is followed.
        fingerprints: of the probe sets, by title.
        began_at: the step at which the training, or this process's part of it, began.
        columns: of the probe sets' stats, by title: of one tag readers know those that it began with.
    """
    existing = [directory for directory in _made_directories(log_dir) if _has_events(directory)]
    for directory in reversed(existing):
        shared = _writers.get(os.path.realpath(directory))
        # Other sets of the same model belong to the same training.
        sibling = shared is not None and not set(fingerprints) & set(shared.models) and model in shared.models.values()
        if began_at == 0 and not sibling:
            if directory == existing[-1] and shared is None and _is_barely_begun(directory, fingerprints):
                writer, earlier = EventWriter(directory), {}
                if writer.take():
                    break
            continue
        earlier = read_earlier(directory)
        writer = EventWriter(directory) if shared is None else shared
        same = all(
            earlier[title].fingerprint == fingerprints[title]
            and earlier[title].columns in ((), tuple((columns or {}).get(title, earlier[title].columns)))
            for title in fingerprints.keys() & earlier.keys()
        )
        if same and writer.take():
            break
    else:
        writer, sibling, earlier = _new_writer(log_dir), False, {}
        if existing:
            logger.warning(
                "%s holds another training's attributions; this one's go to %s, a run of its own in the tab. To have "
                "one run, delete the earlier folder before a cell or script is run again; to tell runs apart by name, "
                "give each a log_dir of its own.",
                log_dir,
                writer.directory,
            )
    _writers[os.path.realpath(writer.directory)] = writer
    if not sibling:
        # The record that an earlier process made of the state that this one begins with stays, those beyond do not.
        writer.restart(began_at + 1 if earlier else began_at)
    writer.earlier.update({title: earlier[title] for title in fingerprints if title in earlier})
    writer.models.update(dict.fromkeys(fingerprints, model))
    return writer


def _is_barely_begun(directory: str, fingerprints: Mapping[str, str]) -> bool:
    """Whether a directory holds no record beyond step 0, and none of other probes under the same titles."""
    earlier = {title: probes for title, probes in read_earlier(directory).items() if any(probes.steps.values())}
    own = fingerprints.keys() & earlier.keys()
    if (earlier and not own) or any(earlier[title].fingerprint != fingerprints[title] for title in own):
        return False
    return all(steps <= {0} for probes in earlier.values() for steps in probes.steps.values())


def _run_directories(log_dir: str) -> Iterator[str]:
    yield os.path.join(log_dir, schema.RUN_SUFFIX)
    for count in itertools.count(2):
        yield os.path.join(log_dir, f"{schema.RUN_SUFFIX}-{count}")


def _made_directories(log_dir: str) -> Iterator[str]:
    return itertools.takewhile(tf.io.gfile.isdir, _run_directories(log_dir))


def _has_events(directory: str) -> bool:
    return bool(event_files(directory))


def _new_writer(log_dir: str) -> EventWriter:
    """Into the first run directory without event files, which of two processes just one gets."""
    for directory in _run_directories(log_dir):
        if not tf.io.gfile.exists(directory):
            tf.io.gfile.makedirs(directory)
        if not tf.io.gfile.isdir(directory):
            raise NotADirectoryError(f"{directory} is not a directory.")
        writer = EventWriter(directory)
        # Claimed before it is looked into: what another process wrote meanwhile is there by then.
        if writer.take() and not _has_events(directory):
            return writer
    raise AssertionError("itertools.count does not end")


def _leave_to_parent() -> None:
    for writer in list(_writers.values()):
        writer.leave()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_to_parent)


def _value(
    kind: str, title: str, series: str, content: Any, columns: Mapping[str, Mapping[str, Any]], known: Collection[str]
) -> Summary.Value:
    tag = schema.tag(kind, title, series)
    measures = None if tag in known else list(columns.values())
    metadata = SummaryMetadata(data_class=schema.DATA_CLASS[kind])
    metadata.plugin_data.plugin_name = schema.PLUGIN_NAME
    metadata.plugin_data.content = schema.plugin_content(kind, title, series, names=list(columns), measures=measures)
    if kind == "stats":
        tensor = make_tensor_proto(content)
    else:
        tensor = TensorProto(dtype=DT_STRING, string_val=content)
        tensor.tensor_shape.dim.add(size=len(content))
    return Summary.Value(tag=tag, tensor=tensor, metadata=metadata)


def encode_stats(columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """The columns [N] of a stats record as one array [N, S]."""
    return np.stack([np.asarray(column, np.float64) for column in columns.values()], axis=1)
