"""A log directory, and the answers of the tab's own routes over it, without a server."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import google_crc32c
from tensorboard.backend.event_processing import (
    data_provider,
    io_wrapper,
    plugin_event_accumulator,
    plugin_event_multiplexer,
)
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow
from tensorboard.context import RequestContext
from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.chosen_steps import activity
from tensorboard_plugin_kerasig.listing import Scope
from tensorboard_plugin_kerasig.routes import Routes
from tensorboard_plugin_kerasig.store import Steps, Store
from werkzeug.test import Client

# Of other plugins' tags nothing is read here but when their runs began.
_OTHERS = {plugin_event_accumulator.TENSORS: 1}


class ServedLog:
    """The log below a directory, as far as it was written when it was last read.

    Args:
        log_dir: the directory.
    """

    def __init__(self, log_dir: str) -> None:
        self._log_dir = log_dir
        self._events = plugin_event_multiplexer.EventMultiplexer(
            size_guidance=_OTHERS, tensor_size_guidance={schema.PLUGIN_NAME: 0}
        )
        provider = data_provider.MultiplexerDataProvider(self._events, log_dir)
        self._context = SimpleNamespace(data_provider=provider, multiplexer=self._events, logdir=log_dir)
        self.read()

    def read(self) -> None:
        """Reads what was written since."""
        if os.path.isdir(self._log_dir) or "://" in self._log_dir:
            with _swift_checksums(), _files_alone():
                self._events.AddRunsFromDirectory(self._log_dir)
                self._events.Reload()
        # What routes keep of a listing may be a second old.
        self._routes = Routes(self._context)
        self._store = Store(self._context.data_provider, self._events)

    def has_records(self) -> bool:
        """Whether anything was logged yet that a report shows."""
        runs = self.json("runs")["runs"]
        return any(run["audits"] or any(entry["steps"] for entry in run["sets"]) for run in runs)

    def json(self, route: str, **arguments: Any) -> Any:
        """The answer of a route, as `tb_plugin/HTTP_API.md` says."""
        return json.loads(self.bytes(route, **arguments))

    def bytes(self, route: str, **arguments: Any) -> bytes:
        """The answer of a route as it is sent."""
        reply = Client(getattr(self._routes, f"serve_{route}")).get(f"/{route}?{urlencode(arguments, doseq=True)}")
        return bytes(reply.get_data())

    def activity(self, run: str, title: str, series: str) -> Any:
        """How much changed at each step of a series since the one before, at most 1 in all."""
        return activity(self._steps(run, title, series))

    def _steps(self, run: str, title: str, series: str) -> Steps:
        scope = Scope(RequestContext(), "")
        return self._store.steps(scope, run, self._store.find(scope, "stats", run, title, series))


@contextlib.contextmanager
def _swift_checksums() -> Iterator[None]:
    """Where TensorBoard reads without TensorFlow, half a minute for 30 MB goes into checksums that Python computes."""
    slow = vars(pywrap_tensorflow).get("crc32c")
    if slow is None:
        yield
        return
    pywrap_tensorflow.crc32c = google_crc32c.value
    try:
        yield
    finally:
        pywrap_tensorflow.crc32c = slow


@contextlib.contextmanager
def _files_alone() -> Iterator[None]:
    """TensorBoard's reader takes a folder for an event file, and fails, where "tfevents" is in the folder's name."""
    judged = io_wrapper.IsSummaryEventsFile
    io_wrapper.IsSummaryEventsFile = lambda path: judged(path) and not os.path.isdir(path)
    try:
        yield
    finally:
        io_wrapper.IsSummaryEventsFile = judged
