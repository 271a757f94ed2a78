"""Writes runs whose records say why their integrals did not converge, and one whose steps have 19 digits."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_hostile_log import NAMES
from write_sample_log import write_inputs, write_record

from kerasig._status import REMEDIES, STATUSES

LAST_REMEDIES = {reason: REMEDIES[reason] for reason in STATUSES[1:]}
# Nanoseconds since 1970: two that JavaScript rounds to others.
FAR = (1_795_837_457_206_712_065, 1_795_837_517_206_712_067)


def _open(logdir: Path, run: str) -> Any:
    return tf.summary.create_file_writer(str(logdir / run / schema.RUN_SUFFIX))


def write_reasons(logdir: Path) -> None:
    """A probe for each status: of pictures, of words, and, in names that are hostile, of a table."""
    writer, n = _open(logdir, "reasons"), len(STATUSES)
    rng = np.random.default_rng(0)
    image = {"name": "image", "shape": [12, 12], "full_shape": [12, 12]}
    maps = rng.normal(size=(n, 12, 12)).astype(np.float32)
    common = {"names": [f"probe {i}" for i in range(n)], "labels": list(range(n)), "class_names": list(STATUSES)}
    ended = {"statuses": STATUSES, "remedies": LAST_REMEDIES}
    write_inputs(
        writer, "pictures", {**common, "leaves": [image], "probe_kind": "image", "attributed": ["image"]}, [maps]
    )
    write_record(writer, "pictures", 5, 1.0, [image], [maps], classes=list(range(n)), **ended)
    ids = {"name": "ids", "shape": [6], "full_shape": [6]}
    words = [["how", "many", "live", "in", "<oov>", "?"][: 2 + i % 5] for i in range(n)]
    header = {**common, "leaves": [ids], "probe_kind": "tokens", "tokens": words, "attributed": ["ids"], "subject": 0}
    write_inputs(writer, "words", header, [np.ones((n, 6), np.int32)])
    write_record(writer, "words", 5, 1.0, [ids], [maps[:, 0, :6]], **ended)
    row = {"name": "row", "shape": [3], "full_shape": [3]}
    header = {
        "leaves": [row],
        "probe_kind": "tabular",
        "names": [f"p{i}" for i in range(len(NAMES))],
        "attributed": ["row"],
    }
    write_inputs(writer, "hostile", header, [maps[: len(NAMES), 0, :3]])
    write_record(
        *(writer, "hostile", 5, 1.0, [row], [maps[: len(NAMES), 0, :3]]),
        **{"statuses": NAMES, "remedies": {name: name for name in NAMES}},
    )
    writer.close()


def write_far(logdir: Path) -> None:
    """Two records whose steps are beyond 2^53."""
    writer = _open(logdir, "far")
    row = {"name": "row", "shape": [3], "full_shape": [3]}
    header = {"leaves": [row], "probe_kind": "tabular", "names": ["a", "b"], "attributed": ["row"]}
    write_inputs(writer, "rows", header, [np.ones((2, 3), np.float32)])
    for index, step in enumerate(FAR):
        values = np.array([[1, 2, 3], [-1, -2, -3]], np.float32) * (index + 1)
        gradients = np.stack([values] * 4, 1)
        write_record(writer, "rows", step, float(index), [row], [values], gradients=[gradients])
    writer.close()
