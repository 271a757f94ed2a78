"""An LSTM encoder and decoder with attention, and what it writes."""

from __future__ import annotations

import keras
import numpy as np
from sentence_pairs import END, START, Coder, Pair
from words import PADDING


def make_translator(coder: Coder, units: int) -> keras.Model:
    """From the source and the target so far to the probabilities [N, T, V] of what follows at each place.

    A bidirectional LSTM reads the source, another writes, and at each place attends to what was read (Luong et al.
    2015, arXiv 1508.04025). Words of the source are dropped whole while it learns, so that the zero embedding comes to
    say that a word is not there.
    """
    source = keras.Input((coder.source_length,), dtype="int32", name="source")
    written = keras.Input((coder.target_length,), dtype="int32", name="written")
    # Far from zero: with Keras's small ones, an epoch goes by before the layers above see differences between words.
    wide = keras.initializers.RandomUniform(-1, 1)
    embedding = keras.layers.Embedding(
        len(coder.sources), units // 2, mask_zero=True, embeddings_initializer=wide, name="source_embedding"
    )
    words = keras.layers.Dropout(0.1, noise_shape=(None, None, 1))(embedding(source))
    read = keras.layers.Bidirectional(keras.layers.LSTM(units // 2, return_sequences=True), name="encoder")(words)
    # No mask here: padding stands behind all that is scored, and the decoder looks back only.
    behind = keras.layers.Embedding(
        len(coder.targets), units // 2, embeddings_initializer=wide, name="target_embedding"
    )(written)
    state = keras.layers.LSTM(units, return_sequences=True, name="decoder")(behind)
    attended, _ = keras.layers.Attention(name="attention")([state, read], return_attention_scores=True)
    both = keras.layers.Dense(units, activation="tanh")(keras.layers.Concatenate()([state, attended]))
    following = keras.layers.Dense(len(coder.targets), activation="softmax", name="following")(both)
    return keras.Model({"source": source, "written": written}, following, name="translator")


def attention_weights(model: keras.Model, inputs: dict[str, np.ndarray]) -> np.ndarray:
    """[N, T, S] how much of each source token the decoder reads at each place."""
    weights = keras.Model(model.input, model.get_layer("attention").output[1])
    return weights.predict(inputs, batch_size=128, verbose=0)


def translate(model: keras.Model, coder: Coder, pairs: list[Pair]) -> list[list[str]]:
    """The model's translation of each source, at each place the most probable word."""
    inputs = coder.inputs([Pair(pair.source, []) for pair in pairs])
    ids = inputs["written"]
    for place in range(coder.target_length):
        best = model.predict(inputs, batch_size=128, verbose=0)[:, place].argmax(axis=-1)
        if place + 1 < coder.target_length:
            ids[:, place + 1] = best
    ends = {PADDING, *coder.targets.encode([START, END])}
    texts = []
    for row in ids[:, 1:]:
        length = next((i for i, word in enumerate(row) if word in ends), len(row))
        texts.append([coder.targets.words[word] for word in row[:length]])
    return texts
