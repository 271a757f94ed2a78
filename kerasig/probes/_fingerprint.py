"""A hash of content, the same in every process and on every machine."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasig.probes._captions import as_text


def fingerprint(*content: Any) -> str:
    """The SHA-256, in hexadecimal, of arrays, strings, numbers, None, and nests of them."""
    digest = hashlib.sha256()
    for part in content:
        _feed(digest, part)
    return digest.hexdigest()


def _feed(digest: Any, part: Any) -> None:
    # Every part goes in with its type and length, so that no two contents run together.
    if isinstance(part, np.ndarray) and part.dtype.kind in "biuf":
        little_endian = part.dtype.newbyteorder("<")
        digest.update(f"array {little_endian.str} {part.shape} ".encode())
        digest.update(np.ascontiguousarray(part.astype(little_endian)).tobytes())
    elif isinstance(part, np.ndarray):
        digest.update(f"strings {part.shape} ".encode())
        _feed(digest, [as_text(item) for item in part.ravel().tolist()])
    elif isinstance(part, Mapping):
        digest.update(f"dict {len(part)} ".encode())
        for item in sorted(part.items(), key=lambda item: str(item[0])):
            _feed(digest, item)
    elif isinstance(part, (list, tuple)):
        digest.update(f"list {len(part)} ".encode())
        for item in part:
            _feed(digest, item)
    else:
        text = repr(part).encode()
        digest.update(f"item {len(text)} ".encode() + text)
