"""Shards: files of explained rows, in Parquet or .npz, written whole or not at all, and the same bytes each time."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from kerasig._datasets.layout import KEY, Columns, ShardColumn, ShardLayout, stored
from kerasig._datasets.whole_files import whole_file
from kerasig._storage import DamagedFileError, arrays_in, write_arrays
from kerasig._types import Format

if TYPE_CHECKING:
    import pyarrow

# One row is read with its group: a few megabytes at most.
_GROUP_BYTES = 1 << 20
_GROUP_ROWS = 4096
# Shares of the bytes of numbers that lie together compress; single floats hardly do.
_COMPRESSION = {"compression": "zstd", "compression_level": 1}


@dataclass(frozen=True)
class Written:
    """A shard as a manifest knows it.

    Args:
        name: of its file.
        rows: how many it has.
        bytes: its size.
        sha256: of its bytes, in hexadecimal.
    """

    name: str
    rows: int
    bytes: int
    sha256: str


def shard_name(number: int | str, file_format: Format) -> str:
    """The file name of a shard: "shard-00003.parquet"."""
    return f"shard-{number:05d}.{file_format}" if isinstance(number, int) else f"shard-{number}.{file_format}"


def require_pyarrow(argument: str) -> None:
    """Raises ImportError, with the remedy, where Parquet cannot be written or read."""
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f'{argument} needs pyarrow for Parquet. Run: pip install "kerasig[data]", or pass format="npz".'
        ) from error


def write_shard(path: str | os.PathLike[str], columns: Columns, layout: ShardLayout, file_format: Format) -> Written:
    """Writes a shard: beside its place, then moved there, so that its name stands for a whole file.

    Args:
        path: of the file.
        columns: of `columns_of`, which are written in the layout's precision.
        layout: theirs.
        file_format: "parquet" or "npz".

    Raises:
        OSError: it cannot be written; nothing of it is left.
    """
    write = _write_parquet if file_format == "parquet" else _write_npz
    rows = len(next(iter(columns.values())))
    with whole_file(path) as file:
        write(file, stored(columns, layout), layout)
    data = Path(path).read_bytes()
    return Written(Path(path).name, rows, len(data), hashlib.sha256(data).hexdigest())


def read_shard(
    path: str | os.PathLike[str],
    layout: ShardLayout,
    *,
    names: Collection[str] | None = None,
    rows: slice | None = None,
) -> Columns:
    """Columns of a shard.

    Args:
        path: of the file.
        layout: its own.
        names: of the columns that are read; None is all.
        rows: from which to which row, one step apart; None is all.

    Raises:
        DamagedFileError: it is cut or changed, or has other columns.
        OSError: it cannot be read.
    """
    wanted = [column for column in layout.columns if names is None or column.name in names]
    read = _read_parquet if Path(path).suffix == ".parquet" else _read_npz
    return read(Path(path), wanted, slice(None) if rows is None else rows)


def rows_with_key(path: str | os.PathLike[str], layout: ShardLayout, key: int | str) -> NDArray[np.int64]:
    """The numbers of the rows of a shard that have a key; of Parquet only groups are read that may hold it.

    Args:
        path: of the file.
        layout: its own.
        key: a number or a text, as the keys of the layout are.

    Raises:
        DamagedFileError: see `read_shard`.
        OSError: it cannot be read.
    """
    if Path(path).suffix != ".parquet":
        return np.flatnonzero(read_shard(path, layout, names=[KEY])[KEY] == key)
    with _parquet_file(Path(path), [KEY]) as file:
        metadata = file.metadata
        place = metadata.schema.names.index(KEY)
        sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
        groups = [group for group in range(len(sizes)) if _may_hold(metadata.row_group(group).column(place), key)]
        keys = file.read_row_groups(groups, columns=[KEY], use_threads=False).column(KEY).to_numpy()
    starts = np.cumsum([0, *sizes])
    numbers = np.concatenate([np.arange(starts[group], starts[group + 1]) for group in groups] or [starts[:0]])
    return numbers[keys == key]


def _write_npz(file: BinaryIO, columns: Columns, layout: ShardLayout) -> None:
    write_arrays(file, columns)


def _read_npz(path: Path, wanted: list[ShardColumn], rows: slice) -> Columns:
    with path.open("rb") as file:
        arrays = arrays_in(file)
    if missing := [column.name for column in wanted if column.name not in arrays]:
        raise DamagedFileError(f"{path} has no column {missing[0]!r}")
    return {column.name: arrays[column.name][rows] for column in wanted}


def _write_parquet(file: BinaryIO, columns: Columns, layout: ShardLayout) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays: list[pyarrow.Array] = []
    names: list[str] = []
    for column in layout.columns:
        array = np.ascontiguousarray(columns[column.name])
        parts = [array] if column.features is None else [np.ascontiguousarray(part) for part in array.T]
        arrays += [_arrow(part, column) for part in parts]
        names += column.tables
    table = pa.Table.from_arrays(arrays, names=names)
    floats = [name for name, kept in zip(names, arrays, strict=True) if kept.type in (pa.float32(), pa.float64())]
    floats += [
        f"{name}.list.element"
        for name, kept in zip(names, arrays, strict=True)
        if pa.types.is_fixed_size_list(kept.type) and kept.type.value_type == pa.float32()
    ]
    group = max(1, min(_GROUP_ROWS, _GROUP_BYTES // max(layout.row_bytes(), 1)))
    texts = [name for name, kept in zip(names, arrays, strict=True) if kept.type == pa.string()]
    pq.write_table(
        table,
        file,
        row_group_size=group,
        use_dictionary=texts,
        use_byte_stream_split=floats,
        write_statistics=[*texts, "key"],
        **_COMPRESSION,
    )


def _arrow(array: NDArray[Any], column: ShardColumn) -> pyarrow.Array:
    """An array [n, ...] as Arrow has it: numbers, text, or lists of one length."""
    import pyarrow as pa

    numbers = array.reshape(-1)
    flat = pa.array(numbers.tolist(), pa.string()) if column.dtype == "str" else pa.array(numbers)
    if array.ndim == 1:
        return flat
    return pa.FixedSizeListArray.from_arrays(flat, math.prod(array.shape[1:]))


@contextlib.contextmanager
def _parquet_file(path: Path, columns: Collection[str]) -> Iterator[Any]:
    """The file, while it is entered, which has such columns."""
    require_pyarrow("Reading this output")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            if missing := sorted(set(columns) - set(file.schema_arrow.names)):
                raise DamagedFileError(f"{path} has no column {missing[0]!r}")
            yield file
    except pa.ArrowInvalid as error:
        raise DamagedFileError(f"{path} is no whole Parquet file ({str(error).splitlines()[0]:.160})") from error


def _read_parquet(path: Path, wanted: list[ShardColumn], rows: slice) -> Columns:
    tables = [name for column in wanted for name in column.tables]
    with _parquet_file(path, tables) as file:
        first, last, _ = rows.indices(file.metadata.num_rows)
        groups, begin = _groups(file.metadata, first, last)
        table = file.read_row_groups(groups, columns=tables, use_threads=False)
    table = table.slice(first - begin, max(last - first, 0)).combine_chunks()
    return {column.name: _numpy(table, column) for column in wanted}


def _may_hold(chunk: Any, key: int | str) -> bool:
    """Whether a group's chunk of the column of keys may hold one, by its least and largest."""
    known = chunk.statistics
    return known is None or not known.has_min_max or bool(known.min <= key <= known.max)


def _groups(metadata: Any, first: int, last: int) -> tuple[list[int], int]:
    """The groups that hold some rows, and the number of the first row in them."""
    groups: list[int] = []
    begin, start = 0, 0
    for group in range(metadata.num_row_groups):
        end = start + metadata.row_group(group).num_rows
        if end > first and start < last:
            begin = begin if groups else start
            groups.append(group)
        start = end
    return groups, begin if groups else first


def _numpy(table: Any, column: ShardColumn) -> NDArray[Any]:
    parts = [_of_arrow(table.column(name), column) for name in column.tables]
    return parts[0] if column.features is None else np.stack(parts, axis=1)


def _of_arrow(chunked: Any, column: ShardColumn) -> NDArray[Any]:
    count, shape = len(chunked), () if column.features is not None else column.shape
    flat = chunked.combine_chunks()
    if shape or hasattr(flat.type, "list_size"):
        flat = flat.flatten()
    if column.dtype == "str":
        return np.array(flat.to_pylist(), dtype=np.str_).reshape(count, *shape)
    array = cast("NDArray[Any]", flat.to_numpy(zero_copy_only=False))
    return array.astype(column.dtype, copy=False).reshape(count, *shape)
