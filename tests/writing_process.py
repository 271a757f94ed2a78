"""Processes that write records until they are told to stop, or are stopped.

python writing_process.py forever DIRECTORY PIPE     makes the pipe, and records into it until it is killed
python writing_process.py hang DIRECTORY PIPE        is interrupted in the middle of a training, on a disk that hangs
python writing_process.py turns DIRECTORY FIRST      makes a record for each line that it reads
"""

import os
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from trainings import fit, probes, shared

import kerasig
from kerasig._recording import backlog, event_writer

mode, directory, last = sys.argv[1:]


def piped(writer):
    os.mkfifo(last)
    return last


if mode != "turns":
    event_writer.EventWriter._new_path = piped

if mode == "forever":
    noise = np.random.default_rng(0)
    weights = tf.Variable(noise.normal(size=(64, 64, 3)), dtype=tf.float32)
    pictures = noise.normal(size=(8, 64, 64, 3)).astype("float32")
    callback = kerasig.IGCallback(kerasig.ProbeSet(pictures, target=lambda outputs: outputs), directory, steps=2)
    for step in range(1000):
        callback.record(lambda inputs: tf.reduce_sum((inputs * weights) ** 2, axis=(1, 2, 3)), step)
        print(step, flush=True)
elif mode == "hang":
    backlog.LONGEST_WAIT = 0.5

    class Interrupt(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if batch == 2:
                raise KeyboardInterrupt

    fit(shared(keras), [kerasig.IGCallback(probes(), directory, every=1), Interrupt()])
elif mode == "turns":
    callback, step = kerasig.IGCallback(probes(), directory, interior_alphas=None), int(last)
    print("ready", flush=True)
    for _ in sys.stdin:
        callback.record(shared(keras), step)
        print(Path(callback._training.recorder.outbox.log._writer.directory).name, step, flush=True)
        step += 1
