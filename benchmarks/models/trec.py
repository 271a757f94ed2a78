"""Questions of TREC as word ids, and the two networks that sort them into six kinds: an LSTM and a transformer.

Both are smooth, and are explained at the output of their embedding layer, from the zero embedding.
"""

from __future__ import annotations

import keras
import numpy as np

from examples.papers import trec as data
from examples.papers import words

from .case import Case, data_file, first, fit_classes, predicted_classes, trained

LENGTH = 20
KINDS = data.KINDS
WIDTH = 32


def questions() -> tuple[int, tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The number of ids, and (ids [N, 20], kinds [N]) of the training and the test questions."""
    parts = [data.read(data_file("trec", name)) for name in ("train.txt", "test.txt")]
    vocabulary = words.Vocabulary(parts[0].words)
    train, held_out = ((vocabulary.rows(part.words, LENGTH), part.kinds) for part in parts)
    return len(vocabulary), train, held_out


def build(name: str, make, n: int, *, source: str, rate: float, epochs: int, cache=None) -> Case:
    """The case of the network that `make(number of ids)` makes, with an Embedding named "embedding"."""
    n_ids, train, held_out = questions()
    model, accuracy = trained(
        name,
        lambda: make(n_ids),
        lambda learner: fit_classes(learner, train, held_out, rate=rate, epochs=epochs, batch_size=64),
        sources=(source, __file__, data.__file__, words.__file__),
        cache=cache,
    )
    inputs = first(held_out[0], n)
    return Case(
        name=name,
        model=model,
        inputs=inputs,
        target=predicted_classes(model, inputs),
        baselines=None,
        layer="embedding",
        kind="tokens",
        smooth=True,
        accuracy=accuracy,
    )


def embedded(n_ids: int):
    """The ids' input, and their embedding with the padding masked."""
    ids = keras.Input((LENGTH,), dtype="int32", name="ids")
    return ids, keras.layers.Embedding(n_ids, WIDTH, mask_zero=True, name="embedding")(ids)
