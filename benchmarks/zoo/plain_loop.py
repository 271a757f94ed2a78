"""Integrated gradients by eager tapes, written without kerasig: what the zoo compares it with.

A layer's output is replaced by putting another `call` in its place for the while, so that neither kerasig's way of
replacing it nor its compiled functions have a part in it.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Float = NDArray[np.float64]
# None for the floating inputs; a layer, and which of its calls.
Place = tuple[keras.layers.Layer, int] | None

ROWS, FEWER_ROWS = 512, 64  # through the model at once, of few numbers each and of many
MANY = 1000
# Below this, float32 has no number left between the baseline of zeros and the path.
SMALLEST = -35
CELLS = 64


class PlainLoop:
    """One model's score and gradients at points between a baseline and the inputs.

    Args:
        model: Keras 3, on TensorFlow.
        inputs: nest of arrays [N, ...].
        places: what is attributed to.
        select: the explained scalar [N] of the model's outputs; None: their largest at the inputs, of outputs [N, C].
        nothing: inputs like them, of as many examples or one, at which paths start; None: zeros.
    """

    def __init__(
        self,
        model: keras.Model,
        inputs: Any,
        places: Sequence[Place],
        select: Callable[[Any], tf.Tensor] | None = None,
        nothing: Any = None,
    ) -> None:
        self.model, self.inputs, self.places = model, inputs, list(places)
        self._leaves = [np.asarray(leaf) for leaf in tf.nest.flatten(inputs)]
        self._floating = [leaf.dtype.kind == "f" for leaf in self._leaves]
        self.n = len(self._leaves[0])
        self.ends = self._at(inputs)
        self.starts = [np.zeros_like(end) for end in self.ends]
        if nothing is not None:
            self.starts = [
                np.broadcast_to(start, end.shape) for start, end in zip(self._at(nothing), self.ends, strict=True)
            ]
        numbers = sum(end[0].size for end in self.ends)
        self.nodes_per_call = max((ROWS if numbers < MANY else FEWER_ROWS) // self.n, 1)
        self._select = select
        self._classes = None if select else np.argmax(np.asarray(model(inputs, training=False)), axis=-1)

    def values(self, alphas: Float, weights: Float) -> tuple[list[Float], Float]:
        """(x - x') times the weighted sum of gradients at alphas [K], each [N, ...], and their score's change [N]."""
        sums = [np.zeros(end.shape, np.float64) for end in self.ends]
        for first in range(0, len(alphas), self.nodes_per_call):
            some = slice(first, first + self.nodes_per_call)
            _, gradients = self._gradients(alphas[some])
            for total, gradient in zip(sums, gradients, strict=True):
                total += np.tensordot(weights[some], gradient, axes=1)
        moved = [
            (end.astype(np.float64) - start) * total
            for end, start, total in zip(self.ends, self.starts, sums, strict=True)
        ]
        scores, _ = self._gradients(np.array([0.0, 1.0]))
        return moved, scores[1] - scores[0]

    def seconds(self, count: int) -> float:
        """How long `count` nodes will take, by a call with one and a call with eight."""
        start = time.perf_counter()
        self._gradients(np.full(1, 0.5))
        one = time.perf_counter() - start
        self._gradients(np.full(8, 0.5))
        eight = time.perf_counter() - start - one
        return one * -(-count // self.nodes_per_call) + max(eight - one, 0) / 7 * count

    def _gradients(self, alphas: Float) -> tuple[Float, list[Float]]:
        """Scores [K, N] and gradients, each [K, N, ...]."""
        count = len(alphas)
        points = []
        for start, end in zip(self.starts, self.ends, strict=True):
            alpha = alphas.astype(end.dtype).reshape(-1, *[1] * end.ndim)
            points.append(tf.constant((start + alpha * (end - start)).reshape(count * self.n, *end.shape[1:])))
        with tf.GradientTape() as tape:
            tape.watch(points)
            scores = self._score(points, count)
        gradients = tape.gradient(scores, points, unconnected_gradients="zero")
        shaped = [np.asarray(part, np.float64).reshape(count, self.n, *part.shape[1:]) for part in gradients]
        return np.asarray(scores, np.float64).reshape(count, self.n), shaped

    def _score(self, points: list[tf.Tensor], count: int) -> tf.Tensor:
        left = iter(points)
        leaves = [np.tile(leaf, (count, *[1] * (leaf.ndim - 1))) for leaf in self._leaves]
        instead: dict[keras.layers.Layer, dict[int, tf.Tensor]] = {}
        for place in self.places:
            if place is None:
                leaves = [next(left) if used else leaf for leaf, used in zip(leaves, self._floating, strict=True)]
            else:
                instead.setdefault(place[0], {})[place[1]] = next(left)
        with contextlib.ExitStack() as stack:
            for layer, values in instead.items():
                stack.enter_context(_replaced(layer, values))
            tensors = [tf.convert_to_tensor(leaf) for leaf in leaves]
            outputs = self.model(tf.nest.pack_sequence_as(self.inputs, tensors), training=False)
        if self._select is not None:
            return self._select(outputs)
        return tf.gather(outputs, np.tile(self._classes, count), batch_dims=1)

    def _at(self, inputs: Any) -> list[NDArray[Any]]:
        """The arrays that are attributed to, at other inputs."""
        found: list[NDArray[Any]] = []
        for place in self.places:
            if place is None:
                found += [leaf for leaf in map(np.asarray, tf.nest.flatten(inputs)) if leaf.dtype.kind == "f"]
                continue
            seen: list[Any] = []
            with _recorded(place[0], seen):
                self.model(inputs, training=False)
            found.append(np.asarray(seen[place[1]]))
        return found


def gauss_legendre(count: int, low: float = 0.0, high: float = 1.0) -> tuple[Float, Float]:
    """Nodes and weights between low and high."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return low + (high - low) * (nodes + 1) / 2, (high - low) * weights / 2


def dense_nodes() -> tuple[Float, Float]:
    """Alphas and weights of a dense grid: even above a tenth, and even in the logarithm below.

    Networks that normalise change as much between 1e-9 and 1e-8 as others do between 0 and 1.
    """
    parts = []
    for decade in range(SMALLEST, -1):
        logs, weights = gauss_legendre(8 if decade < -4 else 32, decade, decade + 1)
        alphas = 10.0**logs
        parts.append((alphas, weights * alphas * np.log(10)))
    edges = np.linspace(0.1, 1, CELLS + 1)
    parts += [gauss_legendre(4, low, high) for low, high in itertools.pairwise(edges)]
    alphas, weights = (np.concatenate(part) for part in zip(*parts, strict=True))
    return alphas, weights


@contextlib.contextmanager
def _replaced(layer: keras.layers.Layer, values: dict[int, tf.Tensor]) -> Iterator[None]:
    """While it is entered, the calls of a layer with these numbers return these values."""
    call, calls = layer.call, itertools.count()

    def instead(*args: Any, **kwargs: Any) -> Any:
        number = next(calls)
        return values[number] if number in values else call(*args, **kwargs)

    layer.call = instead
    try:
        yield
    finally:
        del layer.call


@contextlib.contextmanager
def _recorded(layer: keras.layers.Layer, seen: list[Any]) -> Iterator[None]:
    """While it is entered, what each call of a layer returns is added to `seen`."""
    call = layer.call

    def instead(*args: Any, **kwargs: Any) -> Any:
        seen.append(call(*args, **kwargs))
        return seen[-1]

    layer.call = instead
    try:
        yield
    finally:
        del layer.call
