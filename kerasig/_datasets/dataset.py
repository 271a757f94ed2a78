"""`explain_dataset`: the attributions of every row of a data set, and what they amount to."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from kerasig._datasets import fingerprints
from kerasig._datasets.chunks import Keys, RowChunk, chunks, read_ahead
from kerasig._datasets.destination import Destination, Sums
from kerasig._datasets.manifest import OWN_KEYS, Manifest
from kerasig._datasets.opened import open_attributions
from kerasig._datasets.options import check_written, checked_format, checked_key, checked_shards, folder_of, lengths
from kerasig._datasets.output import OutputFolder
from kerasig._datasets.questions import Questions, WarnedOnce
from kerasig._datasets.row_arguments import check_rows_of, check_slices, told_of_rows
from kerasig._datasets.rows import RowSource, opened, source_of
from kerasig._explaining.explainer import Explainer, warn_caller
from kerasig._explaining.inputs import check_probes
from kerasig._explaining.options import checked_progress
from kerasig._explaining.probe_targets import checked_one
from kerasig._explaining.progress import told
from kerasig._global.reduction import Reduction
from kerasig._global.result import GlobalAttribution
from kerasig._global.settings import Part, ReductionSettings, Vocabulary
from kerasig._types import Dataset, Format, Inputs, Kind, Layer, Model, Names, Precision
from kerasig.attribution import Attribution
from kerasig.baselines import Baselines
from kerasig.coordinates import Coordinates
from kerasig.probes import ProbeSet
from kerasig.steps import Steps
from kerasig.targets import Target


def explain_dataset(
    model: Model,
    dataset: Dataset | Inputs | ProbeSet | str | os.PathLike[str],
    target: Literal["auto", "label", "predicted"] | Target | None = None,
    *,
    output: str | os.PathLike[str] | None = None,
    reduce: Collection[Part] | None = None,
    slices: Mapping[str, Any] | None = None,
    layer: Layer | None = None,
    baselines: Baselines | None = None,
    coordinates: Coordinates | Mapping[str, Coordinates | None] | None = None,
    steps: Steps | None = None,
    key: Keys = None,
    batch_size: int | None = None,
    shards: int | None = None,
    progress: bool | None = None,
    format: Format | None = None,
    precision: Precision = "float32",
    with_inputs: bool = False,
    kind: Kind | Literal["auto"] = "auto",
    feature_names: Names | None = None,
    class_names: Names | None = None,
    tokens: Vocabulary | None = None,
    parser: Callable[[Any], Any] | None = None,
    jit_compile: bool | None = None,
) -> GlobalAttribution:
    """Integrated gradients of every row of a data set, written to files if asked for, and what they amount to.

    Rows are read one after another and never held all at once, so that memory does not grow with them. With `output`,
    a call that ended for whatever reason goes on where it was when it is made again: the files are then, to the
    byte, what they would have been.

    Args:
        model: see `kerasig.explain`.
        dataset: a `tf.data.Dataset`, a `keras.utils.PyDataset`, batches from a generator or in a list, a function that
            makes one of these, arrays (a tuple is (inputs, labels); a dict is several inputs), a `ProbeSet`, or a
            folder of TFRecords with `parser`. Elements are inputs, (inputs, labels) or (inputs, labels, weights).
        target: see `kerasig.explain`, None of a `ProbeSet` is its own; besides "label", the label's class, "predicted",
            and "auto", the label's class where there are labels that are classes. What has an entry for each row needs
            arrays as `dataset`. Whether labels are classes is judged by all of arrays, else by the first 1,024 or
            fewer, for all rows alike.
        output: a folder for the attributions of each row: read by `kerasig.open_attributions` and, in Parquet, by
            whatever reads that.
        reduce: what is added up besides means, some of "quantiles", "leading" and "pairs"; None is all that fits the
            number of positions.
        slices: from a name to a function of (inputs) or (inputs, labels) of some rows that gives booleans [n], the name
            of a leaf of inputs, or booleans for each row of arrays: means over these rows are computed as well.
        layer: see `kerasig.explain`.
        baselines: see `kerasig.explain`.
        coordinates: see `kerasig.explain`.
        steps: see `kerasig.explain`.
        key: what rows are called: a function of (inputs) or (inputs, labels) that gives whole numbers or texts [n], the
            name of a leaf of inputs, which the model is then not given, or an array [N]. None is their number.
        batch_size: see `kerasig.explain`.
        shards: how many files the rows of arrays are written to, at most; None makes files of some 64 MB.
        progress: a bar with rate and time left; see `kerasig.explain`.
        format: "parquet", which needs pyarrow, or "npz"; None is Parquet where it is installed and rows are not very
            large.
        precision: of the values in files: "float32", "float16", or "int16" with a scale for each row, 16 bits between
            minus and plus its largest |value|.
        with_inputs: whether the inputs are written as well, so that `Attribution.plot` shows them.
        kind: see `kerasig.ProbeSet`, as the following.
        feature_names: what the columns of tables or the channels of series are called, in `coordinates` too; None takes
            them from a frame or a `ProbeSet`.
        class_names: what the classes are called, by index; None takes them from a `ProbeSet`.
        tokens: the words of ids: a list or dict by id, or a function of one.
        parser: from a serialized record to inputs or (inputs, labels), in TensorFlow's operations.
        jit_compile: see `kerasig.explain`.

    Returns:
        Means with their errors, over all rows, by class and by slice; with `output` its `rows` are the opened output.

    Raises:
        ValueError: an argument does not fit, the data set is empty, a row does not fit those before it, or `output` was
            begun with another model, other arguments or other data; the message says which.
        OSError: `output` cannot be written; what was finished stays.
        ImportError: pyarrow is needed and not installed.

    Example:
        >>> x = np.random.default_rng(0).random((100, 3), dtype="float32")
        >>> found = kerasig.explain_dataset(lambda x: x[:, 0] - 2 * x[:, 1], x, output="rows", format="npz")
        >>> found.mean.value.round(1)
        array([ 0.5, -1.1,  0. ])
        >>> kerasig.open_attributions("rows").row(42).values.shape
        (1, 3)
    """
    explainer = Explainer(
        model,
        layer=layer,
        coordinates=coordinates,
        steps=steps,
        batch_size=batch_size,
        jit_compile=jit_compile,
        progress=False,
        warn=WarnedOnce(),
    )
    checked_progress(progress)
    check_written(format, precision, with_inputs)
    folder = None if output is None else folder_of(output)
    source = source_of(dataset, parser)
    of_rows = source.total if source.in_memory else None
    sliced = check_slices(slices, of_rows)
    probes = source.probes
    if probes is not None:
        check_probes(probes, explainer._traced.adapted)
        class_names = probes.class_names if class_names is None else class_names
        if kind == "auto" and probes.places.layout.why == "given":
            kind = cast(Kind, probes.kind)
        if target is None:
            target = checked_one(probes.target)
    check_rows_of(target, of_rows)
    own_names = feature_names is None
    if own_names and layer is None:
        feature_names = source.feature_names
    settings = ReductionSettings(
        reduce=reduce,
        feature_names=feature_names,
        class_names=class_names,
        slices=tuple(sliced),
        kind=kind,
        tokens=tokens,
    )
    asked = Questions(explainer, target, baselines, sliced, settings, precision, with_inputs, of_rows)
    wanted = _Wanted(folder, format, checked_shards(shards, source), checked_key(key, of_rows), progress, own_names)
    return _explained(source, asked, wanted)


# As users import it.
explain_dataset.__module__ = "kerasig"


@dataclass(frozen=True, eq=False)
class _Wanted:
    """The arguments of the output and of the call.

    Args:
        folder: of the output; None where there is none.
        format: of its files, or None.
        shards: how many; None decides from the rows' sizes.
        key: what rows are called.
        progress: whether it is shown.
        own_names: whether names of features are the data set's own, none that were passed.
    """

    folder: Path | None
    format: Format | None
    shards: int | None
    key: Keys
    progress: bool | None
    own_names: bool


def _explained(source: RowSource, asked: Questions, wanted: _Wanted) -> GlobalAttribution:
    """Every row, explained chunk by chunk."""
    with opened(source) as pieces:
        first = next(pieces, None)
        if first is None:
            raise ValueError("dataset must have at least one row. Received none.")
        labels = source.labels if source.in_memory else first[1]
        asked = asked.naming(first[0], wanted.own_names).judging(labels)
        numbers = told_of_rows(next(chunks(iter([first]), lambda _: 1, wanted.key)), asked.numbers)
        chunk_rows, shard_rows = lengths(numbers, wanted.shards, source.total)

        def left(row: int) -> int:
            return min(chunk_rows, shard_rows - row % shard_rows)

        read = chunks(itertools.chain([first], pieces), left, wanted.key)
        if not source.in_memory:
            # More rows tell more: of the first piece there may be one.
            head = next(read)
            read = itertools.chain([head], read)
            asked = asked.judging(head.labels)

        def reduced(chunk: RowChunk, attribution: Attribution) -> Reduction:
            return told_of_rows(chunk, lambda rows: asked.reduce(rows, attribution))

        about = source.about(first)
        if wanted.folder is None:
            with Sums(reduced) as sums:
                return _run(read, asked.explain, sums, wanted.progress, about)
        if not source.same_again:
            warn_caller(
                "other rows",
                "dataset gives other rows each time, so that a call that ended could not go on with output. Pass one "
                "without shuffle(), arrays, or a function that makes the generator.",
            )
        begun = Manifest(
            format=checked_format(wanted.format, numbers),
            chunk_rows=chunk_rows,
            shard_rows=shard_rows,
            model=fingerprints.of_model(asked.explainer.model),
            arguments=fingerprints.of_arguments(
                key=OWN_KEYS if wanted.key is None and first[2] is not None else wanted.key,
                shards=wanted.shards,
                shard_rows=shard_rows,
                **asked.described(),
            ),
        )
        with OutputFolder(wanted.folder, begun, asked.layout, reduced) as written:
            found = _run(read, asked.explain, written, wanted.progress, about)
        found.rows = open_attributions(wanted.folder)
        return found


def _run(
    read: Iterator[RowChunk],
    explained: Callable[[RowChunk], Attribution],
    destination: Destination,
    progress: bool | None,
    about: int | None,
) -> GlobalAttribution:
    """Explains every chunk that is not done yet."""
    rows = 0
    with (
        told(progress, about, unit="row", done=destination.rows_done) as update,
        contextlib.closing(read_ahead(read)) as ahead,
    ):
        for chunk in ahead:
            rows += len(chunk)
            if not destination.has(chunk):
                destination.add(chunk, told_of_rows(chunk, explained))
                if update is not None:
                    update(len(chunk))
            if destination.complete:
                return destination.finish()
    destination.check_end(rows)
    return destination.finish()
