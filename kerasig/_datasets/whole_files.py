"""Files that are there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# What a process that was killed while it wrote has left behind.
_UNFINISHED = re.compile(r"\..+\.writing-[0-9a-f]+")


@contextlib.contextmanager
def whole_file(path: str | os.PathLike[str], *, durable: bool = True) -> Iterator[BinaryIO]:
    """A file to write, which gets its name once the block has ended well.

    Args:
        path: of the file; one that is there is replaced.
        durable: whether its bytes are on the disk by then, so that it is whole after a failure of power as well.
    """
    path = Path(path)
    # Of its own: threads, and machines that number their processes alike, may write the same file of one folder.
    unfinished = path.with_name(f".{path.name}.writing-{secrets.token_hex(8)}")
    try:
        with unfinished.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def is_unfinished(path: Path) -> bool:
    """Whether a file was never finished."""
    return _UNFINISHED.fullmatch(path.name) is not None
