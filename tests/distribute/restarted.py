"""One worker of a MultiWorkerMirroredStrategy training that goes on where it was when all workers are started again.

Run as: python restarted.py <index> <folder> <trouble> <address of each worker>...

Trouble is "none", or "<kind> <index of the victim> <step>", or several with commas between them: inside the record of
that step this worker is killed ("kill"), or an error is raised in it alone, before the workers do anything together
("raise"), in the compiled function ("break"), or when all have the result ("late"). Prints JSON: where the training
stands when it begins, and either what came of it or the error that it ended in and when.
"""

import hashlib
import json
import os
import signal
import sys
import time
import warnings

index, folder, trouble, addresses = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}})

import tensorflow as tf  # noqa: E402

strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before anything else of TensorFlow's

from models import PROBES, Case  # noqa: E402

import kerasig  # noqa: E402
from kerasig._measures.against_earlier import Past  # noqa: E402

troubles = {tuple(each.split()) for each in trouble.split(",")}
case = Case("tf_keras")
dataset = tf.data.Dataset.from_tensor_slices((case.x, case.y)).batch(16)
options = tf.data.Options()
options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
dataset = dataset.with_options(options)


class Arming(case.keras.callbacks.Callback):
    """Says when a record has come in which this worker is in trouble."""

    step = 0

    def comes(self, kind):
        if (kind, str(index), str(self.step)) not in troubles:
            return False
        print(json.dumps({"failed_at": time.time()}), flush=True)
        return True

    def on_train_begin(self, logs=None):
        print(json.dumps({"begins_at": int(self.model.optimizer.iterations.numpy())}), flush=True)

    def on_train_batch_end(self, batch, logs=None):
        self.step = int(self.model.optimizer.iterations.numpy())


def fail_if(kind):
    if arming.comes(kind):
        raise OSError("of this worker alone")


def zeros(inputs):
    fail_if("raise")
    return 0 * inputs


def nothing(scores):
    """Runs within the compiled function, while the other workers wait for this one's share."""
    if arming.comes("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    fail_if("break")
    return 0 * scores


def first_class(outputs):
    scores = outputs[:, 0]
    added = tf.numpy_function(nothing, [tf.stop_gradient(scores)], tf.float32)
    return scores + tf.ensure_shape(added, scores.shape)


def remember(*arguments):
    fail_if("late")
    return as_it_was(*arguments)


as_it_was, Past.remember = Past.remember, remember
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
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(dataset, epochs=3, verbose=0, callbacks=callbacks)
except Exception as error:
    print(json.dumps({"error": type(error).__name__, "said": str(error)[:2000], "at": time.time()}), flush=True)
else:
    warned = [str(warning.message) for warning in caught if "could not be recorded" in str(warning.message)]
    recorded = [record["step"] for record in callbacks[-1].history]
    state = hashlib.sha256(b"".join(case.state(model))).hexdigest()
    print(json.dumps({"recorded": recorded, "warned": warned, "state": state}), flush=True)
