"""The networks of the exam for each kind of data: a convolutional one, one of dense layers, a small transformer."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import layers, ops

ARCHITECTURES = ("cnn", "mlp", "transformer")
WIDTH = 32  # of a transformer's tokens


class Places(layers.Layer):
    """Adds to each token what is learnt of its place."""

    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="random_normal", name="table")

    def call(self, tokens):
        return tokens + self.table


class Columns(layers.Layer):
    """A token of each column of a table: its value times a direction, and a bias."""

    def build(self, shape):
        self.directions = self.add_weight(shape=(shape[-1], WIDTH), initializer="random_normal", name="directions")
        self.biases = self.add_weight(shape=(shape[-1], WIDTH), initializer="random_normal", name="biases")

    def call(self, rows):
        return rows[..., None] * self.directions + self.biases

    def compute_output_shape(self, shape):
        return (*shape, WIDTH)


def _block(tokens):
    """One layer of a transformer."""
    seen = layers.LayerNormalization()(tokens)
    tokens = tokens + layers.MultiHeadAttention(2, WIDTH // 2)(seen, seen)
    seen = layers.LayerNormalization()(tokens)
    return tokens + layers.Dense(WIDTH)(layers.Dense(2 * WIDTH, activation="gelu")(seen))


def _of_images(architecture: str, pixels):
    if architecture == "mlp":
        hidden = layers.Dense(64, activation="relu")(layers.Flatten()(pixels))
        return layers.Dense(32, activation="relu")(hidden)
    if architecture == "cnn":
        found = layers.Conv2D(16, 3, activation="relu")(pixels)
        found = layers.MaxPooling2D()(found)
        found = layers.Conv2D(24, 3, activation="relu")(found)
        found = layers.Dropout(0.2)(layers.Flatten()(layers.MaxPooling2D()(found)))
        return layers.Dense(48, activation="relu")(found)
    side = 4 if pixels.shape[1] <= 32 else 8
    tokens = layers.Conv2D(WIDTH, side, strides=side)(pixels)
    tokens = Places()(layers.Reshape((-1, WIDTH))(tokens))
    return layers.GlobalAveragePooling1D()(_block(_block(tokens)))


def _of_series(architecture: str, samples):
    if architecture == "mlp":
        hidden = layers.Dense(64, activation="relu")(layers.Flatten()(samples))
        return layers.Dense(32, activation="relu")(hidden)
    if architecture == "cnn":
        found = layers.MaxPooling1D(2)(layers.Conv1D(16, 5, activation="relu")(samples))
        found = layers.MaxPooling1D(2)(layers.Conv1D(24, 5, activation="relu")(found))
        return layers.Dense(32, activation="relu")(layers.Flatten()(found))
    tokens = Places()(layers.Conv1D(WIDTH, 4, strides=4)(samples))
    return layers.GlobalAveragePooling1D()(_block(_block(tokens)))


def _of_tokens(architecture: str, ids, n_words: int):
    words = layers.Embedding(n_words, WIDTH, name="embedding")(ids)
    # Padding is made zero behind the embedding, and so gets no attribution.
    words = words * ops.cast(ids != 0, "float32")[..., None]
    if architecture == "mlp":
        mean = layers.GlobalAveragePooling1D()(words)
        return layers.Dense(32, activation="relu")(mean)
    if architecture == "cnn":
        found = layers.Conv1D(48, 3, padding="same", activation="relu")(words)
        return layers.Dropout(0.3)(layers.GlobalMaxPooling1D()(found))
    return layers.GlobalMaxPooling1D()(_block(Places()(words)))


def _of_tables(architecture: str, rows):
    if architecture == "transformer":
        return layers.GlobalAveragePooling1D()(_block(Columns()(rows)))
    hidden = layers.Dense(32, activation="relu")(rows)
    return layers.Dense(16, activation="relu")(hidden)


def build(architecture: str, kind: str, shape: Sequence[int], n_classes: int, n_words: int = 0) -> keras.Model:
    """A network with fresh weights, compiled.

    Args:
        architecture: one of `ARCHITECTURES`; tables have no convolutions.
        kind: of the data.
        shape: of one input.
        n_classes: of the data.
        n_words: of token ids.
    """
    inputs = keras.Input(tuple(shape), dtype="int32" if kind == "tokens" else "float32")
    if kind == "tokens":
        found = _of_tokens(architecture, inputs, n_words)
    else:
        found = {"image": _of_images, "series": _of_series, "tabular": _of_tables}[kind](architecture, inputs)
    model = keras.Model(inputs, layers.Dense(n_classes, activation="softmax")(found))
    # Never XLA: on a CPU it would take longer to compile than to train.
    model.compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", jit_compile=False)
    return model
