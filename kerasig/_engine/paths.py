"""Paths from the baseline (alpha 0) to the input (alpha 1).

A path gives its points and its velocity; the attribution along it is the integral of gradient times velocity, and
completeness holds on every path that starts at the baseline and ends at the input.
"""

from __future__ import annotations

from typing import Protocol

import tensorflow as tf


class Path(Protocol):
    """Traced once into the compiled core, so it holds no state."""

    def point(self, baselines: tf.Tensor, inputs: tf.Tensor, alphas: tf.Tensor) -> tf.Tensor:
        """The points [C, *F] at alphas [C] between baselines and inputs [C, *F]; [K, C, *F] at alphas [K, 1]."""

    def velocity(self, baselines: tf.Tensor, inputs: tf.Tensor, alphas: tf.Tensor) -> tf.Tensor:
        """The derivative of the point by alpha, or what broadcasts to it."""


class StraightLine:
    """x' + alpha (x - x'), the path of integrated gradients: the one that treats symmetric features alike."""

    def point(self, baselines: tf.Tensor, inputs: tf.Tensor, alphas: tf.Tensor) -> tf.Tensor:
        """The points; exactly the input at alpha 1, so that the score there is the model's own."""
        alphas = tf.reshape(tf.cast(alphas, inputs.dtype), tf.concat([tf.shape(alphas), _ones(inputs)], axis=0))
        return tf.where(alphas < 1, baselines + alphas * (inputs - baselines), inputs)

    def velocity(self, baselines: tf.Tensor, inputs: tf.Tensor, alphas: tf.Tensor) -> tf.Tensor:
        """x - x', the same at every alpha."""
        return inputs - baselines


def _ones(inputs: tf.Tensor) -> tf.Tensor:
    return tf.ones(inputs.shape.rank - 1, tf.int32)
