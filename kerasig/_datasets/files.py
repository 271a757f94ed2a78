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
from kerasig._global.texts import counted
from kerasig._sentences import sentence, shown

IMAGES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
TABLES = (".csv", ".parquet")
# Images and rows of tables that are read at once.
_IMAGES_AT_ONCE, _ROWS_AT_ONCE = 32, 4096
# Entries of a table that say nothing.
_NOTHING = (None, "")


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
            images = _of_one_size([_image(path, shape) for path in some], some) / np.float32(scale)
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
    if twice := [name for name in there if there.count(name) > 1]:
        raise ValueError(f"DATA must have columns of different names. Received {twice[0]!r} more than once.")
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
    # What was whole in the first rows need not be in others, and what was missing need not be.
    floats = [name for name in features if _is_number(first.schema.field(name).type)]
    count, classes = _scanned(path, label, floats, first.schema)

    def pieces() -> Iterator[Piece]:
        for batch in _batches(path, floats):
            arrays = {name: _numbers(batch, name) for name in features}
            if inputs is None:
                table: Any = np.stack([arrays[name] for name in features], axis=1)
            else:
                table = {name: array.reshape(-1, *[1] * (inputs[name] - 1)) for name, array in arrays.items()}
            labels = None if label is None else _labels(batch, label, classes)
            keys = None if key is None else np.array([_key(item) for item in _present(batch, key).to_pylist()])
            yield table, labels, keys

    return FileRows(RowSource(pieces, count), classes, features if inputs is None else None)


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


def _of_one_size(images: list[NDArray[np.float32]], paths: Sequence[Path]) -> NDArray[np.float32]:
    for path, image in zip(paths, images, strict=True):
        if image.shape != images[0].shape:
            raise ValueError(
                f"DATA must hold images of one size for a model that takes any. Received {str(path)!r} of shape "
                f"{list(image.shape)}, after {list(images[0].shape)}. Resize them."
            )
    return np.stack(images)


def _batches(path: Path, floats: Sequence[str] = (), only: Sequence[str] | None = None) -> Iterator[Any]:
    """The rows of a table, some at once.

    Args:
        path: of it.
        floats: columns of text files that are read as numbers with a fraction.
        only: the columns that are read; None is all.
    """
    from pyarrow import ArrowInvalid, csv, float64, parquet

    rows = 0
    try:
        if path.suffix == ".parquet":
            with parquet.ParquetFile(path) as file:
                for batch in file.iter_batches(_ROWS_AT_ONCE, columns=only):
                    yield batch
                    rows += batch.num_rows
            return
        kinds = csv.ConvertOptions(column_types=dict.fromkeys(floats, float64()), include_columns=only)
        with csv.open_csv(path, convert_options=kinds) as reader:
            for batch in reader:
                if batch.num_rows:
                    yield batch
                rows += batch.num_rows
    except ArrowInvalid as error:
        raise ValueError(f"DATA cannot be read behind row {rows} of {str(path)!r}: {sentence(error)}.") from error


def _is_number(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind) or types.is_null(kind))


def _numbers(batch: Any, name: str) -> NDArray[Any]:
    """A column of numbers as float32, in which what is missing is NaN; of texts as they are."""
    column = batch.column(name)
    array: NDArray[Any] = column.to_numpy(zero_copy_only=False)
    return array.astype(np.float32) if _is_number(column.type) else array


def _scanned(path: Path, label: str | None, floats: Sequence[str], schema: Any) -> tuple[int, list[str] | None]:
    """How many rows there are, and the classes of labels that are text, in their order; None where they are numbers."""
    are_classes = label is not None and not _is_number(schema.field(label).type)
    count, found = 0, set[str]()
    for batch in _batches(path, floats, [label if are_classes and label is not None else schema.names[0]]):
        count += batch.num_rows
        if are_classes:
            found.update(str(item) for item in batch.column(0).to_pylist() if item not in _NOTHING)
    return count, sorted(found) if are_classes else None


def _present(batch: Any, name: str) -> Any:
    """A column in which nothing is missing.

    Raises:
        ValueError: something is.
    """
    column = batch.column(name)
    if absent := sum(item in _NOTHING for item in column.to_pylist()):
        raise ValueError(
            f"DATA must have an entry in each row of its column {name!r}. Received {counted(absent, 'row')} without, "
            f"among {len(column)}. Fill them, or leave these rows out."
        )
    return column


def _labels(batch: Any, label: str, classes: Sequence[str] | None) -> NDArray[Any]:
    column = _present(batch, label)
    if classes is None:
        found: NDArray[Any] = column.to_numpy(zero_copy_only=False)
        return found
    places = {name: place for place, name in enumerate(classes)}
    return np.array([places[str(item)] for item in column.to_pylist()])


def _key(item: Any) -> int | str:
    return item if isinstance(item, int) else str(item)


def function_named(name: str, argument: str) -> Callable[..., Any]:
    """The function "module:function", for what only its owner can make or read.

    Args:
        name: of it.
        argument: that names it, for messages.

    Raises:
        ValueError: there is none.
    """
    import importlib

    module, _, attribute = name.partition(":")
    found = None
    with contextlib.suppress(ImportError, AttributeError):
        found = getattr(importlib.import_module(module), attribute)
    if not callable(found):
        raise ValueError(f"{argument} must be a function, as module:function. Received {name!r}, which is none.")
    function: Callable[..., Any] = found
    return function
