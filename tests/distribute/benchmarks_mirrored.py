"""Explains the benchmarks' networks on two logical CPUs and on one device, and prints how far they differ as JSON."""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parents[2]))
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

import kerasig  # noqa: E402
from benchmarks.models import digits_cnn, graph_conv, tabular_mlp, trec, trec_lstm  # noqa: E402

IDS, PROBES = 50, 5
generator = np.random.default_rng(0)
words = generator.integers(1, IDS, (PROBES, trec.LENGTH)).astype("int32")
bonds = np.triu(generator.random((PROBES, graph_conv.N_ATOMS, graph_conv.N_ATOMS)) < 0.1, 1)
molecules = {
    "nodes": generator.normal(size=(PROBES, graph_conv.N_ATOMS, graph_conv.N_FEATURES)).astype("float32"),
    "bonds": (bonds | bonds.swapaxes(1, 2)).astype("int32"),
}
patients = 3 * generator.normal(size=(PROBES, 30)).astype("float32")


def vanishing():
    """A network whose gradients float16 cannot hold: replicas must agree on what to multiply them by."""
    hidden = keras.layers.Dense(16, activation="tanh", dtype="mixed_float16")
    small = keras.initializers.RandomNormal(stddev=2.0**-30, seed=0)
    return keras.Sequential([keras.Input((30,)), hidden, keras.layers.Dense(2, kernel_initializer=small)])


CASES = {
    "digits_cnn_relu": (
        lambda: digits_cnn.make_model("relu"),
        generator.random((PROBES, 28, 28, 1)).astype("float32"),
        None,
    ),
    "trec_lstm": (lambda: trec_lstm.make_model(IDS), words, "embedding"),
    "tabular_mlp_tanh": (lambda: tabular_mlp.make_model("tanh"), patients, None),
    "graph_conv": (graph_conv.make_model, molecules, None),
    "float16": (vanishing, patients, None),
}


def difference(found, expected) -> float:
    """Of the values, relative to the largest; infinite where evaluations differ."""
    if not np.array_equal(found.n_evaluations, expected.n_evaluations):
        return float("inf")
    pairs = zip(tf.nest.flatten(found.values), tf.nest.flatten(expected.values), strict=True)
    return max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs if b is not None)


strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
report = {}
for name, (make, inputs, layer) in CASES.items():
    keras.utils.set_random_seed(0)
    with strategy.scope():
        mirrored = make()
    single = make()
    single.set_weights(mirrored.get_weights())
    # Tracing takes most of the time: the large ones are traced for one rule only.
    for steps in (6, kerasig.Adaptive(max_steps=17)) if inputs is patients else (6,):
        found, expected = (kerasig.explain(model, inputs, 1, layer=layer, steps=steps) for model in (mirrored, single))
        report[f"{name}, {steps}"] = difference(found, expected)
print(json.dumps(report))
