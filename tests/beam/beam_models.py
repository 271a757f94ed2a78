"""Models that workers of a pipeline make or load, rows of them, and functions that pickle by their name."""

import keras
import numpy as np
import tensorflow as tf

# How often Python has run the function below, which is once for each trace.
traces = 0


def table_model() -> keras.Model:
    keras.utils.set_random_seed(3)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(3)])


def embedded_model() -> keras.Model:
    """Ids and a float of each row, in a dict: values of the embedding are attributed to."""
    keras.utils.set_random_seed(4)
    ids, size = keras.Input((5,), dtype="int32", name="ids"), keras.Input((2,), name="size")
    embedded = keras.layers.Embedding(11, 3, name="embedding")(ids)
    pooled = keras.layers.Concatenate()([keras.layers.Flatten()(embedded), size])
    return keras.Model({"ids": ids, "size": size}, keras.layers.Dense(3)(keras.layers.Dense(6, "tanh")(pooled)))


def counted_model() -> keras.Model:
    """A function of rows that counts how often it is traced."""

    def model(rows):
        global traces
        traces += 1
        return tf.tanh(rows) @ tf.constant([[1.0], [2.0], [-1.0], [0.5]])

    return model


def no_model() -> keras.Model:
    raise OSError("the disk with the weights is not mounted")


def table_rows(n: int) -> np.ndarray:
    return np.random.default_rng(5).normal(size=(n, 4)).astype("float32")
