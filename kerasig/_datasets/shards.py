"""Shards: files of explained rows, in Parquet or .npz, written whole or not at all, and the same bytes each time."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from kerasig._datasets.layout import Columns, ShardColumn, ShardLayout, stored
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


def _read_parquet(path: Path, wanted: list[ShardColumn], rows: slice) -> Columns:
    require_pyarrow("Reading this output")
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            count = file.metadata.num_rows
            first, last, _ = rows.indices(count)
            groups, begin = _groups(file.metadata, first, last)
            tables = [name for column in wanted for name in column.tables]
            if missing := sorted(set(tables) - set(file.schema_arrow.names)):
                raise DamagedFileError(f"{path} has no column {missing[0]!r}")
            table = file.read_row_groups(groups, columns=tables, use_threads=False)
    except pa.ArrowInvalid as error:
        raise DamagedFileError(f"{path} is no whole Parquet file ({str(error).splitlines()[0]:.160})") from error
    table = table.slice(first - begin, max(last - first, 0)).combine_chunks()
    return {column.name: _numpy(table, column) for column in wanted}


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
