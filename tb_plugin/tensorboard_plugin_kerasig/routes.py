"""Answers of the tab's routes; HTTP_API.md documents them."""

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from tensorboard import errors, plugin_util
from tensorboard.backend import http_util
from werkzeug import wrappers

from tensorboard_plugin_kerasig import assets, container, definitions, heap, linked, schema
from tensorboard_plugin_kerasig.audits import Audits
from tensorboard_plugin_kerasig.catalog import Catalog
from tensorboard_plugin_kerasig.export import FORMATS, export
from tensorboard_plugin_kerasig.listing import Scope
from tensorboard_plugin_kerasig.overview import MOST_RUNS, Overview
from tensorboard_plugin_kerasig.paths import MOST_STEPS, ProbePaths
from tensorboard_plugin_kerasig.set_means import MOST_STEPS as MOST_MEANS
from tensorboard_plugin_kerasig.set_means import SetMeans
from tensorboard_plugin_kerasig.store import Store, StoredRecord

_LARGE_REPLY = 1 << 22  # Bytes: what is freed after it is worth giving back.
# Steps, as everything that TensorBoard counts, have 64 bits.
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_LEAST, _MOST = -(2**63), 2**63 - 1


class MethodNotAllowed(errors.PublicError):
    """Everything here is read with GET."""

    http_code = 405


class Unreadable(errors.PublicError):
    """A record that exists but cannot be read: cut, corrupt, or from a newer kerasig."""

    http_code = 422


def _route(serve: Callable[..., wrappers.Response]) -> Callable[..., wrappers.Response]:
    """Makes a WSGI application of a method. TensorBoard answers an `errors.PublicError` with its code and sentence."""

    @functools.wraps(serve)
    @wrappers.Request.application
    def application(self: Any, request: wrappers.Request) -> wrappers.Response:
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(f"use GET, not {request.method}.")
        try:
            return serve(self, request)
        except schema.FormatError as error:
            run = request.args.get("run")
            if run is not None and self._store.is_gone(_scope(request), run):
                # Of a run that is being deleted some parts are missing before others.
                raise errors.NotFoundError(f"there is no run {run!r} with attributions.") from error
            raise Unreadable(str(error)) from error
        except RecursionError:
            raise Unreadable("A record's header is corrupt: it is nested too deeply.") from None

    return application


class Routes:
    """Serves what kerasig logged, and the page that shows it: one method for each route.

    Args:
      context: TensorBoard's `TBContext`.
    """

    def __init__(self, context: Any):
        self._store = Store(context.data_provider, context.multiplexer)
        self._catalog = Catalog(self._store, context.logdir or "")
        self._paths = ProbePaths(self._store)
        self._overview = Overview(self._store)
        self._means = SetMeans(self._store)
        self._audits = Audits(self._store)

    @_route
    def serve_runs(self, request: wrappers.Request) -> wrappers.Response:
        """Runs and their probe sets."""
        return _json(request, self._catalog.runs(_scope(request)))

    @_route
    def serve_steps(self, request: wrappers.Request) -> wrappers.Response:
        """The steps of a series with their stats."""
        run, title, series = _series(request)
        return _json(
            request, self._catalog.steps(_scope(request), run, title, series, stats=_flag(request, "stats", True))
        )

    @_route
    def serve_stats(self, request: wrappers.Request) -> wrappers.Response:
        """Measures at the steps of a series, as arrays."""
        run, title, series = _series(request)
        after = _integer(request, "after") if "after" in request.args else None
        return _packed(request, self._catalog.stats(_scope(request), run, title, series, after=after))

    @_route
    def serve_inputs(self, request: wrappers.Request) -> wrappers.Response:
        """The inputs of a probe set, of all probes or of some."""
        scope, run, title = _scope(request), _argument(request, "run"), _argument(request, "set")
        found = self._store.find(scope, "inputs", run, title)
        return _record(request, self._store.record(scope, run, found, None, probes=_probes(request)))

    @_route
    def serve_attributions(self, request: wrappers.Request) -> wrappers.Response:
        """The attributions of one step, of all probes or of some."""
        return self._serve_record(request, "attributions")

    @_route
    def serve_interior(self, request: wrappers.Request) -> wrappers.Response:
        """The interior gradients of one step: many times the attributions' size, so the probes must be named."""
        _argument(request, "probes")
        return self._serve_record(request, "interior")

    @_route
    def serve_paths(self, request: wrappers.Request) -> wrappers.Response:
        """One probe's score and slope along the path, over the steps."""
        scope, (run, title, series) = _scope(request), _series(request)
        limit = _integer(request, "limit") if "limit" in request.args else MOST_STEPS
        if not 2 <= limit <= MOST_STEPS:
            raise errors.InvalidArgumentError(f"limit must be from 2 to {MOST_STEPS}. Received: {limit}")
        return _json(request, self._paths.of_probe(scope, run, title, series, _integer(request, "probe"), limit))

    @_route
    def serve_overview(self, request: wrappers.Request) -> wrappers.Response:
        """Sums over the steps: what the runs came to look at, and since when."""
        runs = request.args.getlist("run")
        if not 1 <= len(runs) <= MOST_RUNS or not all(runs):
            raise errors.InvalidArgumentError(f"run must be given from 1 to {MOST_RUNS} times. Received: {len(runs)}")
        title, series = _argument(request, "set"), request.args.get("series", "")
        return _json(request, self._overview.of(_scope(request), runs, title, series))

    @_route
    def serve_means(self, request: wrappers.Request) -> wrappers.Response:
        """Means over all probes of a set at some steps."""
        run, title, series = _series(request)
        steps = _integers(request, "steps")
        if len(steps) > MOST_MEANS:
            raise errors.InvalidArgumentError(f"steps must be at most {MOST_MEANS}. Received: {len(steps)}")
        return _packed(request, self._means.of(_scope(request), run, title, series, steps))

    @_route
    def serve_audits(self, request: wrappers.Request) -> wrappers.Response:
        """Audits of a run over the steps: how many suspects each found, and how each suspect came."""
        return _json(request, self._audits.of(_scope(request), _argument(request, "run"), _argument(request, "set")))

    @_route
    def serve_suspects(self, request: wrappers.Request) -> wrappers.Response:
        """The suspects of one audit, with all of its pictures or some."""
        run, title, step = _argument(request, "run"), _argument(request, "set"), _integer(request, "step")
        pictures = _optional_integers(request, "pictures")
        return _packed(request, self._audits.pack(_scope(request), run, title, step, pictures))

    @_route
    def serve_export(self, request: wrappers.Request) -> wrappers.Response:
        """The attributions of one probe as a file."""
        form = _argument(request, "format")
        if form not in FORMATS:
            raise errors.InvalidArgumentError(f"format must be one of {', '.join(FORMATS)}. Received: {form!r}")
        scope, (run, title, series) = _scope(request), _series(request)
        step, probe = _integer(request, "step"), _integer(request, "probe")
        found = self._store.find(scope, "attributions", run, title, series)
        record = self._store.record(scope, run, found, step, probes=[probe])
        inputs: dict[str, Any] = {}
        if form == "csv":
            inputs = self._store.record(scope, run, self._store.find(scope, "inputs", run, title), None).header
        file = export(record, inputs, probe, request.args.get("leaf"), form=form)
        headers = [("Content-Disposition", f'attachment; filename="{file.name}"')]
        return http_util.Respond(request, file.content, file.mimetype, headers=headers)

    @_route
    def serve_definitions(self, request: wrappers.Request) -> wrappers.Response:
        """How each number is computed, for people."""
        return _asset(request, definitions.page())

    @_route
    def serve_page(self, request: wrappers.Request) -> wrappers.Response:
        """The page's modules as one."""
        return _asset(request, linked.page())

    @_route
    def serve_style(self, request: wrappers.Request) -> wrappers.Response:
        """The page's styles as one."""
        return _asset(request, linked.style())

    @_route
    def serve_static(self, request: wrappers.Request) -> wrappers.Response:
        """A file of the page."""
        return _asset(request, assets.static(request.path.partition("/static/")[2]))

    def _serve_record(self, request: wrappers.Request, kind: str) -> wrappers.Response:
        scope, (run, title, series) = _scope(request), _series(request)
        step, probes = _integer(request, "step"), _probes(request)
        found = self._store.find(scope, kind, run, title, series)
        return _record(request, self._store.record(scope, run, found, step, probes=probes))


