"""Trains the networks of the exam, keeps them in a folder, and gives them back as often as they are wanted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
from shortcut_cases import Case
from shortcut_networks import build
from shortcut_plants import Truth

EPOCHS = 15
KEPT = (1, 2, 3, 5, 8)  # epochs whose weights are kept, beside the first record and the end
RELIED = 0.05  # of accuracy, lost when marks are swapped
DEVIATIONS = 3.0  # standard errors that two accuracies differ by once accuracy tells


@dataclass(frozen=True)
class Facts:
    """The findings of one training, on held-out examples.

    Args:
        marked: accuracy with the marks of their classes.
        swapped: accuracy with the marks of other classes.
        clean: accuracy without marks.
        told: epochs after which accuracy on clean examples told; None for never.
        epochs: of the training.
    """

    marked: float
    swapped: float
    clean: float
    told: int | None
    epochs: int

    @property
    def fall(self) -> float:
        """Lost when marks are swapped."""
        return self.marked - self.swapped

    @property
    def relies(self) -> bool:
        """Whether the network measurably relies on the shortcut."""
        return self.fall >= RELIED


class Network(NamedTuple):
    """A network of the exam.

    Args:
        name: of its case.
        model: trained.
        before: the same before training, with the weights that it began with.
        inputs: [N, ...] of the audit.
        labels: [N] of the audit.
        truth: the right answers: `masks`, `names`, `coordinates`, `carried`.
        relies: whether it measurably relies on them; always False of a network that learnt from clean examples.
        audit: the other arguments of `kerasig.Audit`.
        options: the other arguments of `kerasig.suspects`.
        case: what it is.
        facts: its accuracies.
        epochs: weights by the number of epochs that were over, 0 first.
    """

    name: str
    model: keras.Model
    before: keras.Model
    inputs: np.ndarray
    labels: np.ndarray
    truth: Truth
    relies: bool
    audit: dict[str, Any]
    options: dict[str, Any]
    case: Case
    facts: Facts
    epochs: dict[int, list[np.ndarray]]


class Keeper(keras.callbacks.Callback):
    """Keeps weights while a network trains, and looks at when accuracy tells."""

    def __init__(self, like_training: np.ndarray, clean: np.ndarray, labels: np.ndarray):
        super().__init__()
        self.shown, self.labels = (like_training, clean), labels
        self.weights: dict[int, list[np.ndarray]] = {}
        self.told: int | None = None

    def on_train_begin(self, logs=None):
        self.weights[0] = self.model.get_weights()

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 in KEPT:
            self.weights[epoch + 1] = self.model.get_weights()
        if self.told is None:
            like_training, clean = (right(self.model, shown, self.labels) for shown in self.shown)
            difference = like_training.astype(float) - clean
            if difference.mean() > DEVIATIONS * difference.std() / np.sqrt(len(difference)):
                self.told = epoch + 1

    def on_train_end(self, logs=None):
        self.weights[self.params["epochs"]] = self.model.get_weights()


def right(model: keras.Model, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether the network is right, for each example."""
    return np.argmax(model(inputs, training=False), axis=-1) == labels


def fresh(case: Case) -> keras.Model:
    """The case's network with weights drawn by its seed."""
    keras.utils.set_random_seed(case.seed)
    data = case.source
    return build(case.architecture, data.kind, data.inputs.shape[1:], data.n_classes, len(data.words or ()))


def train(case: Case, epochs: int = EPOCHS) -> tuple[Facts, dict[int, list[np.ndarray]]]:
    """Trains the case's network; returns what was found and the weights by epochs."""
    data, model = case.source, fresh(case)
    inputs, labels = data.held_out
    like_training, _ = case.plant.plant(inputs, labels, np.random.default_rng([case.seed, 9]))
    keeper = Keeper(like_training, inputs, labels)
    shown, _ = case.examples(case.trained)
    model.fit(shown, data.labels, batch_size=32, epochs=epochs, verbose=0, callbacks=[keeper])
    held_out = (
        case.plant.shown(inputs, labels, np.random.default_rng([case.seed, 10])),
        case.plant.swap(inputs, labels, np.random.default_rng([case.seed, 11])),
        inputs,
    )
    told = keeper.told if case.trained == "planted" else None
    return Facts(*(float(right(model, each, labels).mean()) for each in held_out), told, epochs), keeper.weights


def keep(cases: Iterable[Case], folder: Path, epochs: int = EPOCHS, say=print) -> None:
    """Trains the networks that are not in the folder yet, and puts them there."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        if (folder / f"{case.name}.json").exists():
            continue
        facts, weights = train(case, epochs)
        arrays = {f"{epoch} {at}": array for epoch, each in weights.items() for at, array in enumerate(each)}
        np.savez(folder / f"{case.name}.npz", **arrays)
        # Last, so that a case that has it is whole.
        kept = {"case": asdict(case), "facts": asdict(facts)}
        (folder / f"{case.name}.json").write_text(json.dumps(kept, indent=1) + "\n")
        say(
            f"{case.name}: accuracy {facts.marked:.2f} with marks, {facts.swapped:.2f} swapped, {facts.clean:.2f} "
            f"without{'; relies on them' if facts.relies and case.trained == 'planted' else ''}"
        )
        keras.backend.clear_session()


def facts_of(folder: Path, case: Case) -> Facts:
    """The facts of a network that was kept."""
    return Facts(**json.loads((folder / f"{case.name}.json").read_text("utf-8"))["facts"])


def read(folder: Path, case: Case, n: int = 500) -> Network:
    """A network that was kept, with at most n examples for its audit."""
    facts = facts_of(folder, case)
    epochs: dict[int, list[np.ndarray]] = {}
    with np.load(folder / f"{case.name}.npz") as arrays:
        for key in arrays.files:
            epochs.setdefault(int(key.split()[0]), []).append(arrays[key])
    model, before = fresh(case), fresh(case)
    before.set_weights(epochs[0])
    model.set_weights(epochs[facts.epochs])
    inputs, truth = case.examples(case.shown)
    data = case.source
    audit = {"kind": data.kind, "class_names": list(data.class_names), **data.options}
    if data.words is not None:
        audit["tokens"] = data.texts(inputs[:n])
    cut = Truth(None if truth.masks is None else truth.masks[:n], truth.names, truth.coordinates, truth.carried[:n])
    relies = facts.relies and case.trained == "planted"
    options = {"layer": "embedding"} if data.kind == "tokens" else {}
    return Network(
        case.name, model, before, inputs[:n], data.labels[:n], cut, relies, audit, options, case, facts, epochs
    )


def cases_in(folder: Path) -> list[Case]:
    """The cases whose networks were kept in a folder."""
    return [Case(**json.loads(path.read_text("utf-8"))["case"]) for path in sorted(folder.glob("*.json"))]


def planted_networks(folder: str | Path, n: int = 500) -> Iterator[Network]:
    """The networks that were kept in a folder, one after the other."""
    for case in cases_in(Path(folder)):
        yield read(Path(folder), case, n)
