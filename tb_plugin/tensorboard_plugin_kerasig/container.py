"""Packs a record for the page: one JSON header and raw arrays that JavaScript views without copying them.

"KIG1" | uint32 length of the header, little endian | header, padded with spaces | arrays, each at a multiple of 8
"""

import struct
from typing import Any

from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.store import StoredRecord

MAGIC = b"KIG1"
_ALIGNMENT = 8


def pack(record: StoredRecord) -> bytes:
    """Packs the payloads of a record that were read.

    Each entry of the header's "payloads" gets "offset" and "length", counted in bytes from the end of the header; so
    does each region, whose mask follows as one byte (0 or 1) per position.

    Raises:
      schema.FormatError: If a payload or a mask is cut or corrupt.
    """
    header = dict(record.header)
    body = bytearray()
    header["payloads"] = [
        {**header["payloads"][index], **_append(body, schema.payload_bytes(header, index, blob))}
        for index, blob in sorted(record.payloads.items())
    ]
    if header.get("regions"):
        header["regions"] = {
            name: {**region, **_append(body, schema.decode_mask(region).tobytes())}
            for name, region in header["regions"].items()
        }
    text = schema.dump(schema.plain(header))
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % _ALIGNMENT)
    return MAGIC + struct.pack("<I", len(text)) + text + bytes(body)


def _append(body: bytearray, raw: bytes) -> dict[str, Any]:
    place = {"offset": len(body), "length": len(raw)}
    body += raw
    body += b"\0" * (-len(body) % _ALIGNMENT)
    return place
