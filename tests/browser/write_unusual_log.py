"""Writes what trainings seldom log: maps without a value, tables whose names differ at their ends, very long words."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_sample_log import write_inputs, write_record

FEATURES = [f"share of the customers in district {i}" for i in range(30)]
WORD = "w" * 300
STEPS = (0, 10, 20)


def write_unusual(logdir: Path) -> None:
    """Four sets of one run."""
    writer = tf.summary.create_file_writer(str(logdir / "unusual" / schema.RUN_SUFFIX))
    rng = np.random.default_rng(0)
    image = {"name": "image", "shape": [8, 8], "full_shape": [8, 8]}
    row = {"name": "row", "shape": [len(FEATURES)], "full_shape": [len(FEATURES)]}
    ids = {"name": "ids", "shape": [2], "full_shape": [2]}
    mask = np.zeros((1, 8, 8), bool)
    mask[:, :2] = True
    sets = {
        "zero": (image, {"probe_kind": "image"}),
        "diverged": (image, {"probe_kind": "image"}),
        "table": (row, {"probe_kind": "tabular", "feature_names": FEATURES}),
        "words": (ids, {"probe_kind": "tokens", "tokens": [[WORD, "a"], ["b", WORD]], "subject": 0}),
    }
    for title, (leaf, more) in sets.items():
        shape = (2, *leaf["shape"])
        header = {"leaves": [leaf], "names": ["one", "two"], "attributed": [leaf["name"]], **more}
        write_inputs(writer, title, header, [rng.uniform(size=shape).astype(np.float32)])
        for step in STEPS:
            maps = rng.normal(size=shape) * (title != "zero")
            if title == "diverged" and step == STEPS[-1]:
                maps[:] = np.nan
            region = mask if title == "diverged" else None
            write_record(writer, title, step, step / 10, [leaf], [maps.astype(np.float32)], region=region)
    writer.close()
