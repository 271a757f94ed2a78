"""One worker of MultiWorkerMirroredStrategy: a training that an alarm ends, while another alarm fails on one worker.

Run as: python alarmed.py <index> <folder for event files> <address of each worker>...
Prints what came of it as JSON.
"""

import json
import os
import sys
import warnings
from dataclasses import dataclass

index, folder, addresses = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}})

import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before anything else of TensorFlow's

import tf_keras  # noqa: E402

import kerasig  # noqa: E402
from kerasig.alarms import Alarm, Reading, RegionLift  # noqa: E402


@dataclass(frozen=True, kw_only=True, eq=False)
class FailsOnOneWorker(Alarm):
    """Asks for a check of its region, which all workers must take part in; one worker never gets so far."""

    columns = ("region/first",)
    causal_region = "first"

    def read(self, record):
        if index == 1:
            raise RuntimeError("here alone")
        return Reading("", 1.0, 0.0)


x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
y = (x[:, 0] > 0).astype("int64")
dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
options = tf.data.Options()
options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
tf_keras.utils.set_random_seed(0)
with strategy.scope():
    model = tf_keras.Sequential(
        [tf_keras.Input((6,)), tf_keras.layers.Dense(8, activation="tanh"), tf_keras.layers.Dense(2)]
    )
    loss = tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(tf_keras.optimizers.Adam(0.01), loss)
called = []
callback = kerasig.IGCallback(
    kerasig.ProbeSet(x[:7], y[:7], regions={"first": np.eye(6, dtype=bool)[0]}),
    folder,
    interior_alphas=None,
    alarms=[
        FailsOnOneWorker(),
        RegionLift("first", above=2, stop=True, action=lambda alert: called.append(alert.step)),
    ],
)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    history = model.fit(dataset.with_options(options), epochs=20, verbose=0, callbacks=[callback])
report = {
    "epochs": len(history.epoch),
    "alarms": {str(record["step"]): record["alarms"] for record in callback.history if record["alarms"]},
    "called": called,
    "warned": sum("here alone" in str(warning.message) for warning in caught),
    "event_files": len(os.listdir(os.path.join(folder, "kerasig"))) if os.path.isdir(folder) else 0,
}
print(json.dumps(report), flush=True)
