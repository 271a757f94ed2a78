"""The rows of a shard explained: on a worker, chunk by chunk as `explain_dataset` does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._beam.explaining import Asked, LoadedModel, parted
from kerasig._beam.keyed_rows import ShardRows
from kerasig._beam.results import Failure
from kerasig._beam.rows import not_finite
from kerasig._datasets import fingerprints
from kerasig._datasets.chunks import RowChunk
from kerasig._datasets.destination import merged
from kerasig._datasets.layout import Columns, ShardLayout, attribution_of, columns_of
from kerasig._datasets.manifest import OWN_KEYS, Manifest
from kerasig._datasets.options import checked_format, lengths
from kerasig._datasets.questions import Questions
from kerasig._datasets.rows import rows_at
from kerasig._global.reduction import Reduction
from kerasig._global.settings import ReductionSettings
from kerasig._types import Format, Precision


@dataclass(frozen=True, eq=False)
class WantedShards:
    """The arguments of an output.

    Args:
        reduction: what is added up.
        slices: by name.
        precision: of the values.
        with_inputs: whether inputs are written.
        format: of the files, or None.
        shards: how many.
    """

    reduction: ReductionSettings
    slices: Mapping[str, Any]
    precision: Precision
    with_inputs: bool
    format: Format | None
    shards: int


@dataclass(frozen=True, eq=False)
class ExplainedShard:
    """The rows of a shard, explained.

    Args:
        number: of it.
        columns: of its rows; none where no row could be explained.
        sums: over them, as arrays.
        begun: the manifest that an output of such rows begins with.
        failures: (key, failure) of rows without an attribution, and of those that are not finite.
        gradients: how many were evaluated.
    """

    number: int
    columns: Columns
    sums: dict[str, NDArray[Any]]
    begun: Manifest
    failures: list[tuple[Any, Failure]]
    gradients: int


class LoadedShards(LoadedModel):
    """A model that explains whole shards.

    Args:
        model: any that `kerasig.explain` takes.
        asked: what is explained.
        wanted: what becomes of it.
    """

    def __init__(self, model: Any, asked: Asked, wanted: WantedShards) -> None:
        super().__init__(model, asked)
        self._wanted = wanted
        # Nothing has an entry for each row: rows come in no order.
        total = None
        self._questions = Questions(
            self._explainer,
            asked.target,
            asked.baselines,
            wanted.slices,
            wanted.reduction,
            wanted.precision,
            wanted.with_inputs,
            total,
        )
        self._model = fingerprints.of_model(model)

    def explain_shard(self, rows: ShardRows) -> ExplainedShard:
        """The attributions of the rows of a shard, in its order, and their sums."""
        with self._lock:
            return self._explained(rows)

    def _explained(self, rows: ShardRows) -> ExplainedShard:
        questions = self._questions.naming(rows.chunk.inputs)
        numbers = self._numbers(rows.chunk)
        chunk_rows, _ = lengths(numbers, None, None)
        layout: ShardLayout | None = None
        parts: list[Columns] = []
        sums: Reduction | None = None
        failures: list[tuple[Any, Failure]] = []
        gradients = 0
        for first in range(0, len(rows), chunk_rows):
            chunk = _part(rows.chunk, slice(first, first + chunk_rows))
            for part, found in parted(chunk, questions.explain, _part):
                if isinstance(found, Failure):
                    failures.append((part.keys[0].item(), found))
                    continue
                layout = layout or questions.layout(part, found)
                columns = columns_of(found, part.keys, part.label_column, layout)
                # As `explain_dataset` adds them up: of what is kept of them.
                kept = replace(attribution_of(columns, layout), inputs=part.inputs)
                sums = merged(sums, questions.reduce(part, kept))
                parts.append(columns)
                failures += _not_finite(part, found.status)
                gradients += int(found.n_evaluations.sum())
        joined = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
        arrays = {} if sums is None else sums.to_arrays()
        begun = replace(self._begun(questions, numbers, chunk_rows), layout=layout)
        return ExplainedShard(rows.number, joined, arrays, begun, failures, gradients)

    def _numbers(self, chunk: RowChunk) -> int:
        """How many numbers a row has; of rows of one shape any tells that the model takes."""
        for row in range(len(chunk)):
            try:
                return self._questions.numbers(_part(chunk, slice(row, row + 1)))
            except (ValueError, TypeError):
                continue
        return 1

    def _begun(self, questions: Questions, numbers: int, chunk_rows: int) -> Manifest:
        return Manifest(
            format=checked_format(self._wanted.format, numbers),
            chunk_rows=chunk_rows,
            shard_rows=None,
            model=self._model,
            arguments=fingerprints.of_arguments(key=OWN_KEYS, shards=self._wanted.shards, **questions.described()),
        )


def _part(chunk: RowChunk, rows: slice) -> RowChunk:
    first, _, _ = rows.indices(len(chunk))
    inputs, labels = rows_at(chunk.inputs, rows), None if chunk.labels is None else rows_at(chunk.labels, rows)
    return RowChunk(chunk.first + first, inputs, labels, chunk.keys[rows])


def _not_finite(chunk: RowChunk, status: NDArray[Any]) -> list[tuple[Any, Failure]]:
    found = []
    for row in np.flatnonzero(status == "not finite"):
        reason = not_finite(rows_at(chunk.inputs, slice(row, row + 1)))
        failure = Failure(reason or "The score or a gradient of the row is not finite.", "ValueError")
        found.append((chunk.keys[row].item(), failure))
    return found
