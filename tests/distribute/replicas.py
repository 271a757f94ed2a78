"""Explains on several replicas in every way there is, and as training goes on.

Prints how far the results are from those of one device, as JSON.

Run as: python replicas.py <keras or tf_keras> <number of replicas> <folder for event files>
"""

import json
import os
import sys
import time

import numpy as np
import tensorflow as tf

library, count, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * count
)

from models import Case, Several, worst  # noqa: E402

import kerasig  # noqa: E402
from kerasig import baselines, targets  # noqa: E402

DEVICES = [f"CPU:{device}" for device in range(count)]
FIXED, ADAPTIVE = 5, kerasig.Adaptive(max_steps=17)
report = {"errors": {}}


def compare(name, model, single, inputs, *arguments, **options):
    found, expected = (kerasig.explain(each, inputs, *arguments, **options) for each in (model, single))
    report["errors"][name] = worst(found, expected)


# In every way there is.

several = Several(library)
with tf.distribute.MirroredStrategy(DEVICES).scope():
    model = several.build()
single = several.single(model)
for n in (1, 2, 7):
    compare(f"{n} probes, fixed", model, single, several.inputs(n), 1, steps=FIXED)
for name, arguments, options in [
    ("adaptive", (), {"steps": ADAPTIVE, "interior_alphas": [0.3]}),
    ("samples", (1,), {"steps": FIXED, "baselines": baselines.Samples(several.inputs(5), 2)}),
    ("loss", (targets.Loss(several.labels(7), "sparse_categorical_crossentropy"),), {"steps": FIXED}),
    ("layer", (1,), {"steps": FIXED, "layer": ["embedding", None]}),
]:
    compare(name, model, single, several.inputs(7), *arguments, **options)
masks = {"flat": np.arange(4) < 2, "grid": False, "ids": None}
scored = [kerasig.Explainer(each).scores(several.inputs(7), 1, replaced=masks) for each in (model, single)]
report["errors"]["scores"] = float(np.abs(scored[0] - scored[1]).max())

# As training goes on.

strategies = {
    "mirrored": tf.distribute.MirroredStrategy(DEVICES),
    "one device": tf.distribute.OneDeviceStrategy("CPU:1"),
}
if library == "tf_keras":
    # Under it no layer may write a variable in what a replica runs.
    strategies["central storage"] = tf.distribute.experimental.CentralStorageStrategy(DEVICES, "CPU:0")


def trained(case, strategy, callbacks=()):
    with strategy.scope():
        model = case.compiled()
    # Keras 3 wants as many rows on each replica.
    model.fit(case.x[:60], case.y[:60], batch_size=15, epochs=2, verbose=0, shuffle=False, callbacks=list(callbacks))
    return model


report["training_unchanged"], report["recorded_steps"] = {}, {}
for name, strategy in strategies.items():
    case = Case(library, noise=name != "central storage")
    callback = kerasig.IGCallback(
        kerasig.ProbeSet(case.probes, case.y[:7]),
        os.path.join(folder, name),
        steps=FIXED,
        every=3,
        interior_alphas=None,
        on_error="raise",
    )
    model = trained(case, strategy, [callback])
    report["training_unchanged"][name] = case.state(model) == case.state(trained(case, strategy))
    report["recorded_steps"][name] = [record["step"] for record in callback.history]
    expected = kerasig.explain(case.single(model), case.probes, case.y[:7], steps=FIXED)
    report["errors"][f"{name}, last record"] = float(
        np.abs(callback.history[-1]["probes"]["score"] - expected.score).max()
    )
    compare(name, model, case.single(model), case.probes, 1, steps=FIXED)
print(json.dumps(report | {"processor_seconds": time.process_time()}), flush=True)
