"""Photographs as JPEG: a tenth of what they take without loss. Baseline, with the tables of the standard's annex K.

Source: ITU-T T.81, 1992.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

_LUMINANCE = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    np.float64,
)
_CHROMINANCE = np.full((8, 8), 99.0)
_CHROMINANCE[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
# How many codes have 1, 2, ... 16 bits, and what they stand for: sizes of differences, and runs of zeros with sizes.
_DC_COUNTS, _DC_SYMBOLS = bytes([0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]), bytes(range(12))
_AC_COUNTS = bytes([0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125])
_AC_SYMBOLS = bytes.fromhex(
    "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a34353637"
    "38393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798999aa2a3"
    "a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8f9fa"
)
# The order of a block's frequencies: along its diagonals, to and fro.
_ORDER = np.array(
    sorted(range(64), key=lambda i: (i // 8 + i % 8, i // 8 if (i // 8 + i % 8) % 2 else i % 8)), np.int64
)
_COSINES = np.sqrt(2 / 8) * np.cos(np.pi / 8 * np.outer(np.arange(8), np.arange(8) + 0.5))
_COSINES[0] /= np.sqrt(2)
_END, _SIXTEEN_ZEROS = 0x00, 0xF0


def jpeg(pixels: NDArray[np.uint8], quality: int) -> bytes:
    """A JPEG of pixels [H, W, 3], its colours at half the resolution.

    Args:
        pixels: red, green and blue.
        quality: from 1 to 100, as other encoders count it.
    """
    height, width = pixels.shape[:2]
    scale = (50 / quality if quality < 50 else 2 - quality / 50) if quality < 100 else 0.01
    tables = [np.clip(np.floor(table * scale + 0.5), 1, 255) for table in (_LUMINANCE, _CHROMINANCE)]
    quantised = b"".join(bytes([i, *table.reshape(-1)[_ORDER].astype(int)]) for i, table in enumerate(tables))
    # Three components; brightness has two samples each way for one of both colours.
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes([1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
    codes = b"\x00" + _DC_COUNTS + _DC_SYMBOLS + b"\x10" + _AC_COUNTS + _AC_SYMBOLS
    parts = [
        (0xE0, b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"),
        (0xDB, quantised),
        (0xC0, frame),
        (0xC4, codes),
        (0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0])),
    ]
    head = b"".join(struct.pack(">BBH", 0xFF, name, len(data) + 2) + data for name, data in parts)
    return b"\xff\xd8" + head + _scan(*_blocks(pixels, tables)) + b"\xff\xd9"


def _blocks(
    pixels: NDArray[np.uint8], tables: list[NDArray[np.float64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The quantised frequencies [B, 64] of all blocks in the order of the file, and the component [B] of each."""
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, [(0, -height % 16), (0, -width % 16), (0, 0)], mode="edge").astype(np.float64)
    red, green, blue = np.moveaxis(padded, -1, 0)
    bright = 0.299 * red + 0.587 * green + 0.114 * blue
    colors = [(blue - bright) / 1.772, (red - bright) / 1.402]
    rows, columns = bright.shape[0] // 16, bright.shape[1] // 16
    # [rows, columns, blocks of one unit, 8, 8]
    fine = (bright - 128).reshape(rows, 2, 8, columns, 2, 8).transpose(0, 3, 1, 4, 2, 5).reshape(rows, columns, 4, 8, 8)
    coarse = [color.reshape(rows, 8, 2, columns, 8, 2).mean(axis=(2, 5)).transpose(0, 2, 1, 3) for color in colors]
    units = np.concatenate([fine, np.stack(coarse, axis=2)], axis=2)
    of_tables = np.stack([tables[0]] * 4 + [tables[1]] * 2)
    frequencies = np.rint(_COSINES @ units @ _COSINES.T / of_tables).astype(np.int64)
    return frequencies.reshape(-1, 64)[:, _ORDER], np.tile([0, 0, 0, 0, 1, 2], rows * columns)


def _scan(blocks: NDArray[np.int64], components: NDArray[np.int64]) -> bytes:
    """The blocks in bits."""
    blocks = np.clip(blocks, -1023, 1023)
    levels = blocks[:, 0]
    differences = np.empty_like(levels)
    for component in range(3):
        of_component = components == component
        differences[of_component] = np.diff(levels[of_component], prepend=0)
    dc_codes, dc_lengths = _codes(_DC_COUNTS, _DC_SYMBOLS)
    ac_codes, ac_lengths = _codes(_AC_COUNTS, _AC_SYMBOLS)
    sizes = _sizes(differences)
    block = np.arange(len(blocks))
    entries = [(block, 0 * block, *_joined(dc_codes[sizes], dc_lengths[sizes], differences, sizes))]
    where, place = np.nonzero(blocks[:, 1:])
    place, values = place + 1, blocks[where, place + 1]
    first = np.diff(where, prepend=-1) != 0
    runs = place - np.where(first, 0, np.roll(place, 1)) - 1
    sizes = _sizes(values)
    symbols = (runs % 16) * 16 + sizes
    entries.append((where, 2 * place, *_joined(ac_codes[symbols], ac_lengths[symbols], values, sizes)))
    long = np.repeat(np.arange(len(runs)), runs // 16)
    entries.append((where[long], 2 * place[long] - 1, *_alike(long, ac_codes, ac_lengths, _SIXTEEN_ZEROS)))
    ended = np.flatnonzero(blocks[:, -1] == 0)
    entries.append((ended, 0 * ended + 200, *_alike(ended, ac_codes, ac_lengths, _END)))
    at, within, codes, lengths = (np.concatenate(column) for column in zip(*entries, strict=True))
    order = np.argsort(256 * at + within, kind="stable")
    return _packed(codes[order], lengths[order])


def _codes(counts: bytes, symbols: bytes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The code of each symbol, and its length in bits."""
    codes, lengths = np.zeros(256, np.int64), np.zeros(256, np.int64)
    code, left = 0, iter(symbols)
    for length, count in enumerate(counts, start=1):
        for _ in range(count):
            symbol = next(left)
            codes[symbol], lengths[symbol] = code, length
            code += 1
        code *= 2
    return codes, lengths


def _sizes(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The bits that each value takes."""
    return np.ceil(np.log2(np.abs(values) + 1)).astype(np.int64)


def _joined(
    codes: NDArray[np.int64], lengths: NDArray[np.int64], values: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes with their values behind them; a negative value is counted up from the least of its size."""
    return (codes << sizes) | np.where(values < 0, values + (1 << sizes) - 1, values), lengths + sizes


def _alike(
    where: NDArray[np.int64], codes: NDArray[np.int64], lengths: NDArray[np.int64], symbol: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same code at each place."""
    return np.full(len(where), codes[symbol]), np.full(len(where), lengths[symbol])


def _packed(codes: NDArray[np.int64], lengths: NDArray[np.int64]) -> bytes:
    """Codes one after the other in bytes; a zero follows each that would begin a marker."""
    ends = np.cumsum(lengths)
    behind = np.repeat(ends, lengths) - np.arange(ends[-1]) - 1
    bits = (np.repeat(codes, lengths) >> behind) & 1
    bits = np.append(bits, np.ones(-len(bits) % 8, np.int64))
    return np.packbits(bits.astype(np.uint8)).tobytes().replace(b"\xff", b"\xff\x00")
