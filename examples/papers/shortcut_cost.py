"""The seconds that an audit takes: 500 digits, and 500 photographs of 96 by 96 pixels."""

from __future__ import annotations

import time

import keras
from shortcut_data import Data, images, photographs
from shortcut_networks import build

import kerasig


def seconds_of(data: Data, n: int = 500) -> tuple[float, float, int]:
    """The seconds, and those of all cores together, that an audit of a convolutional network takes, and its size."""
    keras.utils.set_random_seed(0)
    model = build("cnn", data.kind, data.inputs.shape[1:], data.n_classes)
    before = keras.models.clone_model(model)
    before.set_weights(model.get_weights())
    model.fit(data.inputs, data.labels, batch_size=32, epochs=4, verbose=0)
    audit = kerasig.Audit(data.inputs[:n], data.labels[:n], kind=data.kind, class_names=list(data.class_names))
    began, busy = time.perf_counter(), time.process_time()
    kerasig.suspects(model, audit, before)
    return time.perf_counter() - began, time.process_time() - busy, len(audit)


def cost() -> str:
    """Both, as lines."""
    lines = []
    for name, data in (("digits", images("digits", 0, 50)), ("photographs of 96 px", photographs(0, 167, 96))):
        seconds, busy, n = seconds_of(data)
        lines.append(f"an audit of {n} {name}: {seconds:.1f} s, {busy:.1f} s of all cores together")
    return "\n".join(lines)