def _scope(request: wrappers.Request) -> Scope:
    return Scope(plugin_util.context(request.environ), plugin_util.experiment_id(request.environ))


def _series(request: wrappers.Request) -> tuple[str, str, str]:
    return _argument(request, "run"), _argument(request, "set"), request.args.get("series", "")


def _argument(request: wrappers.Request, name: str) -> str:
    values = request.args.getlist(name)
    if len(values) != 1 or not values[0]:
        received = "more than one" if len(values) > 1 else "an empty one" if values else "none"
        raise errors.InvalidArgumentError(f"the argument {name!r} is needed once. Received: {received}")
    return values[0]


def _integer(request: wrappers.Request, name: str) -> int:
    text = _argument(request, name)
    if not _is_integer(text):
        raise errors.InvalidArgumentError(f"{name} must be an integer. Received: {text[:60]!r}. Pass one of 64 bits.")
    return int(text)


def _is_integer(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and _LEAST <= int(text) <= _MOST


def _probes(request: wrappers.Request) -> list[int] | None:
    return _optional_integers(request, "probes")


def _optional_integers(request: wrappers.Request, name: str) -> list[int] | None:
    if name not in request.args:
        return None
    if request.args.getlist(name) == [""]:
        return []
    return _integers(request, name)


def _integers(request: wrappers.Request, name: str) -> list[int]:
    text = _argument(request, name)
    parts = text.split(",")
    wrong = next((part for part in parts if not _is_integer(part)), None)
    if wrong is not None:
        raise errors.InvalidArgumentError(f"{name} must be integers such as 0,3,5. Received: {wrong[:60]!r}")
    return [int(part) for part in parts]


def _flag(request: wrappers.Request, name: str, default: bool) -> bool:
    if name not in request.args:
        return default
    text = _argument(request, name)
    if text not in ("0", "1"):
        raise errors.InvalidArgumentError(f"{name} must be 0 or 1. Received: {text[:60]!r}")
    return text == "1"


def _record(request: wrappers.Request, record: StoredRecord) -> wrappers.Response:
    partial, bare = _flag(request, "partial", False), _flag(request, "bare", False)
    return _packed(request, container.pack(record, partial=partial, bare=bare))


def _asset(request: wrappers.Request, asset: assets.Asset) -> wrappers.Response:
    encoding = "gzip" if asset.gzipped else None
    return http_util.Respond(request, asset.content, asset.mimetype, content_encoding=encoding)


def _json(request: wrappers.Request, value: Any) -> wrappers.Response:
    return http_util.Respond(request, json.dumps(value, allow_nan=False), "application/json")


def _packed(request: wrappers.Request, content: bytes) -> wrappers.Response:
    response = http_util.Respond(request, content, "application/octet-stream")
    if len(content) >= _LARGE_REPLY:
        response.call_on_close(heap.trim)
    return response
