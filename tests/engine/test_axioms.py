"""The axioms of Sundararajan, Taly and Yan 2017 as properties of random small networks.

One compiled network whose weights are assigned anew for each example, so that nothing is traced again.
"""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

import kerasig
from kerasig import Fixed
from kerasig.targets import PerExample

F, HIDDEN, C = 4, 6, 2
SHAPES = [(F, HIDDEN), (HIDDEN,), (HIDDEN, HIDDEN), (HIDDEN,), (HIDDEN, C), (C,)]

random_networks = settings(max_examples=15, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
sizes = st.floats(0.1, 3)
features = st.integers(0, F - 1)


class Network:
    """Two hidden layers; the weights are variables."""

    def __init__(self, activation):
        self.weights = [tf.Variable(np.zeros(shape, "float32")) for shape in SHAPES]
        self.activation = activation

    def __call__(self, x):
        for kernel, bias in zip(self.weights[0:4:2], self.weights[1:4:2], strict=True):
            x = self.activation(x @ kernel + bias)
        return x @ self.weights[4] + self.weights[5]

    def assign(self, weights):
        for variable, value in zip(self.weights, weights, strict=True):
            variable.assign(value)


@pytest.fixture(scope="module", params=[tf.nn.relu, tf.nn.gelu], ids=["relu", "gelu"])
def network(request):
    return Network(request.param)


def drawn(seed, size):
    """Random weights, three inputs and their baselines."""
    generator = np.random.default_rng(seed)
    weights = [(size * generator.normal(size=shape)).astype("float32") for shape in SHAPES]
    x, baselines = generator.normal(size=(2, 3, F)).astype("float32")
    return weights, x, baselines


def scale_of(result):
    """What rounding is relative to: float32 has 6e-8, and a few hundred terms are summed."""
    return 1e-5 * (np.abs(result.values).sum() + np.abs(result.score).max() + np.abs(result.baseline_score).max())


@random_networks
@given(seeds, sizes)
def test_completeness_values_sum_to_the_change_of_the_score(network, seed, size):
    weights, x, baselines = drawn(seed, size)
    network.assign(weights)
    result = kerasig.explain(network, x, 1, baselines=baselines)
    change = (network(x) - network(baselines)).numpy()[:, 1].astype("float64")
    excursion = np.nanmax(np.abs(result.path.scores - result.baseline_score[:, None]), axis=1)
    bound = 0.01 * np.maximum(np.abs(change), 0.01 * excursion) + scale_of(result)
    error = np.abs(result.values.sum(axis=1, dtype="float64") - change)
    assert np.all(error[result.converged] <= bound[result.converged])
    assert result.converged.mean() > 0.6  # Where the change cancels to nothing, no number of steps is enough.


@random_networks
@given(seeds, sizes, features)
def test_sensitivity_the_only_feature_that_differs_gets_the_whole_change(network, seed, size, feature):
    weights, x, baselines = drawn(seed, size)
    network.assign(weights)
    baselines = np.where(np.arange(F) == feature, baselines, x)
    result = kerasig.explain(network, x, 0, baselines=baselines)
    others = np.delete(result.values, feature, axis=1)
    assert not others.any()
    change = result.score.astype("float64") - result.baseline_score
    np.testing.assert_allclose(result.values[:, feature] - change, result.delta, atol=1e-6)
    for row in np.flatnonzero(result.converged & (np.abs(change) > 1e-3)):
        assert result.values[row, feature] != 0


@random_networks
@given(seeds, sizes, features)
def test_dummy_a_feature_that_the_network_does_not_read_receives_zero(network, seed, size, feature):
    weights, x, baselines = drawn(seed, size)
    weights[0][feature] = 0
    network.assign(weights)
    assert not kerasig.explain(network, x, 0, baselines=baselines).values[:, feature].any()


def combination(outputs, coefficients):
    return tf.reduce_sum(outputs * coefficients, axis=1)


@random_networks
@given(seeds, sizes, st.floats(-3, 3, width=32), st.floats(-3, 3, width=32))
def test_linearity_of_two_scores(network, seed, size, a, b):
    weights, x, baselines = drawn(seed, size)
    network.assign(weights)

    def explained(*coefficients):
        data = np.tile(np.array(coefficients, "float32"), (3, 1))
        # A fixed rule: the same nodes for all three.
        return kerasig.explain(network, x, PerExample(combination, data), baselines=baselines, steps=Fixed(8))

    first, second, both = explained(1, 0), explained(0, 1), explained(a, b)
    np.testing.assert_allclose(
        both.values,
        a * first.values + b * second.values,
        rtol=1e-4,
        atol=3 * (scale_of(first) + scale_of(second)) + 1e-30,
    )


@random_networks
@given(seeds, sizes)
def test_implementation_invariance_of_reordered_units(network, seed, size):
    weights, x, baselines = drawn(seed, size)
    network.assign(weights)
    result = kerasig.explain(network, x, 0, baselines=baselines, steps=Fixed(8))
    order = np.random.default_rng(seed).permutation(HIDDEN)
    first, bias, second, *rest = weights
    network.assign([first[:, order], bias[order], second[order], *rest])
    reordered = kerasig.explain(network, x, 0, baselines=baselines, steps=Fixed(8))
    np.testing.assert_allclose(reordered.values, result.values, rtol=1e-4, atol=scale_of(result))


@random_networks
@given(seeds, sizes, st.floats(0.1, 10))
def test_implementation_invariance_of_rescaled_relu_units(seed, size, factor):
    weights, x, baselines = drawn(seed, size)
    RELU.assign(weights)
    result = kerasig.explain(RELU, x, 0, baselines=baselines, steps=Fixed(64, "trapezoid"))
    first, bias, second, *rest = weights
    # ReLU(c z) / c = ReLU(z) for positive c: another network, the same function.
    RELU.assign([factor * first, factor * bias, second / factor, *rest])
    rescaled = kerasig.explain(RELU, x, 0, baselines=baselines, steps=Fixed(64, "trapezoid"))
    # At a node within rounding of a kink the two may disagree on its side: one node's weight of the largest jump.
    jump = np.abs(np.diff(result.path.slopes, axis=1)).max() / 63
    np.testing.assert_allclose(rescaled.values, result.values, rtol=1e-4, atol=scale_of(result) + jump)


RELU = Network(tf.nn.relu)


@random_networks
@given(seeds, sizes)
def test_symmetry_features_that_play_the_same_part_receive_the_same(network, seed, size):
    weights, x, baselines = drawn(seed, size)
    weights[0][1] = weights[0][0]
    x[:, 1], baselines[:, 1] = x[:, 0], baselines[:, 0]
    network.assign(weights)
    values = kerasig.explain(network, x, 0, baselines=baselines).values
    # The same products of the same numbers, summed in the same order.
    np.testing.assert_array_equal(values[:, 0], values[:, 1])


@random_networks
@given(seeds, sizes, st.floats(0.5, 2))
def test_straight_path_runs_the_same_both_ways(network, seed, size, stretch):
    weights, x, baselines = drawn(seed, size)
    network.assign(weights)
    x = np.float32(stretch) * x
    there = kerasig.explain(network, x, 0, baselines=baselines, steps=Fixed(9))
    back = kerasig.explain(network, baselines, 0, baselines=x, steps=Fixed(9))
    np.testing.assert_allclose(back.values, -there.values, rtol=1e-4, atol=2 * scale_of(there))
