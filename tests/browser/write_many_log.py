"""Writes a log with more probes than any window shows, whose stats are known."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_sample_log import write, write_inputs

COUNT = 300
SHAPE = (12, 12)
STEPS = (0, 10)
NAMES = ("epoch", "residual", "drift", "correct", "max_abs")


def stats(step: int) -> dict[str, Any]:
    """What is logged of the probes at a step, by name."""
    rng = np.random.default_rng(step + 1)
    drift = rng.permutation(COUNT) / COUNT
    drift[7] = np.nan
    values = {"residual": rng.permutation(COUNT) / 1e4, "drift": drift, "correct": np.arange(COUNT) % 3 == 0}
    return {"epoch": np.full(COUNT, step / 10), **values, "max_abs": np.ones(COUNT)}


def group(probe: int) -> str:
    return "even" if probe % 2 == 0 else "odd = <b>"


def write_many(logdir: Path) -> None:
    writer = tf.summary.create_file_writer(str(logdir / "many" / schema.RUN_SUFFIX))
    rng = np.random.default_rng(0)
    leaf = {"name": "image", "shape": list(SHAPE), "full_shape": list(SHAPE)}
    header = {"leaves": [leaf], "probe_kind": "image", "names": [f"picture {i}" for i in range(COUNT)]}
    header |= {"groups": [group(i) for i in range(COUNT)], "attributed": ["image"], "title": "many"}
    write_inputs(writer, "many", header, [rng.uniform(size=(COUNT, *SHAPE)).astype(np.float32)])
    for step in STEPS:
        record = {"kind": "attributions", "title": "many", "leaves": [leaf], "step": step, "series": "", "target": "x"}
        record |= {"score": np.linspace(0, 1, COUNT), "residual": stats(step)["residual"], "converged": [True] * COUNT}
        maps = np.clip(rng.normal(size=(COUNT, *SHAPE)), -1, 1).astype(np.float32)
        write(writer, "attributions", "many", "", step, schema.encode_record(record, [maps]))
        table = np.stack([np.asarray(stats(step)[name], float) for name in NAMES], axis=1)
        write(writer, "stats", "many", "", step, table, NAMES)
    writer.close()
