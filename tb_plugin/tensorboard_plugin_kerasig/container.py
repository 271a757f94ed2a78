"""Packs a record for the page: one JSON header and raw arrays that JavaScript views without copying them.

"KIG1" | uint32 length of the header, little endian | header, padded with spaces | arrays, each at a multiple of 8
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.store import StoredRecord

MAGIC = b"KIG1"
_ALIGNMENT = 8


# What a header without the rest still says.
_BARE = ("version", "kind", "title", "series", "probes", "leaves", "alphas", "step")


def pack(record: StoredRecord, *, partial: bool = False, bare: bool = False) -> bytes:
    """Packs the payloads of a record that were read.

    Each entry of the header's "payloads" gets "offset" and "length", counted in bytes from the end of the header; so
    does each region, whose mask follows as one byte (0 or 1) per position.

    Args:
      record: The record.
      partial: Whether a payload that cannot be read gets an "error", a sentence, in place of its bytes. Masks stay
        packed: their bits are in the header.
      bare: Whether of the header only what describes the payloads is wanted.

    Raises:
      schema.FormatError: If a payload or a mask is cut or corrupt, and not `partial`.
    """
    header = {name: value for name, value in record.header.items() if not bare or name in _BARE}
    body = _Body()
    payloads = []
    for index in sorted(record.payloads):
        entry = dict(record.header["payloads"][index])
        try:
            entry |= body.append(schema.payload_bytes(record.header, index, record.payload(index)))
        except schema.FormatError as error:
            if not partial:
                raise
            entry["error"] = str(error)
        payloads.append(entry)
    header["payloads"] = payloads
    if header.get("regions") and not partial:
        header["regions"] = {
            name: {**region, **body.append(schema.decode_mask(region).tobytes())}
            for name, region in header["regions"].items()
        }
    return _container(header, body)


def pack_pictures(header: dict[str, Any], pictures: dict[int, bytes | None]) -> bytes:
    """Packs pictures of an audit; "payloads" of the header says by "picture" which they are and what lies where.

    Args:
      header: The audit's, as stored.
      pictures: By index the blobs of those that were read; None for one that is missing.
    """
    body = _Body()
    payloads = []
    for index, blob in sorted(pictures.items()):
        entry = {**header["payloads"][index], "picture": index}
        try:
            if blob is None:
                raise schema.FormatError(f"The audit is cut: picture {index} is missing.")
            entry |= body.append(schema.picture_bytes(header, index, blob))
        except schema.FormatError as error:
            entry["error"] = str(error)
        payloads.append(entry)
    return _container({**header, "payloads": payloads}, body)


def pack_columns(header: dict[str, Any], columns: dict[str, NDArray[Any]]) -> bytes:
    """Packs named arrays as float32; "columns" of the header says what lies where."""
    body = _Body()
    entries = [
        {"name": name, **body.append(_float32(column).reshape(-1).view(np.uint8).data)}
        for name, column in columns.items()
    ]
    return _container({**header, "columns": entries}, body)


def _float32(column: NDArray[Any]) -> NDArray[Any]:
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(column, "<f4")


class _Body:
    """Arrays one after the other, copied only when all are there: of pictures they are many megabytes."""

    def __init__(self) -> None:
        self.parts: list[bytes | memoryview] = []
        self._size = 0

    def append(self, raw: bytes | memoryview) -> dict[str, Any]:
        """Adds an array; says where it lies."""
        place = {"offset": self._size, "length": len(raw)}
        padding = -len(raw) % _ALIGNMENT
        self.parts += [raw, b"\0" * padding]
        self._size += len(raw) + padding
        return place


def _container(header: dict[str, Any], body: _Body) -> bytes:
    text = schema.dump(schema.plain(header))
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % _ALIGNMENT)
    return b"".join([MAGIC, struct.pack("<I", len(text)), text, *body.parts])
