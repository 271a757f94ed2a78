"""How one probe's values of one leaf become bytes, and back: int16, float32, int32 or strings, all deflated."""

import base64
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MAX_BYTES = 2**31 - 2  # Of one payload: what is larger was not written by kerasig.
_INT16_MAX = 32767
_DTYPES: dict[str, np.dtype[Any]] = {"int16": np.dtype("<i2"), "float32": np.dtype("<f4"), "int32": np.dtype("<i4")}
ENCODINGS = (*_DTYPES, "utf8")


class FormatError(ValueError):
    """Stored data that this version cannot read; the message is a sentence for a person."""


def storable(leaf: Array) -> Array:
    """Casts a leaf to float32, int32 or str. Integers beyond 32 bits become decimal strings: exact, and readable."""
    leaf = np.asarray(leaf)
    if leaf.dtype.kind in "bui":
        bounds = np.iinfo(np.int32)
        fits = leaf.size == 0 or (int(leaf.min()) >= bounds.min and int(leaf.max()) <= bounds.max)
        return leaf.astype(np.int32) if fits else leaf.astype(str).astype(object)
    if leaf.dtype.kind in "SUOT":
        text = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in leaf.flat]
        strings = np.empty(leaf.size, object)
        strings[:] = text
        return strings.reshape(leaf.shape)
    with np.errstate(over="ignore"):
        return leaf.astype(np.float32)


def encode(values: Array, *, exact: bool) -> tuple[bytes, str, float | None]:
    """Encodes what `storable` returned, of one probe, to (blob, encoding, scale)."""
    values = np.asarray(values)
    if values.dtype.kind in "OU":  # A row of a leaf of shape [] is a str.
        text = json.dumps(values.tolist(), ensure_ascii=False, separators=(",", ":"))
        return zlib.compress(text.encode("utf-8", "replace")), "utf8", None
    if values.dtype.kind == "i":
        return _shuffle(values.astype("<i4")), "int32", None
    if exact or not np.isfinite(values).all():
        return _shuffle(values.astype("<f4")), "float32", None
    scale = float(np.abs(values).max(initial=0.0))
    # Scaled in float64: v / scale * 32767 must not round past 32767.
    quantised = np.rint(values.astype(np.float64) / (scale or 1.0) * _INT16_MAX)
    return _shuffle(quantised.astype("<i2")), "int16", scale


def unpack(blob: bytes, encoding: str, shape: Sequence[int], *, where: str) -> bytes:
    """Inflates a payload to little-endian values (int16 still to be scaled), or to the JSON of its strings.

    Args:
      blob: The stored bytes.
      encoding: One of `ENCODINGS`.
      shape: The shape the payload must have.
      where: What the payload is, to begin a sentence with.

    Raises:
      FormatError: If the payload is cut, corrupt or of a wrong length.
    """
    dtype = _DTYPES.get(encoding)
    expected = math.prod(shape) * dtype.itemsize if dtype else MAX_BYTES
    inflate = zlib.decompressobj()
    try:
        # One byte more than expected is allowed, to tell a payload that is too long without inflating it all.
        raw = inflate.decompress(blob, min(expected, MAX_BYTES) + 1)
    except zlib.error as error:
        raise FormatError(f"{where} is corrupt ({error}).") from None
    if not inflate.eof and len(raw) <= expected:
        raise FormatError(f"{where} is cut: its compressed data ends too early.")
    if dtype is None:
        _strings(raw, shape, where=where)
        return raw
    if len(raw) != expected:
        found = "more" if len(raw) > expected else f"{len(raw)}"
        raise FormatError(f"{where} has a wrong length: {expected} bytes were expected, {found} found.")
    return np.frombuffer(raw, np.uint8).reshape(dtype.itemsize, -1).T.tobytes()


def decode(blob: bytes, encoding: str, shape: Sequence[int], scale: float | None, *, where: str) -> Array:
    """Decodes a payload to float32, int32, or an object array of str."""
    raw = unpack(blob, encoding, shape, where=where)
    if encoding == "utf8":
        return _strings(raw, shape, where=where)
    array = np.frombuffer(raw, _DTYPES[encoding]).reshape(shape)
    if encoding == "int16":
        return (array * ((scale or 0.0) / _INT16_MAX)).astype(np.float32)
    return array.astype(array.dtype.newbyteorder("="))


def encode_mask(mask: NDArray[np.bool_], *, leaf: int = 0) -> dict[str, Any]:
    """A region for `header["regions"]`: a mask [N or 1, positions...] over an input leaf, as packed bits."""
    bits = zlib.compress(np.packbits(np.asarray(mask, bool)).tobytes())
    return {"leaf": leaf, "mask": base64.b64encode(bits).decode("ascii"), "shape": list(mask.shape)}


def decode_mask(region: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Reads what `encode_mask` wrote."""
    try:
        shape = tuple(int(size) for size in region["shape"])
        bits = np.frombuffer(zlib.decompress(base64.b64decode(region["mask"], validate=True)), np.uint8)
        if min(shape, default=0) < 0 or len(bits) != -(-math.prod(shape) // 8):
            raise ValueError(f"{len(bits)} bytes for shape {shape}")
        return np.unpackbits(bits, count=math.prod(shape)).astype(bool).reshape(shape)
    except (KeyError, TypeError, ValueError, OverflowError, zlib.error) as error:
        raise FormatError(f"A region's mask is corrupt ({error}).") from None


def _strings(raw: bytes, shape: Sequence[int], *, where: str) -> Array:
    try:
        strings = np.array(json.loads(raw), dtype=object)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors.
        raise FormatError(f"{where} is corrupt: it is not a list of strings.") from None
    if strings.size == 0 and math.prod(shape) == 0:
        return np.empty(tuple(shape), object)
    if strings.shape != tuple(shape) or not all(isinstance(item, str) for item in strings.flat):
        raise FormatError(f"{where} is corrupt: it does not hold strings of shape {list(shape)}.")
    return strings


def _shuffle(values: Array) -> bytes:
    """Groups the bytes of equal significance, which compress better together, and deflates them."""
    grouped = np.frombuffer(values.tobytes(), np.uint8).reshape(-1, values.dtype.itemsize).T
    return zlib.compress(grouped.tobytes())
