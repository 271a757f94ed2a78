"""Rows of a data set, from wherever they come, in pieces of any length.

A piece is (inputs, labels, keys): nests of arrays with a row for each example; None where there are no labels, or no
keys of their own.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._arrays import as_array, column_names, is_frame, read_leaves
from kerasig._sentences import sentence, shown
from kerasig.probes import ProbeSet
from kerasig.probes._batches import is_batch, split
from kerasig.probes._datasets import called, elements_of
from kerasig.probes._pipelines import is_batched, reshuffles

Piece = tuple[Any, Any, Any]
# Single examples, and rows of arrays, that are read at once.
_AT_ONCE = 256
_RECORDS = "*.tfrecord*"
_OTHERS = "an array or a dict of several inputs, a ProbeSet, or a folder of TFRecords with parser"
# As `tf.data.INFINITE_CARDINALITY`.
_WITHOUT_END = -1


@dataclass(frozen=True, eq=False)
class RowSource:
    """A data set whose rows can be read from the first to the last.

    Args:
        pieces: gives them; called once.
        total: how many rows there are, None where only reading tells.
        in_memory: whether the data set is arrays, so that what is passed beside it may have a row for each of its.
        same_again: whether it is known to give the same rows whenever it is read.
        batches: how many pieces there are, mostly of the first one's length; None where only reading tells.
        feature_names: that a frame or a `ProbeSet` has, of one array of inputs; None where there are none.
        labels: all of them, of arrays; None where only reading tells.
        probes: the `ProbeSet` that the rows are of, if they are of one.
    """

    pieces: Callable[[], Iterator[Piece]]
    total: int | None
    in_memory: bool = False
    same_again: bool = True
    batches: int | None = None
    feature_names: tuple[str, ...] | None = None
    labels: Any = None
    probes: ProbeSet | None = None

    def about(self, first: Piece) -> int | None:
        """About how many rows there are, given the first piece: for who waits."""
        if self.total is not None or self.batches is None:
            return self.total
        return self.batches * len(nest.flatten(first[0])[0])


@contextlib.contextmanager
def opened(source: RowSource) -> Iterator[Iterator[Piece]]:
    """The pieces of a data set, which is closed behind them, as a generator that has files open needs it."""
    pieces: Any = source.pieces()
    try:
        yield pieces
    finally:
        # One that hangs in a thread cannot be.
        if not getattr(pieces, "gi_running", False):
            pieces.close()


def source_of(dataset: Any, parser: Callable[[Any], Any] | None = None) -> RowSource:
    """The rows of a data set.

    Args:
        dataset: see `kerasig.explain_dataset`.
        parser: of serialized records, where the data set is files of them.

    Raises:
        ValueError: it is none, or arrays of it have different lengths.
        FileNotFoundError: there is no such folder, or no TFRecord file in it.
    """
    if isinstance(dataset, RowSource):
        return dataset
    given, dataset = dataset, called(dataset)
    if isinstance(dataset, str | os.PathLike):
        return _of_pipeline(_records(Path(dataset), parser))
    if parser is not None:
        raise ValueError(
            f"parser is for a folder of TFRecords. Received parser={shown(parser)} with a {type(dataset).__name__}. "
            "Map it over the data set: dataset.map(parser)."
        )
    if isinstance(dataset, ProbeSet):
        source = _of_arrays(dataset.inputs, dataset.labels)
        return replace(source, feature_names=dataset.feature_names, probes=dataset)
    if hasattr(dataset, "element_spec"):
        return _of_pipeline(dataset)
    if isinstance(dataset, tuple):
        parts = split(dataset)
        return _of_arrays(parts[0], parts[1] if len(parts) > 1 else None)
    is_array = hasattr(dataset, "__array__") or is_frame(dataset)
    if isinstance(dataset, dict) or (is_array and not hasattr(dataset, "num_batches")):
        return _of_arrays(dataset, None)
    elements, again = elements_of(dataset, _OTHERS), not hasattr(given, "__next__")
    if isinstance(dataset, list) and dataset and not is_batch(dataset[0]):
        return RowSource(lambda: _joined(elements), len(dataset))
    made = dataset if dataset is not given else None
    return RowSource(lambda: _joined(elements, made), None, same_again=again, batches=_batches(dataset))


def _of_arrays(inputs: Any, labels: Any) -> RowSource:
    leaves = read_leaves(inputs, "inputs")
    named = column_names(inputs) if is_frame(inputs) else None
    inputs = nest.pack(inputs, leaves)
    count = len(leaves[0])
    if labels is not None:
        labels = nest.map_structure(lambda leaf: as_array(leaf, "labels"), labels)
        lengths = sorted({len(leaf) if leaf.ndim else 0 for leaf in nest.flatten(labels)})
        if lengths != [count]:
            raise ValueError(
                f"labels must have one row for each of the {count} rows of inputs. Received {lengths}. Pass a tuple "
                "(inputs, labels); several inputs as one dict or tuple: ((x1, x2), y)."
            )

    def pieces() -> Iterator[Piece]:
        for begin in range(0, count, _AT_ONCE):
            yield rows_at((inputs, labels, None), slice(begin, begin + _AT_ONCE))

    return RowSource(pieces, count, in_memory=True, feature_names=named, labels=labels)


def rows_at(structure: Any, rows: slice) -> Any:
    """Some rows of a nest of arrays; None stays."""
    return nest.map_structure(lambda leaf: None if leaf is None else leaf[rows], structure)


def _of_pipeline(dataset: Any) -> RowSource:
    batched = is_batched(dataset)

    def pieces() -> Iterator[Piece]:
        made = dataset if batched else dataset.batch(_AT_ONCE)
        elements = iter(made.prefetch(2))
        return _pairs(_read_ahead(elements))

    count = int(dataset.cardinality())
    if count == _WITHOUT_END:
        raise ValueError("dataset must have an end. Received one that repeats without. Pass it before repeat().")
    known = None if count < 0 else count
    total, batches = (None, known) if batched else (known, None)
    return RowSource(pieces, total, same_again=not reshuffles(dataset), batches=batches)


def _batches(dataset: Any) -> int | None:
    """How many batches a list or a `keras.utils.PyDataset` has."""
    if isinstance(dataset, list):
        return len(dataset)
    count = getattr(dataset, "num_batches", None)
    return count if arguments.is_whole(count) else None


def _read_ahead(elements: Iterator[Any]) -> Iterator[Any]:
    """The elements of a pipeline, whose own errors say where in it they arose and little else."""
    number = 0
    while True:
        try:
            element = next(elements)
        except StopIteration:
            return
        except Exception as error:
            raise ValueError(
                f"dataset failed in its batch {number}: {sentence(error)}. Rows before it are kept."
            ) from error
        yield element
        number += 1


def _pairs(elements: Iterator[Any]) -> Iterator[Piece]:
    """(inputs, labels) of each batch."""
    first: Any = None
    for number, element in enumerate(elements):
        parts = split(element)
        first = parts if first is None else first
        nest.check_same(first, parts, arguments=("the first batch of dataset", "each batch of dataset"))
        inputs, labels = parts[0], parts[1] if len(parts) > 1 else None
        if _is_empty(inputs):
            continue
        try:
            leaves = read_leaves(inputs, "inputs")
        except ValueError as error:
            raise ValueError(f"dataset must give batches of rows. In batch {number}: {sentence(error)}.") from error
        if labels is not None:
            labels = nest.map_structure(lambda leaf: as_array(leaf, "labels"), labels)
            if {len(leaf) if leaf.ndim else 0 for leaf in nest.flatten(labels)} != {len(leaves[0])}:
                raise ValueError(
                    f"dataset must have as many labels as rows. In batch {number} {len(leaves[0])} rows have labels "
                    f"of {nest.map_structure(lambda leaf: list(leaf.shape), labels)}."
                )
        yield nest.pack(inputs, leaves), labels, None


def _is_empty(inputs: Any) -> bool:
    """Whether a batch has no rows, as a filter leaves some."""
    shapes = [getattr(leaf, "shape", None) for leaf in nest.flatten(inputs)]
    return bool(shapes) and all(shape is not None and tuple(shape)[:1] == (0,) for shape in shapes)


def _joined(elements: Iterator[Any], made: Any = None) -> Iterator[Piece]:
    """Batches of elements that are batches, or single examples put together; closes the generator made for them."""
    try:
        yield from _put_together(elements)
    finally:
        if hasattr(made, "close"):
            made.close()


def _put_together(elements: Iterator[Any]) -> Iterator[Piece]:
    batched: bool | None = None
    waiting: list[Any] = []
    read = 0
    for element in elements:
        if batched is None:
            batched = is_batch(element)
        if batched:
            yield from _pairs(iter([element]))
            continue
        waiting.append(split(element))
        if len(waiting) == _AT_ONCE:
            yield _stacked(waiting, read)
            waiting, read = [], read + _AT_ONCE
    if waiting:
        yield _stacked(waiting, read)


def _stacked(examples: Sequence[Any], first: int) -> Piece:
    """Examples put together; the first of them is the row of that number."""
    for example in examples:
        nest.check_same(examples[0], example, arguments=("the first example of dataset", "each example of dataset"))
    columns = zip(*(nest.flatten(example) for example in examples), strict=True)
    names = nest.names(examples[0])
    leaves = []
    for name, column in zip(names, columns, strict=True):
        arrays = [as_array(leaf, "each array in dataset") for leaf in column]
        if odd := [place for place, array in enumerate(arrays) if array.shape != arrays[0].shape]:
            raise ValueError(
                f"dataset must have examples of one shape. Received leaf {name} of shape "
                f"{list(arrays[odd[0]].shape)} in row {first + odd[0]}, after {list(arrays[0].shape)}. Pad them to one "
                "length."
            )
        leaves.append(np.stack(arrays))
    parts = nest.pack(examples[0], leaves)
    return parts[0], parts[1] if len(parts) > 1 else None, None


def _records(folder: Path, parser: Any) -> Any:
    if not callable(parser):
        raise ValueError(
            f"A folder of TFRecords needs parser, a function from a serialized record to the inputs, or to (inputs, "
            f"labels). Received dataset={shown(str(folder))}, parser={shown(parser)}."
        )
    arguments.check_takes(parser, 1, "parser", "a serialized record")
    files = sorted(folder.glob(_RECORDS)) if folder.is_dir() else [folder]
    if not files or not files[0].exists():
        raise FileNotFoundError(
            f"dataset must be a folder with files *.tfrecord*, or one such file. Received {str(folder)!r}, which "
            + ("holds none." if folder.is_dir() else "does not exist.")
        )
    # The one place here that needs TensorFlow, which reads its own files.
    import tensorflow as tf

    records = tf.data.TFRecordDataset([str(file) for file in files])
    return records.map(parser, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
