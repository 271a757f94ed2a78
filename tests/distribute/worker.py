"""One worker of MultiWorkerMirroredStrategy: trains and explains with tf_keras, then loses its peer.

Run as: python worker.py <index> <folder for event files> <address of each worker>...
Prints what came of it as JSON, and after that, on the worker that is left, the error of the explanation that it lost
its peer in.
"""

import json
import os
import signal
import sys
import time

index, folder, addresses = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
os.environ["TF_CONFIG"] = json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}})

import tensorflow as tf  # noqa: E402

strategy = tf.distribute.MultiWorkerMirroredStrategy()  # before anything else of TensorFlow's

from models import PROBES, Case, copies, digest, worst  # noqa: E402

import kerasig  # noqa: E402

case = Case("tf_keras")
dataset = tf.data.Dataset.from_tensor_slices((case.x, case.y)).batch(16)
options = tf.data.Options()
options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
dataset = dataset.with_options(options)
SMALL = {"steps": 5, "batch_size": 2}  # several calls for the probes, and padding in the last
LAYER = {"layer": "statistics"}
report = {}


class Slow(case.keras.callbacks.Callback):
    """Makes one worker's clock disagree with the other's about what attributions cost."""

    def on_epoch_end(self, *_):
        callback._training.budget._spent += 1000 * (1 - index)


def trained(callbacks=()):
    with strategy.scope():
        model = case.compiled()
    return model, model.fit(dataset, epochs=2, verbose=0, callbacks=list(callbacks)).history


plain, _ = trained()
callback = kerasig.IGCallback(
    kerasig.ProbeSet(case.probes, case.y[:PROBES]),
    folder,
    **SMALL,
    interior_alphas=None,
    max_overhead=1.0,
    on_error="raise",
)
model, history = trained([Slow(), callback])
report["training_unchanged"] = case.state(plain) == case.state(model)
report["recorded_steps"] = [record["step"] for record in callback.history]
report["log_keys"] = sorted(key for key in history if key.startswith("ig_"))
report["event_files"] = len(os.listdir(os.path.join(folder, "kerasig"))) if os.path.isdir(folder) else 0

mean = next(v for v in model.variables if "moving_mean" in v.name)
report["statistics_differ"] = float(abs(copies(mean)[0].numpy() - tf.convert_to_tensor(mean).numpy()).max())

single = case.single(model)
before, report["errors"], report["digests"] = case.state(model), {}, []
for name, arguments in {"small batches": SMALL, "layer": LAYER}.items():
    found = kerasig.explain(model, case.probes, **arguments)
    report["errors"][name] = worst(found, kerasig.explain(single, case.probes, **arguments))
    report["digests"].append(digest(found))
calls = case.calls
kerasig.explain(model, case.probes[:3], **LAYER)
report["calls_when_compiled"] = case.calls - calls
report["state_kept"] = case.state(model) == before
print(json.dumps(report), flush=True)

if index:
    os.kill(os.getpid(), signal.SIGKILL)
began = time.monotonic()
try:
    kerasig.explain(model, case.probes, **LAYER)
except tf.errors.OpError as error:
    print(json.dumps({"error": type(error).__name__, "seconds": time.monotonic() - began}), flush=True)
# TensorFlow's own shutdown would wait for the lost worker.
os._exit(0)
