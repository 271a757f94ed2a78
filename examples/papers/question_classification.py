"""What kind of answer does a question ask for, and which of its words say so?

The papers classify questions with the convolutional network of Kim (2014, arXiv 1408.5882), attribute each prediction
to words, and so find the phrases that trigger a class ("how many") and some that should not (a name). Their questions
are those of WikiTableQuestions with labels that are not public; here the same network sorts the public questions of
TREC (Li and Roth 2002) into six kinds of answers. The data: train_5500.label and TREC_10.label from
https://cogcomp.seas.upenn.edu/Data/QA/QC/, in a folder as train.txt and test.txt.

    python examples/papers/question_classification.py --data FOLDER          a minute on two cores
    python examples/papers/question_classification.py --data FOLDER --small  half a minute
    tensorboard --logdir logs/question_classification                 how the attributions came about, epoch by epoch
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

# Before Keras: it quiets TensorFlow.
from running import VERBOSE, Finding, data_path, run, write_figure

# isort: split
import keras
import numpy as np
from trec import KINDS, MEANINGS, Questions, read
from triggers import apply_rules, explain_tokens, find_accident, hide_phrases, listed, rules_of
from words import Vocabulary

import kerasig
from kerasig import metrics
from kerasig.metrics._phrases import leading_phrases, occurrences

LENGTH = 38  # words; the longest question has 37
WIDTHS = (3, 4, 5)
REMEDY = (
    "Save https://cogcomp.seas.upenn.edu/Data/QA/QC/train_5500.label as train.txt and TREC_10.label from there as "
    "test.txt, and pass their folder: --data FOLDER."
)


def make_model(n_ids: int, *, coordinates: int = 64, filters: int = 64) -> keras.Model:
    """Kim's network with embeddings from scratch: convolutions of three widths, the maximum over time of each."""
    ids = keras.Input((LENGTH,), dtype="int32", name="ids")
    embedded = keras.layers.Embedding(n_ids, coordinates, name="embedding")(ids)
    # Convolutions know no masks: padding is made zero behind the embedding, and so gets exactly no attribution.
    words = embedded * keras.ops.cast(ids != 0, "float32")[..., None]
    found = []
    for width in WIDTHS:
        convolved = keras.layers.Conv1D(filters, width, padding="same", activation="relu")(words)
        found.append(keras.layers.GlobalMaxPooling1D()(convolved))
    features = keras.layers.Dropout(0.5)(keras.layers.Concatenate()(found))
    # Kim bounds the length of the weights of each class.
    kinds = keras.layers.Dense(len(KINDS), activation="softmax", kernel_constraint=keras.constraints.MaxNorm(3))
    return keras.Model(ids, kinds(features), name="kim_cnn")


