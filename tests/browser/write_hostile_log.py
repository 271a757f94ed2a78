"""Writes logs whose every name is hostile text, records of every kind that the sample lacks, and a run to append to."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_sample_log import write_inputs, write_record

SCRIPT = "<script>window.parent.pwned = window.pwned = 1</script>"
NAMES = [
    SCRIPT,
    "long " + "x" * 10_000,
    "\u202eright to left \u05e9\u05dc\u05d5\u05dd",
    "emoji \U0001f469\U0001f3fd\u200d\U0001f680 \U0001f1f8\U0001f1ea",
    "nul\0inside",
    "two\nlines & <b>bold</b> %{y} $x^2$ &lt;",
]
RUN = "<img src=x onerror=parent.pwned=1>"
IMAGE = {"name": SCRIPT, "shape": [6, 6, 3], "full_shape": [6, 6, 3]}


def _open(logdir: Path, run: str) -> Any:
    return tf.summary.create_file_writer(str(logdir / run / schema.RUN_SUFFIX))


def write_hostile(logdir: Path) -> None:
    """One set per kind in which titles, names, classes, features, tokens, groups and regions are hostile."""
    writer = _open(logdir, RUN)
    n = len(NAMES)
    rng = np.random.default_rng(0)
    common = {"names": NAMES, "labels": list(range(n)), "class_names": NAMES, "groups": NAMES}
    mask = np.zeros((1, 6, 6), bool)
    mask[:, 1:3, 1:4] = True
    header = {"leaves": [IMAGE], "probe_kind": "image", "attributed": [SCRIPT], **common}
    header["regions"] = {SCRIPT: schema.encode_mask(mask), NAMES[1]: schema.encode_mask(~mask)}
    write_inputs(writer, SCRIPT, header, [rng.uniform(size=(n, 6, 6, 3)).astype(np.float32)])
    leaf = {**IMAGE, "shape": [6, 6]}
    maps = rng.normal(size=(n, 6, 6)).astype(np.float32)
    # Names and messages that are hostile, and an alarm that is none.
    alarms = [*({"name": name, "message": name} for name in NAMES), {"name": None}]
    write_record(writer, SCRIPT, 0, 0.0, [leaf], [maps], classes=list(range(n)), region=mask, alarms=alarms)
    tokens = {"name": "ids", "shape": [n], "full_shape": [n, 4]}
    header = {"leaves": [tokens], "probe_kind": "tokens", "tokens": [NAMES] * n, "attributed": ["ids"], **common}
    write_inputs(writer, "words", header, [np.ones((n, n), np.int32)])
    write_record(writer, "words", 0, 0.0, [tokens], [maps[:, 0]], classes=list(range(n)))
    features = {"name": "row", "shape": [n], "full_shape": [n]}
    header = {"leaves": [features], "probe_kind": "tabular", "feature_names": NAMES, "attributed": ["row"], **common}
    write_inputs(writer, NAMES[1], header, [maps[:, 0]])
    write_record(writer, NAMES[1], 0, 0.0, [features], [maps[:, 0]], classes=list(range(n)))
    writer.close()


def write_graphs(logdir: Path) -> None:
    """Graphs of nine nodes with three features each, in two leaves, and what two of their nodes share in another."""
    writer = _open(logdir, "graphs")
    rng = np.random.default_rng(0)
    shapes = {"atoms": [9, 3], "charges": [9, 3], "pairs": [20, 2]}
    leaves = [{"name": name, "shape": shape, "full_shape": shape} for name, shape in shapes.items()]
    edges = [[[i, i + 1] for i in range(8)]] * 3
    names = ["ethanol", "urea", "glycine"]
    header = {
        "leaves": leaves,
        "probe_kind": "graph",
        "names": names,
        "edges": edges,
        "attributed": list(shapes),
        "subject": 0,
    }
    values = [rng.normal(size=(3, *shape)).astype(np.float32) for shape in shapes.values()]
    write_inputs(writer, "molecules", header, values)
    write_record(writer, "molecules", 0, 0.0, leaves, values)
    writer.close()


class GrowingRun:
    """A run that is being trained: each call of `record` writes one more step."""

    def __init__(self, logdir: Path):
        self._writer = _open(logdir, "growing")
        self._leaf = {"name": "row", "shape": [3], "full_shape": [3]}
        header = {"leaves": [self._leaf], "probe_kind": "tabular", "names": ["a", "b"], "attributed": ["row"]}
        write_inputs(self._writer, "rows", header, [np.ones((2, 3), np.float32)])

    def record(self, step: int) -> None:
        values = np.array([[1, 2, 3], [-1, -2, -3]], np.float32) * (step + 1)
        write_record(self._writer, "rows", step, step / 10, [self._leaf], [values])
