"""Rows in chunks of the length that one call of an explainer takes, each with its keys; read on a thread of its own."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._arrays import as_array, is_text
from kerasig._datasets.rows import Piece, rows_at
from kerasig._sentences import sentence, shown
from kerasig.probes._captions import as_text
from kerasig.probes._fingerprint import fingerprint

_Item = TypeVar("_Item")
# How the keys of rows are said: None is their numbers, a name a leaf of inputs, a list one for each row.
Keys = str | Callable[..., Any] | NDArray[Any] | None
# Chunks that are read while one is explained.
_AHEAD = 2
# Seconds for which the end of a call waits for the rows that are being read.
_PATIENCE = 5.0


@dataclass(frozen=True, eq=False)
class RowChunk:
    """Some rows in their order.

    Args:
        first: the number of the first row.
        inputs: nest of arrays [n, ...], as the model takes it.
        labels: nest of arrays [n, ...] or None.
        keys: [n], whole numbers or text.
    """

    first: int
    inputs: Any
    labels: Any
    keys: NDArray[Any]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def label_column(self) -> NDArray[Any] | None:
        """The labels as a column; None of several outputs, and where there are none."""
        return self.labels if isinstance(self.labels, np.ndarray) else None

    def fingerprint(self) -> str:
        """A short hash of what the rows are."""
        return fingerprint(self.inputs, self.labels, self.keys)[:16]


def chunks(pieces: Iterator[Piece], size_at: Callable[[int], int], key: Keys) -> Iterator[RowChunk]:
    """Rows in chunks.

    Args:
        pieces: of them, of any length.
        size_at: how many rows the chunk has that begins with the row of this number.
        key: what they are called.

    Raises:
        ValueError: rows have other shapes than those before them, or keys do not fit.
    """
    waiting: list[Piece] = []
    first, count, size = 0, 0, size_at(0)
    before: RowChunk | None = None

    def alike(chunk: RowChunk) -> RowChunk:
        nonlocal before
        before = before or chunk
        if chunk.keys.dtype.kind != before.keys.dtype.kind:
            kinds = ("texts", "whole numbers") if chunk.keys.dtype.kind == "U" else ("whole numbers", "texts")
            raise ValueError(
                f"key must give whole numbers for all rows, or texts for all. Received {kinds[0]} among the rows from "
                f"{chunk.first} on, after {kinds[1]}: {shown(chunk.keys[:3])}."
            )
        return chunk

    for piece in pieces:
        if waiting:
            _check_alike(waiting[-1], piece, first + count)
        waiting.append(piece)
        count += _length(piece)
        while count >= size:
            taken, left = _parted(waiting, size)
            yield alike(_chunk(taken, first, key))
            first, count = first + size, count - size
            size = size_at(first)
            # Its first piece tells the shapes even where none of its rows is left.
            waiting = [left]
    if count:
        yield alike(_chunk(_parted(waiting, count)[0], first, key))


def read_ahead(items: Iterator[_Item]) -> Generator[_Item]:
    """The items, which a thread makes ready before they are asked for; its errors are raised in their place."""
    ready: queue.Queue[tuple[_Item | None, BaseException | None]] = queue.Queue(_AHEAD)
    stopped = threading.Event()

    def put(item: _Item | None, error: BaseException | None) -> bool:
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                ready.put((item, error), timeout=0.2)
                return True
        return False

    def read() -> None:
        try:
            for item in items:
                if not put(item, None):
                    return
            put(None, StopIteration())
        except BaseException as error:
            put(None, error)

    thread = threading.Thread(target=read, name="kerasig rows", daemon=True)
    thread.start()
    try:
        while True:
            item, error = ready.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # type: ignore[misc]
    finally:
        stopped.set()
        # What the thread reads is the caller's again behind this; a source that hangs keeps nobody.
        thread.join(_PATIENCE)


def _length(piece: Piece) -> int:
    return len(nest.flatten(piece[0])[0])


def _check_alike(before: Piece, piece: Piece, row: int) -> None:
    nest.check_same(before, piece, arguments=("the rows of dataset", "each batch of dataset"))
    for one, other in zip(nest.flatten(before), nest.flatten(piece), strict=True):
        if (one is None) != (other is None):
            kinds = ("with", "without") if one is None else ("without", "with")
            raise ValueError(
                f"dataset must have labels for all rows, or for none. Received rows {kinds[0]} labels from row {row} "
                f"on, after rows {kinds[1]} them."
            )
        if one is not None and is_text(one) != is_text(other):
            kinds = ("text", "numbers") if is_text(other) else ("numbers", "text")
            raise ValueError(
                f"dataset must have rows of one kind. Received {kinds[0]} from row {row} on, after {kinds[1]}."
            )
    names = nest.names(before[0], lone="inputs")
    for name, one, other in zip(names, nest.flatten(before[0]), nest.flatten(piece[0]), strict=True):
        if one.shape[1:] != other.shape[1:]:
            raise ValueError(
                f"dataset must have rows of one shape. Received {name} of shape {list(other.shape[1:])} from row {row} "
                f"on, after {list(one.shape[1:])}. Pad them to one length, or explain those of each length by "
                "themselves."
            )


def _parted(pieces: list[Piece], size: int) -> tuple[Piece, Piece]:
    """The first rows of some pieces put together, and what is left of the last one."""
    taken: list[Piece] = []
    for piece in pieces:
        count = _length(piece)
        taken.append(rows_at(piece, slice(0, size)))
        left: Piece = rows_at(piece, slice(min(size, count), None))
        size -= min(size, count)
        if not size:
            break
    if len(taken) == 1:
        return taken[0], left
    joined: Piece = nest.map_structure(lambda *parts: None if parts[0] is None else np.concatenate(parts), *taken)
    return joined, left


def _chunk(piece: Piece, first: int, key: Keys) -> RowChunk:
    inputs, labels, own = piece
    count = _length(piece)
    if isinstance(key, str):
        if not isinstance(inputs, dict) or key not in inputs:
            has = f"the leaves {sorted(inputs)}" if isinstance(inputs, dict) else "no leaves with names"
            raise ValueError(f"key must be the name of a leaf of inputs. Received key={key!r}, and inputs have {has}.")
        inputs = dict(inputs)
        keys = _keys(inputs.pop(key), count)
    elif key is None and own is not None:
        keys = _keys(own, count)
    elif key is None:
        keys = np.arange(first, first + count)
    elif callable(key):
        keys = _keys(asked(key, inputs, labels, "key"), count)
    else:
        keys = _keys(key[first : first + count], count)
    return RowChunk(first, inputs, labels, keys)


def asked(function: Callable[..., Any], inputs: Any, labels: Any, name: str) -> Any:
    """The result of a user's function of (inputs), or of (inputs, labels), for the rows of a chunk."""
    try:
        return function(inputs, labels) if not arguments.takes_one(function) else function(inputs)
    except Exception as error:
        raise ValueError(f"{name}'s function fails on the rows of a batch: {sentence(error)}.") from error


def _keys(found: Any, count: int) -> NDArray[Any]:
    array = as_array(found, "key")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (count,) or array.dtype.kind not in "biuSUO":
        raise ValueError(
            f"key must give a whole number or a text for each of the {count} rows. Received {array.dtype}, shape "
            f"{list(array.shape)}: {shown(np.atleast_1d(array)[:3])}. Pass other numbers, and those of more than 64 "
            "bits, as texts."
        )
    if array.dtype.kind in "SUO":
        texts = [as_text(item) for item in array]
        try:
            "".join(texts).encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"key must give texts that UTF-8 has. Received some of which {error}.") from error
        return np.array(texts, dtype=np.str_)
    if array.dtype.kind == "u" and (large := array > np.iinfo(np.int64).max).any():
        raise ValueError(f"key must give numbers below 2**63. Received {array[large][0]}. Pass them as texts.")
    return array.astype(np.int64)
