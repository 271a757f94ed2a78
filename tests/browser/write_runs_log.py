"""Writes a log of many runs of different kinds: forty small ones, eight of tables, three of images, one of tokens."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_sample_log import write_images, write_inputs, write_record, write_tokens

FORTY = [
    f"grid/lr_{rate}-width_{width}-seed_{seed}/log" for rate in (0.1, 1.0) for width in (8, 16) for seed in range(10)
]
TABLES = [f"tables/lr_{rate}-batch_64-dropout_{share}" for rate in (0.0003, 0.001, 0.01, 0.1) for share in (0.1, 0.5)]
IMAGES = ["images/first", "images/second", "images/third"]
TOKENS = "text/only"
STEPS = (0, 100)
FEATURES = [f"{what} of the {which} measurement" for which in ("first", "second", "third") for what in "abcdefg"]


def writer_of(logdir: Path, run: str) -> Any:
    return tf.summary.create_file_writer(str(logdir / run / schema.RUN_SUFFIX))


def write_table(writer: Any, seed: int) -> None:
    """Four probes of features with long names, and classes with names that find no room beside each other."""
    rows = np.random.default_rng(0).normal(size=(4, len(FEATURES))).astype(np.float32)
    leaf = {"name": "features", "shape": [len(FEATURES)], "full_shape": [len(FEATURES)]}
    header = {
        "leaves": [{**leaf, "held": False}],
        "probe_kind": "tabular",
        "names": [f"patient {i}" for i in range(len(rows))],
        "labels": [0, 1, 0, 1],
        "class_names": ["malignant as it seems", "benign"],
        "feature_names": FEATURES,
        "attributed": ["features"],
    }
    write_inputs(writer, "patients", header, [rows])
    rng = np.random.default_rng(seed)
    for index, step in enumerate(STEPS):
        values = (rows * rng.normal(size=rows.shape) * (index + 1) / 10).astype(np.float32)
        write_record(writer, "patients", step, float(index), [leaf], [values], classes=[0, 1, 0, 1])


def write_small(writer: Any, seed: int) -> None:
    leaf = {"name": "image", "shape": [4, 4], "full_shape": [4, 4]}
    header = {"leaves": [leaf], "probe_kind": "image", "names": ["one", "two"], "attributed": ["image"]}
    rng = np.random.default_rng(seed)
    write_inputs(writer, "small", header, [rng.uniform(size=(2, 4, 4)).astype(np.float32)])
    for index, step in enumerate(STEPS):
        values = rng.normal(size=(2, 4, 4)).astype(np.float32)
        write_record(writer, "small", step, float(index), [leaf], [values])


def write_runs(logdir: Path) -> None:
    for seed, run in enumerate(FORTY):
        writer = writer_of(logdir, run)
        write_small(writer, seed)
        writer.close()
    for seed, run in enumerate(TABLES):
        writer = writer_of(logdir, run)
        write_table(writer, seed)
        writer.close()
    for seed, run in enumerate(IMAGES):
        writer = writer_of(logdir, run)
        write_images(writer, STEPS, seed)
        writer.close()
    writer = writer_of(logdir, TOKENS)
    write_tokens(writer, STEPS, 0)
    writer.close()
