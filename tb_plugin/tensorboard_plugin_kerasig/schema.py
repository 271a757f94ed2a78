"""The wire format: what kerasig writes into event files, and how it is read back.

A record is a blob sequence: a JSON header, then one payload per (probe, leaf), or per picture of an audit's suspects.
Both sides use this module: `encode_*` when a model is explained, `decode_*` when TensorBoard shows it. Floats are
stored to 1.5e-5 of their largest value (int16), or exactly (float32) where that is asked for and where a NaN or an
infinity must survive.
"""

import math
import os
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_kerasig import payloads as _payloads
from tensorboard_plugin_kerasig.headers import KINDS as KINDS
from tensorboard_plugin_kerasig.headers import VERSION as VERSION
from tensorboard_plugin_kerasig.headers import check_header, check_version, load, read_field
from tensorboard_plugin_kerasig.headers import dump as dump
from tensorboard_plugin_kerasig.headers import plain as plain
from tensorboard_plugin_kerasig.measures import check_measures
from tensorboard_plugin_kerasig.name import PLUGIN_NAME as PLUGIN_NAME
from tensorboard_plugin_kerasig.payloads import Array as Array
from tensorboard_plugin_kerasig.payloads import FormatError as FormatError
from tensorboard_plugin_kerasig.payloads import decode_mask as decode_mask
from tensorboard_plugin_kerasig.payloads import encode_mask as encode_mask
from tensorboard_plugin_kerasig.suspects import DecodedSuspects as DecodedSuspects
from tensorboard_plugin_kerasig.suspects import decode_suspects as decode_suspects
from tensorboard_plugin_kerasig.suspects import decode_suspects_header as decode_suspects_header
from tensorboard_plugin_kerasig.suspects import encode_suspects as encode_suspects
from tensorboard_plugin_kerasig.suspects import picture_bytes as picture_bytes
from tensorboard_plugin_kerasig.traits import with_kinds

RUN_SUFFIX = "kerasig"
SERIES = ("", "label", "predicted")
_WITHOUT_SERIES = ("inputs", "suspects")

# Values of tensorboard's `DataClass` enum; without a data class both of its loaders drop the event.
DATA_CLASS_TENSOR = 2
DATA_CLASS_BLOB_SEQUENCE = 3
DATA_CLASS = {kind: DATA_CLASS_TENSOR if kind == "stats" else DATA_CLASS_BLOB_SEQUENCE for kind in KINDS}


class Content(NamedTuple):
    """The metadata of a tag; `names` are the columns of a stats series, `measures` what each of them is.

    Logs of earlier versions have no measures.
    """

    kind: str
    title: str
    series: str
    names: tuple[str, ...]
    measures: tuple[dict[str, Any], ...] = ()


class DecodedRecord(NamedTuple):
    """A decoded record: its header as stored, and per leaf the values of all its probes, or None without payload."""

    header: dict[str, Any]
    leaves: list[Array | None]


def key(title: str, series: str = "") -> str:
    """Names one series of a probe set within tags: `title`, or `title@series`.

    An "@" of the title itself is doubled, so that no two series share a tag.
    """
    escaped = title.replace("@", "@@")
    return f"{escaped}@{series}" if series else escaped


def called(run: str, directory: str, runs: Collection[str]) -> str:
    """A run's name for people: "." and ". (2)", of the log directory itself, by that directory's own name.

    Args:
      run: The name, with "." for the log directory.
      directory: The log directory; several, with commas between them, have no name.
      runs: The names of all runs: one that another run has is not taken.
    """
    if not (run == "." or run.startswith(". (")) or not directory or "," in directory:
        return run
    place = directory if "://" in directory else os.path.abspath(directory)
    name = os.path.basename(place.rstrip("/\\"))
    found = name + run[1:]
    return run if not name or found in runs else found


def tag(kind: str, title: str, series: str = "") -> str:
    """The tag that a kind of record of a series is written under. Inputs and suspects have no series."""
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}. Received: {kind!r}")
    return f"{kind}/{key(title, series if kind not in _WITHOUT_SERIES else '')}"


def plugin_content(
    kind: str,
    title: str,
    series: str = "",
    *,
    names: Sequence[str] = (),
    measures: Sequence[Mapping[str, Any]] | None = None,
) -> bytes:
    """The `plugin_data.content` of a tag's summary metadata.

    Args:
      kind: One of `KINDS`.
      title: The probe set's title.
      series: One of `SERIES`.
      names: The columns of a stats series.
      measures: What there is to know of each column; None where an earlier event of the tag says it.
    """
    content: dict[str, Any] = {"version": VERSION, "kind": kind, "title": title, "series": series}
    if kind == "stats":
        content["names"] = list(names)
        if measures is not None:
            content["measures"] = [dict(measure) for measure in measures]
    return dump(content)


def parse_plugin_content(content: bytes) -> Content:
    """Reads what `plugin_content` wrote.

    Raises:
      FormatError: If it is no JSON object of a known version and kind.
    """
    fields = load(content, "The metadata of a tag")
    check_version(fields, "The metadata of a tag")
    kind = read_field(fields, "kind", str)
    if kind not in KINDS:
        raise FormatError(f"The metadata of a tag names a kind of record that is unknown: {kind!r}.")
    names = read_field(fields, "names", list) if kind == "stats" else []
    title, series = (_text(read_field(fields, name, str)) for name in ("title", "series"))
    measures = check_measures(fields.get("measures"), names) if kind == "stats" else ()
    return Content(kind, title, series, tuple(_text(str(name)) for name in names), measures)


def _text(stored: str) -> str:
    """A name as an address can have it: half of a pair of surrogates is no character."""
    return stored.encode("utf-8", "replace").decode()


