"""`Adaptive` meets the accuracy it states, says so when it cannot, and always ends."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig import Adaptive, Fixed
from kerasig._engine import adaptive
from kerasig._engine.stores import DeviceStore, HostStore, LongHostStore

# Overflow, and NaN that nobody put in, would show as a warning of NumPy's.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("error::RuntimeWarning")]

F = 8
INPUTS = 2 * np.random.default_rng(0).normal(size=(24, F)).astype("float32")


@pytest.fixture(scope="module")
def kinky():
    """A ReLU network with a saturated softmax: hard to integrate."""
    layers = [keras.layers.Dense(24, activation="relu"), keras.layers.Dense(24, activation="relu")]
    model = keras.Sequential([keras.Input((F,)), *layers, keras.layers.Dense(3, activation="softmax")])
    generator = np.random.default_rng(2)
    model.set_weights([0.5 * generator.normal(size=weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def fine(kinky):
    """The truth, from 4,097 evenly spaced nodes."""
    return kerasig.explain(kinky, INPUTS, steps=Fixed(4097, "trapezoid"))


def true_error(result, truth):
    """Relative L1 error of the values [N]."""
    return np.abs(result.values - truth.values).sum(axis=1) / np.abs(truth.values).sum(axis=1)


@pytest.mark.parametrize("rule", [Adaptive(), Adaptive(0.002, 0.01), Adaptive(0.05, 0.3)], ids=str)
def test_converged_examples_of_a_relu_network_are_as_accurate_as_they_say(kinky, fine, rule):
    result = kerasig.explain(kinky, INPUTS, steps=rule)
    assert result.converged.all()
    assert np.all(result.residual <= rule.tolerance)
    assert np.all(result.map_error <= rule.map_tolerance)
    change = np.abs(result.score - result.baseline_score)
    wander = 0.01 * np.nanmax(np.abs(result.path.scores - result.baseline_score[:, None]), axis=1)
    assert np.all(np.abs(result.delta) <= rule.tolerance * np.maximum(change, wander) + 1e-6)
    # map_error is a mean over where the kinks may lie: a single example may be off by more, but not by much.
    error = true_error(result, fine)
    assert np.all(error <= 3 * rule.map_tolerance)
    assert np.mean(error <= rule.map_tolerance) >= 0.9


@pytest.mark.parametrize("steps", [Adaptive(0.01, 0.02), Fixed(257, "trapezoid"), Fixed(128)], ids=str)
def test_map_error_of_a_piecewise_linear_score_is_close_to_the_true_error(steps):
    generator = np.random.default_rng(3)
    first, second = generator.normal(size=(F, 400)).astype("float32"), generator.normal(size=400).astype("float32")
    bias = generator.normal(size=400).astype("float32")

    def wide(x):
        return tf.linalg.matvec(tf.nn.relu(x @ first + bias), second)

    inputs = np.concatenate([INPUTS, generator.normal(size=(170, F)).astype("float32")])
    truth = kerasig.explain(wide, inputs, steps=Fixed(8193, "trapezoid"))
    result = kerasig.explain(wide, inputs, steps=steps)
    error = true_error(result, truth)
    ratio = result.map_error / error
    # It estimates the mean. The L1 error of 8 features, each the size of a normal value, spreads by 0.6 / sqrt(8),
    # which is 20%; with fewer kinks than the normal law wants, by more, and the median lies below the mean.
    assert 0.9 < result.map_error.mean() / error.mean() < 1.15
    assert 0.8 < np.median(ratio) < 1.4
    assert np.all((ratio > 0.4) & (ratio < 4), where=np.arange(len(ratio)) < len(INPUTS))


def test_adaptive_takes_fewer_gradients_than_a_fixed_rule_of_the_same_accuracy(kinky, fine):
    result = kerasig.explain(kinky, INPUTS)
    n = int(np.ceil(result.n_evaluations.mean()))
    fixed = kerasig.explain(kinky, INPUTS, steps=Fixed(n))
    assert np.mean(true_error(result, fine)) < np.mean(true_error(fixed, fine))


@pytest.mark.parametrize("max_steps", [9, 10, 16])
def test_max_steps_is_never_exceeded_and_short_of_it_is_not_called_converged(kinky, max_steps):
    rule = Adaptive(1e-4, 1e-4, max_steps=max_steps)
    result = kerasig.explain(kinky, INPUTS, steps=rule)
    assert result.n_evaluations.max() == max_steps
    unmet = (result.residual > rule.tolerance) | (result.map_error > rule.map_tolerance)
    np.testing.assert_array_equal(result.converged, ~unmet)
    assert unmet.any()


@pytest.mark.parametrize("function", [tf.tanh, lambda x: x**3 - x, tf.sin, tf.exp], ids=["tanh", "cubic", "sin", "exp"])
def test_smooth_scores_settle_with_few_gradients(function):
    x = np.linspace(0.2, 1.5, 12, dtype="float32").reshape(6, 2)
    result = kerasig.explain(lambda x: tf.reduce_sum(function(x), axis=1), x)
    assert result.converged.all()
    # The most go where the features of x^3 - x cancel, so that the errors stand against next to nothing.
    assert np.median(result.n_evaluations) <= 11
    assert result.n_evaluations.max() <= 17
    with np.errstate(all="raise"):
        exact = np.asarray(function(tf.constant(x, tf.float64)) - function(tf.zeros(x.shape, tf.float64)))
    # A separable score's exact values are its own differences.
    np.testing.assert_allclose(result.values, exact, rtol=5e-3, atol=1e-4)


def test_asked_for_alphas_become_nodes(kinky):
    asked = [0.02, 0.11, 0.3, 1.0]
    result = kerasig.explain(kinky, INPUTS, interior_alphas=asked)
    for row in range(len(result)):
        alphas = result.path.alphas[row][np.isfinite(result.path.alphas[row])]
        assert np.isin(np.float32(asked), alphas).all()
        # Each evaluation is a node; none was made beside the grid.
        assert len(alphas) == result.n_evaluations[row]


def test_interior_gradients_are_the_same_whichever_way_they_were_evaluated(kinky):
    asked = [0.02, 0.3, 1.0]
    # The predicted class is resolved at the inputs for both.
    adaptive_ones, fixed_ones = (
        kerasig.explain(kinky, INPUTS, steps=steps, interior_alphas=asked).interior.gradients for steps in (None, 3)
    )
    np.testing.assert_allclose(adaptive_ones, fixed_ones, rtol=1e-4, atol=1e-6)


def test_groups_of_paths_give_what_one_group_gives(kinky, monkeypatch):
    whole = kerasig.explain(kinky, INPUTS, interior_alphas=[0.3])
    samples = kerasig.baselines.Samples(INPUTS[:3])
    sampled = kerasig.explain(kinky, INPUTS, baselines=samples)
    monkeypatch.setattr(adaptive, "STORE_BYTES", 5 * 4 * F * 512)  # Five paths at a time.
    grouped = kerasig.explain(kinky, INPUTS, interior_alphas=[0.3])
    np.testing.assert_allclose(grouped.values, whole.values, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(grouped.interior.gradients, whole.interior.gradients, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(grouped.n_evaluations, whole.n_evaluations)
    np.testing.assert_array_equal(grouped.target, whole.target)
    grouped = kerasig.explain(kinky, INPUTS, baselines=samples)
    np.testing.assert_allclose(grouped.values, sampled.values, rtol=1e-4, atol=1e-6)


HARD = {
    "a step": lambda x: tf.reduce_sum(tf.cast(x > 0.7, tf.float32) + 0 * x, axis=1),
    "a step and a slope": lambda x: tf.reduce_sum(tf.cast(x > 0.7, tf.float32) + x**2, axis=1),
    "a sawtooth": lambda x: tf.reduce_sum(x - tf.floor(7 * x) / 7, axis=1),
    "quickly swinging": lambda x: tf.reduce_sum(tf.sin(300 * x), axis=1),
    "swinging between its zeros": lambda x: tf.reduce_sum(tf.sin(8 * np.pi * x), axis=1),
    "noise of rounding": lambda x: 1e6 + tf.reduce_sum(tf.nn.relu(x - 0.3), axis=1),
    "a cancelling kink": lambda x: tf.reduce_sum(tf.abs(x - 0.5), axis=1),
}


@pytest.mark.parametrize("name", HARD)
def test_hard_scores_end_within_max_steps_and_judge_themselves_honestly(name):
    x = np.array([[1.0, 1.0], [0.9, 1.0], [1.0, -1.0], [0.0, 0.0]], "float32")
    with np.errstate(all="raise"):
        result = kerasig.explain(HARD[name], x, steps=Adaptive(max_steps=200))
    assert result.n_evaluations.max() <= 200
    assert np.isfinite(result.values).all()
    np.testing.assert_array_equal(result.converged, (result.residual <= 0.01) & (result.map_error <= 0.05))
    change = result.score.astype("float64") - result.baseline_score
    error = np.abs(result.values.sum(axis=1, dtype="float64") - change)
    assert np.all(error[result.converged] <= 0.01 * np.maximum(np.abs(change), 0.1)[result.converged])
    # Nothing happens on the path of the last example.
    assert result.converged[3]
    assert not result.values[3].any()


def test_a_jump_of_the_score_is_never_called_converged():
    # The gradient is 0 everywhere: no rule can see the step that makes the whole score.
    result = kerasig.explain(HARD["a step"], np.ones((1, 2), "float32"))
    assert not result.converged.any()
    assert result.residual[0] == pytest.approx(1)
    assert result.n_evaluations[0] < 100  # The step's interval is halved until it is as short as float32 tells apart.


@pytest.mark.parametrize("steps", [None, 33], ids=["adaptive", "fixed"])
@pytest.mark.parametrize("size", [1e30, 1e-30, 1e-12])
def test_errors_are_the_same_at_any_size_of_the_score(size, steps):
    def model(x, size=1.0):
        return size * tf.reduce_sum(tf.nn.relu(x - 0.37) * x[:, ::-1], axis=1)

    x = np.abs(INPUTS[:5, :4])
    usual = kerasig.explain(model, x, steps=steps)
    scaled = kerasig.explain(lambda x: model(x, size), x, steps=steps)
    assert usual.map_error.max() > 0.001
    np.testing.assert_allclose(scaled.map_error, usual.map_error, rtol=1e-3)
    np.testing.assert_allclose(scaled.residual, usual.residual, rtol=1e-2, atol=1e-5)
    np.testing.assert_array_equal(scaled.converged, usual.converged)
    np.testing.assert_array_equal(scaled.n_evaluations, usual.n_evaluations)


def test_a_constant_score_is_zero_everywhere_and_converged():
    result = kerasig.explain(lambda x: 3.0 + 0 * tf.reduce_sum(x, axis=1), INPUTS)
    assert not result.values.any()
    assert result.converged.all()
    assert not result.residual.any()
    assert not result.map_error.any()


@pytest.mark.parametrize("kind", [HostStore, LongHostStore, DeviceStore])
def test_refinement_keeps_its_running_sums_equal_to_fresh_ones(kinky, monkeypatch, kind):
    monkeypatch.setattr(adaptive, "store_for", kind)
    compared = []
    done = adaptive._Refinement._done

    def checked(refinement, found):
        nodes, store = refinement.paths.nodes, refinement.store
        for row, count in enumerate(refinement.paths.count):
            rows, alphas = nodes.rows[row, :count], nodes.alphas[row, :count]
            # One part of each row: there are few features.
            contributions = np.asarray(store._kept(store.layout.index(rows)))
            lengths, jumps = np.diff(alphas), np.diff(contributions, axis=0)
            fresh = (lengths[:, None] * (contributions[1:] + contributions[:-1]) / 2).sum(axis=0)
            scale = np.abs(contributions).max()
            running = np.asarray(store._rows(store._integrals, store.layout.index(refinement.at[row, None])))[0]
            np.testing.assert_allclose(running, fresh, atol=1e-5 * scale)
            np.testing.assert_allclose(nodes.changes[row, : count - 1], np.abs(jumps).sum(1), rtol=1e-4)
            np.testing.assert_allclose(nodes.sizes[row, :count], np.abs(contributions).sum(1), rtol=1e-4)
            compared.append(row)
        return done(refinement, found)

    monkeypatch.setattr(adaptive._Refinement, "_done", checked)
    kerasig.explain(kinky, INPUTS[:6], interior_alphas=[0.31, 0.32])
    assert len(compared) > 10


def test_a_score_that_hardly_changes_is_not_refined_into_its_own_rounding():
    result = kerasig.explain(lambda x: 1 + 1e-6 * tf.reduce_sum(tf.tanh(3 * x), axis=1), INPUTS)
    assert result.n_evaluations.max() < 64
    assert not result.converged[result.residual > 0.01].any()
