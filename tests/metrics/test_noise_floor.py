"""The noise floor of drift on real networks: one state, integrated at several resolutions, must show no drift."""

import itertools

import keras
import numpy as np
import pytest

import kerasig
from kerasig import Adaptive, Fixed
from kerasig.metrics._functions import drift, drift_noise

pytestmark = pytest.mark.slow

RULES = [
    Adaptive(),
    Adaptive(0.003, 0.02),
    Adaptive(0.05, 0.1),
    Fixed(24, "riemann_middle"),
    Fixed(33, "trapezoid"),
    24,
]
# Of fewer, whether three or two lie above it is chance.
EXAMPLES = 64


def trained(layers, inputs, classes):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([*layers, keras.layers.Dense(2)])
    model.compile(keras.optimizers.Adam(5e-3), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(inputs, classes, batch_size=32, epochs=4, verbose=0)
    return model


def mlp():
    x = np.random.default_rng(0).normal(size=(512, 64)).astype("float32")
    layers = [keras.Input((64,)), *(keras.layers.Dense(units, "relu") for units in (64, 32))]
    return trained(layers, x, x[:, 0] * x[:, 1] + x[:, 2] > 0), x, None, 1


def cnn():
    x = np.random.default_rng(0).normal(size=(512, 12, 12, 3)).astype("float32")
    layers = [
        *(keras.Input((12, 12, 3)), keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.MaxPooling2D(2)),
        *(keras.layers.Conv2D(16, 3, activation="relu"), keras.layers.Flatten()),
    ]
    return trained(layers, x, x[:, :6].mean((1, 2, 3)) > x[:, 6:].mean((1, 2, 3))), x, None, 3


def lstm():
    ids = np.random.default_rng(0).integers(0, 20, (512, 12))
    layers = [keras.Input((12,), dtype="int32"), keras.layers.Embedding(20, 8, name="words"), keras.layers.LSTM(16)]
    return trained(layers, ids, (ids == 3).any(1)), ids, "words", 8


def positions(found, channels):
    values = found.values.astype("float64")
    return values.reshape(EXAMPLES, -1, channels).sum(axis=2)


@pytest.mark.parametrize("network", [mlp, cnn, lstm])
def test_drift_of_an_unchanged_state_is_below_its_noise_floor(network):
    model, inputs, layer, channels = network()
    found = [kerasig.explain(model, inputs[:EXAMPLES], 1, layer=layer, steps=rule) for rule in RULES]
    below, moved = [], []
    for one, other in itertools.combinations(found, 2):
        both = one.converged & other.converged
        apart = drift(positions(one, channels), positions(other, channels))[both]
        below += list(apart <= drift_noise(one.map_error, other.map_error)[both])
        moved += list(apart)
    assert len(below) > 50
    # docs/internals/metrics.md: 99% and more on larger sets of the like.
    assert np.mean(below) >= 0.97
    # There is something to stay below.
    assert np.max(moved) > 1e-7


def test_what_a_training_step_changes_is_above_the_noise_floor():
    model, inputs, _, _ = mlp()
    before = kerasig.explain(model, inputs[:EXAMPLES], 1)
    model.set_weights([weight * 0.7 + 0.3 * np.roll(weight, 1, axis=0) for weight in model.get_weights()])
    after = kerasig.explain(model, inputs[:EXAMPLES], 1)
    assert (drift(before.values, after.values) > drift_noise(before.map_error, after.map_error)).all()


def test_rounding_alone_is_below_the_noise_floor():
    # Without biases a ReLU network is linear along every path from zeros, so the map error is 0 for every rule.
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Dense(units, activation, use_bias=False) for units, activation in ((64, "relu"), (2, None))]
    model = keras.Sequential([keras.Input((200,)), *layers])
    x = np.random.default_rng(0).random((EXAMPLES, 200)).astype("float32")
    one, other = (kerasig.explain(model, x, 0, steps=n) for n in (12, 50))
    assert one.map_error.max() == 0
    apart = drift(one.values, other.values)
    assert apart.max() > 0
    assert (apart < drift_noise(one.map_error, other.map_error)).all()
