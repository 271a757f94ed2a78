"""An audit's suspects in the wire format: a JSON header, then one payload per picture.

The tag is `suspects/<title>`, one record per audit. Its header has the fields of the audit (`kind`, `shape`, `step`,
`n`, `looked`, `sentence`, `class_names`, `duration`) and `suspects`: those that stand clear, and those that were tested
and did not. `payloads` says how each picture is stored. HTTP_API.md lists the fields.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from tensorboard_plugin_kerasig import payloads as _payloads
from tensorboard_plugin_kerasig.headers import (
    VERSION,
    brief,
    check_version,
    dump,
    is_flag,
    is_number,
    is_shape,
    is_text,
    is_whole,
    is_words,
    load,
    plain,
    read_field,
)
from tensorboard_plugin_kerasig.payloads import ENCODINGS, Array, FormatError
from tensorboard_plugin_kerasig.traits import are_kinds, with_kinds

_WHAT = "The header of an audit"
_EXACT_SIZE = 1024
_MOST_BOX = 8  # Two ends per axis; nothing that is explained has more than four axes of positions.


class DecodedSuspects(NamedTuple):
    """A decoded audit: its header, whose `map`, `values` and `input` are places in `pictures`."""

    header: dict[str, Any]
    pictures: list[Array]


def encode_suspects(header: Mapping[str, Any]) -> list[bytes]:
    """Encodes one audit.

    Args:
      header: The header's fields. Where a suspect has a `map`, and where one of its `examples` has `values` or an
        `input`, they are arrays, or None. What several suspects have in common is stored once. `version` and
        `payloads` are filled in; NumPy arrays and scalars are welcome everywhere.

    Returns:
      The blobs, for a rank-1 string tensor.

    Raises:
      FormatError: If a field is missing or not what it should be.
    """
    pictures = _Pictures()
    suspects = [_with_places(suspect, pictures) for suspect in header.get("suspects") or ()]
    full = {**plain({**header, "suspects": suspects}), "version": VERSION, "payloads": pictures.entries}
    _check(full)
    return [dump(full), *pictures.blobs]


def decode_suspects_header(blob: bytes) -> dict[str, Any]:
    """Reads and checks the header of an audit. NaN and infinities stay the strings they are stored as: see `floats`.

    Raises:
      FormatError: If it is cut, corrupt, incomplete or from a newer kerasig.
    """
    header = load(blob, _WHAT)
    _check(header)
    return with_kinds(header, header["kind"])


def decode_suspects(blobs: Sequence[bytes]) -> DecodedSuspects:
    """Decodes an audit: its header and all its pictures, float32, int32 or object arrays of str.

    Raises:
      FormatError: If the header or a picture is cut, corrupt, missing or from a newer kerasig.
    """
    if not blobs:
        raise FormatError("An audit holds no blobs: its header is missing.")
    header = decode_suspects_header(blobs[0])
    entries = header["payloads"]
    if len(blobs) != len(entries) + 1:
        raise FormatError(f"An audit is cut: {len(blobs) - 1} of its {len(entries)} pictures are there.")
    pictures = [
        _payloads.decode(blob, entry["encoding"], entry["shape"], entry.get("scale"), where=_where(index))
        for index, (entry, blob) in enumerate(zip(entries, blobs[1:], strict=True))
    ]
    return DecodedSuspects(header, pictures)


def picture_bytes(header: Mapping[str, Any], index: int, blob: bytes) -> bytes:
    """Unpacks a picture to little-endian values (int16 still to be scaled), or to the JSON of its strings."""
    entry = header["payloads"][index]
    return _payloads.unpack(blob, entry["encoding"], entry["shape"], where=_where(index))


class _Pictures:
    """Pictures in the order they are met, each stored once."""

    def __init__(self) -> None:
        self.blobs: list[bytes] = []
        self.entries: list[dict[str, Any]] = []
        self._places: dict[tuple[Any, ...], int] = {}

    def place(self, picture: Any) -> int | None:
        """The place of a picture, which is added unless it is there."""
        if picture is None:
            return None
        array = np.asarray(picture)
        # A table's values may differ by orders of magnitude, and cost nothing.
        blob, encoding, scale = _payloads.encode(_payloads.storable(array), exact=array.size <= _EXACT_SIZE)
        key = (blob, encoding, scale, array.shape)
        if key not in self._places:
            self._places[key] = len(self.blobs)
            self.blobs.append(blob)
            self.entries.append({"encoding": encoding, "scale": scale, "shape": list(array.shape)})
        return self._places[key]


def _with_places(suspect: Mapping[str, Any], pictures: _Pictures) -> dict[str, Any]:
    """A suspect with the places of its pictures instead of these."""
    placed = {**suspect, "map": pictures.place(suspect.get("map"))}
    placed["examples"] = [
        {**example, **{name: pictures.place(example.get(name)) for name in ("values", "input")}}
        for example in suspect.get("examples") or ()
    ]
    return placed


def _check(header: Mapping[str, Any]) -> None:
    """Raises a FormatError unless a header has what every reader relies on, and nothing that would mislead one."""
    check_version(header, _WHAT)
    read_field(header, "kind", str), read_field(header, "sentence", str)
    for name in ("step", "n", "looked"):
        read_field(header, name, int)
    _check_fields(header, _OF_AUDIT, "An audit")
    entries = read_field(header, "payloads", list)
    for entry in entries:
        _check_payload(entry)
    positions = None if header.get("shape") is None else math.prod(header["shape"])
    for suspect in read_field(header, "suspects", list):
        _check_suspect(suspect, positions, len(entries))


def _check_payload(entry: Any) -> None:
    if read_field(entry, "encoding", str) not in ENCODINGS:
        raise FormatError(f"A picture has an encoding that is unknown: {brief(entry['encoding'])}.")
    if not is_shape(read_field(entry, "shape", list)) or math.prod(entry["shape"]) > _payloads.MAX_BYTES:
        raise FormatError(f"A picture has a shape that no array has: {brief(entry['shape'])}.")
    if entry["encoding"] == "int16" and not 0 <= read_field(entry, "scale", (int, float)) <= _LARGEST:
        raise FormatError(f"A picture has a scale that no float32 array has: {brief(entry['scale'])}.")


def _check_suspect(suspect: Any, positions: int | None, pictures: int) -> None:
    for name in ("group", "family", "name"):
        read_field(suspect, name, str)
    _check_fields(suspect, _OF_SUSPECT, "A suspect")
    mask = suspect.get("mask") or []
    if any(place < 0 or (positions is not None and place >= positions) for place in mask):
        raise FormatError(f"A suspect is corrupt: its 'mask' lies outside of {positions} positions.")
    _check_place(suspect.get("map"), pictures)
    for example in suspect.get("examples") or []:
        if not isinstance(example, Mapping):
            raise FormatError("A suspect is corrupt: one of its examples is not what it should be.")
        _check_fields(example, _OF_EXAMPLE, "An example of a suspect")
        for name in ("values", "input"):
            _check_place(example.get(name), pictures)


def _check_place(place: Any, pictures: int) -> None:
    if place is not None and not (is_whole(place) and 0 <= place < pictures):
        raise FormatError(f"A suspect is corrupt: no picture {brief(place)} of {pictures}.")


def _check_fields(fields: Mapping[str, Any], known: Mapping[str, Callable[[Any], bool]], what: str) -> None:
    for name, fits in known.items():
        if fields.get(name) is not None and not fits(fields[name]):
            raise FormatError(f"{what} is corrupt: its {name!r} is not what it should be.")


def _where(index: int) -> str:
    return f"Picture {index} of an audit"


def _is_estimate(value: Any) -> bool:
    """Whether something is a mean, and the low and the high end of its interval."""
    return isinstance(value, list) and len(value) == 3 and all(map(is_number, value))


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_number, value))


def _is_wholes(value: Any) -> bool:
    return isinstance(value, list) and all(map(is_whole, value))


def _is_box(value: Any) -> bool:
    """Whether something is a window: the first positions along each axis, then the ends, which lie behind the last."""
    return _is_wholes(value) and 2 <= len(value) <= _MOST_BOX and len(value) % 2 == 0


def _is_history(value: Any) -> bool:
    """Whether something is a list of [step, share, emphasis]."""
    return isinstance(value, list) and all(_is_numbers(row) and len(row) == 3 and is_whole(row[0]) for row in value)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_edges(value: Any) -> bool:
    return isinstance(value, list) and all(_is_wholes(edge) and len(edge) == 2 for edge in value)


_LARGEST = float(np.finfo(np.float32).max)
_OF_AUDIT: dict[str, Callable[[Any], bool]] = {
    "shape": is_shape,
    **dict.fromkeys(("class_names", "feature_names"), is_words),
    **dict.fromkeys(("duration", "epoch", "wall_time", "rate"), is_number),
    "kinds": are_kinds,
}
_OF_SUSPECT: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("label", "n", "first"), is_whole),
    **dict.fromkeys(("share", "before", "emphasis", "fall"), _is_estimate),
    **dict.fromkeys(("fall_baseline", "flips", "matched_flips", "p"), is_number),
    "matched": _is_numbers,
    "box": _is_box,
    "mask": _is_wholes,
    "clear": is_flag,
    "watch": is_text,
    "history": _is_history,
    "examples": _is_list,
}
_OF_EXAMPLE: dict[str, Callable[[Any], bool]] = {
    "row": is_whole,
    "name": is_text,
    "label": is_whole,
    "text": is_words,
    "box": _is_box,
    "mask": _is_wholes,
    "edges": _is_edges,
}
