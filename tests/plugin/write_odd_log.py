"""Writes the logs that a reader must survive: long, empty, cut, corrupt, restarted, and from a newer kerasig."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from event_logs import STATS, a_set, table_of
from event_logs import write as write_values
from tensorboard_plugin_kerasig import schema
from write_sample_log import metadata, write, write_inputs, write_record

LONG_STEPS, LAST_STEP = 300, 2**63 - 1
LEAF = {"name": "features", "shape": [3], "full_shape": [3]}
INPUTS = {"leaves": [LEAF], "probe_kind": "tabular", "names": ["a", "b"], "attributed": ["features"]}
ROWS = np.array([[1, 2, 3], [4, 5, 6]], np.float32)


def values_at(step: int) -> np.ndarray:
    return (ROWS * (step + 1)).astype(np.float32)


def open_writer(logdir: Path, run: str) -> Any:
    return tf.summary.create_file_writer(str(logdir / run))


def write_long(logdir: Path) -> None:
    """300 steps; the payload of step s is ROWS * (s + 1)."""
    writer = open_writer(logdir, "long/kerasig")
    write_inputs(writer, "rows", INPUTS, [ROWS])
    for step in range(LONG_STEPS):
        gradients = [values_at(step)[:, None] * np.ones((1, 4, 1), np.float32)]
        write_record(writer, "rows", step, step / 10, [LEAF], [values_at(step)], gradients=gradients)
    writer.close()


def write_restarted(logdir: Path) -> None:
    """Steps 0, 10, 20, then again 10 and 20 with ten times the values, by a second writer, and on to 30."""
    for steps, factor in (((0, 10, 20), 1), ((10, 20, 30), 10)):
        writer = open_writer(logdir, "restarted/kerasig")
        write_inputs(writer, "rows", INPUTS, [factor * ROWS], step=steps[0])
        for step in steps:
            write_record(writer, "rows", step, step / 10, [LEAF], [factor * values_at(step)])
        writer.close()


def write_small(logdir: Path) -> None:
    """No probe; one step; names that need quoting; a run in the log directory itself; a second run beside it."""
    writer = open_writer(logdir, "small/kerasig")
    write_inputs(writer, "nobody", {**INPUTS, "names": []}, [ROWS[:0]])
    write_record(writer, "nobody", 0, 0.0, [LEAF], [ROWS[:0]])
    write_inputs(writer, "once", INPUTS, [ROWS])
    write_record(writer, "once", 5, 0.0, [LEAF], [ROWS])
    bad = np.array([[np.nan, 1, 2], [np.inf, -np.inf, 0]], np.float32)
    write_inputs(writer, "not finite", INPUTS, [bad])
    write_record(writer, "not finite", 5, 0.0, [LEAF], [bad])
    writer.close()
    for run in ("kerasig", "kerasig-2", "a&b ü?/kerasig"):
        writer = open_writer(logdir, run)
        write_inputs(writer, "a@label/ü & <c>?", INPUTS, [ROWS])
        write_record(writer, "a@label/ü & <c>?", 1, 0.0, [LEAF], [ROWS])
        writer.close()


def write_broken(logdir: Path) -> None:
    """One set for each way in which a log can be unreadable."""
    writer = open_writer(logdir, "broken/kerasig")
    record = {"kind": "attributions", "leaves": [LEAF], "step": 0, "series": ""}
    for title in ("cut header", "cut payload", "corrupt payload", "newer header", "missing payload", "no inputs"):
        header, first, second = schema.encode_record({**record, "title": title}, [ROWS])
        blobs = {
            "cut header": [header[:40], first, second],
            "cut payload": [header, first[:5], second],
            "corrupt payload": [header, b"not zlib", second],
            "newer header": [header.replace(b'"version":1', b'"version":2'), first, second],
            "missing payload": [header, first],
            "no inputs": [header, first, second],
        }[title]
        write(writer, "attributions", title, "", 0, blobs)
        write(writer, "stats", title, "", 0, [[0.0], [0.0]], ["epoch"])
        if title != "no inputs":
            write_inputs(writer, title, INPUTS, [ROWS])
    write_inputs(writer, "no stats", INPUTS, [ROWS])
    write_inputs(writer, "stats of another shape", INPUTS, [ROWS])
    write(writer, "stats", "stats of another shape", "", 0, [[0.0], [0.0]], ["epoch", "score"])
    write(writer, "inputs", "corrupt inputs", "", 0, [b"{", b""])
    write(writer, "stats", "corrupt inputs", "", 0, [[0.0], [0.0]], ["epoch"])
    newer = metadata("attributions", "newer")
    newer.plugin_data.content = newer.plugin_data.content.replace(b'"version":1', b'"version":2')
    with writer.as_default(), tf.summary.record_if(True):
        tf.summary.write("attributions/newer", tf.constant([b"{}"]), 0, newer)
    writer.close()


def write_misfits(logdir: Path) -> None:
    """Values that fit neither their type nor their shape, in a run of their own, and steps of 19 digits."""
    short = a_set("short stats")
    short["stats"] = short["stats"]._replace(tensor=misfit(b"1234567"))
    numbers = a_set("blobs of numbers")
    numbers["attributions"] = numbers["attributions"]._replace(tensor=table_of(STATS))
    far = a_set("far", LAST_STEP)
    write_values(logdir / "misfits" / "kerasig", [*short.values(), *numbers.values(), *far.values()])


def misfit(content: bytes) -> Any:
    tensor = table_of(STATS)
    tensor.tensor_content = content
    return tensor


def write_odd_log(logdir: Path) -> None:
    for part in (write_long, write_restarted, write_small, write_broken, write_misfits):
        part(logdir)
