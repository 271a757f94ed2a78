"""The nodes of paths that are being refined, as small arrays on the device.

Shapes: R paths, K nodes of the longest one; shorter ones are padded by repeating their last node.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from kerasig._engine import columns
from kerasig._engine.columns import at, known
from kerasig._engine.grading import Grading

# Nearer to an end than this, what is not finite counts as the end's own.
NEXT_TO = 2.0**-10


class Nodes(NamedTuple):
    """Nodes [R, K], sorted by alpha."""

    alphas: tf.Tensor
    scores: tf.Tensor
    slopes: tf.Tensor
    sizes: tf.Tensor  # L1 norm of the contributions
    changes: tf.Tensor  # L1 of how the contributions by place change from a node to the next
    rows: tf.Tensor  # int32, of the store
    left_out: tf.Tensor  # whether score or gradient is not finite, at an end alone: it counts as nothing


class Paths(NamedTuple):
    """R paths under way, and what is known of each."""

    nodes: Nodes
    count: tf.Tensor  # [R] int32, nodes that are no padding
    start_gap: tf.Tensor  # [R] of `Grading`
    end_gap: tf.Tensor
    finest: tf.Tensor  # [R] bool: no smaller gap at the baseline means anything
    looked_at: tf.Tensor  # [R] first alpha after the baseline, when what lies before it was last asked for
    tightness: tf.Tensor  # [R] exact map error over its bound, when last seen
    # [R] |x'| / |x - x'| of the feature that moves off its baseline the most, and the least alpha that moves any.
    offset: tf.Tensor
    least: tf.Tensor

    @property
    def known(self) -> tf.Tensor:
        """[R, K] whether a node is no padding."""
        return known(self.nodes.alphas, self.count)

    @property
    def grading(self) -> Grading:
        """How the paths are graded."""
        return Grading(self.start_gap, self.end_gap)

    @property
    def places(self) -> tf.Tensor:
        """[R, K]"""
        return self.grading.places(self.nodes.alphas)

    @property
    def slopes_by_place(self) -> tf.Tensor:
        """The slopes [R, K] as derivatives by place; 0 where they are left out."""
        slopes = self.nodes.slopes
        return tf.where(self.nodes.left_out, tf.zeros_like(slopes), slopes * self.grading.densities(self.nodes.alphas))

    @property
    def factors(self) -> tf.Tensor:
        """What contributions in the store [R, K] are multiplied by: the density, 0 where they are left out."""
        densities = self.grading.densities(self.nodes.alphas)
        return tf.where(self.nodes.left_out, tf.zeros_like(densities), densities)

    @property
    def continued_scores(self) -> tf.Tensor:
        """The scores [R, K]; for one that is left out and not finite, the nearest finite one."""
        scores = self.nodes.scores
        unknown = self.nodes.left_out & ~tf.math.is_finite(scores)
        first, last = first_and_last(self.known & ~unknown)
        nearest = tf.where(columns.numbers(scores)[None] < first[:, None], first[:, None], last[:, None])
        return tf.where(unknown, at(scores, nearest), scores)

    def ends(self, scores: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The first and the last of `continued_scores`, each [R]."""
        return scores[:, 0], at(scores, self.count - 1)

    def replaced(self, **arrays: tf.Tensor) -> Paths:
        """With other nodes' arrays."""
        return self._replace(nodes=self.nodes._replace(**arrays))


def first_and_last(wanted: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The first and the last column [R] in which `wanted` [R, K] is True; the first and the last of all, if none."""
    each = tf.broadcast_to(columns.numbers(wanted)[None], tf.shape(wanted))
    width = tf.shape(wanted)[1]
    first = tf.reduce_min(tf.where(wanted, each, width - 1), axis=1)
    return first, tf.reduce_max(tf.where(wanted, each, tf.zeros_like(each)), axis=1)
