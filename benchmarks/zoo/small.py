"""Small models of our own, for where KerasHub is not installed: each is one thing that published networks do."""

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


def _experts() -> keras.Model:
    inputs = keras.Input((LENGTH,))
    hidden = keras.layers.Dense(16, "tanh")(inputs)
    gates = keras.layers.Softmax()(keras.layers.Dense(4, bias_initializer="random_normal")(hidden))
    experts = keras.layers.Reshape((4, 8))(keras.layers.Dense(32, "gelu")(hidden))
    return keras.Model(inputs, keras.layers.Dense(CLASSES)(keras.layers.Lambda(_best)([gates, experts])))


def _best(gates_and_experts: Any) -> Any:
    """The output of the expert with the largest gate, times its gate."""
    gates, experts = gates_and_experts
    chosen = tf.argmax(gates, axis=-1)
    return tf.gather(experts, chosen, batch_dims=1) * tf.gather(gates, chosen, batch_dims=1)[:, None]


def _against_each_other() -> keras.Model:
    inputs = keras.Input((LENGTH,))
    hidden = keras.layers.Dense(CLASSES, "tanh")(inputs)
    return keras.Model(inputs, keras.layers.Lambda(_without_mean)(hidden))


def _without_mean(rows: Any) -> Any:
    return rows - tf.reduce_mean(rows, axis=0, keepdims=True)


SUBJECTS = [
    Subject("Pre-norm transformer", "benchmarks", _pre_norm, layer="token_embedding"),
    Subject("Best of four experts", "benchmarks", _experts, reasons=("jump at alpha",)),
    Subject("Rows against each other", "benchmarks", _against_each_other, refused="mixes rows"),
]
