"""Writes records into event files in the plugin's wire format."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorboard_plugin_kerasig import schema
from tensorflow.core.framework.summary_pb2 import SummaryMetadata


def run_directory(log_dir: str | os.PathLike[str], fresh: bool) -> tuple[Path, bool]:
    """Where under `log_dir` a series is written: `kerasig`, or `kerasig-2`, ... when a fresh run meets an older one.

    Args:
        log_dir: the training's log directory.
        fresh: whether the training begins at step 0, so that an existing series is another training's.

    Returns:
        The directory, and whether it holds records that the series continues.
    """
    names = itertools.chain([schema.RUN_SUFFIX], (f"{schema.RUN_SUFFIX}-{count}" for count in itertools.count(2)))
    latest = None
    for name in names:
        directory = Path(log_dir) / name
        if not any(directory.glob("*tfevents*")):
            # A restarted training goes on in the newest of the series that are there.
            return (directory, False) if fresh or latest is None else (latest, True)
        latest = directory
    raise AssertionError("itertools.count does not end")


class EventWriter:
    """One run directory's event file, opened at the first record and flushed after each.

    Args:
        directory: the run's; nobody else may write into it, or one of TensorBoard's loaders loses records.
    """

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.directory = Path(directory)
        self._writer: Any = None

    def write(self, step: int, records: Sequence[tuple[str, str, str, Any, Sequence[str]]]) -> None:
        """Writes records of one step and flushes them.

        Args:
            step: of the training.
            records: (kind, title, series, blobs or stats, names of the stats), in the order of writing.
        """
        def write() -> None:
            for record in records:
                self._record(step, *record)

        self._within(step, write)

    def scalars(self, step: int, scalars: Mapping[str, float]) -> None:
        """Writes plain scalars for the Time Series tab; NaN is left out."""
        known = {name: value for name, value in scalars.items() if np.isfinite(value)}

        def write() -> None:
            for name, value in known.items():
                tf.summary.scalar(name, value, step)

        self._within(step, write)

    def close(self) -> None:
        """Closes the file; a later record opens another beside it."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _within(self, step: int, write: Callable[[], None]) -> None:
        # Callbacks may run inside a strategy's scope or a graph; files are written outside both. Keras's TensorBoard
        # callback leaks `record_if`, which would drop most records.
        with tf.init_scope():
            if self._writer is None:
                self._writer = tf.summary.create_file_writer(str(self.directory))
            with self._writer.as_default(step), tf.summary.record_if(True):
                write()
            self._writer.flush()

    def _record(self, step: int, kind: str, title: str, series: str, content: Any, names: Sequence[str]) -> None:
        metadata = SummaryMetadata(data_class=schema.DATA_CLASS[kind])
        metadata.plugin_data.plugin_name = schema.PLUGIN_NAME
        metadata.plugin_data.content = schema.plugin_content(kind, title, series, names=names)
        dtype = tf.float64 if kind == "stats" else tf.string
        tf.summary.write(schema.tag(kind, title, series), tf.constant(content, dtype), step, metadata)


def encode_stats(columns: Mapping[str, NDArray[Any]]) -> tuple[NDArray[np.float64], list[str]]:
    """The columns [N] of a stats record as one array [N, S], and their names."""
    return np.stack([np.asarray(column, np.float64) for column in columns.values()], axis=1), list(columns)
