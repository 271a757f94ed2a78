"""Explains on the coordinator of a ParameterServerStrategy, with servers in this process; prints JSON.

Run as: python parameter_server.py <address of the worker> <address of the parameter server>
"""

import json
import sys

import tensorflow as tf

cluster = tf.train.ClusterSpec({"worker": sys.argv[1:2], "ps": sys.argv[2:3]})
servers = [tf.distribute.Server(cluster, job_name=job, task_index=0, protocol="grpc") for job in ("worker", "ps")]
strategy = tf.distribute.ParameterServerStrategy(
    tf.distribute.cluster_resolver.SimpleClusterResolver(cluster, rpc_layer="grpc")
)

from models import Case, worst  # noqa: E402

import kerasig  # noqa: E402

case = Case("tf_keras")
report = {}


class Explaining(case.keras.callbacks.Callback):
    def on_epoch_end(self, *_):
        before = case.state(self.model)
        found = kerasig.explain(self.model, case.probes, steps=5)
        report["state_kept"] = case.state(self.model) == before
        report["error"] = worst(found, kerasig.explain(case.single(self.model), case.probes, steps=5))


with strategy.scope():
    model = case.compiled()
dataset = tf.data.Dataset.from_tensor_slices((case.x, case.y)).repeat().batch(16)
model.fit(dataset, epochs=1, steps_per_epoch=4, verbose=0, callbacks=[Explaining()])
print(json.dumps(report), flush=True)
