"""Paths from the baseline (alpha 0) to the input (alpha 1).

A path gives its position and its velocity; the attribution along it is the integral of gradient times velocity, and
completeness holds on every path that begins at the baseline and ends at the input.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf


class Ends(NamedTuple):
    """The points of one leaf that rows' paths are drawn between: [C, *F] each."""

    baselines: tf.Tensor
    inputs: tf.Tensor
    waypoint: tf.Tensor | None = None  # a third point for each row, where the caller gave any


class Path(abc.ABC):
    """A curve from each baseline to its input, leaf by leaf.

    It is traced into the compiled core, which is kept: so it holds no arrays, and paths that are equal share a trace.
    Points that a path goes by besides its ends come with each problem (`Problem.waypoints`).
    """

    @property
    @abc.abstractmethod
    def is_straight(self) -> bool:
        """Whether the position is x' + alpha (x - x'): its ends then tell how finely it can be divided."""

    @abc.abstractmethod
    def position(self, ends: Ends, alphas: tf.Tensor) -> tf.Tensor:
        """The points [C, *F] at alphas [C], in the inputs' dtype; [K, C, *F] at alphas [K, 1].

        Exactly the baseline at alpha 0 and the input at alpha 1, so that the scores there are the model's own.
        """

    @abc.abstractmethod
    def velocity(self, ends: Ends, alphas: tf.Tensor) -> tf.Tensor:
        """The derivative of the position by alpha, in its shape; or [C, *F] where it is the same at every alpha."""


@dataclass(frozen=True)
class StraightLine(Path):
    """x' + alpha (x - x'), the path of integrated gradients: the one that treats symmetric features alike."""

    @property
    def is_straight(self) -> bool:
        """It is."""
        return True

    def position(self, ends: Ends, alphas: tf.Tensor) -> tf.Tensor:
        """The points; exactly the input at alpha 1, which rounding could miss."""
        baselines, inputs, _ = ends
        each = by_row(alphas, inputs)
        points = baselines + each * (inputs - baselines)
        if alphas.shape.rank == 1:
            # One that chooses among whole rows, which takes a sixth of the other's time.
            return tf.raw_ops.Select(condition=alphas < 1, x=points, y=inputs)
        return tf.where(each < 1, points, inputs)

    def velocity(self, ends: Ends, alphas: tf.Tensor) -> tf.Tensor:
        """x - x', the same at every alpha."""
        return ends.inputs - ends.baselines


def by_row(alphas: tf.Tensor, leaf: tf.Tensor) -> tf.Tensor:
    """Alphas [C] or [K, 1] in the dtype of a leaf [C, *F], with an axis of length 1 for each of its features'."""
    ones = [1] * (alphas.shape.rank + leaf.shape.rank - 2)
    return tf.reshape(tf.cast(alphas, leaf.dtype), [-1, *ones])


STRAIGHT_LINE = StraightLine()
