"""Writes a training of many records, of few and small probes."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_sample_log import write_inputs, write_record

RECORDS = 400


def write_long(logdir: Path) -> None:
    writer = tf.summary.create_file_writer(str(logdir / "long" / schema.RUN_SUFFIX))
    leaf = {"name": "row", "shape": [4], "full_shape": [4]}
    header = {"leaves": [leaf], "probe_kind": "tabular", "names": ["a", "b"], "attributed": ["row"]}
    write_inputs(writer, "rows", header, [np.ones((2, 4), np.float32)])
    for step in range(RECORDS):
        values = np.outer([1, -1], np.cos(np.arange(4) + step / 20)).astype(np.float32)
        write_record(writer, "rows", step, step / 100, [leaf], [values])
    writer.close()
