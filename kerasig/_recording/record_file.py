"""A file of TensorFlow records, written so that a disk that hangs stops nobody else."""

from __future__ import annotations

import struct
from typing import Any

import google_crc32c
import tensorflow as tf

# Files on other file systems that a parent process opened, never closed here: closing writes what is left in them.
_of_parent: list[Any] = []


class RecordFile:
    """Records of bytes in TFRecord's format: length, its checksum, the bytes, their checksum.

    `tf.io.TFRecordWriter` holds Python's lock while it flushes and closes, so that a disk that hangs would stop the
    training as well. Files of this machine are written without a buffer: what a call has written is with the operating
    system when it returns, and a forked process has nothing of it left to write. On other file systems (gs://, s3://)
    the bytes go through `tf.io.gfile`, whose flush lets other threads go on.

    Args:
        path: of the file, which is made anew.

    Raises:
        OSError, tf.errors.OpError: the file cannot be made.
    """

    def __init__(self, path: str) -> None:
        self._is_local = "://" not in path
        # Not a context manager's: the file lives as long as the training's log.
        self._file: Any = open(path, "wb", buffering=0) if self._is_local else tf.io.gfile.GFile(path, "wb")  # noqa: SIM115

    def __del__(self) -> None:
        # A training that nobody follows any more leaves its file closed; there is none where it could not be made.
        if self._is_local and hasattr(self, "_file"):
            self._file.close()

    def append(self, record: bytes) -> None:
        """Writes one record; an error may leave it cut short.

        Args:
            record: of any length.

        Raises:
            OSError, tf.errors.OpError: the disk is full, gone or broken.
        """
        length = struct.pack("<Q", len(record))
        framed = b"".join((length, _checksum(length), record, _checksum(record)))
        if self._is_local:
            left = memoryview(framed)
            while left:
                left = left[self._file.write(left) :]
        else:
            self._file.write(framed)

    def flush(self) -> None:
        """Hands over to the file system what is held back."""
        self._file.flush()

    def close(self) -> None:
        """Closes the file; what was appended is in it."""
        self._file.close()

    def leave(self) -> None:
        """In a forked process: leaves the file to the parent, which goes on writing."""
        if self._is_local:
            self._file.close()
        else:
            _of_parent.append(self._file)


def _checksum(content: bytes) -> bytes:
    """CRC-32C, rotated and shifted as the format wants, so that a checksum of checksums is none of 0."""
    crc = google_crc32c.value(content)
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)
