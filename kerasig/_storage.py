"""Arrays of an .npz file that may be cut, damaged, or made to take all memory.

NumPy's own reader believes what a file says of itself: it allocates what a header claims, returns plain bytes for a
member that is no array, and fails with the words of whichever part of zip or pickle broke. Nothing of a member is
allocated here before its sizes are known to be possible, so that memory stays within a thousand times the file.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

# Deflate stores at best 258 bytes in 2 bits.
_LARGEST_RATIO = 1032
_CHUNK = 1 << 20
# Booleans, numbers, and strings of a fixed size: what can be kept without pickle and means the same everywhere.
PLAIN_KINDS = "biufUS"
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class DamagedFileError(ValueError):
    """The file holds something else than whole arrays; says what."""


def read_arrays(path: str) -> dict[str, NDArray[Any]]:
    """Every array of an .npz file, by name.

    Raises:
        DamagedFileError: the file is no whole .npz file of plain arrays.
        OSError: it cannot be opened.
    """
    with open(path, "rb") as file:
        return arrays_in(file)


def arrays_in(file: BinaryIO) -> dict[str, NDArray[Any]]:
    """Every array of an .npz file that is open, by name.

    Raises:
        DamagedFileError: it is no whole .npz file of plain arrays.
    """
    try:
        return _read(file)
    except DamagedFileError:
        raise
    # Whatever zip, zlib or NumPy make of damaged bytes, which is no closed list.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".rstrip(".")
        raise DamagedFileError(f"it is no whole .npz file ({reason:.200})") from error


def write_arrays(path: str | BinaryIO, arrays: Mapping[str, NDArray[Any]], *, compressed: bool = True) -> None:
    """Writes arrays of plain kinds to one file, the same bytes for the same arrays."""
    save = np.savez_compressed if compressed else np.savez
    save(path, **arrays)  # type: ignore[arg-type]


def _read(file: BinaryIO) -> dict[str, NDArray[Any]]:
    size = file.seek(0, 2)
    if not size:
        raise DamagedFileError("it is empty")
    if not zipfile.is_zipfile(file):
        raise DamagedFileError("it is no .npz file, or the end of one is missing")
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        # Members that share bytes would multiply what each of them may claim.
        if sum(member.compress_size for member in members) > size:
            raise DamagedFileError("its members are larger than the file")
        return {member.filename.removesuffix(".npy"): _array(archive, member) for member in members}


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    name = member.filename
    ratio = {zipfile.ZIP_STORED: 1, zipfile.ZIP_DEFLATED: _LARGEST_RATIO}.get(member.compress_type, 0)
    if member.file_size > ratio * member.compress_size:
        raise DamagedFileError(f"{name!r} claims {member.file_size} bytes, more than {member.compress_size} can hold")
    stream: Any
    with archive.open(member) as stream:
        version = np.lib.format.read_magic(stream)
        if version not in _HEADERS:
            raise DamagedFileError(f"{name!r} is an array of an unknown version, {version}")
        shape, fortran, dtype = _HEADERS[version](stream)
        if dtype.kind not in PLAIN_KINDS or dtype.names or dtype.shape:
            raise DamagedFileError(f"{name!r} holds {dtype}, not plain numbers or strings")
        length = member.file_size - stream.tell()
        if any(extent < 0 for extent in shape) or math.prod(shape) * dtype.itemsize != length:
            raise DamagedFileError(f"{name!r} says that it has shape {shape} of {dtype}. Received {length} bytes")
        data = bytearray(length)
        view, filled = memoryview(data), 0
        while filled < length:
            received = stream.readinto(view[filled : filled + _CHUNK])
            if not received:
                raise DamagedFileError(f"{name!r} ends after {filled} of {length} bytes")
            filled += received
        # Past the last byte, where zip compares the checksum.
        stream.read(1)
    return np.ndarray(shape, dtype, data, order="F" if fortran else "C")
