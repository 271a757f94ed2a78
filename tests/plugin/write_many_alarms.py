"""Writes more runs with alarms than there are threads that read runs."""

from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from write_sample_log import write_inputs, write_record

ALARMED_RUNS = [f"seed_{seed:02d}" for seed in range(12)]
SET = "pictures"
STEPS = range(0, 60, 10)
FIRED = 30


def write_many_alarms(logdir: Path) -> None:
    """Each run has six records, of which the last three have an alarm of a region."""
    leaf = {"name": "image", "shape": [8, 8], "full_shape": [8, 8]}
    mask = np.zeros((1, 8, 8), bool)
    mask[:, :2, :2] = True
    header = {"leaves": [leaf], "probe_kind": "image", "names": ["one", "two"], "attributed": ["image"]}
    for run in ALARMED_RUNS:
        writer = tf.summary.create_file_writer(str(logdir / run / schema.RUN_SUFFIX))
        rng = np.random.default_rng(len(run))
        write_inputs(writer, SET, header, [rng.uniform(size=(2, 8, 8)).astype(np.float32)])
        for step in STEPS:
            alarm = {"name": "RegionLift('tag')", "message": f"{run} looks at the tag.", "metric": "region/tag"}
            fired = [{**alarm, "loud": True, "region": "tag"}] if step >= FIRED else []
            maps = rng.normal(size=(2, 8, 8)).astype(np.float32)
            write_record(writer, SET, step, step / 10, [leaf], [maps], region=mask, alarms=fired)
        writer.close()
