"""Embedding, LSTM, softmax: the smooth recurrent network."""

from __future__ import annotations

import keras

from . import trec
from .case import Case


def make_model(n_ids: int) -> keras.Model:
    ids, x = trec.embedded(n_ids)
    x = keras.layers.Dropout(0.3)(x)
    x = keras.layers.LSTM(48)(x)
    return keras.Model(ids, keras.layers.Dense(len(trec.KINDS), activation="softmax")(x), name="trec_lstm")


def build(n: int = 16, *, cache=None) -> Case:
    return trec.build("trec_lstm", make_model, n, source=__file__, rate=3e-3, epochs=8, cache=cache)
