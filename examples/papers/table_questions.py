"""Which words of a question make a network that answers from tables choose what to do?

The papers look into Neural Programmer (Neelakantan et al. 2016, arXiv 1611.08945), which reads a question and chooses
operations on a table, and find the words that trigger each operation, some of them by accident. Its weights and the
operations it chose are not public. Here a bidirectional LSTM reads the questions of WikiTableQuestions and chooses an
operation and the type of the answer. Both are derived from the answers alone, never from the question's form:

    list     the answer has several values          verify   it is yes or no
    choose   it is a name that the question offers  count    it is a whole number below 100
    look up  it is anything else, as one cell has it
    types    number (with its unit too), date (a year, or with a month), yes or no, text

The data: training.tsv and pristine-seen-tables.tsv from the folder data of
https://github.com/ppasupat/WikiTableQuestions (CC BY-SA 4.0).

    python examples/papers/table_questions.py --data FOLDER          two minutes on two cores
    python examples/papers/table_questions.py --data FOLDER --small  a minute
    tensorboard --logdir logs/table_questions                 how the attributions came about, epoch by epoch
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

# Before Keras: it quiets TensorFlow.
from running import VERBOSE, Finding, data_path, run, write_figure

# isort: split
import keras
import numpy as np
from triggers import explain_tokens, find_accident, hide_phrases, listed
from words import Vocabulary

import kerasig
from kerasig import metrics
from kerasig.metrics._phrases import leading_phrases, occurrences

LENGTH = 28  # words; 2 in 100 questions are longer, and cut
OPERATIONS = ("look up", "count", "choose", "list", "verify")
TYPES = ("text", "number", "date", "yes or no")
HEADS = {"operation": OPERATIONS, "type": TYPES}
COMMON = 250  # the commonest words of the questions; others name what a table is about
REMEDY = (
    "Save training.tsv and pristine-seen-tables.tsv of https://github.com/ppasupat/WikiTableQuestions/tree/master/data "
    "in a folder, and pass it: --data FOLDER."
)
_MONTH = re.compile(r"\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b")
_YEAR = re.compile(r"(1[0-9]|20)\d\d")
_NUMBER = re.compile(r"[-+$£€]?\d[\d,.:]*\s?(%|[a-z]+)?")


@dataclass(frozen=True)
class Questions:
    """Questions over tables, and what their answers say that has to be done.

    Args:
        texts: the words of each.
        labels: per head, [N] index into its choices.
    """

    texts: list[list[str]]
    labels: dict[str, np.ndarray]

    def first(self, n: int | None) -> Questions:
        return Questions(self.texts[:n], {head: labels[:n] for head, labels in self.labels.items()})


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+(?:'\w+)?|[^\w\s]", text.lower())


def operation_of(question: str, answer: str) -> str:
    if "|" in answer:
        return "list"
    if answer.lower() in ("yes", "no"):
        return "verify"
    if re.fullmatch(r"\d{1,2}", answer):
        return "count"
    offered = f" {' '.join(words_of(question))} "
    return "choose" if f" {' '.join(words_of(answer))} " in offered else "look up"


def type_of(answer: str) -> str:
    first = answer.lower().split("|")[0].strip()
    if first in ("yes", "no"):
        return "yes or no"
    if _YEAR.fullmatch(first) or (_MONTH.search(first) and re.search(r"\d", first)):
        return "date"
    return "number" if _NUMBER.fullmatch(first) else "text"


def read(path: Path) -> Questions:
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()[1:]]
    operations = [OPERATIONS.index(operation_of(row[1], row[3].strip())) for row in rows]
    types = [TYPES.index(type_of(row[3])) for row in rows]
    texts = [words_of(row[1])[:LENGTH] for row in rows]
    return Questions(texts, {"operation": np.array(operations), "type": np.array(types)})


def make_model(n_ids: int, *, coordinates: int = 48, units: int = 48) -> keras.Model:
    """Reads the words in both directions; each choice is a softmax of what was read."""
    ids = keras.Input((LENGTH,), dtype="int32", name="ids")
    words = keras.layers.Embedding(n_ids, coordinates, mask_zero=True, name="embedding")(ids)
    read_words = keras.layers.Bidirectional(keras.layers.LSTM(units))(keras.layers.Dropout(0.3)(words))
    features = keras.layers.Dropout(0.3)(read_words)
    choices = {
        head: keras.layers.Dense(len(names), activation="softmax", name=head)(features) for head, names in HEADS.items()
    }
    return keras.Model(ids, choices, name="chooser")


def train(ids: np.ndarray, questions: Questions, n_ids: int, probes: list[kerasig.ProbeSet], options) -> keras.Model:
    keras.utils.set_random_seed(0)
    model = make_model(n_ids)
    # Never XLA: on a CPU it would take longer to compile than to train.
    model.compile(
        keras.optimizers.Adam(5e-3 if options.small else 2e-3),
        {head: "sparse_categorical_crossentropy" for head in HEADS},
        metrics={head: ["accuracy"] for head in HEADS},
        jit_compile=False,
    )
    log_dir = options.log_dir / time.strftime("%Y%m%d-%H%M%S")
    watched = kerasig.IGCallback(probes, log_dir, layer="embedding", steps=16)
    model.fit(ids, questions.labels, batch_size=64, epochs=3, verbose=VERBOSE, callbacks=[watched])
    print(f"Logs: tensorboard --logdir {options.log_dir}")
    return model


def make_probes(ids: np.ndarray, questions: Questions) -> list[kerasig.ProbeSet]:
    """Four held-out questions of each operation, for the score of what is right in each head."""
    rows = np.concatenate([np.flatnonzero(questions.labels["operation"] == i)[:4] for i in range(len(OPERATIONS))])
    return [
        kerasig.ProbeSet(
            ids[rows],
            questions.labels[head][rows],
            target=kerasig.targets.Output(head, questions.labels[head][rows]),
            tokens=[questions.texts[i] for i in rows],
            class_names=names,
            title=head,
        )
        for head, names in HEADS.items()
    ]


@dataclass(frozen=True)
class Chosen:
    """One head's choices, their attributions to words, and the phrases that lead them."""

    head: str
    choices: np.ndarray
    values: np.ndarray
    residual: float
    phrases: list[metrics.TriggerPhrase]
    hidden: object

    def leading(self, name: str) -> list[metrics.TriggerPhrase]:
        """The phrases that lead the choice called `name`, in at least two questions."""
        choice = HEADS[self.head].index(name)
        return [phrase for phrase in self.phrases if phrase.explained == choice and phrase.leads >= 2]


