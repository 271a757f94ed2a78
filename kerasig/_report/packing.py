"""Answers as they stand in a report's file: deflated, the bytes of their numbers apart where that is smaller."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"KIG1"
# The next ones take up to forty times as long, for a hundredth of the size.
_LEVEL = 7
# As base64, and with the element around it.
_GROWTH, _AROUND = 4 / 3, 64
_LEFT_OUT = "Left out of the report, for its size. TensorBoard's tab shows it."
_SIZES = {"int16": 2, "int32": 4, "float32": 4}


def deflated(answer: bytes) -> bytes:
    """An answer of any route, deflated; of arrays in the way that turns out smaller."""
    plain = zlib.compress(answer, _LEVEL)
    if not answer.startswith(_MAGIC):
        return plain
    return min(plain, zlib.compress(_apart(answer), _LEVEL), key=len)


def text(packed: bytes) -> str:
    """Deflated bytes as they stand in the file."""
    return base64.b64encode(packed).decode("ascii")


def room_of(packed: bytes) -> float:
    """Bytes that it takes in the file."""
    return len(packed) * _GROWTH + _AROUND


def without(answer: bytes, probes: set[int]) -> bytes:
    """A container with the payloads of some probes alone; of others it says that they are left out."""
    header, body = opened(answer)
    parts, at = [], 0
    for entry in header["payloads"]:
        if entry["probe"] not in probes:
            entry["error"] = _LEFT_OUT
        if "error" in entry:
            entry.pop("offset", None)
            entry.pop("length", None)
            continue
        part = body[entry["offset"] : entry["offset"] + entry["length"]]
        part += bytes(-len(part) % 8)
        entry["offset"], at = at, at + len(part)
        parts.append(part)
    return _container(header, b"".join(parts))


def opened(answer: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a container, and what follows it."""
    size = struct.unpack("<I", answer[4:8])[0]
    return json.loads(answer[8 : 8 + size]), answer[8 + size :]


def columns(answer: bytes, count: int) -> dict[str, NDArray[np.float32]]:
    """The columns of a container, each [count, the rest]."""
    header, body = opened(answer)
    return {
        entry["name"]: np.frombuffer(body, "<f4", entry["length"] // 4, entry["offset"]).reshape(count, -1)
        for entry in header["columns"]
    }


def _apart(answer: bytes) -> bytes:
    """A container whose numbers have their bytes of equal significance together; its header says of which."""
    header, body = opened(answer)
    moved = bytearray(body)
    for entry in header.get("columns") or header.get("payloads") or []:
        size = _SIZES.get(entry.get("encoding", "float32"), 1)
        if size == 1 or not entry.get("length"):
            continue
        first, end = entry["offset"], entry["offset"] + entry["length"]
        moved[first:end] = np.frombuffer(body[first:end], np.uint8).reshape(-1, size).T.tobytes()
        entry["apart"] = size
    return _container(header, bytes(moved))


def _container(header: dict[str, Any], body: bytes) -> bytes:
    told = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    told += b" " * (-(8 + len(told)) % 8)
    return b"".join([_MAGIC, struct.pack("<I", len(told)), told, body])
