"""Writes a log of large pictures of several proportions: two runs, whose maps are noise around one spot."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from tensorboard_plugin_kerasig import schema
from write_sample_log import write, write_inputs

COUNT = 10
SHAPES = {"landscape": (88, 132), "portrait": (132, 88), "square": (120, 120), "small": (24, 18)}
STEPS = tuple(range(0, 90, 10))
RUNS = ("first", "second")
SPOT = 16


def photographs(shape: tuple[int, int]) -> NDArray[np.float32]:
    """Pictures in colour: red grows to the right, green downwards."""
    y, x = np.mgrid[0 : 1 : shape[0] * 1j, 0 : 1 : shape[1] * 1j]
    blue = np.broadcast_to(np.linspace(0, 1, COUNT)[:, None, None], (COUNT, *shape))
    return np.stack([np.broadcast_to(x, blue.shape), np.broadcast_to(y, blue.shape), blue], -1).astype(np.float32)


def spot(shape: tuple[int, int]) -> tuple[slice, slice]:
    """Where the attribution is: a square above the middle, on the left."""
    side = min(SPOT, min(shape) // 3)
    row, column = shape[0] // 3 - side // 2, shape[1] // 4 - side // 2
    return slice(row, row + side), slice(column, column + side)


def maps(title: str, run: str, step: int) -> NDArray[np.float32]:
    """Noise of both signs all over, and a little more than none at the spot; as strong as the probe's number says."""
    shape = SHAPES[title]
    rng = np.random.default_rng([step, RUNS.index(run), *shape])
    values = rng.normal(size=(COUNT, *shape))
    values[(slice(None), *spot(shape))] += 1.2
    return (values * (1 + np.arange(COUNT)[:, None, None] / 4) * (1 + step / 40) / 1e3).astype(np.float32)


def write_photos(logdir: Path) -> None:
    for run in RUNS:
        writer = tf.summary.create_file_writer(str(logdir / run / schema.RUN_SUFFIX))
        for title, shape in SHAPES.items():
            leaf: dict[str, Any] = {"name": "picture", "shape": [*shape, 3], "full_shape": [*shape, 3], "held": False}
            names = [f"{title} {i}" for i in range(COUNT)]
            header = {"leaves": [leaf], "probe_kind": "image", "names": names, "attributed": ["picture"]}
            write_inputs(writer, title, header, [photographs(shape)])
            for step in STEPS:
                values = maps(title, run, step)
                record = {"kind": "attributions", "title": title, "series": "", "step": step, "target": "x"}
                record |= {"leaves": [{**leaf, "shape": list(shape)}], "converged": [True] * COUNT}
                record |= {"score": np.ones(COUNT), "residual": np.zeros(COUNT)}
                write(writer, "attributions", title, "", step, schema.encode_record(record, [values]))
                stats = np.stack([np.full(COUNT, step / 10), np.abs(values).max((1, 2))], 1)
                write(writer, "stats", title, "", step, stats.astype(float), ("epoch", "max_abs"))
        writer.close()
