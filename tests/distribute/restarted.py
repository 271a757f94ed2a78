"""One worker of a MultiWorkerMirroredStrategy training that goes on where it was when all workers are started again.

Run as: python restarted.py <index> <folder> <trouble> <address of each worker>...

Trouble is "none", or "<kill or raise> <index of the victim> <step>": inside the record of that step this worker is
killed, or an error is raised in it alone. Prints JSON: where the training stands when it begins, and either the
recorded steps or the error that the training ended in and when.
"""

import json
import os
import signal
import sys
import time

index, folder, trouble, addresses = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}})

import tensorflow as tf  # noqa: E402

strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before anything else of TensorFlow's

from models import PROBES, Case  # noqa: E402

import kerasig  # noqa: E402

kind, victim, last_step = (*trouble.split(), None, None)[:3]
case = Case("tf_keras")
dataset = tf.data.Dataset.from_tensor_slices((case.x, case.y)).batch(16)
options = tf.data.Options()
options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
dataset = dataset.with_options(options)


class Arming(case.keras.callbacks.Callback):
    """Says when the record has come in which this worker dies."""

    armed = False

    def on_train_begin(self, logs=None):
        print(json.dumps({"begins_at": int(self.model.optimizer.iterations.numpy())}), flush=True)

    def on_train_batch_end(self, batch, logs=None):
        self.armed = str(index) == victim and str(self.model.optimizer.iterations.numpy()) == last_step


def zeros(inputs):
    if arming.armed and kind == "raise":
        print(json.dumps({"failed_at": time.time()}), flush=True)
        raise OSError("of this worker alone")
    return 0 * inputs


def nothing(scores):
    """Runs within the compiled function, while the other workers wait for this one's share."""
    if arming.armed and kind == "kill":
        print(json.dumps({"failed_at": time.time()}), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return 0 * scores


def first_class(outputs):
    scores = outputs[:, 0]
    added = tf.numpy_function(nothing, [tf.stop_gradient(scores)], tf.float32)
    return scores + tf.ensure_shape(added, scores.shape)


arming = Arming()
callbacks = [
    case.keras.callbacks.BackupAndRestore(os.path.join(folder, "backup"), save_freq=3, delete_checkpoint=False),
    arming,
    kerasig.IGCallback(
        kerasig.ProbeSet(case.probes, case.y[:PROBES], target=first_class),
        os.path.join(folder, "logs"),
        baselines=zeros,
        steps=5,
        every=2,
        interior_alphas=None,
    ),
]
with strategy.scope():
    model = case.compiled()
try:
    model.fit(dataset, epochs=3, verbose=0, callbacks=callbacks)
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "at": time.time()}), flush=True)
else:
    print(json.dumps({"recorded": [record["step"] for record in callbacks[-1].history]}), flush=True)
