"""Questions of TREC as word ids, and the two networks that sort them into six kinds: an LSTM and a transformer.

Both are smooth, and are explained at the output of their embedding layer, from the zero embedding.
"""

from __future__ import annotations

from collections import Counter

import keras
import numpy as np

from .case import Case, data_file, first, fit_classes, predicted_classes, trained

LENGTH = 20
KINDS = ("ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM")
WIDTH = 32


def questions() -> tuple[int, tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """The number of ids, and (ids [N, 20], kinds [N]) of the training and the test questions.

    Id 0 is padding, 1 a word that occurs less than twice in the training questions.
    """
    texts = [data_file("trec", name).read_text("latin-1").splitlines() for name in ("train.txt", "test.txt")]
    counts = Counter(word for line in texts[0] for word in _words(line))
    ids = {word: i for i, word in enumerate(sorted(word for word, n in counts.items() if n > 1), start=2)}
    pairs = []
    for lines in texts:
        rows = np.zeros((len(lines), LENGTH), "int32")
        for row, line in zip(rows, lines, strict=True):
            found = [ids.get(word, 1) for word in _words(line)][:LENGTH]
            row[: len(found)] = found
        pairs.append((rows, np.array([KINDS.index(line.split(":")[0]) for line in lines])))
    return len(ids) + 2, pairs[0], pairs[1]


def _words(line: str) -> list[str]:
    return line.lower().split()[1:]


def build(name: str, make, n: int, *, source: str, rate: float, epochs: int, cache=None) -> Case:
    """The case of the network that `make(number of ids)` makes, with an Embedding named "embedding"."""
    n_ids, train, held_out = questions()
    model, accuracy = trained(
        name,
        lambda: make(n_ids),
        lambda learner: fit_classes(learner, train, held_out, rate=rate, epochs=epochs, batch_size=64),
        sources=(source, __file__),
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
