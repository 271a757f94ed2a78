"""The floor of every time: the bare compiled gradient of the explained score, at the microbatch that suits it best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import kerasig

from .models import Case
from .timing import seconds_of

# Rows per call that are tried; the best is kept.
SIZES = tuple(2**power for power in range(17))


class Floor:
    """Gradients at all nodes of all paths of a case, and nothing else: no weights, no sums, nothing to the host.

    Points, classes and ids are cut into microbatches beforehand, so that a call of this does nothing but run the model.

    Args:
        case: what is explained.
        steps: gradients per path, at the nodes of the default rule.
    """

    def __init__(self, case: Case, steps: int) -> None:
        inputs, baselines, held = ends_of(case)
        alphas = kerasig.Fixed(steps).build().nodes.astype(np.float32)
        alphas = alphas.reshape(1, -1, *[1] * (inputs.ndim - 1))
        points = baselines + alphas * (inputs - baselines)[:, None]
        self.n_rows = len(inputs) * steps
        self._rows = [points.reshape(-1, *inputs.shape[1:]), np.repeat(case.target, steps).astype(np.int32)]
        self._rows += [np.repeat(leaf, steps, axis=0) for leaf in held]
        self._function = bare_gradient(_forward(case))
        self._batches: list[Any] = []

    def cut(self, size: int) -> None:
        """Decides the rows per call."""
        self._batches = [
            [tf.constant(rows[first : first + size]) for rows in self._rows] for first in range(0, self.n_rows, size)
        ]

    def __call__(self) -> tf.Tensor:
        for batch in self._batches:
            gradient = self._function(*batch)
        # On an accelerator a call returns before it is done.
        return gradient[:1].numpy()

    def seconds_per_row(self, size: int, repeats: int = 3, most_rows: int | None = None) -> float:
        """The least of a few runs over some microbatches of this size, of about `most_rows` rows together at most."""
        self.cut(size)
        taken = max(1, min(most_rows or self.n_rows, self.n_rows, 16 * size) // size)
        self._batches = self._batches[:taken]
        self()
        return min(seconds_of(self) for _ in range(repeats)) / (taken * size)

    def tune(self, sizes: Sequence[int] = SIZES, most_rows: int | None = None) -> dict[int, float]:
        """Cuts at the size with the least seconds per row, and returns the seconds per row of all that were tried.

        Goes through the sizes twice: a disturbance then does not decide.
        """
        found: dict[int, float] = {}
        for size in 2 * [size for size in (*sizes, self.n_rows) if size <= min(self.n_rows, most_rows or self.n_rows)]:
            found[size] = min(found.get(size, np.inf), self.seconds_per_row(size, most_rows=most_rows))
        self.cut(min(found, key=lambda size: found[size]))
        return found

    @property
    def size(self) -> int:
        """Rows per call."""
        return int(self._batches[0][0].shape[0])


def bare_gradient(forward: Callable[..., Any]) -> Callable[..., tf.Tensor]:
    """The gradient of the outputs' classes by the points, as one writes it by hand."""

    @tf.function(reduce_retracing=True)
    def gradient(points: tf.Tensor, classes: tf.Tensor, *held: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(points)
            score = tf.reduce_sum(tf.gather(forward(points, *held), classes, batch_dims=1))
        return tape.gradient(score, points)

    return gradient


def ends_of(case: Case) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Where paths end [N, *F] and start [*F], and what is held fixed."""
    if case.layer is None:
        inputs, held = case.inputs, []
    else:
        inputs, held = case.model.get_layer(case.layer)(case.inputs).numpy(), [case.inputs]
    baselines = np.zeros(inputs.shape[1:], inputs.dtype) if case.baselines is None else case.baselines
    return inputs, baselines, held


def _forward(case: Case) -> Callable[..., Any]:
    if case.layer is None:
        return case.model
    # Masks are made of the ids.
    rest = keras.Model([case.model.get_layer(case.layer).output, case.model.input], case.model.output)

    def after_embedding(points: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        return rest([points, ids])

    return after_embedding
