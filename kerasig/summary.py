"""Writes records into event files in the plugin's wire format."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorboard_plugin_kerasig import schema
from tensorflow.core.framework.summary_pb2 import SummaryMetadata
from tensorflow.core.util.event_pb2 import Event, SessionLog

logger = logging.getLogger("kerasig")

# (kind, title, series, blobs or stats, names of the stats), in the order of writing.
Records = list[tuple[str, str, str, Any, Sequence[str]]]

# One writer per run directory: of two, one of TensorBoard's loaders would lose what either writes.
_writers: weakref.WeakValueDictionary[str, EventWriter] = weakref.WeakValueDictionary()


class EventWriter:
    """One run directory's event file, opened at the first record and flushed after each.

    Args:
        directory: the run's.
    """

    def __init__(self, directory: str) -> None:
        self.directory = directory
        # By title, the model whose attributions are written.
        self.models: dict[str, Any] = {}
        self._writer: Any = None
        self._restarts_at: int | None = None

    def restart(self, step: int) -> None:
        """Says in the file that the training went back to `step`, so that no reader keeps what was there beyond."""
        self._restarts_at = step

    def write(self, step: int, records: Records) -> None:
        """Writes records of one step and flushes them."""
        with self._opened(step):
            for record in records:
                _write(step, *record)

    def scalars(self, step: int, scalars: Mapping[str, float]) -> None:
        """Writes plain scalars for the Time Series tab; NaN is left out."""
        with self._opened(step):
            for name, value in scalars.items():
                if np.isfinite(value):
                    tf.summary.scalar(name, value, step)

    @contextlib.contextmanager
    def _opened(self, step: int) -> Iterator[None]:
        try:
            # Callbacks may run inside a strategy's scope or a graph; files are written outside both. Keras's
            # TensorBoard callback leaks `record_if`, which would drop most records.
            with tf.init_scope():
                if self._writer is None:
                    self._writer = tf.summary.create_file_writer(self.directory)
                if self._restarts_at is not None:
                    self._write_restart(self._restarts_at)
                    self._restarts_at = None
                with self._writer.as_default(step), tf.summary.record_if(True):
                    yield
                self._writer.flush()
        except BaseException:
            # A record may have been cut short, and readers stop at one that was: what follows goes to a new file.
            writer, self._writer = self._writer, None
            with contextlib.suppress(Exception):
                if writer is not None:
                    writer.close()
            raise

    def _write_restart(self, step: int) -> None:
        event = Event(wall_time=time.time(), step=step, session_log=SessionLog(status=SessionLog.START))
        # TensorFlow has no public function for events that are no summary.
        tf.raw_ops.ImportEvent(writer=self._writer._resource, event=event.SerializeToString())


def writer_for(log_dir: str, model: Any, titles: Sequence[str], began_at: int) -> EventWriter:
    """The writer of a training's attributions: into `kerasig` under `log_dir`, or `kerasig-2`, ...

    A training that began at step 0 and meets an older one's files opens the next directory, and says so. One that goes
    on from a later step goes on in the newest. Callbacks that follow one model share a directory, and its writer.

    Args:
        log_dir: the training's log directory.
        model: that is followed.
        titles: of the probe sets.
        began_at: the step at which the training, or this process's part of it, began.
    """
    latest = None
    for directory in _run_directories(log_dir):
        if not _has_events(directory):
            break
        latest = directory
    writer = None if latest is None else _writers.get(os.path.realpath(latest))
    # Other sets of the same model belong to the same training.
    sibling = writer is not None and not set(titles) & set(writer.models) and model in writer.models.values()
    if began_at == 0 and not sibling:
        latest = writer = None
    if latest is None:
        latest = _made_directory(log_dir)
        if os.path.basename(latest) != schema.RUN_SUFFIX:
            logger.warning("%s holds another training's attributions; this one's go to %s.", log_dir, latest)
    if writer is None:
        writer = EventWriter(latest)
        _writers[os.path.realpath(latest)] = writer
    if began_at and not sibling:
        writer.restart(began_at)
    writer.models.update(dict.fromkeys(titles, model))
    return writer


def _run_directories(log_dir: str) -> Iterator[str]:
    yield os.path.join(log_dir, schema.RUN_SUFFIX)
    for count in itertools.count(2):
        yield os.path.join(log_dir, f"{schema.RUN_SUFFIX}-{count}")


def _has_events(directory: str) -> bool:
    # No glob: brackets in a name are no pattern. `tf.io.gfile` also knows gs:// and its like.
    return tf.io.gfile.isdir(directory) and any("tfevents" in name for name in tf.io.gfile.listdir(directory))


def _made_directory(log_dir: str) -> str:
    """The first run directory without event files; made here, so that of two processes just one has it."""
    tf.io.gfile.makedirs(log_dir)
    for directory in _run_directories(log_dir):
        if tf.io.gfile.isdir(directory):
            if not _has_events(directory):
                return directory
            continue
        try:
            tf.io.gfile.mkdir(directory)
        except tf.errors.AlreadyExistsError:
            if not tf.io.gfile.isdir(directory):
                raise
            continue
        return directory
    raise AssertionError("itertools.count does not end")


def _write(step: int, kind: str, title: str, series: str, content: Any, names: Sequence[str]) -> None:
    metadata = SummaryMetadata(data_class=schema.DATA_CLASS[kind])
    metadata.plugin_data.plugin_name = schema.PLUGIN_NAME
    metadata.plugin_data.content = schema.plugin_content(kind, title, series, names=names)
    dtype = tf.float64 if kind == "stats" else tf.string
    tf.summary.write(schema.tag(kind, title, series), tf.constant(content, dtype), step, metadata)


def encode_stats(columns: Mapping[str, NDArray[Any]]) -> tuple[NDArray[np.float64], list[str]]:
    """The columns [N] of a stats record as one array [N, S], and their names."""
    return np.stack([np.asarray(column, np.float64) for column in columns.values()], axis=1), list(columns)
