"""Rows with keys on their way to shards: which shard is theirs, and in which order they stand there."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasig import _sentences as sentences
from kerasig._beam.results import Failure
from kerasig._beam.rows import LikeRows, Row, read
from kerasig._datasets.chunks import RowChunk
from kerasig.probes._fingerprint import fingerprint

Key = int | str
# Hexadecimal digits of the key of a row that has none.
_DIGITS = 32


@dataclass(frozen=True, eq=False)
class ShardRows:
    """The rows of one shard, in the order of their keys.

    Args:
        number: of the shard.
        chunk: all of them.
    """

    number: int
    chunk: RowChunk

    def __len__(self) -> int:
        return len(self.chunk)


def read_keyed(element: Any, keyed: bool) -> tuple[Key, Row]:
    """A row and its key; without keys a hash of its content.

    Raises:
        ValueError: it is none.
    """
    if not keyed:
        row = read(element)
        return fingerprint(row.inputs, row.label)[:_DIGITS], row
    if not isinstance(element, tuple) or len(element) != 2:
        raise ValueError(
            f"An element must be (key, row). {sentences.received(element)}. Pass keyed=False for rows without keys."
        )
    return checked_key(element[0]), read(element[1])


def checked_key(key: Any) -> Key:
    """A whole number or a text.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(key, bytes):
        return key.decode("utf-8", "replace")
    if isinstance(key, str):
        return str(key)
    if isinstance(key, int | np.integer) and not isinstance(key, bool) and -(2**63) <= key < 2**63:
        return int(key)
    raise ValueError(f"The key of a row must be a whole number or a text. {sentences.received(key)}.")


def shard_of(key: Key, shards: int) -> int:
    """The shard of a key: the same in every process, on every machine and in every run."""
    digest = hashlib.sha256(f"{type(key).__name__} {key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % shards


def packed(rows: Sequence[tuple[Key, Row]], shards: int) -> Iterator[tuple[int, bytes]]:
    """Some rows by the shard that is theirs, those of each packed into one block."""
    blocks: dict[int, list[tuple[Key, Row]]] = {}
    for key, row in rows:
        blocks.setdefault(shard_of(key, shards), []).append((key, row))
    for number, block in blocks.items():
        yield number, pickle.dumps(block, protocol=5)


def unpacked(blocks: Iterable[bytes]) -> Iterator[tuple[Key, Row]]:
    """The rows of blocks."""
    for block in blocks:
        yield from pickle.loads(block)


def kind_of(keyed: tuple[Key, Row]) -> str:
    """Equal for rows that one output can hold: their structure and shapes, and whether keys are numbers."""
    key, row = keyed
    return sentences.shown((type(key).__name__, row.kind), 10_000)


def in_order(number: int, rows: Iterable[tuple[Key, Row]], kind: Hashable) -> tuple[ShardRows | None, list[Any]]:
    """The rows of a shard that are of a kind, and (key, failure) of the others."""
    ready, failed = [], []
    for key, row in rows:
        if kind_of((key, row)) == kind:
            ready.append((key, row))
        else:
            reason = f"The row has other shapes, or another kind of key, than most: {row.shown()}."
            failed.append((key, Failure(reason, "ValueError")))
    if not ready:
        return None, failed
    # Rows with one key come in no order.
    content = {id(row): "" for _, row in ready}
    if len({key for key, _ in ready}) < len(ready):
        content = {id(row): fingerprint(row.inputs, row.label) for _, row in ready}
    ready.sort(key=lambda pair: (pair[0], content[id(pair[1])]))
    like = LikeRows([], [row for _, row in ready])
    keys = np.array([key for key, _ in ready], np.int64 if isinstance(ready[0][0], int) else np.str_)
    return ShardRows(number, RowChunk(0, like.inputs, like.labels, keys)), failed
