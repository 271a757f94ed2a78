"""One architecture explained, and how far that is from its own estimates, a plain loop and a dense integral."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import kerasig
from kerasig._models.layers import resolve_layers

from .plain_loop import Place, PlainLoop, dense_nodes, gauss_legendre
from .subject import Subject, settle

Weights = Literal["fresh", "settled"]
WEIGHTS: tuple[Weights, ...] = ("fresh", "settled")

EXAMPLES = 3
MORE_STEPS = 8  # times as many, for who ran out of them
BATCH = 16  # whose statistics batch normalisations are moved to
FIXED = 8  # nodes of the rule that is compared with the plain loop
# The dense integral's own completeness error, relative to the score's change, above which it is no truth.
TRUE_ENOUGH = 0.01
PATIENCE = 200.0  # seconds


@dataclass(frozen=True)
class Row:
    """The findings about one architecture with one kind of weights.

    Args:
        subject: what was explained.
        weights: fresh, or settled.
        explained: names of what was attributed to.
        gradients: [N] that each example took.
        status: [N] of each example; empty where it was refused.
        residual: largest.
        map_error: largest that the result tells.
        true_error: [N] relative L1 error against a dense integral; None where that was not made or is no truth.
        difference: largest relative L1 difference of the fixed rule's values from the plain loop's; None: not made.
        unchanged: whether every weight and state is what it was.
        seconds: of the default explanation, tracing included.
        said: warnings, or the error that refused it.
        enough: [N] gradients that an example takes which ran out of steps, until it converges or tells a right reason;
            0 where it was not tried or takes more.
    """

    subject: Subject
    weights: Weights
    explained: str
    gradients: NDArray[np.int64]
    status: NDArray[Any]
    residual: float
    map_error: float
    true_error: NDArray[np.float64] | None
    difference: float | None
    unchanged: bool
    seconds: float
    said: tuple[str, ...] = ()
    enough: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    @property
    def right(self) -> bool:
        """Whether each example converged, or did not for the reason that is right.

        That it ran out of steps is right where it converges, or tells another right reason, with more.
        """
        if self.subject.refused is not None:
            return len(self.status) == 0 and any(self.subject.refused in sentence for sentence in self.said)
        known = np.isin(self.status, ["converged", *self.subject.reasons])
        return len(self.status) > 0 and bool(np.all(known | ((self.status == "out of steps") & (self.enough > 0))))


def judge(subject: Subject, most_seconds: float) -> list[Row]:
    """Rows of one architecture, one for each kind of weights.

    Args:
        subject: to be built and explained.
        most_seconds: that a dense integral may take; it is left out where it would take more.

    Raises:
        Unavailable: the subject's library is not there.
    """
    model = subject.build()
    inputs = subject.examples(model, EXAMPLES)
    rows = []
    for weights in WEIGHTS:
        if weights == "settled":
            settle(model, subject.examples(model, BATCH))
        rows.append(_judged(subject, weights, model, inputs, most_seconds))
    return rows


def _judged(subject: Subject, weights: Weights, model: keras.Model, inputs: Any, most_seconds: float) -> Row:
    explained = _shown(subject.layer)
    baselines, nothing = _baselines(subject, inputs)
    before = [np.array(weight) for weight in model.weights]
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            default = kerasig.explain(model, inputs, subject.target, layer=subject.layer, baselines=baselines)
        except (ValueError, TypeError) as error:
            seconds = time.perf_counter() - start
            none = np.empty(0, np.int64)
            said = (str(error),)
            return Row(subject, weights, explained, none, none, np.nan, np.nan, None, None, True, seconds, said)
        seconds = time.perf_counter() - start
        fixed = kerasig.explain(model, inputs, subject.target, layer=subject.layer, baselines=baselines, steps=FIXED)
    unchanged = all(np.array_equal(old, new, equal_nan=True) for old, new in zip(before, model.weights, strict=True))
    enough = np.zeros(EXAMPLES, np.int64)
    if "out of steps" in default.status and MORE_STEPS * seconds <= PATIENCE:
        more = kerasig.Adaptive(max_steps=MORE_STEPS * default.rule.max_steps)
        again = kerasig.explain(model, inputs, subject.target, layer=subject.layer, baselines=baselines, steps=more)
        told = np.isin(again.status, ["converged", *subject.reasons])
        enough = np.where(told & (default.status == "out of steps"), again.n_evaluations, 0)
    loop = PlainLoop(model, inputs, _places(model, subject.layer), subject.target, nothing)
    plain, _ = loop.values(*gauss_legendre(FIXED))
    true_error = None
    alphas, node_weights = dense_nodes()
    if loop.seconds(len(alphas)) <= most_seconds:
        true_error = _true_error(default, *loop.values(alphas, node_weights))
    return Row(
        subject,
        weights,
        explained,
        np.asarray(default.n_evaluations),
        np.asarray(default.status),
        float(np.max(default.residual)),
        float(np.max(default.map_error)),
        true_error,
        float(np.max(_distance(_leaves(fixed.values), plain))),
        unchanged,
        seconds,
        tuple(dict.fromkeys(str(entry.message) for entry in caught if entry.category is UserWarning)),
        enough,
    )


def _true_error(default: kerasig.Attribution, dense: list[NDArray[np.float64]], change: NDArray[np.float64]) -> Any:
    """[N], NaN where the dense integral is itself not complete."""
    total = sum(part.reshape(len(part), -1).sum(axis=1) for part in dense)
    wide = np.maximum(np.abs(change), 0.01 * sum(np.abs(part).reshape(len(part), -1).sum(axis=1) for part in dense))
    complete = np.abs(total - change) <= TRUE_ENOUGH * wide
    return np.where(complete, _distance(_leaves(default.values), dense), np.nan)


def _distance(values: Sequence[NDArray[Any]], truth: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    """[N] L1 distance, relative to the truth's norm; 0/0 is 0."""
    pairs = list(zip(values, truth, strict=True))
    apart = sum(np.abs(value - true).reshape(len(true), -1).sum(axis=1, dtype=np.float64) for value, true in pairs)
    norm = sum(np.abs(true).reshape(len(true), -1).sum(axis=1, dtype=np.float64) for true in truth)
    return np.where(apart == 0, 0.0, apart / np.where(norm == 0, 1, norm))


def _leaves(values: Any) -> list[NDArray[Any]]:
    return [leaf for leaf in tf.nest.flatten(values) if leaf is not None]


def _baselines(subject: Subject, inputs: Any) -> tuple[Any, Any]:
    """As `kerasig.explain` takes them, and the inputs that the plain loop starts at."""
    if subject.nothing is None:
        return None, None
    nothing = subject.nothing(inputs)
    if subject.layer is not None:
        return kerasig.baselines.AtInputs(nothing), nothing
    return tf.nest.map_structure(lambda leaf: leaf if leaf.dtype.kind == "f" else None, nothing), nothing


def _places(model: keras.Model, layer: Any) -> list[Place]:
    """The same as the plain loop takes them."""
    if layer is None:
        return [None]
    calls = resolve_layers(model, layer).calls
    return [None if call is None else (call.reference(), call.call_index or 0) for call in calls]


def _shown(layer: Any) -> str:
    entries = layer if isinstance(layer, list) else [layer]
    names = ["inputs" if entry is None else entry[0] if isinstance(entry, tuple) else entry for entry in entries]
    return ", ".join(dict.fromkeys(name.rsplit("/", 1)[-1] for name in names))
