"""Records, an audit and explanations before and after NumPy's behaviour of tensors is turned on, which stays on.

python numpy_behavior.py DIRECTORY
"""

import os
import sys

import keras
import numpy as np
import tensorflow as tf
from trainings import dense, fit, table

import kerasig

x, y = table(examples=64)


def made(directory):
    """Numbers by name of a short training and of its model."""
    model = dense(keras)
    probes, audit = kerasig.ProbeSet(x[:3], y[:3]), kerasig.Audit(x, y)
    callback = kerasig.IGCallback(probes, directory, audit=audit, on_error="raise")
    fit(model, [callback])
    last = callback.history[-1]
    loss = kerasig.targets.Loss(y[:3], keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return {
        **{name: last["probes"][name] for name in ("loss", "baseline_entropy", "score", "residual")},
        "suspects": len(callback.suspects.candidates),
        "values": kerasig.explain(model, x[:3]).values,
        "of the loss": kerasig.explain(model, x[:3], loss, steps=kerasig.Fixed(8)).values,
    }


before = made(os.path.join(sys.argv[1], "before"))
tf.experimental.numpy.experimental_enable_numpy_behavior()
after = made(os.path.join(sys.argv[1], "after"))
for name, value in before.items():
    assert np.isfinite(value).all(), name
    np.testing.assert_allclose(after[name], value, rtol=1e-5, atol=1e-7, err_msg=name)
