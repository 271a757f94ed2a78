"""Results of rows, one by one: the attribution, or why there is none. NumPy only, and each pickles."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig import _reprs as reprs
from kerasig import _sentences as sentences
from kerasig._status import STATUSES
from kerasig._types import Nested, Status
from kerasig.attribution import Attribution

# Reasons of a batch that are told in one message.
_TOLD = 3


@dataclass(frozen=True, eq=False, slots=True)
class RowAttribution:
    """The integrated gradients of one row, with their error: an example of `kerasig.Attribution`.

    Args:
        values: nest like what is attributed, each of an example's shape; None for leaves that are held fixed.
        score: the explained scalar at the row.
        baseline_score: the same at the baseline.
        delta: sum(values) - (score - baseline_score), the completeness error.
        residual: its size relative to the score's change along the path.
        map_error: estimate of the values' relative L1 error.
        status: "converged" or why not: one of `kerasig.typing.Status`.
        n_evaluations: gradients evaluated.
        target: what was explained: a class index, a tuple of them, a description, or None for the value itself.
        predicted: the class with the largest output, or None where there are no classes.

    Example:
        >>> from kerasig.beam import AttributionHandler
        >>> handler = AttributionHandler(lambda: lambda x: x[:, 0] * x[:, 1])  # the worker's model
        >>> (found,) = handler.run_inference([np.array([2.0, 3.0], "float32")], handler.load_model())
        >>> found.inference.values.round(3), found.inference.status
        (array([3., 3.], dtype=float32), 'converged')
    """

    values: Nested
    score: float
    baseline_score: float
    delta: float
    residual: float
    map_error: float
    status: Status
    n_evaluations: int
    target: int | tuple[int, ...] | str | None
    predicted: int | None = None

    @property
    def converged(self) -> bool:
        """Whether residual and map_error are within tolerance, and everything is finite."""
        return self.status == STATUSES[0]

    __repr__ = reprs.of_fields


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a row has no attribution.

    Args:
        reason: one sentence, for people.
        error: the class of what was raised.

    Example:
        >>> handler = kerasig.beam.AttributionHandler(lambda: lambda x: x[:, 0], on_error="return")
        >>> rows = [np.array([2.0], "float32"), np.array([np.nan], "float32")]
        >>> good, bad = handler.run_inference(rows, handler.load_model())
        >>> bad.inference.reason[:34]
        "the row's inputs must be finite. R"
    """

    reason: str
    error: str


class RowsFailedError(ValueError):
    """Rows of a batch have no attribution; says which of them, and why.

    Args:
        failures: by the place of a row in the batch.
        n_rows: of the batch.
    """

    def __init__(self, failures: dict[int, Failure], n_rows: int) -> None:
        super().__init__(failures, n_rows)
        self.failures, self.n_rows = failures, n_rows

    def __str__(self) -> str:
        told = [f"row {row}: {failure.reason}" for row, failure in list(self.failures.items())[:_TOLD]]
        more = len(self.failures) - len(told)
        told += [f"and {more} more"] if more else []
        good = self.n_rows - len(self.failures)
        rest = (
            f" The other {good} of the batch are good: on_error='return' and kerasig.beam.raise_failed let them pass."
            if good
            else ""
        )
        count = f"{len(self.failures)} of {self.n_rows} rows"
        return f"{count} of a batch cannot be explained. {'; '.join(told).removesuffix('.')}.{rest}"


class RowFailedError(ValueError):
    """A row has no attribution; its message is the reason."""


def failure_of(error: BaseException) -> Failure:
    """An error as the reason of a row."""
    return Failure(f"{sentences.sentence(error)}.", type(error).__name__)


def rows_of(attribution: Attribution) -> list[RowAttribution]:
    """Each example of an attribution by itself; none holds on to the arrays of all."""
    leaves, predicted = nest.flatten(attribution.values), attribution.predicted
    return [
        RowAttribution(
            values=nest.pack(attribution.values, [None if leaf is None else np.array(leaf[row]) for leaf in leaves]),
            score=float(attribution.score[row]),
            baseline_score=float(attribution.baseline_score[row]),
            delta=float(attribution.delta[row]),
            residual=float(attribution.residual[row]),
            map_error=float(attribution.map_error[row]),
            status=cast("Status", str(attribution.status[row])),
            n_evaluations=int(attribution.n_evaluations[row]),
            target=target_of(attribution.target, row),
            predicted=None if predicted is None else int(predicted[row]),
        )
        for row in range(len(attribution))
    ]


def target_of(target: Any, row: int) -> int | tuple[int, ...] | str | None:
    """The class or the words of what was explained of one row."""
    if target is None or isinstance(target, str):
        return target
    if isinstance(target, tuple):
        return tuple(int(_at(axis, row)) for axis in target)
    return int(_at(target, row))


def _at(indices: Any, row: int) -> Any:
    array: NDArray[Any] = np.asarray(indices)
    return array[row] if array.ndim else array


_Result = TypeVar("_Result")


def raise_failed(result: _Result) -> _Result:
    """Passes results on, and raises for a row that has failed: so that each lies in the dead letters by itself.

    A function for `ModelHandler.with_postprocess_fn`, around a handler with `on_error="return"`, keyed or not.

    Args:
        result: what `RunInference` gives for a row, with its key or without.

    Raises:
        ValueError: the row has no attribution; the message is the reason, with the key where there is one.

    Example:
        >>> handler = kerasig.beam.AttributionHandler("gs://bucket/model.keras", on_error="return")
        >>> one_by_one = handler.with_postprocess_fn(kerasig.beam.raise_failed)
    """
    given: Any = result
    keyed = isinstance(given, tuple) and not hasattr(given, "inference") and len(given) == 2
    failure = getattr(given[1] if keyed else given, "inference", None)
    if isinstance(failure, Failure):
        key = f"The row with key {sentences.shown(given[0])}: " if keyed else ""
        raise RowFailedError(f"{key}{failure.reason}")
    return result


def failures_in(results: Sequence[Any]) -> dict[int, Failure]:
    """The rows that have failed, by their place."""
    return {row: result for row, result in enumerate(results) if isinstance(result, Failure)}


# As users import them.
RowAttribution.__module__ = Failure.__module__ = raise_failed.__module__ = "kerasig.beam"
