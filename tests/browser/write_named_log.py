"""Writes a graph whose nodes and edges have names, types and attributions, and a series of twelve leads with a rate."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_sample_log import write_inputs, write_record

NAMES = ["C", "C", "O", "nitrogen", "C", "C", "F"]
TYPES = ["carbon", "oxygen", "nitrogen", "fluorine", "aromatic"]
EDGES = [[0, 1], [1, 2], [1, 3], [3, 4], [4, 5], [5, 6]]
LEADS = ["I", "II", "III", "aVR", "aVL", "aVF", *(f"V{i}" for i in range(1, 7))]
RATE = 250
SAMPLES = 500


def features() -> np.ndarray:
    one_hot = np.zeros((len(NAMES), len(TYPES)), np.float32)
    for i, name in enumerate(NAMES):
        one_hot[i, {"C": 0, "O": 1, "nitrogen": 2, "F": 3}[name]] = 1
    one_hot[4:6, 4] = 1
    return one_hot


def write_named(logdir: Path) -> None:
    writer = tf.summary.create_file_writer(str(logdir / "named" / schema.RUN_SUFFIX))
    rng = np.random.default_rng(0)
    n = len(NAMES)
    leaves = [
        {"name": name, "shape": shape, "full_shape": shape} for name, shape in (("nodes", [n, 5]), ("bonds", [n, n]))
    ]
    header = {"leaves": leaves, "probe_kind": "graph", "names": ["first", "second"], "edges": [EDGES] * 2, "subject": 0}
    header |= {"attributed": ["nodes", "bonds"], "tokens": [NAMES] * 2, "feature_names": TYPES}
    bonds = np.zeros((2, n, n), np.float32)
    for a, b in EDGES:
        bonds[:, a, b] = bonds[:, b, a] = 1
    write_inputs(writer, "molecules", header, [np.stack([features()] * 2), bonds])
    values = [rng.normal(size=(2, n, 5)).astype(np.float32), bonds * rng.normal(size=(2, n, n)).astype(np.float32)]
    write_record(writer, "molecules", 0, 0.0, leaves, values)
    leaf = {"name": "ecg", "shape": [SAMPLES, 12], "full_shape": [SAMPLES, 12]}
    times = np.arange(SAMPLES)[None, :, None] / RATE
    beats = np.exp(-(((times % 0.8) - 0.3) ** 2) / 4e-4) * np.linspace(0.4, 2, 12) + rng.normal(size=(1, 1, 12)) / 2
    header = {
        "leaves": [leaf],
        "probe_kind": "series",
        "names": ["beat"],
        "attributed": ["ecg"],
        "feature_names": LEADS,
    }
    write_inputs(writer, "hearts", header | {"rate": RATE}, [beats.astype(np.float32)])
    maps = beats * np.sin(times * 4 + np.arange(12)) / 100
    write_record(writer, "hearts", 0, 0.0, [leaf], [maps.astype(np.float32)])
    write_inputs(writer, "without rate", header, [beats.astype(np.float32)])
    write_record(writer, "without rate", 0, 0.0, [leaf], [maps.astype(np.float32)])
    writer.close()


if __name__ == "__main__":
    import sys

    write_named(Path(sys.argv[1]))
