"""Trains under MirroredStrategy on two logical CPUs with an audit, and prints what came of it as JSON.

Run as: python audited.py <folder for event files>
"""

import json
import os
import sys
from pathlib import Path

import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)
sys.path.insert(0, str(Path(__file__).parents[1]))

import keras  # noqa: E402
from audits import audit, lies_in_mark, marked_digits, network  # noqa: E402
from trainings import weights_of  # noqa: E402

import kerasig  # noqa: E402

folder = sys.argv[1]
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
images, classes = marked_digits()


def trained(callbacks):
    with strategy.scope():
        model = network(keras)
    model.fit(images, classes, batch_size=32, shuffle=False, epochs=2, verbose=0, callbacks=callbacks)
    return [weight.tobytes() for weight in weights_of(model)]


options = {"audit": audit(images, classes, n=60), "steps": 5, "interior_alphas": None, "on_error": "raise"}
callback = kerasig.IGCallback(kerasig.ProbeSet(images[:4], classes[:4]), folder, **options)
report = {
    "training_unchanged": trained([callback]) == trained([]),
    "step": callback.suspects.step,
    "looked": callback.suspects.looked,
    "in_marks": [lies_in_mark(suspect) for suspect in callback.suspects],
    "maps_kept": any(name.startswith("maps-before.") for name in os.listdir(os.path.join(folder, "kerasig"))),
}
print(json.dumps(report))