def encode_record(
    header: Mapping[str, Any], leaves: Sequence[Array | None], *, exact: bool | Sequence[bool] = False
) -> list[bytes]:
    """Encodes one record: the header and, for each probe and leaf, its values.

    Args:
      header: The header's fields. `kind`, `title` and `leaves` (a list of {"name", "shape", ...}) are required;
        `version`, `series`, `probes` and `payloads` are filled in. NumPy arrays and scalars are welcome.
      leaves: Per entry of `header["leaves"]` the values [N, *shape] (interior gradients: [N, K, *shape]), or None for a
        leaf without values.
      exact: Whether floats are stored as float32, for all leaves or per leaf.

    Returns:
      The blobs, for a rank-1 string tensor.

    Raises:
      FormatError: If a shape or a length contradicts the header.
    """
    counts = {len(leaf) for leaf in leaves if leaf is not None}
    full = {"series": "", "probes": max(counts, default=0), "payloads": [], **plain(header), "version": VERSION}
    check_header(full)
    if len(leaves) != len(full["leaves"]) or not counts <= {full["probes"]}:
        raise FormatError(
            f"A record needs one array per leaf and one row per probe. Received: {len(leaves)} arrays of "
            f"{sorted(counts)} rows for {len(full['leaves'])} leaves and {full['probes']} probes."
        )
    columns = []
    for j, leaf in enumerate(leaves):
        if leaf is not None and leaf.shape[1:] != payload_shape(full, j):
            raise FormatError(f"Leaf {j} must hold {payload_shape(full, j)} per probe. Received: {leaf.shape[1:]}.")
        columns.append(None if leaf is None else _payloads.storable(leaf))
    wanted = [exact] * len(columns) if isinstance(exact, bool) else list(exact)
    blobs, payloads = [], []
    for i in range(full["probes"]):
        for j, column in enumerate(columns):
            if column is not None:
                blob, encoding, scale = _payloads.encode(column[i], exact=wanted[j])
                blobs.append(blob)
                payloads.append({"probe": i, "leaf": j, "encoding": encoding, "scale": scale})
    return [dump({**full, "payloads": payloads}), *blobs]


def decode_header(blob: bytes) -> dict[str, Any]:
    """Reads and checks the header of a record. NaN and infinities stay the strings they are stored as: see `floats`.

    Raises:
      FormatError: If it is cut, corrupt, incomplete or from a newer kerasig.
    """
    header = load(blob, "The header of a record")
    check_header(header)
    return with_kinds(header, header["probe_kind"]) if header["kind"] == "inputs" else header


def decode_record(blobs: Sequence[bytes], *, probes: Sequence[int] | None = None) -> DecodedRecord:
    """Decodes a record, whole or for some of its probes (in the order asked for).

    Raises:
      FormatError: If the header or a payload is cut, corrupt, missing or from a newer kerasig.
    """
    if not blobs:
        raise FormatError("A record holds no blobs: its header is missing.")
    header = decode_header(blobs[0])
    check_blob_count(header, len(blobs))
    chosen = range(header["probes"]) if probes is None else probes
    if not all(0 <= probe < header["probes"] for probe in chosen):
        raise ValueError(f"probes must be below {header['probes']}. Received: {list(chosen)}")
    found = {(entry["probe"], entry["leaf"]): index for index, entry in enumerate(header["payloads"])}
    leaves: list[Array | None] = []
    for j, leaf in enumerate(header["leaves"]):
        present = [found[i, j] for i in chosen if (i, j) in found]
        if len(present) != len(chosen):
            if present:
                raise FormatError(f"Leaf {leaf['name']!r} has values of some probes only: of {len(present)}.")
            leaves.append(None)
            continue
        values = [decode_payload(header, index, blobs[index + 1]) for index in present]
        shape = (0, *payload_shape(header, j))
        leaves.append(np.stack(values) if values else np.zeros(shape, np.float32))
    return DecodedRecord(header, leaves)


def check_blob_count(header: Mapping[str, Any], count: int) -> None:
    """Raises a FormatError unless a record of `count` blobs, its header among them, is complete."""
    if count != len(header["payloads"]) + 1:
        raise FormatError(f"A record is cut: {count - 1} of its {len(header['payloads'])} payloads are there.")


def decode_payload(header: Mapping[str, Any], index: int, blob: bytes) -> Array:
    """Decodes payload `index` of a record: float32, int32, or an object array of str."""
    entry = header["payloads"][index]
    shape = payload_shape(header, entry["leaf"])
    return _payloads.decode(blob, entry["encoding"], shape, entry.get("scale"), where=_where(header, index))


def payload_bytes(header: Mapping[str, Any], index: int, blob: bytes) -> bytes:
    """Unpacks payload `index` to little-endian values (int16 still to be scaled), or to the JSON of its strings."""
    entry = header["payloads"][index]
    return _payloads.unpack(blob, entry["encoding"], payload_shape(header, entry["leaf"]), where=_where(header, index))


def payload_shape(header: Mapping[str, Any], leaf: int) -> tuple[int, ...]:
    """The shape of one payload of a leaf: the leaf's own, after one axis of alphas for interior gradients."""
    shape = tuple(header["leaves"][leaf]["shape"])
    return (len(header["alphas"]), *shape) if header["kind"] == "interior" else shape


def floats(values: Sequence[Any]) -> NDArray[np.float64]:
    """Numbers of a header, in which NaN and infinities are strings and what is absent is null, as an array."""
    return np.array([math.nan if value is None else float(value) for value in values])


def _where(header: Mapping[str, Any], index: int) -> str:
    entry = header["payloads"][index]
    return f"The payload of probe {entry['probe']}, leaf {header['leaves'][entry['leaf']]['name']!r}"
