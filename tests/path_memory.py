"""Explains a picture of which one path takes all its nodes; prints the bytes of its gradients, and those held at most.

Run by tests/engine/test_memory_bounds.py in a process of its own: TensorFlow keeps the memory that it has had.
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

import kerasig
from kerasig._engine import adaptive, store
from kerasig._engine.stores import DeviceStore

PICTURE = np.random.default_rng(0).uniform(size=(1, 192, 192, 3)).astype("float32")
STEPS = 384


def kinks_everywhere(x):
    """A score for which no tolerance is met."""
    rough = tf.constant(np.random.default_rng(1).normal(size=(64,)).astype("float32"))
    return tf.reduce_sum(tf.nn.relu(tf.reshape(x[:, ::3, ::3, :1], [tf.shape(x)[0], -1])[:, :64] * 50 % 1 * rough), 1)


def resident(most):
    """Bytes of memory that the process has, or has had at most since it was last reset."""
    status = Path("/proc/self/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM" if most else "VmRSS"))
    return 1024 * int(line.split()[1])


def explained(steps):
    rule = kerasig.Adaptive(tolerance=1e-9, map_tolerance=1e-9, max_steps=steps)
    return kerasig.explain(kinks_everywhere, PICTURE, steps=rule, batch_size=4)


def main():
    # As on an accelerator; here it is memory that the system tells of.
    adaptive.store_for = DeviceStore
    # As for a picture that is much larger: little for arithmetic beside the store, and for what is set aside at once.
    store.WORK_BYTES, store.AT_ONCE = 4 << 20, 60 << 20
    explained(9)
    Path("/proc/self/clear_refs").write_text("5", "utf-8")
    before = resident(most=False)
    assert explained(STEPS).n_evaluations.max() == STEPS
    print(STEPS * PICTURE.nbytes, resident(most=True) - before)


if __name__ == "__main__":
    main()
