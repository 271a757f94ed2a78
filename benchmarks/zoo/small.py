"""Small models of our own: what the zoo shows where KerasHub is not installed, and kinds that no published one has alone."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from .subject import CLASSES, LENGTH, VOCABULARY, Subject, classified


def _pre_norm() -> keras.Model:
    ids = keras.Input((LENGTH,), dtype="int32", name="token_ids")
    hidden = keras.layers.Embedding(VOCABULARY, 16, name="token_embedding")(ids)
    for _ in range(2):
        normalised = keras.layers.RMSNormalization(epsilon=1e-6)(hidden)
        hidden = hidden + keras.layers.MultiHeadAttention(2, 8, use_bias=False)(normalised, normalised)
        inner = keras.layers.RMSNormalization(epsilon=1e-6)(hidden)
        inner = keras.layers.Dense(32, "gelu", use_bias=False)(inner)
        hidden = hidden + keras.layers.Dense(16, use_bias=False)(inner)
    return classified(keras.Model({"token_ids": ids}, keras.layers.RMSNormalization(epsilon=1e-6)(hidden)))


def _mixed_rows() -> keras.Model:
    inputs = keras.Input((LENGTH,))
    hidden = keras.layers.Dense(CLASSES)(inputs)
    return keras.Model(inputs, keras.layers.Lambda(_against_each_other)(hidden))


def _against_each_other(rows: Any) -> Any:
    return rows - tf.reduce_mean(rows, axis=0, keepdims=True)


SUBJECTS = [
    Subject("Pre-norm transformer", "benchmarks", _pre_norm, layer="token_embedding"),
]
