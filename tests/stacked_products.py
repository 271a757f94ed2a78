"""A process that explains, again and again, a network whose kernels corrupt memory where a call has a single row."""

import keras
import numpy as np
import tensorflow as tf

import kerasig


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


inputs = keras.Input((12, 26, 1))
model = keras.Model(inputs, Shared()(inputs))
generator = np.random.default_rng(0)
for turn in range(36):
    points = generator.normal(size=(int(generator.integers(1, 9)), 12, 26, 1)).astype("float32")
    found = kerasig.explain(model, points, 0, steps=[None, 1, 7, 50][turn % 4])
    assert np.isfinite(found.values).all()
print("survived")
