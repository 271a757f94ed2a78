"""Event files of one's own making, with right checksums around whatever they hold, and the routes over them."""

import json
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import numpy as np
from tensorboard import context
from tensorboard.backend.application import _handling_errors
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DT_DOUBLE, DT_STRING
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard_plugin_kerasig import routes, schema
from werkzeug.test import Client

LEAF = {"name": "x", "shape": [3], "full_shape": [3]}
ROWS = np.array([[1, -2, 3], [4, 5, -6]], np.float32)
NAMES = ("epoch", "max_abs")
PATHS = ("runs", "steps", "stats", "inputs", "attributions", "interior", "paths", "export")
STATS = np.array([[0.5, 3.0], [0.5, 6.0]])


class Value(NamedTuple):
    """One tag's value at one step, as it stands in a file."""

    kind: str
    title: str
    series: str
    step: int
    tensor: TensorProto
    content: bytes
    data_class: int

    def event(self) -> Event:
        """The event that holds it."""
        metadata = SummaryMetadata(data_class=self.data_class)
        metadata.plugin_data.plugin_name = schema.PLUGIN_NAME
        metadata.plugin_data.content = self.content
        tag = schema.tag(self.kind, self.title, self.series)
        value = Summary.Value(tag=tag, metadata=metadata, tensor=self.tensor)
        return Event(step=self.step, wall_time=1.7e9 + abs(self.step) % 1000, summary=Summary(value=[value]))


def blobs_of(blobs: list[bytes]) -> TensorProto:
    """A blob sequence."""
    proto = TensorProto(dtype=DT_STRING, string_val=blobs)
    proto.tensor_shape.dim.add(size=len(blobs))
    return proto


def table_of(table: np.ndarray) -> TensorProto:
    """What was measured, [probes, stats]."""
    proto = TensorProto(dtype=DT_DOUBLE, tensor_content=table.astype("<f8").tobytes())
    for size in table.shape:
        proto.tensor_shape.dim.add(size=size)
    return proto


def a_set(title: str, step: int = 7) -> dict[str, Value]:
    """A whole probe set with one record, by kind."""
    header = {"title": title, "leaves": [LEAF], "step": step, "epoch": 0.5, "wall_time": 1.7e9}
    of_probes = {"score": [1.0, 2.0], "converged": [True, False], "statuses": ["converged", "out of steps"]}
    path = {name: [[0.0, 1.0]] * 2 for name in ("alphas", "scores", "slopes")}
    regions = {"tag": schema.encode_mask(ROWS > 0)}
    set_of = {"probe_kind": "tabular", "names": ["a", "b"], "feature_names": ["r", "g", "b"], "regions": regions}
    gradients = np.stack([ROWS, 2 * ROWS], 1)
    encoded = {
        "inputs": schema.encode_record({**header, **set_of, "kind": "inputs", "tokens": None, "subject": 0}, [ROWS]),
        "attributions": schema.encode_record(
            {**header, **of_probes, "kind": "attributions", "remedies": {"out of steps": "Raise max_steps."}}, [ROWS]
        ),
        "interior": schema.encode_record(
            {**header, "kind": "interior", "alphas": [0.1, 1.0], "path": path}, [gradients]
        ),
    }
    tensors = {**{kind: blobs_of(blobs) for kind, blobs in encoded.items()}, "stats": table_of(STATS)}
    return {
        kind: Value(
            *(kind, title, "", step, tensor),
            schema.plugin_content(kind, title, names=NAMES if kind == "stats" else ()),
            schema.DATA_CLASS[kind],
        )
        for kind, tensor in tensors.items()
    }


def write(folder: Path, values: list[Value], name: str = "events.out.tfevents.1700000000.test") -> None:
    """Writes an event file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString())
        for value in values:
            writer.write(value.event().SerializeToString())


class Routes:
    """The plugin's routes over a log directory, as TensorBoard's Python loader reads it."""

    def __init__(self, logdir: Path):
        self.multiplexer = multiplexer = EventMultiplexer(tensor_size_guidance={schema.PLUGIN_NAME: 1000})
        multiplexer.AddRunsFromDirectory(str(logdir))
        multiplexer.Reload()
        provider = MultiplexerDataProvider(multiplexer, str(logdir))
        served = routes.Routes(TBContext(data_provider=provider, multiplexer=multiplexer))
        self._clients = {path: Client(_handling_errors(getattr(served, f"serve_{path}"))) for path in PATHS}

    def get(self, path: str, **arguments: Any) -> tuple[int, bytes]:
        """The status and the body of a reply; what the plugin does not answer is raised."""
        environment: dict[str, Any] = {}
        context.set_in_environ(environment, context.RequestContext())
        reply = self._clients[path].get(f"/?{urlencode(arguments)}", environ_base=environment)
        return reply.status_code, reply.data

    def json(self, path: str, **arguments: Any) -> Any:
        """A reply that is JSON."""
        status, body = self.get(path, **arguments)
        assert status == 200, body
        return json.loads(body)