def train(ids: np.ndarray, questions: Questions, n_ids: int, probes: kerasig.ProbeSet, options) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = make_model(n_ids)
    # Never XLA: on a CPU it would take longer to compile than to train.
    model.compile(
        keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    log_dir = options.log_dir / time.strftime("%Y%m%d-%H%M%S")
    watched = kerasig.IGCallback(probes, log_dir, layer="embedding")
    epochs = 4 if options.small else 6
    model.fit(ids, questions.kinds, batch_size=64, epochs=epochs, verbose=VERBOSE, callbacks=[watched])
    print(f"Logs: tensorboard --logdir {options.log_dir}")
    return model


def names_in(texts: list[list[str]]) -> set[str]:
    """Words that stand in capitals within questions and never otherwise: names, which say nothing of the kind."""
    within = [word for words in texts for word in words[1:]]
    usual = {word for word in within if word[0].islower()}
    return {word.lower() for word in within if word[0].isupper()} - usual


def places_of_names(questions: Questions, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Ids of the questions in which a name stands, and the place of its last word."""
    found = []
    for written, words in zip(questions.texts, questions.words, strict=True):
        capital = [i for i, word in enumerate(written) if i and word[0].isupper()]
        if capital:
            found.append((words, capital[-1]))
    return vocabulary.rows([words for words, _ in found], LENGTH), np.array([place for _, place in found])


def work(options: argparse.Namespace) -> Finding:
    folder = data_path(options.data, "trec", remedy=REMEDY)
    questions, held_out = (read(data_path(folder / name, remedy=REMEDY)) for name in ("train.txt", "test.txt"))
    vocabulary = Vocabulary(questions.words)
    ids, held_out_ids = (vocabulary.rows(part.words, LENGTH) for part in (questions, held_out))
    probes = kerasig.ProbeSet(
        held_out_ids[:24], held_out.kinds[:24], tokens=held_out.texts[:24], class_names=MEANINGS, title="questions"
    )
    model = train(ids, questions, len(vocabulary), probes, options)

    def choose(rows: np.ndarray) -> np.ndarray:
        return np.argmax(model.predict(rows, batch_size=256, verbose=0), axis=-1)

    if options.small:
        questions = Questions(questions.texts[:1000], questions.kinds[:1000])
        ids = ids[:1000]
    print(f"Attributing {len(ids)} training questions and {len(held_out_ids)} held-out ones to their words:")
    explainer = kerasig.Explainer(model, layer="embedding")
    chosen, held_out_chosen = choose(ids), choose(held_out_ids)
    values, residual = explain_tokens(explainer, ids, lambda rows: chosen[rows])
    held_out_values, _ = explain_tokens(explainer, held_out_ids, lambda rows: held_out_chosen[rows])

    phrases = metrics.trigger_phrases(values, questions.words, chosen.tolist(), questions.kinds.tolist())
    of_kind = [[p for p in phrases if p.explained == kind and p.support >= 3] for kind in range(len(KINDS))]
    said = np.array([-1 if kind is None else kind for kind in apply_rules(rules_of(phrases), held_out.words)])
    hidden = hide_phrases(choose, held_out_ids, leading_phrases(held_out_values, held_out.words))
    accident = find_accident(
        choose,
        vocabulary,
        names_in(questions.texts),
        (values, questions.words, chosen),
        places_of_names(held_out, vocabulary),
    )
    accuracy = float((held_out_chosen == held_out.kinds).mean())
    covered, right = said >= 0, said == held_out.kinds

    draw(model, vocabulary, questions, held_out, choose, accident, options.out)
    how_many = next((p for p in of_kind[KINDS.index("NUM")][:5] if str(p) == "how many"), None)
    of_place = [p for p in of_kind[KINDS.index("LOC")][:8] if str(p).split()[-1] in ("where", "city", "country")]
    return Finding(
        system="Question classification",
        claim="the words that decide can be read off attributions: trigger phrases as rules, and accidental ones",
        substitute="Kim's CNN, embeddings from scratch, on TREC's 5,452 questions in place of WikiTableQuestions",
        numbers={
            f"right of {len(held_out.texts)} held-out questions": f"{accuracy:.3f}",
            **{
                f"phrases for {meaning} (questions, right)": listed(found)
                for meaning, found in zip(MEANINGS, of_kind, strict=True)
            },
            "phrases as rules, no network": f"cover {covered.mean():.0%} of held-out questions, right in "
            f"{right[covered].mean():.0%} of those",
            "leading phrase made unknown": str(hidden),
            "an accidental trigger": accident.of(MEANINGS[accident.choice], "a name"),
            "largest residual": f"{residual:.4f}",
        },
        seen=bool(
            accuracy >= 0.85
            and how_many is not None
            and how_many.precision >= 0.95
            and of_place
            and hidden.leading > 2 * hidden.other
            and accident.turned > 0
            and residual <= 0.01
        ),
    )


def draw(model, vocabulary, questions, held_out, choose, accident, folder: Path) -> None:
    """Two held-out questions of each kind, and training questions with the accidental name."""
    chosen = [i for kind in range(len(KINDS)) for i in np.flatnonzero(held_out.kinds == kind)[:2]]
    with_name = occurrences([accident.word], questions.words) & (questions.kinds == accident.choice)
    others = np.flatnonzero(with_name)[:3]
    texts = [held_out.texts[i] for i in chosen] + [questions.texts[i] for i in others]
    ids = vocabulary.rows([[word.lower() for word in words] for words in texts], LENGTH)
    attribution = kerasig.explain(model, ids, choose(ids), layer="embedding")
    asked = [f"asks for a {MEANINGS[held_out.kinds[i]]}" for i in chosen]
    names = asked + [f'training question with "{accident.word}"'] * len(others)
    figure = kerasig.plot.highlight(attribution, tokens=texts, names=names, class_names=MEANINGS)
    write_figure(figure, folder, "question_classification")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder with train.txt and test.txt")
    parser.add_argument("--log-dir", type=Path, default=Path("logs/question_classification"))


if __name__ == "__main__":
    sys.exit(run(__doc__, work, add_options))
