"""A model as a worker holds it, with what is asked of it: called from one process, or from several by a proxy."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np

from kerasig import _nest as nest
from kerasig._beam.results import Failure, RowAttribution, failure_of, rows_of
from kerasig._beam.rows import LikeRows, Row, grouped, not_finite
from kerasig._datasets.chunks import RowChunk
from kerasig._datasets.row_arguments import target_of
from kerasig._explaining.explainer import Explainer
from kerasig.attribution import Attribution

logger = logging.getLogger("kerasig")


class _Rows(Protocol):
    def __len__(self) -> int: ...


_SomeRows = TypeVar("_SomeRows", bound=_Rows)


@dataclass(frozen=True, eq=False)
class Asked:
    """The arguments of an explanation, whatever the rows.

    Args:
        target: see `kerasig.explain_dataset`.
        baselines: see `kerasig.explain`.
        settings: other arguments of `kerasig.Explainer`, by name.
    """

    target: Any = None
    baselines: Any = None
    settings: dict[str, Any] = field(default_factory=dict)


class LoadedModel:
    """A model and its explainer.

    Args:
        model: any that `kerasig.explain` takes.
        asked: what is explained.
    """

    def __init__(self, model: Any, asked: Asked) -> None:
        self._asked = asked
        self._told: set[str] = set()
        self._explainer = Explainer(model, progress=False, warn=self._warn, **asked.settings)
        # Threads of a worker take turns: a gradient takes all cores that there are.
        self._lock = threading.Lock()

    def _warn(self, about: str, sentence: str) -> None:
        """A finding in the worker's log, once of its kind: rows go on for days."""
        if about not in self._told:
            self._told.add(about)
            logger.warning(sentence)

    def explain_rows(self, batch: Sequence[Any]) -> list[RowAttribution | Failure]:
        """The attribution of each row of a batch, or why it has none."""
        groups, failures = grouped(batch)
        results: list[Any] = [failures.get(place) for place in range(len(batch))]
        for group in groups:
            for part, found in parted(group, self._of_group, lambda rows, at: rows.part(at)):
                each: list[Any] = [found] if isinstance(found, Failure) else list(rows_of(found))
                for place, row, result in zip(part.places, part.rows, each, strict=True):
                    results[place] = _judged(row, result)
        return results

    def explain_batch(self, inputs: Any, labels: Any) -> Attribution:
        """The attributions of a batch of arrays [N, ...]."""
        chunk = RowChunk(0, inputs, labels, np.arange(len(nest.flatten(inputs)[0])))
        target = target_of(self._asked.target, chunk, None, None)
        with self._lock:
            return self._explainer.explain(chunk.inputs, target, baselines=self._asked.baselines)

    def _of_group(self, group: LikeRows) -> Attribution:
        return self.explain_batch(group.inputs, group.labels)


def parted(
    rows: _SomeRows,
    explain: Callable[[_SomeRows], Attribution],
    part: Callable[[_SomeRows, slice], _SomeRows],
) -> list[tuple[_SomeRows, Attribution | Failure]]:
    """The attributions of rows; where one of them cannot be explained, those of the others, and why it cannot.

    Args:
        rows: some.
        explain: gives their attributions.
        part: gives some of them.
    """
    try:
        return [(rows, explain(rows))]
    except Exception as error:
        if not is_of_rows(error):
            raise
        if len(rows) == 1:
            return [(rows, failure_of(error))]
    # The row at fault is among one half, or the other.
    half = len(rows) // 2
    first, second = part(rows, slice(half)), part(rows, slice(half, None))
    return parted(first, explain, part) + parted(second, explain, part)


def is_of_rows(error: Exception) -> bool:
    """Whether an error is the fault of rows; memory that runs out, or a bug, is none of theirs."""
    import tensorflow as tf

    return isinstance(error, ValueError | TypeError | tf.errors.InvalidArgumentError)


def _judged(row: Row, result: RowAttribution | Failure) -> RowAttribution | Failure:
    """A result, unless all that it says is that the row itself is not finite."""
    reason = not_finite(row.inputs) if getattr(result, "status", None) == "not finite" else None
    return result if reason is None else Failure(reason, "ValueError")
