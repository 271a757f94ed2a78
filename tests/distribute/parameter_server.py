"""One process of a ParameterServerStrategy cluster: a server, or the coordinator, which trains and explains.

Run as: python parameter_server.py <chief, worker or ps> <address of the coordinator> <of the worker> <of the server>
The coordinator prints JSON.
"""

import json
import os
import sys
import tempfile

role, addresses = sys.argv[1], dict(zip(("chief", "worker", "ps"), sys.argv[2:], strict=True))
os.environ["TF_CONFIG"] = json.dumps(
    {"cluster": {job: [address] for job, address in addresses.items()}, "task": {"type": role, "index": 0}}
)

import tensorflow as tf  # noqa: E402

resolver = tf.distribute.cluster_resolver.TFConfigClusterResolver()
if role != "chief":
    # Until the test ends this process.
    tf.distribute.Server(resolver.cluster_spec(), job_name=role, task_index=0, protocol="grpc").join()

# Variables of 16 bytes and more are cut into parts.
partitioner = tf.distribute.experimental.partitioners.MinSizePartitioner(16, max_shards=2)
strategies = {
    "whole variables": tf.distribute.ParameterServerStrategy(resolver),
    "parts of variables": tf.distribute.ParameterServerStrategy(resolver, partitioner),
}

from models import Case, worst  # noqa: E402

import kerasig  # noqa: E402

case = Case("tf_keras")
report = {"errors": {}, "state_kept": {}, "recorded_steps": {}}
dataset = tf.data.Dataset.from_tensor_slices((case.x, case.y)).repeat().batch(16)


def state(model):
    return [tf.convert_to_tensor(variable).numpy().tobytes() for variable in model.weights]


def single(model):
    path = os.path.join(tempfile.mkdtemp(), "weights")
    model.save_weights(path)
    single = case.build()
    # The layers' own, of which the optimizer's are no part.
    single.load_weights(path).expect_partial()
    return single


for name, strategy in strategies.items():
    with strategy.scope():
        model = case.compiled()
    callback = kerasig.IGCallback(
        kerasig.ProbeSet(case.probes, case.y[:7]),
        tempfile.mkdtemp(),
        steps=5,
        interior_alphas=None,
        on_error="raise",
    )
    model.fit(dataset, epochs=2, steps_per_epoch=4, verbose=0, callbacks=[callback])
    report["recorded_steps"][name] = [record["step"] for record in callback.history]
    before = state(model)
    found = kerasig.explain(model, case.probes, 1, steps=5)
    report["state_kept"][name] = state(model) == before
    report["errors"][name] = worst(found, kerasig.explain(single(model), case.probes, 1, steps=5))
print(json.dumps(report), flush=True)
# Its own shutdown would wait for the servers.
os._exit(0)