def look_at(model: keras.Model, head: str, ids: np.ndarray, questions: Questions) -> Chosen:
    def choose(rows: np.ndarray) -> np.ndarray:
        return np.argmax(model.predict(rows, batch_size=256, verbose=0)[head], axis=-1)

    choices = choose(ids)
    print(f"Attributing the choice of {head} in {len(ids)} held-out questions to their words:")
    explainer = kerasig.Explainer(model, layer="embedding")
    values, residual = explain_tokens(explainer, ids, lambda rows: kerasig.targets.Output(head, choices[rows]))
    labels = questions.labels[head].tolist()
    phrases = metrics.trigger_phrases(values, questions.texts, choices.tolist(), labels)
    hidden = hide_phrases(choose, ids, leading_phrases(values, questions.texts))
    return Chosen(head, choices, values, residual, phrases, hidden)


def rarest_topics(texts: list[list[str]], counts: Counter[str], common: set[str]) -> tuple[np.ndarray, np.ndarray]:
    """The questions that have a word which is not common, and the place of the rarest one."""
    found = []
    for row, words in enumerate(texts):
        topics = [i for i, word in enumerate(words) if word.isalpha() and word not in common]
        if topics:
            found.append((row, min(topics, key=lambda i: counts[words[i]])))
    rows, places = np.array(found).T
    return rows, places


