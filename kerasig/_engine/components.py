"""Contributions in other coordinates than the points of a path: of groups of coefficients of an orthonormal basis.

A straight path is linear in any coordinates z with x = B z. So its points stay what they are, and in place of gradient
times velocity each group has the sum of B^T gradient times B^T velocity over its coefficients.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from kerasig._bases import Basis


@dataclass(frozen=True, eq=False)
class Components:
    """The coordinates of one attributed leaf, to be traced.

    Args:
        basis: of one example's shape *F.
    """

    basis: Basis

    @property
    def count(self) -> int:
        """G, of its groups."""
        return len(self.basis.names)

    @functools.cached_property
    def _transforms(self) -> list[tuple[int, tf.Tensor]]:
        """By axis of one example, its transform: an input of the graph, for that of a long axis is large."""
        with tf.init_scope():
            return [(axis, tf.constant(matrix.T)) for axis, matrix in self.basis.matrices]

    def contributions(self, velocity: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
        """The contributions [K, E, G] of velocities [E, *F] or [K, E, *F] and gradients [K, E, *F]."""
        gradient = tf.ensure_shape(gradient, [None, None, *self.basis.shape])
        # In float64: accelerators shorten the factors of float32 products, and the rest is a difference.
        moved, slope = tf.cast(velocity, tf.float64), tf.cast(gradient, tf.float64)
        products = self._coefficients(moved) * self._coefficients(slope)
        flat = tf.reshape(products, tf.concat([tf.shape(products)[:2], [self.basis.groups.size]], axis=0))
        summed = flat if self.basis.is_plain else self._grouped(flat)
        rest = self.basis.rest
        if rest is not None:
            axes = list(range(2, gradient.shape.rank))
            others = tf.reduce_sum(moved * slope, axis=axes) - tf.reduce_sum(summed, axis=-1)
            summed = tf.concat([summed[..., :rest], others[..., None]], axis=-1)
        return tf.cast(summed, gradient.dtype)

    def _grouped(self, flat: tf.Tensor) -> tf.Tensor:
        """Sums [K, E, G] over the groups of coefficients [K, E, M]."""
        groups = tf.constant(self.basis.groups.ravel(), tf.int32)
        by_coefficient = tf.transpose(flat, [2, 0, 1])
        summed = tf.math.unsorted_segment_sum(by_coefficient, groups, self.count)
        return tf.transpose(summed, [1, 2, 0])

    def _coefficients(self, leaf: tf.Tensor) -> tf.Tensor:
        """Those that are kept, of arrays [..., *F]."""
        rank, features = leaf.shape.rank, len(self.basis.shape)
        for axis, transform in self._transforms:
            at = rank - features + axis
            order = [place for place in range(rank) if place != at]
            back = np.insert(np.arange(rank - 1), at, rank - 1).tolist()
            last = tf.transpose(leaf, [*order, at])
            leaf = tf.transpose(tf.tensordot(last, transform, 1), back)
        return leaf
