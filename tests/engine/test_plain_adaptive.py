"""The engine takes the nodes, and finds the values, of a plain implementation of docs/internals/accuracy.md."""

import numpy as np
import pytest
import tensorflow as tf
from plain_adaptive import explain
from reference import NumpyMLP

import kerasig
from kerasig import Adaptive
from kerasig._engine import adaptive
from kerasig._engine.stores import DeviceStore, HostStore, LongHostStore

pytestmark = pytest.mark.slow

N, F = 24, 6
GENERATOR = np.random.default_rng(0)
X, BASELINE = 2 * GENERATOR.normal(size=(N, F)), GENERATOR.normal(size=F)
FIRST, BIAS, SECOND = GENERATOR.normal(size=(F, 16)), GENERATOR.normal(size=16), GENERATOR.normal(size=(16, 1))


class Smooth:
    """A score that bends in one place, of logits that saturate."""

    def scores(self, x, classes):
        logits = x @ FIRST[:, 0]
        return np.tanh(logits) + 0.1 * (x**3).sum(axis=1)

    def gradients(self, x, classes):
        return (1 - np.tanh(x @ FIRST[:, :1]) ** 2) * FIRST[:, 0] + 0.3 * x**2


class Kinky:
    """A score whose gradient jumps, in some features against others."""

    def scores(self, x, classes):
        return np.abs(x - 0.3).sum(axis=1) + np.maximum(x @ FIRST[:, 1], 0) - np.abs(x[:, 0] + x[:, 1])

    def gradients(self, x, classes):
        found = np.sign(x - 0.3) + (x @ FIRST[:, 1:2] > 0) * FIRST[:, 1]
        found[:, :2] -= np.sign(x[:, :1] + x[:, 1:2])
        return found


def smooth(x):
    return tf.tanh(tf.linalg.matvec(x, FIRST[:, 0])) + 0.1 * tf.reduce_sum(x**3, axis=1)


def kinky(x):
    hinge = tf.nn.relu(tf.linalg.matvec(x, FIRST[:, 1]))
    return tf.reduce_sum(tf.abs(x - 0.3), axis=1) + hinge - tf.abs(x[:, 0] + x[:, 1])


def mlp(activation):
    return lambda x: (activation(x @ FIRST + BIAS) @ SECOND)[:, 0]


SCORES = {
    "a ReLU network": (mlp(tf.nn.relu), NumpyMLP([FIRST, BIAS, SECOND, np.zeros(1)], "relu")),
    "a tanh network": (mlp(tf.tanh), NumpyMLP([FIRST, BIAS, SECOND, np.zeros(1)], "tanh")),
    "a smooth score": (smooth, Smooth()),
    "a kinky score": (kinky, Kinky()),
}
RULES = [Adaptive(), Adaptive(1e-3, 0.01), Adaptive(1e-5, 1e-3, max_steps=40)]


def of_the_document(plain, x, baseline, rule, **digits):
    def score_and_gradient(point):
        return float(plain.scores(point[None], [0])[0]), plain.gradients(point[None], [0])[0]

    rules = rule.tolerance, rule.map_tolerance, rule.max_steps
    return explain(score_and_gradient, x.astype("float64"), baseline.astype("float64"), *rules, **digits)


def assert_same_nodes(result, n, expected):
    alphas = result.path.alphas[n]
    np.testing.assert_array_equal(alphas[~np.isnan(alphas)], np.float32(expected.alphas))
    assert result.n_evaluations[n] == len(expected.alphas)
    # Gradients are kept in float32.
    size = np.abs(expected.values).sum()
    np.testing.assert_allclose(result.values[n], expected.values, atol=1e-5 * size)
    assert result.converged[n] == expected.converged


@pytest.mark.parametrize("kind", [HostStore, LongHostStore, DeviceStore])
@pytest.mark.parametrize("rule", RULES, ids=str)
@pytest.mark.parametrize("name", SCORES)
def test_nodes_and_values_are_those_of_the_document(name, rule, kind, monkeypatch):
    monkeypatch.setattr(adaptive, "store_for", kind)
    score, plain = SCORES[name]
    # In float64, so that no decision hangs on a rounding.
    result = kerasig.explain(score, X, baselines=BASELINE, steps=rule)
    # Some took more than the first grid and a round.
    assert result.n_evaluations.max() > 9
    for n in range(N):
        expected = of_the_document(plain, X[n], BASELINE, rule, rounding=1e-15, finest=2.0**-40)
        assert_same_nodes(result, n, expected)
        np.testing.assert_allclose(result.residual[n], expected.residual, rtol=1e-3, atol=1e-6)
        np.testing.assert_allclose(result.map_error[n], expected.map_error, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("rule", RULES[:2], ids=str)
@pytest.mark.parametrize("name", SCORES)
def test_so_they_are_where_scores_have_the_digits_of_float32(name, rule):
    score, plain = SCORES[name]
    x, baseline = X.astype("float32"), BASELINE.astype("float32")
    result = kerasig.explain(
        lambda x: tf.cast(score(tf.cast(x, tf.float64)), tf.float32), x, baselines=baseline, steps=rule
    )
    for n in range(N):
        assert_same_nodes(result, n, of_the_document(plain, x[n], baseline, rule, rounding=1e-7, finest=2.0**-20))
