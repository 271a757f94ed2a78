"""A model as a worker holds it, with what is asked of it: called from one process, or from several by a proxy."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kerasig._beam.results import Failure, RowAttribution, failure_of, rows_of
from kerasig._beam.rows import LikeRows, Row, grouped, not_finite
from kerasig._explaining.explainer import Explainer
from kerasig.attribution import Attribution
from kerasig.targets import Label

logger = logging.getLogger("kerasig")


@dataclass(frozen=True, eq=False)
class Asked:
    """The arguments of an explanation, whatever the rows.

    Args:
        target: see `kerasig.explain`; or "label", "predicted" or "auto".
        baselines: see `kerasig.explain`.
        settings: other arguments of `kerasig.Explainer`, by name.
    """

    target: Any = None
    baselines: Any = None
    settings: dict[str, Any] = field(default_factory=dict)

    def of(self, labels: Any) -> Any:
        """The target of rows with these labels, or with None.

        Raises:
            ValueError: there are no labels, and they are wanted.
        """
        if not isinstance(self.target, str):
            return self.target
        if self.target == "predicted" or (self.target == "auto" and not _are_classes(labels)):
            return None
        if labels is None:
            raise ValueError('target="label" needs rows (inputs, label). Received a row without a label.')
        return Label(labels)


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
            for part, found in self.explain_group(group):
                each: list[Any] = [found] if isinstance(found, Failure) else list(rows_of(found))
                for place, row, result in zip(part.places, part.rows, each, strict=True):
                    results[place] = _judged(row, result)
        return results

    def explain_group(self, group: LikeRows) -> list[tuple[LikeRows, Attribution | Failure]]:
        """The attributions of rows that fit together; where one of them cannot be explained, those of the others."""
        try:
            labels = group.labels
            with self._lock:
                return [
                    (
                        group,
                        self._explainer.explain(group.inputs, self._asked.of(labels), baselines=self._asked.baselines),
                    )
                ]
        except Exception as error:
            if not is_of_rows(error):
                raise
            if len(group.rows) == 1:
                return [(group, failure_of(error))]
        # The row at fault is among one half, or the other.
        half = len(group.rows) // 2
        return self.explain_group(group.part(slice(half))) + self.explain_group(group.part(slice(half, None)))


def is_of_rows(error: Exception) -> bool:
    """Whether an error is the fault of rows; memory that runs out, or a bug, is none of theirs."""
    import tensorflow as tf

    return isinstance(error, ValueError | TypeError | tf.errors.InvalidArgumentError)


def _are_classes(labels: Any) -> bool:
    return labels is not None and getattr(labels, "ndim", 0) == 1 and labels.dtype.kind in "iu"


def _judged(row: Row, result: RowAttribution | Failure) -> RowAttribution | Failure:
    """A result, unless all that it says is that the row itself is not finite."""
    reason = not_finite(row) if getattr(result, "status", None) == "not finite" else None
    return result if reason is None else Failure(reason, "ValueError")
