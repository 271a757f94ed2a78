"""What the accuracy benchmark computes from tables is what the engine computes from models."""

import numpy as np
import pytest
import tensorflow as tf

import kerasig
from benchmarks import schemes
from benchmarks.accuracy import MAP, RESIDUAL, checks, counts
from benchmarks.dense import Path

WEIGHTS = np.random.default_rng(0).normal(size=(6, 40))
INPUTS = np.random.default_rng(1).normal(size=(5, 6))
CELLS = 2048


def tabulated(x, smooth=False):
    """The path of one input through sum(relu(x W)) or sum(tanh(x W)), from zero."""
    points = np.linspace(0, 1, CELLS + 1)[:, None] * x
    inner = points @ WEIGHTS + 0.3 * np.arange(40) / 40
    scores, outer = (np.tanh(inner), 1 / np.cosh(inner) ** 2) if smooth else (np.maximum(inner, 0), inner > 0)
    contributions = outer @ WEIGHTS.T * x
    return Path(scores.sum(axis=1), contributions.sum(axis=1), contributions.astype(np.float32), smooth)


def score(x):
    inner = tf.linalg.matmul(x, tf.constant(WEIGHTS, x.dtype)) + tf.constant(0.3 * np.arange(40) / 40, x.dtype)
    return tf.reduce_sum(tf.nn.relu(inner), axis=1)


def test_refinement_from_a_table_takes_the_nodes_that_the_model_takes():
    rule = kerasig.Adaptive(0.02, 0.05)
    result = kerasig.explain(score, INPUTS.astype("float32"), steps=rule)
    paths = [tabulated(x) for x in INPUTS]
    for row, (path, rounds) in enumerate(zip(paths, schemes.adaptive(paths, rule), strict=True)):
        assert rounds[-1, 0] == pytest.approx(result.n_evaluations[row], abs=2)  # A kink within a cell of a node.
        assert rounds[-1, 1] == pytest.approx(result.residual[row], abs=0.01)
        assert path.error(result.values[row]) < 0.1
        assert np.all(np.diff(rounds[:, 0]) >= 1)


def test_smooth_tables_are_read_between_their_points():
    path = tabulated(INPUTS[0], smooth=True)
    alphas = np.array([0.0, 0.123456, 0.98765, 1.0])
    inner = alphas[:, None] * INPUTS[0] @ WEIGHTS + 0.3 * np.arange(40) / 40
    scores, slopes, contributions = path.at(alphas)
    np.testing.assert_allclose(scores, np.tanh(inner).sum(axis=1), rtol=1e-9)
    np.testing.assert_allclose(contributions, (1 / np.cosh(inner) ** 2) @ WEIGHTS.T * INPUTS[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(contributions.sum(axis=1), slopes, rtol=1e-5)


def test_an_accuracy_is_reached_only_where_it_is_kept():
    rows = np.array([[2, 0.1, 0.1], [4, 0.005, 0.1], [8, 0.02, 0.1], [16, 0.009, 0.1], [32, 0.001, 0.1]])
    assert schemes.reached(rows, 1, 0.01) == 16
    assert schemes.reached(rows, 1, 0.5) == 2
    assert schemes.reached(rows, 2, 0.01) == np.inf


def test_fixed_and_placed_rules_come_to_the_tables_own_integral():
    path = tabulated(INPUTS[2], smooth=True)
    for rows in (schemes.fixed(path, "gauss_legendre"), schemes.fixed(path, "trapezoid"), schemes.placed(path)):
        assert rows[-1, 1] < 1e-3
        assert rows[-1, 2] < 1e-3
    assert schemes.placed(path)[0, 0] == 2 + schemes.FORWARD_PASSES / 2


def test_every_must_of_a_case_becomes_a_check():
    counted = counts([tabulated(x, smooth=True) for x in INPUTS[:2]])
    assert {rule for rule in counted if rule.startswith("Adaptive")} == {"Adaptive: is there", "Adaptive: says so"}
    assert counted["gauss_legendre"][RESIDUAL, 0.01] < counted["riemann_left"][RESIDUAL, 0.01]
    assert counted["gauss_legendre"][MAP, 0.02] <= counted["riemann_left"][MAP, 0.02]
    assert len(list(checks("digits_cnn_relu", counted, smooth=False))) == 2
    assert len(list(checks("efficientnet_lite0_softmax_noise", counted, smooth=False))) == 2
    (smooth,) = checks("trec_lstm", counted, smooth=True)
    assert smooth.passed is not None
