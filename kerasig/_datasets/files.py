"""Rows of files that people have: a folder of images, a table in CSV or Parquet."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._datasets.rows import Piece, RowSource
from kerasig._sentences import sentence, shown

IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
TABLES = (".csv", ".parquet")
# Images and rows of tables that are read at once.
_IMAGES_AT_ONCE, _ROWS_AT_ONCE = 32, 4096


@dataclass(frozen=True, eq=False)
class FileRows:
    """Rows of files, and what is known of them.

    Args:
        source: of the rows.
        class_names: of folders or of labels that are text, by index; None where there are none.
        feature_names: of the columns of a table that are one array.
    """

    source: RowSource
    class_names: list[str] | None = None
    feature_names: list[str] | None = None


def image_rows(folder: Path, shape: tuple[int | None, ...], scale: float) -> FileRows:
    """The images of a folder, whose folders are classes where it has any; keys are paths in it.

    Args:
        folder: of them.
        shape: that the model takes, without the rows: (height, width, channels), None for what may vary.
        scale: by which numbers from 0 to 255 are divided.

    Raises:
        ValueError: there are no images, or the model takes none.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in IMAGES)
    if not paths:
        raise ValueError(f"DATA must hold images ({', '.join(IMAGES)}). Received {str(folder)!r}, which has none.")
    if len(shape) != 3 or shape[2] not in (1, 3, 4, None):
        raise ValueError(
            "MODEL must take images (height, width, channels) for a folder of them. Received one that takes "
            f"{shown(shape)}."
        )
    names = sorted({path.relative_to(folder).parts[0] for path in paths if path.parent != folder})
    in_folders = bool(names) and all(path.parent != folder for path in paths)

    def pieces() -> Iterator[Piece]:
        for begin in range(0, len(paths), _IMAGES_AT_ONCE):
            some = paths[begin : begin + _IMAGES_AT_ONCE]
            inside = [path.relative_to(folder) for path in some]
            labels = np.array([names.index(path.parts[0]) for path in inside]) if in_folders else None
            images = np.stack([_image(path, shape) for path in some]) / np.float32(scale)
            yield images, labels, np.array([path.as_posix() for path in inside])

    return FileRows(RowSource(pieces, len(paths)), names if in_folders else None)


def table_rows(
    path: Path, inputs: Mapping[str, int] | None, label: str | None, key: str | None, columns: Sequence[str] | None
) -> FileRows:
    """The rows of a table.

    Args:
        path: of a CSV or Parquet file.
        inputs: the names of the model's inputs, each a column, where it takes several by name, and how many axes each
            has; None where it takes one array.
        label: the column of labels: numbers, or texts, which are classes in their order.
        key: the column of keys.
        columns: those that make the one array, in this order; None for all the others that are numbers.

    Raises:
        ImportError: pyarrow is not installed.
        ValueError: there is no such column, or it is of no numbers.
    """
    if find_spec("pyarrow") is None:
        raise ImportError('Tables need pyarrow. Run: pip install "kerasig[data]".')
    first = next(_batches(path), None)
    if first is None:
        raise ValueError(f"DATA must have rows. Received {str(path)!r}, which has none.")
    there = first.schema.names
    wanted = [name for name in (label, key, *(columns or ()), *(inputs or ())) if name is not None]
    if missing := [name for name in wanted if name not in there]:
        raise ValueError(f"DATA must have the column {missing[0]!r}. Received the columns {', '.join(there)}.")
    apart = {label, key}
    if inputs is None:
        features = list(columns) if columns else [name for name in there if name not in apart]
        if texts := [name for name in features if not _is_number(first.schema.field(name).type)]:
            raise ValueError(
                f"Columns of DATA must be numbers to be one array. Received {texts[0]!r} of "
                f"{first.schema.field(texts[0]).type}. Pass --columns, or --label and --key for what is no input."
            )
    else:
        features = list(inputs)
    classes = None if label is None else _classes(path, label, first.schema)

    def pieces() -> Iterator[Piece]:
        for batch in _batches(path):
            arrays = {name: _numbers(batch, name) for name in features}
            if inputs is None:
                table: Any = np.stack([arrays[name] for name in features], axis=1)
            else:
                table = {name: array.reshape(-1, *[1] * (inputs[name] - 1)) for name, array in arrays.items()}
            labels = None if label is None else _labels(batch, label, classes)
            keys = None if key is None else np.array([_key(item) for item in batch.column(key).to_pylist()])
            yield table, labels, keys

    return FileRows(RowSource(pieces, None), classes, features if inputs is None else None)


def _image(path: Path, shape: tuple[int | None, ...]) -> NDArray[np.float32]:
    """An image as float32 [height, width, channels], from 0 to 255."""
    import tensorflow as tf

    try:
        decoded = tf.io.decode_image(path.read_bytes(), channels=shape[2] or 3, expand_animations=False)
    except tf.errors.InvalidArgumentError as error:
        raise ValueError(f"{str(path)!r} is no image: {sentence(error)}.") from error
    size = [shape[0] or decoded.shape[0], shape[1] or decoded.shape[1]]
    resized = decoded if list(decoded.shape[:2]) == size else tf.image.resize(decoded, size)
    return np.asarray(resized, np.float32)


def _batches(path: Path) -> Iterator[Any]:
    """The rows of a table, some at once."""
    from pyarrow import ArrowInvalid, csv, parquet

    rows = 0
    try:
        if path.suffix == ".parquet":
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(_ROWS_AT_ONCE):
                    yield batch
                    rows += batch.num_rows
            return
        with csv.open_csv(path) as reader:
            for batch in reader:
                if batch.num_rows:
                    yield batch
                rows += batch.num_rows
    except ArrowInvalid as error:
        raise ValueError(f"DATA cannot be read behind row {rows} of {str(path)!r}: {sentence(error)}.") from error


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind))


def _numbers(batch: Any, name: str) -> NDArray[Any]:
    """A column of numbers as float32, in which what is missing is NaN; of texts as they are."""
    column = batch.column(name)
    array: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return array.astype(np.float32) if _is_number(column.type) else array


def _classes(path: Path, label: str, schema: Any) -> list[str] | None:
    """The classes of labels that are text, in their order; None where they are numbers."""
    if _is_number(schema.field(label).type):
        return None
    found: set[str] = set()
    for batch in _batches(path):
        found.update(str(item) for item in batch.column(label).to_pylist())
    return sorted(found)


def _labels(batch: Any, label: str, classes: Sequence[str] | None) -> NDArray[Any]:
    column = batch.column(label)
    if classes is None:
        found: NDArray[Any] = column.to_numpy(zero_copy_only=False)
        return found
    places = {name: place for place, name in enumerate(classes)}
    return np.array([places[str(item)] for item in column.to_pylist()])


def _key(item: Any) -> int | str:
    return item if isinstance(item, int) else str(item)


def parser_named(name: str) -> Callable[[Any], Any]:
    """The function "module:function", for records that only their owner can read.

    Raises:
        ValueError: there is none.
    """
    import importlib

    module, _, function = name.partition(":")
    found = None
    with contextlib.suppress(ImportError, AttributeError):
        found = getattr(importlib.import_module(module), function)
    if not callable(found):
        raise ValueError(f"It must be a function, as module:function. Received {name!r}, which is none.")
    parser: Callable[[Any], Any] = found
    return parser
