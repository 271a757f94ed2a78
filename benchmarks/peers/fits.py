"""Trainings that differ in their callback alone, in turn: python -m benchmarks.peers.fits FILE; prints JSON last.

It runs where tf-explain is installed, kerasig beside it, so that all share one process and its disturbances.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np

import kerasig

from ..models.digits_cnn import make_model

# Seconds on the clock and of the processor.
Taken = tuple[float, float]


class Clock(keras.callbacks.Callback):
    """Seconds of each epoch, the callbacks listed before it included."""

    async_safe = True

    def __init__(self) -> None:
        super().__init__()
        self.epochs: list[Taken] = []
        self._began = (0.0, 0.0)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._began = now()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs.append(since(self._began))


def now() -> Taken:
    return time.perf_counter(), time.process_time()


def since(began: Taken) -> Taken:
    wall, processor = now()
    return wall - began[0], processor - began[1]


class Subject:
    """One network's training under one callback, fit after fit.

    Args:
        data: images and classes.
        callback: that watches, or None.
    """

    def __init__(self, data: tuple[np.ndarray, np.ndarray], callback: Any) -> None:
        keras.utils.set_random_seed(0)
        self.model = make_model("relu")
        self.model.compile("adam", "sparse_categorical_crossentropy")
        self.callback, self._data = callback, data

    def fit(self, epochs: int) -> tuple[Taken, list[Taken]]:
        """Seconds of the whole fit, and of its epochs."""
        clock = Clock()
        callbacks = [clock] if self.callback is None else [self.callback, clock]
        began = now()
        self.model.fit(*self._data, batch_size=64, epochs=epochs, verbose=0, callbacks=callbacks)
        return since(began), clock.epochs


def callbacks_of(names: list[str], probes: tuple[np.ndarray, np.ndarray], steps: int, folder: Path) -> dict[str, Any]:
    """The callbacks by name: what follows the first word of a name are its arguments."""
    watched = kerasig.ProbeSet(*probes)

    def make(name: str) -> Any:
        kind, *words = name.split()
        if kind == "plain":
            return None
        if kind == "tf-explain":
            from tf_explain.callbacks.integrated_gradients import IntegratedGradientsCallback

            return IntegratedGradientsCallback(probes, int(probes[1][0]), n_steps=steps, output_dir=folder / "peer")
        options = {key: json.loads(value) for key, value in (word.split("=") for word in words)}
        options.setdefault("steps", steps)
        return kerasig.IGCallback(watched, folder / name.replace(" ", "_"), **options)

    return {name: make(name) for name in names}


def in_turn(subjects: dict[str, Subject], epochs: int, rounds: int) -> dict[str, list[Any]]:
    """Results of `fit` of each subject, round after round; the order turns around from each to the next."""
    found: dict[str, list[Any]] = {name: [] for name in subjects}
    for number in range(rounds):
        order: list[str] = list(subjects)
        for name in reversed(order) if number % 2 else order:
            found[name].append(subjects[name].fit(epochs))
    return found


def measure(task: dict[str, Any], images: np.ndarray, classes: np.ndarray) -> dict[str, Any]:
    """The seconds of every variant, and how often and how long those that kerasig watches were held up.

    Args:
        task: names of the variants, steps, probes, epochs of each fit, rounds, and epochs of a fit that is not counted.
        images: [N, 28, 28, 1]; the first so many are probes, too.
        classes: [N].
    """
    with tempfile.TemporaryDirectory() as folder:
        probes = images[: task["probes"]], classes[: task["probes"]]
        callbacks = callbacks_of(task["variants"], probes, task["steps"], Path(folder))
        subjects = {name: Subject((images, classes), callback) for name, callback in callbacks.items()}
        if task["warm"]:
            in_turn(subjects, task["warm"], 1)
        watched = {name: callback for name, callback in callbacks.items() if isinstance(callback, kerasig.IGCallback)}
        before = {name: len(callback.history) for name, callback in watched.items()}
        found = in_turn(subjects, task["epochs"], task["rounds"])
        records: dict[str, list[float]] = {
            name: [record["duration"] for record in callback.history[before[name] :]]
            for name, callback in watched.items()
        }
        return {"seconds": found, "records": records}


def main() -> None:
    with np.load(sys.argv[1]) as arrays:
        task = json.loads(str(arrays["task"]))
        answer: dict[str, Any]
        try:
            answer = measure(task, arrays["images"], arrays["classes"])
        except ImportError as error:
            answer = {"why": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
