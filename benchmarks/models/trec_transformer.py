"""A small transformer encoder without ReLU: attention, GELU, layer normalisation."""

from __future__ import annotations

import keras

from . import trec
from .case import Case

HEADS = 4
BLOCKS = 2


class Positions(keras.layers.Layer):
    """Adds a learned vector to each position."""

    def __init__(self, **options):
        super().__init__(**options)
        self.supports_masking = True

    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="random_normal", name="table")

    def call(self, x):
        return x + self.table


def make_model(n_ids: int) -> keras.Model:
    ids, x = trec.embedded(n_ids)
    x = Positions(name="positions")(x)
    x = keras.layers.Dropout(0.3)(x)
    for _ in range(BLOCKS):
        normed = keras.layers.LayerNormalization()(x)
        attended = keras.layers.MultiHeadAttention(HEADS, trec.WIDTH // HEADS)(normed, normed)
        x = keras.layers.Add()([x, attended])
        hidden = keras.layers.Dense(2 * trec.WIDTH, activation="gelu")(keras.layers.LayerNormalization()(x))
        x = keras.layers.Add()([x, keras.layers.Dense(trec.WIDTH)(hidden)])
    x = keras.layers.GlobalAveragePooling1D()(keras.layers.LayerNormalization()(x))
    return keras.Model(ids, keras.layers.Dense(len(trec.KINDS), activation="softmax")(x), name="trec_transformer")


def build(n: int = 16, *, cache=None) -> Case:
    return trec.build("trec_transformer", make_model, n, source=__file__, rate=2e-3, epochs=8, cache=cache)
