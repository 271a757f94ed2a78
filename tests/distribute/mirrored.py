"""Explains under MirroredStrategy on two logical CPUs and prints what came of it as JSON.

Run as: python mirrored.py <keras or tf_keras> <folder for event files>
"""

import json
import os
import sys
import threading

import numpy as np
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

from models import Case, copies, worst  # noqa: E402

import kerasig  # noqa: E402

case, folder = Case(sys.argv[1]), sys.argv[2]
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
SMALL = {"steps": 5, "batch_size": 2}  # several calls for the probes, and padding in the last
report = {"calls_after_record": []}


class Explaining(case.keras.callbacks.Callback):
    """Explains wherever a callback may, within `fit`'s own context."""

    def __init__(self):
        super().__init__()
        self.scores = []

    def explain(self, *_):
        self.scores.append(kerasig.explain(self.model, case.probes, **SMALL).score)
        report["calls_after_record"].append(case.calls)

    on_epoch_begin = explain
    on_epoch_end = explain


def trained(callbacks=()):
    with strategy.scope():
        model = case.compiled()
    history = model.fit(case.x, case.y, batch_size=16, epochs=2, verbose=0, callbacks=list(callbacks))
    return model, history.history


plain, _ = trained()
# Calls made while fit traces are none of ours: fit has traced when its first epoch is over.
probe_set = kerasig.ProbeSet(case.probes, case.y[: len(case.probes)])
callback = kerasig.IGCallback(probe_set, folder, **SMALL, interior_alphas=None, on_error="raise")
explaining = Explaining()
model, history = trained([explaining, callback])
report["training_unchanged"] = case.state(plain) == case.state(model)
report["scores_move"] = float(np.abs(explaining.scores[-1] - explaining.scores[0]).max())
report["recorded_steps"] = [record["step"] for record in callback.history]
report["log_keys"] = sorted(key for key in history if key.startswith("ig_"))
report["event_files"] = len(os.listdir(os.path.join(folder, "kerasig")))

statistics = [v for v in case.variables(model) if v.shape == (8,) and not v.trainable]
report["statistics_differ"] = float(max(np.abs(a - b).max() for a, b in [copies(v) for v in statistics]))

single = case.single(model)
before, report["errors"] = case.state(model), {}
options = {"small batches": SMALL | {"interior_alphas": [0.1]}, "layer": {"layer": "statistics"}}
if sys.argv[1] == "keras":
    options["xla"] = SMALL | {"jit_compile": True}
for name, chosen in options.items():
    found = kerasig.explain(model, case.probes, **chosen)
    report["errors"][name] = worst(found, kerasig.explain(single, case.probes, **chosen | {"jit_compile": None}))
report["state_kept"] = case.state(model) == before

# In several threads: statistics that agree are copies, so nobody finds what another one is to restore.
alike = kerasig.explain(model, case.probes, **SMALL).score
in_threads = []
threads = [
    threading.Thread(target=lambda: in_threads.append(kerasig.explain(model, case.probes, **SMALL).score))
    for _ in range(4)
]
for thread in threads:
    thread.start()
seen = [case.state(model) == before for _ in range(50)]
for thread in threads:
    thread.join()
report["threads_agree"] = [score.tolist() == alike.tolist() for score in in_threads]
report["state_kept_in_threads"] = all(seen) and case.state(model) == before

calls = case.calls
explainer = kerasig.Explainer(model, layer="statistics")
explainer.explain(case.probes[:3])
with strategy.scope():
    explainer.explain(case.probes)
kerasig.explain(model, case.probes, layer="statistics")
report["calls_when_compiled"] = case.calls - calls

try:
    kerasig.explain(model, case.probes, target=99, layer="statistics")
except ValueError as error:
    report["out_of_range"] = str(error)
report["state_kept_after_error"] = case.state(model) == before

with tf.distribute.OneDeviceStrategy("CPU:1").scope():
    alone = case.compiled()
alone.set_weights(single.get_weights())
report["errors"]["one device"] = worst(
    kerasig.explain(alone, case.probes, **SMALL), kerasig.explain(single, case.probes, **SMALL)
)
print(json.dumps(report))
