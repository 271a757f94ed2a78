"""Options of an output: judged when they are given, and decided where they are not."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

from kerasig import _arguments as arguments
from kerasig._arrays import as_array
from kerasig._datasets.chunks import Keys
from kerasig._datasets.rows import RowSource
from kerasig._datasets.shards import require_pyarrow
from kerasig._sentences import shown
from kerasig._types import Format, Precision

# Bytes of inputs and results that one call of the explainer may hold, and the most rows: enough that its last
# microbatches, which are not full, hardly count.
CHUNK_BYTES, MOST_ROWS = 32 << 20, 1024
# Bytes of the numbers of a shard.
_SHARD_BYTES = 64 << 20
# Numbers of a row from which on tables are a poor place for them.
_LARGE = 1 << 15


def lengths(numbers: int, shards: int | None, total: int | None) -> tuple[int, int]:
    """How many rows a chunk and a shard have: from shapes alone, so that the same call finds the same."""
    # Three of each number: inputs, values, and what is written of them.
    chunk_rows = max(1, min(MOST_ROWS, CHUNK_BYTES // (12 * numbers)))
    if shards is not None and total is not None:
        shard_rows = -(-total // shards)
        return min(chunk_rows, shard_rows), shard_rows
    chunks_in_shard = max(1, _SHARD_BYTES // (4 * (numbers + 16) * chunk_rows))
    return chunk_rows, chunk_rows * chunks_in_shard


def checked_shards(shards: Any, source: RowSource) -> int | None:
    """The number of shards that was asked for, of a data set that knows its length."""
    if shards is None:
        return None
    count = arguments.whole("shards", shards, 1)
    if source.total is None:
        raise ValueError(
            f"shards needs a data set that knows its number of rows. Received shards={count} with one that does not. "
            "Pass arrays, a dataset that is not batched, or shards=None."
        )
    return count


def checked_key(key: Any, total: int | None) -> Keys:
    """The keys that were asked for; `total` is the number of rows of arrays."""
    if key is None or isinstance(key, str):
        return key
    if callable(key):
        if not (arguments.takes_one(key) or arguments.takes(key, 2)):
            raise ValueError(f"key must be a function of (inputs) or of (inputs, labels). Received {shown(key)}.")
        found: Keys = key
        return found
    array = as_array(key, "key")
    if total is None or array.shape[:1] != (total,):
        rows = "a data set of unknown length" if total is None else f"{total} rows"
        raise ValueError(
            f"key must have one entry for each row. Received shape {list(array.shape)} for {rows}. Pass a function of "
            "the inputs, or the name of a leaf."
        )
    return array


def check_written(file_format: Any = None, precision: Any = "float32", with_inputs: Any = False) -> None:
    """Raises ValueError where rows cannot be written so; a format of None is to be chosen."""
    if file_format is not None:
        arguments.choice("format", file_format, get_args(Format))
    arguments.choice("precision", precision, get_args(Precision))
    arguments.flag("with_inputs", with_inputs)


def checked_format(given: Any, numbers: int) -> Format:
    """The format of shards of rows with so many numbers."""
    check_written(given)
    chosen: Format = "parquet" if given == "parquet" else "npz"
    if given is None and numbers <= _LARGE and find_spec("pyarrow") is not None:
        chosen = "parquet"
    if chosen == "parquet":
        require_pyarrow('format="parquet"')
    return chosen


def folder_of(output: Any, argument: str = "output") -> Path:
    """The path of a folder."""
    return Path(arguments.path_text(argument, output, "the path of a folder"))
