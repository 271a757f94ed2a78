"""A process that explains, again and again, networks whose kernels corrupt memory at certain numbers of rows."""

import keras
import numpy as np
import tensorflow as tf

import kerasig

generator = np.random.default_rng(0)


class Shared(keras.layers.Layer):
    """Multiplies a stack of matrices with one, and reads them by an LSTM, time and examples folded together."""

    def __init__(self):
        super().__init__()
        self.kernel = self.add_weight(shape=(1, 20))
        self.reader, self.head = keras.layers.LSTM(8), keras.layers.Dense(3)

    def call(self, inputs):  # [B, 12, 26, 1]
        hidden = tf.matmul(tf.transpose(inputs, [2, 0, 1, 3]), self.kernel)
        sizes = tf.shape(hidden)
        read = self.reader(tf.reshape(hidden, (sizes[0] * sizes[1], 12, 20)))
        return tf.reshape(self.head(read), (sizes[0], sizes[1], 3))[0]


weights = generator.normal(size=(4, 20)).astype("float32")


def of_one_matrix(x):
    """A stack that has the examples second, times a stack of one matrix."""
    hidden = tf.matmul(tf.transpose(x, [1, 0, 2, 3]), weights[None, None])
    return tf.reduce_sum(tf.tanh(hidden), axis=[0, 2, 3])


def with_a_lone_axis(x):
    """A second axis of length 1: several rows give wrong numbers, also in TensorFlow's own hands."""
    return tf.reduce_sum(tf.tanh(tf.matmul(x[:, None, :, 0], weights)), axis=[1, 2, 3])


def with_a_lone_axis_as_it_should_be(x):
    return tf.reduce_sum(tf.tanh(tf.einsum("btk,kn->btn", x[:, :, 0], weights)), axis=[1, 2])


inputs = keras.Input((12, 26, 1))
reader = keras.Model(inputs, Shared()(inputs))
for turn in range(24):
    steps = [None, 1, 7, 50][turn % 4]
    points = generator.normal(size=(int(generator.integers(1, 9)), 12, 26, 1)).astype("float32")
    assert np.isfinite(kerasig.explain(reader, points, 0, steps=steps).values).all()
    points = generator.normal(size=(int(generator.integers(1, 9)), 26, 12, 4)).astype("float32")
    assert kerasig.explain(of_one_matrix, points, steps=steps).converged.all() or steps in (1, 7)
    found, right = (
        kerasig.explain(score, points, steps=steps) for score in (with_a_lone_axis, with_a_lone_axis_as_it_should_be)
    )
    np.testing.assert_allclose(found.values, right.values, rtol=1e-3, atol=1e-4)
print("survived")
