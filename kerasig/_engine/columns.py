"""Small arrays [R, K] on the device: K nodes of the longest of R paths, others padded by repeating their last node."""

from __future__ import annotations

import tensorflow as tf


def at(array: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
    """The entry [R] of each row of `array` [R, K] in its own column [R]; [R, J] for columns [R, J]."""
    return tf.gather(array, column, axis=1, batch_dims=1)


def numbers(array: tf.Tensor) -> tf.Tensor:
    """The numbers [K] of the columns of an array [R, K, ...]."""
    return tf.range(tf.shape(array)[1])


def known(array: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Whether a column of `array` [R, K] is one of the first `count` [R] of its row, and no padding."""
    return numbers(array)[None] < count[:, None]


def diff(array: tf.Tensor) -> tf.Tensor:
    """The changes [R, K - 1] from each column to the next."""
    return array[:, 1:] - array[:, :-1]


def shifted(array: tf.Tensor, by: int) -> tf.Tensor:
    """The array [R, K] moved right (left where negative) by some columns, with zeros where nothing comes from."""
    nothing = tf.zeros_like(array[:, : abs(by)])
    return tf.concat([nothing, array[:, :-by]] if by > 0 else [array[:, -by:], nothing], axis=1)


def closed(array: tf.Tensor) -> tf.Tensor:
    """An array of intervals [R, K - 1] as one of nodes [R, K]: that of the interval after each; 0 for the last."""
    return tf.concat([array, tf.zeros_like(array[:, :1])], axis=1)


def spread_to_ends(array: tf.Tensor, left: float, right: float) -> tf.Tensor:
    """Sums [R, K] over the intervals [R, K - 1] at each node: those after it times `left`, those before times `right`."""
    nothing = tf.zeros_like(array[:, :1])
    return left * tf.concat([array, nothing], axis=1) + right * tf.concat([nothing, array], axis=1)


def finite_or_zero(array: tf.Tensor) -> tf.Tensor:
    """The array, with 0 in place of NaN and infinity."""
    return tf.where(tf.math.is_finite(array), array, tf.zeros_like(array))


def largest(array: tf.Tensor) -> tf.Tensor:
    """The largest [R] of each row of sizes [R, K], NaN left out; 0 where all are."""
    return tf.reduce_max(tf.where(tf.math.is_nan(array), tf.zeros_like(array), array), axis=1)


def relative(error: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """error / scale [R], where 0 / 0 is 0."""
    return tf.where((error == 0) & (scale == 0), tf.zeros_like(error), error / scale)
