"""Pixels as a PNG in a page: the source of an `img`."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

# PNG's numbers for grey, colours, and colours with opacity.
_COLOR_TYPES = {1: 0, 3: 2, 4: 6}


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """A PNG of pixels [H, W, C] as a data URI: grey, red-green-blue, or these with opacity."""
    pixels = np.ascontiguousarray(pixels, np.uint8)
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _COLOR_TYPES[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", _smallest(pixels.reshape(height, -1), channels)), (b"IEND", b""))
    packed = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + packed).decode()


def _smallest(rows: NDArray[np.uint8], channels: int) -> bytes:
    """The rows compressed as they are, or as differences from the pixel at the left or above."""
    left, above = rows.copy(), rows.copy()
    left[:, channels:] -= rows[:, :-channels]
    above[1:] -= rows[:-1]
    # Each row starts with the number of its filter.
    filtered = [np.insert(differences, 0, number, axis=1) for number, differences in enumerate((rows, left, above))]
    return min((zlib.compress(each.tobytes(), 9) for each in filtered), key=len)
