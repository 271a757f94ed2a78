"""The layout of stored rows of gradients, cut into parts of equal length, and arithmetic on such rows in TensorFlow.

Shapes: C rows of F features over all leaves; R paths and K nodes as in `nodes.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Float = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]

# Features of a part at most: with some hundreds of nodes, a part of a path's gradients stays within working memory.
WIDEST = 1 << 14


@dataclass(frozen=True)
class RowLayout:
    """How rows of features are cut.

    Args:
        features: F.
    """

    features: int

    @functools.cached_property
    def parts(self) -> int:
        """How many parts a row has: such that none has to be padded, where twice as many as needed suffice for that."""
        least = max(1, -(-self.features // WIDEST))
        return next((parts for parts in range(least, 2 * least + 1) if self.features % parts == 0), least)

    @property
    def width(self) -> int:
        """How many features a part has."""
        return max(1, -(-self.features // self.parts))

    def empty(self, rows: Any) -> tf.Tensor:
        """[rows * parts, width] of any numbers: memory is taken as rows come into use."""
        return tf.raw_ops.Empty(shape=[rows * self.parts, self.width], dtype=tf.float32)

    def cut(self, leaves: Sequence[tf.Tensor]) -> tf.Tensor:
        """Leaves [C, *F] as [C * parts, width]."""
        flat = [tf.cast(tf.reshape(leaf, [-1, leaf.shape[1:].num_elements()]), tf.float32) for leaf in leaves]
        missing = self.parts * self.width - self.features
        if missing:
            flat.append(tf.zeros([tf.shape(flat[0])[0], missing]))
        joined = flat[0] if len(flat) == 1 else tf.concat(flat, axis=1)
        return tf.reshape(joined, [-1, self.width])

    def index(self, rows: Ints) -> NDArray[np.int32]:
        """Where rows [C] lie: [C * parts]."""
        if self.parts == 1:
            return rows.astype(np.int32)
        return (rows[:, None] * self.parts + np.arange(self.parts)).ravel().astype(np.int32)

    def each(self, factors: Float) -> NDArray[np.float32]:
        """Factors [C] of rows as those [C * parts, 1] of their parts."""
        repeated = factors if self.parts == 1 else np.repeat(factors, self.parts)
        return repeated.astype(np.float32)[:, None]


# Arithmetic on rows: of tensors at hand, or traced.


def by_place(contributions: tf.Tensor, factors: Any) -> tf.Tensor:
    """Contributions [..., width] times factors that broadcast to them; by 0 they become it, whatever they are."""
    return tf.where(factors == 0, tf.zeros_like(contributions), contributions * factors)


def l1(rows: tf.Tensor) -> tf.Tensor:
    """The L1 norms [...] of rows [..., width]."""
    return tf.reduce_sum(tf.abs(rows), axis=-1)


def weighted(weights: Any, gathered: tf.Tensor) -> tf.Tensor:
    """[R, width] from weights [R, K] and rows [R, K, width]."""
    return tf.reshape(tf.matmul(weights[:, None], gathered), [-1, gathered.shape[2]])


def jump_squares(jumps: tf.Tensor, lengths: Any) -> tf.Tensor:
    """sum_k (L_k d_k,i)^2 [R, width] of changes d [R, K - 1, width], and lengths [R, K - 1, 1]."""
    scaled = lengths * jumps
    return tf.reduce_sum(scaled * scaled, axis=1)


def jump_sizes(jumps: tf.Tensor, lengths: Any) -> tf.Tensor:
    """sum_i sqrt(sum_k (L_k d_k,i)^2) [R], likewise."""
    return tf.reduce_sum(tf.sqrt(jump_squares(jumps, lengths)), axis=1)