def work(options: argparse.Namespace) -> Finding:
    folder = data_path(options.data, "wikitablequestions", remedy=REMEDY)
    questions, held_out = (
        read(data_path(folder / name, remedy=REMEDY)) for name in ("training.tsv", "pristine-seen-tables.tsv")
    )
    if options.small:
        questions, held_out = questions.first(5000), held_out.first(600)
    counts = Counter(word for words in questions.texts for word in words)
    vocabulary = Vocabulary(questions.texts)
    ids, held_out_ids = (vocabulary.rows(part.texts, LENGTH) for part in (questions, held_out))
    model = train(ids, questions, len(vocabulary), make_probes(held_out_ids, held_out), options)
    looked = {head: look_at(model, head, held_out_ids, held_out) for head in HEADS}

    def choose(rows: np.ndarray) -> np.ndarray:
        return np.argmax(model.predict(rows, batch_size=256, verbose=0)["operation"], axis=-1)

    common = {word for word, _ in counts.most_common(COMMON)}
    topics = {word for word in counts if word.isalpha() and word not in common}
    rows, places = rarest_topics(held_out.texts, counts, common)
    operation, kind = looked["operation"], looked["type"]
    accident = find_accident(
        choose,
        vocabulary,
        topics,
        (operation.values, held_out.texts, operation.choices),
        (held_out_ids[rows], places),
    )
    draw(model, vocabulary, held_out, looked, accident.word, options.out)
    right = {head: float((found.choices == held_out.labels[head]).mean()) for head, found in looked.items()}
    usual = {head: np.bincount(held_out.labels[head]).max() / len(held_out.texts) for head in HEADS}
    how_many = next((phrase for phrase in operation.leading("count")[:5] if str(phrase) == "how many"), None)
    offers = [phrase for phrase in operation.leading("choose")[:5] if "or" in phrase.words]
    when = [phrase for phrase in kind.leading("date")[:5] if {"when", "year", "date"} & set(phrase.words)]
    residual = max(found.residual for found in looked.values())
    return Finding(
        system="Question answering over tables",
        claim="attributions show the words that trigger each operation, and that some of them are accidental",
        substitute="an LSTM that chooses operation and answer type on WikiTableQuestions; labels from the answers",
        numbers={
            **{
                f"{head} right in held-out questions": f"{right[head]:.2f} (always the commonest: {usual[head]:.2f})"
                for head in HEADS
            },
            **{
                f"{head} {name}: phrases (questions, right)": listed(found.leading(name))
                for head, found in looked.items()
                for name in HEADS[head]
            },
            **{f"leading phrase of the {head} made unknown": str(found.hidden) for head, found in looked.items()},
            "an accidental trigger": accident.of(f'"{OPERATIONS[accident.choice]}"', "the rarest word"),
            "largest residual": f"{residual:.4f}",
        },
        seen=bool(
            all(right[head] > usual[head] + 0.1 for head in HEADS)
            and how_many is not None
            and how_many.precision >= 0.7
            and offers
            and when
            and all(found.hidden.leading > 2 * found.hidden.other for found in looked.values())
            and accident.turned > 0
            and residual <= 0.01
        ),
    )


def draw(model, vocabulary, held_out: Questions, looked: dict[str, Chosen], accident: str, folder: Path) -> None:
    """For each head, two questions that it chose each name for; for operations those with the accidental word too."""
    for head, found in looked.items():
        rows = [i for choice in range(len(HEADS[head])) for i in np.flatnonzero(found.choices == choice)[:2]]
        if head == "operation":
            rows += np.flatnonzero(occurrences([accident], held_out.texts))[:2].tolist()
        texts = [held_out.texts[i] for i in rows]
        target = kerasig.targets.Output(head, found.choices[rows])
        attribution = kerasig.explain(model, vocabulary.rows(texts, LENGTH), target, layer="embedding")
        names = [f"the answer needs: {HEADS[head][held_out.labels[head][i]]}" for i in rows]
        figure = kerasig.plot.highlight(attribution, tokens=texts, names=names, class_names=HEADS[head])
        write_figure(figure, folder, f"table_questions_{head}")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, help="folder with training.tsv and pristine-seen-tables.tsv")
    parser.add_argument("--log-dir", type=Path, default=Path("logs/table_questions"))


if __name__ == "__main__":
    sys.exit(run(__doc__, work, add_options))
