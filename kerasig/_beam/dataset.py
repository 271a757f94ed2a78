"""A step of a pipeline that explains a data set into shards, and what they amount to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.ml.inference.base import RunInference

from kerasig import _arguments as arguments
from kerasig import _reprs as reprs
from kerasig._beam.finishing import InOneList, WriteShard, check_folder, finished
from kerasig._beam.handler import AttributionHandler, count_rows
from kerasig._beam.keyed_rows import ShardRows, in_order, kind_of, packed, read_keyed, unpacked
from kerasig._beam.loading import loaded
from kerasig._beam.results import failure_of
from kerasig._beam.rows import Row, size_of
from kerasig._beam.shards import ExplainedShard, LoadedShards, WantedShards
from kerasig._datasets.options import check_written, folder_of
from kerasig._datasets.row_arguments import check_slices
from kerasig._explaining.probe_targets import OfProbes
from kerasig._global.settings import Part, ReductionSettings, Vocabulary
from kerasig._types import Format, Kind, Layer, Names, Precision
from kerasig.baselines import Baselines
from kerasig.coordinates import Coordinates
from kerasig.steps import Steps
from kerasig.targets import Target

_FAILED = "failed"
SHARDS = 16
# Rows that are packed together: each element costs a runner more than what it holds.
BLOCK_BYTES = 16 << 20


class ExplainedDataset(NamedTuple):
    """The collections that `kerasig.beam.ExplainDataset` gives.

    Attributes:
        shards: paths of the files.
        attribution: one `kerasig.GlobalAttribution`, once everything is written.
        failed: (key, reason) of rows that cannot be explained, and of those that are not finite.

    Example:
        >>> kerasig.beam.ExplainedDataset._fields
        ('shards', 'attribution', 'failed')
    """

    shards: beam.PCollection[str]
    attribution: beam.PCollection[object]
    failed: beam.PCollection[tuple[object, str]]


class ExplainDataset(beam.PTransform):
    """Explains every row of a collection, into the files that `kerasig.open_attributions` reads: see `explain_dataset`.

    A row belongs to the shard that a hash of its key says, and stands there in the order of keys; chunks are those of
    `kerasig.explain_dataset`. So the files are the same bytes, whichever runner, however many workers, and however
    often a bundle is tried again. A worker holds the rows of one shard at a time.

    Args:
        model: see `kerasig.beam.AttributionHandler`.
        output: a folder, or its address in a bucket.
        target: see `kerasig.explain_dataset`; for "label" rows are (inputs, label).
        keyed: whether elements are (key, row), with whole numbers or texts as keys; rows without keys get a hash of
            their content as one.
        shards: how many files: best so many that each has a thousand rows or more, and each worker several of them.
        reduce: see `kerasig.explain_dataset`, as all that follow.
        slices: of them no lists, for rows come in no order.
        layer: by its name.
        baselines: see there.
        coordinates: see there.
        steps: see there.
        batch_size: see there.
        format: see there.
        precision: see there.
        with_inputs: see there.
        kind: see there.
        feature_names: see there.
        class_names: see there.
        tokens: see there.
        jit_compile: see there.
        share: see `kerasig.beam.AttributionHandler`, as the following.
        resource_hints: see there.
        env_vars: see there.

    Raises:
        ValueError: an argument does not fit, or the folder holds something else; in a worker, there is no row.
        TypeError: an argument of no meaning.

    Example:
        >>> explain = kerasig.beam.ExplainDataset("gs://bucket/model.keras", "gs://bucket/attributions", "label")
        >>> # found = pipeline | read_rows | explain; found.shards, found.attribution, found.failed
    """

    def __init__(
        self,
        model: str | Callable[[], Any],
        output: str,
        target: OfProbes | Target | None = None,
        *,
        keyed: bool = True,
        shards: int = SHARDS,
        reduce: Collection[Part] | None = None,
        slices: Mapping[str, Any] | None = None,
        layer: Layer | None = None,
        baselines: Baselines | None = None,
        coordinates: Coordinates | Mapping[str, Coordinates | None] | None = None,
        steps: Steps | None = None,
        batch_size: int | None = None,
        format: Format | None = None,
        precision: Precision = "float32",
        with_inputs: bool = False,
        kind: Kind | Literal["auto"] = "auto",
        feature_names: Names | None = None,
        class_names: Names | None = None,
        tokens: Vocabulary | None = None,
        jit_compile: bool | None = None,
        share: bool | int = False,
        resource_hints: Mapping[str, Any] | None = None,
        env_vars: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._folder = output if isinstance(output, str) and "://" in output else str(folder_of(output))
        self._folder = self._folder.rstrip("/")
        check_folder(self._folder)
        self._keyed = arguments.flag("keyed", keyed)
        check_written(format, precision, with_inputs)
        sliced = check_slices(slices, None)
        settings = ReductionSettings(
            reduce=reduce,
            feature_names=feature_names,
            class_names=class_names,
            slices=tuple(sliced),
            kind=kind,
            tokens=tokens,
        )
        whole = arguments.whole("shards", shards, 1)
        wanted = WantedShards(settings, sliced, precision, with_inputs, format, whole)
        self._wanted = wanted
        self._handler = ShardHandler(
            model,
            target,
            layer=layer,
            baselines=baselines,
            coordinates=coordinates,
            steps=steps,
            batch_size=batch_size,
            jit_compile=jit_compile,
            share=share,
            resource_hints=resource_hints,
            env_vars=env_vars,
        ).to_write(wanted)

    def __repr__(self) -> str:
        return reprs.call("ExplainDataset", self._handler, output=self._folder)

    def expand(self, rows: beam.PCollection[object]) -> ExplainedDataset:
        """The steps, from rows to files."""
        read = rows | "Read" >> beam.ParDo(_Read(self._keyed)).with_outputs(_FAILED, main="rows")
        # Most rows are of one kind; an output holds no others.
        kinds = read.rows | "Kinds" >> beam.Map(kind_of) | "Count" >> beam.combiners.Count.PerElement()
        kind = kinds | "Most" >> beam.CombineGlobally(_most)
        shards = (
            read.rows
            | "Batch" >> beam.BatchElements(BLOCK_BYTES, BLOCK_BYTES, element_size_fn=_bytes_of)
            | "Shard" >> beam.FlatMap(packed, self._wanted.shards).with_output_types(tuple[int, bytes])
            | "Group" >> beam.GroupByKey()
            | "Order" >> beam.ParDo(_Order(), beam.pvalue.AsSingleton(kind)).with_outputs(_FAILED, main="shards")
        )
        written = (
            shards.shards
            | "Explain" >> RunInference(self._handler.with_no_batching())
            | "Write" >> beam.ParDo(WriteShard(self._folder, _FAILED)).with_outputs(_FAILED, main="written")
        )
        found = (
            written.written
            | "Merge" >> beam.CombineGlobally(InOneList())
            | "Finish" >> beam.Map(finished, self._folder)
        )
        failed = (read[_FAILED], shards[_FAILED], written[_FAILED]) | "Failed" >> beam.Flatten()
        return ExplainedDataset(written.written | "Paths" >> beam.Map(lambda shard: shard.path), found, failed)


class ShardHandler(AttributionHandler):
    """The handler of whole shards; its elements are shards."""

    _wanted: WantedShards

    def to_write(self, wanted: WantedShards) -> ShardHandler:
        """Itself, for such an output."""
        self._wanted = wanted
        return self

    def load_model(self) -> LoadedShards:
        """The model and its explainer."""
        return LoadedShards(loaded(self._source), self._asked, self._wanted)

    def run_inference(self, batch: Any, model: Any, inference_args: dict[str, Any] | None = None) -> Iterable[Any]:
        """One shard, explained."""
        shard: ExplainedShard = model.explain_shard(batch)
        residuals = shard.columns["residual"] if shard.columns else ()
        unlike = int((shard.columns["status"] != "converged").sum()) if shard.columns else 0
        count_rows(self._namespace, shard.gradients, unlike, len(shard.failures), residuals)
        return [shard]

    def get_num_bytes(self, batch: Any) -> int:
        """About how many bytes the rows of a shard take."""
        return size_of(batch.chunk.inputs)


class _Read(beam.DoFn):
    def __init__(self, keyed: bool) -> None:
        self._keyed = keyed

    def process(self, element: Any) -> Iterator[Any]:
        try:
            yield read_keyed(element, self._keyed)
        except Exception as error:  # Objects of a user's own may raise anything.
            key = element[0] if self._keyed and isinstance(element, tuple) and element else None
            yield beam.pvalue.TaggedOutput(_FAILED, (key, failure_of(error).reason))


class _Order(beam.DoFn):
    def process(self, shard: tuple[int, Iterable[bytes]], kind: tuple[str, int]) -> Iterator[ShardRows | Any]:
        number, blocks = shard
        ready, failed = in_order(number, unpacked(blocks), kind[0])
        for key, failure in failed:
            Metrics.counter("kerasig", "rows_failed").inc()
            yield beam.pvalue.TaggedOutput(_FAILED, (key, failure.reason))
        if ready is not None:
            yield ready


def _bytes_of(keyed: tuple[Any, Row]) -> int:
    return max(1, size_of((keyed[1].inputs, keyed[1].label)))


def _most(counted: Sequence[tuple[str, int] | None]) -> tuple[str, int] | None:
    return max((one for one in counted if one), key=lambda pair: (pair[1], pair[0]), default=None)


for _public in (ExplainDataset, ExplainedDataset):
    _public.__module__ = "kerasig.beam"
