"""Packs a record for the page: one JSON header and raw arrays that JavaScript views without copying them.

"KIG1" | uint32 length of the header, little endian | header, padded with spaces | arrays, each at a multiple of 8
"""

import struct
from typing import Any

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
    body = bytearray()
    payloads = []
    for index in sorted(record.payloads):
        entry = dict(record.header["payloads"][index])
        try:
            entry |= _append(body, schema.payload_bytes(record.header, index, record.payload(index)))
        except schema.FormatError as error:
            if not partial:
                raise
            entry["error"] = str(error)
        payloads.append(entry)
    header["payloads"] = payloads
    if header.get("regions") and not partial:
        header["regions"] = {
            name: {**region, **_append(body, schema.decode_mask(region).tobytes())}
            for name, region in header["regions"].items()
        }
    return _container(header, body)


def pack_columns(header: dict[str, Any], columns: dict[str, NDArray[Any]]) -> bytes:
    """Packs named arrays as float32; "columns" of the header says what lies where."""
    body = bytearray()
    entries = [{"name": name, **_append(body, column.astype("<f4").tobytes())} for name, column in columns.items()]
    return _container({**header, "columns": entries}, body)


def _container(header: dict[str, Any], body: bytearray) -> bytes:
    text = schema.dump(schema.plain(header))
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % _ALIGNMENT)
    return MAGIC + struct.pack("<I", len(text)) + text + bytes(body)


def _append(body: bytearray, raw: bytes) -> dict[str, Any]:
    place = {"offset": len(body), "length": len(raw)}
    body += raw
    body += b"\0" * (-len(body) % _ALIGNMENT)
    return place
