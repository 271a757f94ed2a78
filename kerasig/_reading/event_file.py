"""An event file: where its values lie, found without decoding them, and one record of it, decoded."""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

import google_crc32c
from google.protobuf.message import DecodeError
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary, SummaryMetadata

# Numbers of fields in TensorBoard's messages Event, Summary and Summary.Value.
_STEP, _SUMMARY, _SESSION = 2, 5, 7
_VALUES = 1
_TAG, _METADATA = 1, 9
# Kinds of fields in the wire format of protocol buffers: a number of any length, eight bytes, bytes, four bytes.
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
# Of a record: its length and that one's checksum before it, its own checksum behind it.
_HEAD, _TAIL = 12, 4
# A value's tag stands among the first bytes of its event, behind time and step. Nine of ten events are other scalars,
# and are passed over by that; an event that begins a session is shorter than any value.
_BEGIN, _SHORT = 64, 48

_Buffer = mmap.mmap | bytes


class RecordPlace(NamedTuple):
    """Where a record of an event file lies."""

    path: str
    start: int
    size: int


class Value(NamedTuple):
    """One value of an event: its tag, whose it is, and where it lies."""

    step: int
    tag: str
    plugin: str
    content: bytes
    place: RecordPlace


class Restart(NamedTuple):
    """A training that begins, or begins again, at a step: what was written from there on does not count."""

    step: int


class Cut(NamedTuple):
    """The end of a file whose last record is not whole: it was cut, or is being written."""

    path: str


def is_event_file(path: str) -> bool:
    """Whether a file is one that TensorBoard reads, by its own name: folders above it may be called anything."""
    name = os.path.basename(path)
    return "tfevents" in name and not name.endswith(".profile-empty")


def scan(path: str, prefixes: tuple[str, ...]) -> Iterator[Value | Restart | Cut]:
    """The values of an event file, in their order; no tensor is decoded.

    Args:
        path: of the file.
        prefixes: of the tags that are wanted.

    Raises:
        OSError: the file cannot be read.
    """
    with open(path, "rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError:  # Nothing was written yet.
            return
        with data:
            yield from _scanned(data, path, prefixes)


def read_value(place: RecordPlace, tag: str) -> Summary.Value:
    """Decodes one value.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not there any more, or damaged; the message is a sentence.
    """
    with open(place.path, "rb") as file:
        file.seek(place.start)
        content = file.read(place.size)
        checksum = file.read(_TAIL)
    if checksum != _checksum(content):
        raise ValueError(f"A record of {tag!r} in {place.path} is damaged: its checksum does not fit.")
    for value in Event.FromString(content).summary.value:
        if value.tag == tag:
            return value
    raise ValueError(f"{place.path} has changed since it was opened: {tag!r} is not where it was.")


def _scanned(data: mmap.mmap, path: str, prefixes: tuple[str, ...]) -> Iterator[Value | Restart | Cut]:
    at, wanted = 0, tuple(prefix.encode() for prefix in prefixes)
    while at < len(data):
        head = data[at : at + _HEAD]
        size = struct.unpack_from("<Q", head)[0] if len(head) == _HEAD else 0
        start = at + _HEAD
        if len(head) < _HEAD or head[8:] != _checksum(head[:8]) or start + size + _TAIL > len(data):
            yield Cut(path)
            return
        begin = data[start : start + min(size, _BEGIN)]
        if size < _SHORT or any(prefix in begin for prefix in wanted):
            # What is no event between whole records is passed over, as TensorBoard does.
            with contextlib.suppress(_UnreadableError, DecodeError):
                yield from _event(data, RecordPlace(path, start, size), wanted)
        at = start + size + _TAIL


def _event(data: _Buffer, place: RecordPlace, wanted: tuple[bytes, ...]) -> list[Value | Restart]:
    step, found = 0, []
    for number, start, end in _fields(data, place.start, place.start + place.size):
        if number == _STEP:
            step = _varint(data, start, end)[0]
            step -= 2**64 if step >= 2**63 else 0
        elif number == _SUMMARY:
            found += [(s, e) for n, s, e in _fields(data, start, end) if n == _VALUES]
        elif number == _SESSION and SessionLog.FromString(data[start:end]).status == SessionLog.START:
            return [Restart(step)]
    told = [_value(data, start, end, wanted) for start, end in found]
    return [Value(step, *value, place) for value in told if value is not None]


def _value(data: _Buffer, start: int, end: int, wanted: tuple[bytes, ...]) -> tuple[str, str, bytes] | None:
    tag, plugin, content = b"", "", b""
    for number, at, stop in _fields(data, start, end):
        if number == _TAG:
            tag = data[at:stop]
            if not tag.startswith(wanted):
                return None
        elif number == _METADATA:
            of_plugin = SummaryMetadata.FromString(data[at:stop]).plugin_data
            plugin, content = of_plugin.plugin_name, of_plugin.content
    return tag.decode("utf-8", "replace"), plugin, content


class _UnreadableError(Exception):
    """Bytes that are no message."""


def _fields(data: _Buffer, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, start and end of each field of a message, whose contents are not looked at."""
    while start < end:
        key, start = _varint(data, start, end)
        kind = key & 7
        if kind == _VARINT:
            stop = _varint(data, start, end)[1]
        elif kind == _BYTES:
            size, start = _varint(data, start, end)
            stop = start + size
        elif kind in (_EIGHT, _FOUR):
            stop = start + (8 if kind == _EIGHT else 4)
        else:
            raise _UnreadableError
        if stop > end:
            raise _UnreadableError
        yield key >> 3, start, stop
        start = stop


def _varint(data: _Buffer, start: int, end: int) -> tuple[int, int]:
    """A number of seven bits per byte, and where it ends."""
    number = shift = 0
    while start < end and shift < 64:
        byte = data[start]
        start += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, start
        shift += 7
    raise _UnreadableError


def _checksum(content: bytes) -> bytes:
    """CRC-32C as the format wants it, rotated and shifted."""
    crc = google_crc32c.value(content)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)
