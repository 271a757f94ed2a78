"""Wrote the event file in `version_1/`, which every later version must decode. Not to be run again.

    python tests/plugin/data/write_version_1.py FOLDER

It holds each encoding once: int16, float32 for a NaN, int32, strings, a leaf without values, a region.
"""

import os
import sys
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from tensorflow.core.framework.summary_pb2 import SummaryMetadata

TITLE, SERIES, STEP = "probes @ version 1", "label", 7
NAMES = ("epoch", "score", "residual")


def write(kind: str, series: str, value: Any) -> None:
    metadata = SummaryMetadata(data_class=schema.DATA_CLASS[kind])
    metadata.plugin_data.plugin_name = schema.PLUGIN_NAME
    names = NAMES if kind == "stats" else ()
    metadata.plugin_data.content = schema.plugin_content(kind, TITLE, series, names=names)
    dtype = tf.float64 if kind == "stats" else tf.string
    with tf.summary.record_if(True):
        tf.summary.write(schema.tag(kind, TITLE, series), tf.constant(value, dtype), STEP, metadata)


def write_file(folder: str) -> None:
    values = np.linspace(-1, 1, 2 * 3 * 4, dtype=np.float32).reshape(2, 3, 4)
    broken = values.copy()
    broken[1, 0, 0], broken[1, 2, 3] = np.nan, np.inf
    leaves = [
        {"name": "image", "shape": [3, 4], "full_shape": [3, 4, 3]},
        {"name": "ids", "shape": [2], "full_shape": [2]},
    ]
    common = {"title": TITLE, "series": SERIES, "leaves": leaves, "step": STEP, "epoch": 1.5, "wall_time": 1.7e9}
    measured = {
        "score": [0.75, np.nan],
        "baseline_score": [0.1, 0.2],
        "delta": [1e-9, np.inf],
        "residual": [0.001, -np.inf],
        "map_error": [0.03, np.nan],
        "converged": [True, False],
        "n_evaluations": [17, 512],
        "classes": [3, None],
        "predicted": [3, 4],
        "scalars": {"residual": 0.001, "drift": np.nan},
        "duration": 0.5,
        "rule": "Adaptive(tolerance=0.01, map_tolerance=0.05, max_steps=512)",
        "target": "the label's class",
    }
    inputs = {
        "kind": "inputs",
        "title": TITLE,
        "leaves": [
            {"name": "image", "shape": [3, 4], "full_shape": [3, 4], "held": False},
            {"name": "ids", "shape": [2], "full_shape": [2], "held": True},
            {"name": "text", "shape": [], "full_shape": [], "held": True},
        ],
        "probe_kind": "image",
        "names": ["eins", "zwei"],
        "labels": [3, 4],
        "class_names": None,
        "feature_names": None,
        "tokens": None,
        "edges": None,
        "regions": {"tag": schema.encode_mask(values > 0.5)},
        "groups": ["a", "b"],
        "attributed": ["image"],
        "layer": None,
        "fingerprint": "f1",
    }
    text = np.array(["größer", "kleiner"], object)
    alphas = [0.02, 1.0]
    gradients = np.stack([values, 2 * values], 1)
    path = {"alphas": [[0.0, 1.0]] * 2, "scores": [[0.1, 0.75]] * 2, "slopes": [[0.5, 0.8]] * 2}
    with tf.summary.create_file_writer(folder).as_default() as writer:
        write("inputs", "", schema.encode_record(inputs, [values, np.array([[1, -2], [2**31 - 1, 0]]), text]))
        attributions = {**common, **measured, "kind": "attributions"}
        write("attributions", SERIES, schema.encode_record(attributions, [broken, None]))
        interior = {**common, "kind": "interior", "alphas": alphas, "path": path}
        write("interior", SERIES, schema.encode_record(interior, [gradients, None]))
        write("stats", SERIES, [[1.5, 0.75, 0.001], [1.5, np.nan, -np.inf]])
        writer.flush()


if __name__ == "__main__":
    write_file(sys.argv[1])
