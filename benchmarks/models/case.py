"""A case of a benchmark, and where its data and its trained weights lie."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np


class Unavailable(RuntimeError):
    """A case needs something that is not on this machine; the message is one sentence that says what."""


@dataclass(frozen=True)
class Case:
    """One thing to explain: what `kerasig.explain` takes, and how good the model is.

    Attributes:
        name: its name in the registry.
        model: a Keras 3 functional model, trained, not compiled.
        inputs: array, or dict of arrays, of N held-out examples; integer arrays are held fixed.
        target: [N] the explained class: the predicted one at the inputs (graphs: that of having the substructures), as
            numbers, so that every tool explains the same scalar.
        baselines: as `kerasig.explain` takes them: an array of one example's shape, or None for zeros.
        layer: name of the layer whose output is attributed to; None: the inputs.
        kind: image, tokens, tabular or graph.
        smooth: whether score and gradient have no kinks, so that rules of high order pay.
        accuracy: share of right predictions, on held-out data (EfficientNet: on the photographs in `inputs`).
    """

    name: str
    model: keras.Model
    inputs: Any
    target: np.ndarray
    baselines: np.ndarray | None
    layer: str | None
    kind: str
    smooth: bool
    accuracy: float


def data_file(*parts: str) -> Path:
    """The path of a file below the folder that KERASIG_DATA names.

    Raises:
        Unavailable: the variable is not set, or there is no such file.
    """
    root = os.environ.get("KERASIG_DATA")
    if not root:
        raise Unavailable(f"KERASIG_DATA does not name a folder with {'/'.join(parts)}.")
    path = Path(root, *parts)
    if not path.exists():
        raise Unavailable(f"KERASIG_DATA has no {'/'.join(parts)}.")
    return path


def cache_folder(folder: str | os.PathLike[str] | None = None) -> Path:
    """Where trained weights are kept: `folder`, or KERASIG_BENCH_CACHE, or a folder for temporary files."""
    chosen = folder or os.environ.get("KERASIG_BENCH_CACHE") or Path(tempfile.gettempdir()) / "kerasig-benchmarks"
    path = Path(chosen)
    path.mkdir(parents=True, exist_ok=True)
    return path


def trained(
    name: str,
    make: Callable[[], keras.Model],
    fit: Callable[[keras.Model], float],
    *,
    sources: tuple[str, ...],
    cache: str | os.PathLike[str] | None = None,
) -> tuple[keras.Model, float]:
    """The model of `make` with trained weights, and its accuracy; trains only where no weights are kept.

    Args:
        name: of the case; part of the file's name.
        make: builds the model. It is called again after training, so that what is returned is never compiled and is
            the same whether the weights were kept or not.
        fit: trains a model and returns its accuracy on held-out data.
        sources: the files that decide the weights; a change in one of them trains again.
        cache: see `cache_folder`.
    """
    digest = hashlib.sha256(keras.__version__.encode())
    for source in (*sources, __file__):
        digest.update(Path(source).read_bytes())
    path = cache_folder(cache) / f"{name}-{digest.hexdigest()[:16]}.npz"
    if not path.exists():
        keras.utils.set_random_seed(0)
        learner = make()
        accuracy = fit(learner)
        weights = {f"weight_{i}": weight for i, weight in enumerate(learner.get_weights())}
        # Written beside and renamed: two benchmarks may train the same model at once.
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as file:
            np.savez(file, accuracy=accuracy, **weights)
        os.replace(file.name, path)
    model = make()
    with np.load(path) as kept:
        model.set_weights([kept[f"weight_{i}"] for i in range(len(model.weights))])
        return model, float(kept["accuracy"])


def fit_classes(
    model: keras.Model, train: tuple[Any, np.ndarray], held_out: tuple[Any, np.ndarray], *, rate: float, **options: Any
) -> float:
    """Trains by Adam on class labels; returns the accuracy on `held_out`. `options` are those of `fit`."""
    # Never XLA: on a CPU it would take longer to compile these small models than to train them.
    model.compile(
        keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    model.fit(*train, verbose=0, **options)
    return float(model.evaluate(*held_out, verbose=0)[1])


def first(values: Any, n: int) -> Any:
    """The first `n` examples of an array or of each array of a dict, from the start again where there are fewer."""
    if isinstance(values, dict):
        return {name: first(array, n) for name, array in values.items()}
    return values[np.arange(n) % len(values)]


def predicted_classes(model: keras.Model, inputs: Any) -> np.ndarray:
    """[N] the class with the largest output."""
    return np.argmax(model.predict(inputs, batch_size=64, verbose=0), axis=-1)
