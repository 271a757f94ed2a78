"""Gradients in float16 neither overflow nor vanish: the score is scaled, and the scale undone exactly."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import Adaptive, Fixed
from kerasig._engine.scaling import FIRST, FLOAT16_REACH, REACH, Scales

X = np.random.default_rng(0).normal(size=(6, 5)).astype("float32")
FLOAT16 = 2.0**-11  # Relative rounding error.
BFLOAT16 = 2.0**-8
both_rules = pytest.mark.parametrize("steps", [Fixed(12), Adaptive(map_tolerance=0.02)], ids=["fixed", "adaptive"])


@functools.cache
def untrained(policy, library, head):
    layers = library.layers
    return library.Sequential(
        [library.Input((5,)), layers.Dense(16, activation="tanh", dtype=policy), layers.Dense(3, dtype=head)]
    )


def classifier(policy="mixed_float16", factor=1.0, library=keras, head="float32"):
    """Two layers, the last of which has its weights times `factor`: one model for all factors, traced once."""
    model = untrained(policy, library, head)
    generator = np.random.default_rng(5)
    # Class 2 changes its score on every path by far more than the rounding of float16.
    weights = [generator.normal(size=weight.shape) for weight in model.get_weights()]
    model.set_weights([*weights[:2], factor * weights[2], factor * weights[3]])
    return model


def agrees(found, exact, epsilon):
    # Each weight, activation and product is rounded to epsilon; 16 terms and two layers add up a few of those.
    error = np.abs(found.values - exact.values).sum(axis=1)
    assert np.all(error <= 8 * epsilon * np.abs(exact.values).sum(axis=1))
    assert np.all(np.isfinite(found.map_error))


# Scores whose gradients float16 cannot hold.


@both_rules
@pytest.mark.parametrize(("exponent", "library"), [(-60, keras), (30, keras), (-30, tf_keras)])
def test_scores_of_any_size_have_the_values_of_float32(exponent, library, steps):
    half = kerasig.explain(classifier(factor=2.0**exponent, library=library), X, 2, steps=steps)
    single = kerasig.explain(classifier("float32", 2.0**exponent, library), X, 2, steps=Fixed(40))
    agrees(half, single, FLOAT16 if isinstance(steps, Fixed) else FLOAT16 + 0.02 / 8)
    assert half.converged.all()
    # A second evaluation, and here and there a third; each of them is counted.
    once = kerasig.explain(classifier(library=library), X, 2, steps=steps).n_evaluations
    assert np.all(half.n_evaluations > once)
    assert half.n_evaluations.max() <= 3 * once.max()


def test_the_scale_is_undone_exactly():
    usual = kerasig.explain(classifier(), X, 2, steps=12)
    for exponent in (-60, -20, 20):
        other = kerasig.explain(classifier(factor=2.0**exponent), X, 2, steps=12)
        # Powers of two change no digit.
        np.testing.assert_array_equal(np.ldexp(other.values, -exponent), usual.values)
        np.testing.assert_array_equal(other.map_error, usual.map_error)


@both_rules
def test_outputs_in_float16_are_scaled_as_far_as_they_reach(steps):
    # Gradients of 2e-5 are half lost without a factor. Scores as small have few digits, so no error is below 1e-2.
    half = kerasig.explain(classifier(factor=2.0**-17, head="mixed_float16"), X, 2, steps=Fixed(12))
    agrees(half, kerasig.explain(classifier("float32", 2.0**-17), X, 2, steps=Fixed(12)), 2 * FLOAT16)


@both_rules
def test_interior_gradients_are_scaled_too(steps):
    options = {"steps": steps, "interior_alphas": [0.0, 0.3]}
    half = kerasig.explain(classifier(factor=2.0**-40), X, 2, **options)
    single = kerasig.explain(classifier("float32", 2.0**-40), X, 2, **options)
    size = np.abs(single.interior.gradients).max()
    np.testing.assert_allclose(half.interior.gradients, single.interior.gradients, atol=16 * FLOAT16 * size)


def test_the_predicted_class_is_explained_when_the_gradient_at_the_input_vanishes():
    half = kerasig.explain(classifier(factor=2.0**-50), X)
    single = kerasig.explain(classifier("float32", 2.0**-50), X)
    np.testing.assert_array_equal(half.target, single.target)
    agrees(half, single, FLOAT16 + 0.05 / 8)


@pytest.mark.slow
@both_rules
def test_xla_scales_too(steps):
    model = classifier(factor=2.0**-40)
    agrees(
        kerasig.explain(model, X, 2, steps=steps, jit_compile=True),
        kerasig.explain(model, X, 2, steps=steps, jit_compile=False),
        FLOAT16,
    )


@both_rules
def test_paths_are_scaled_each_on_its_own(steps):
    def of_size(x):
        # Example 3 alone has gradients that overflow, example 4 alone such that vanish.
        hidden = tf.cast(tf.tanh(tf.cast(x["x"], tf.float16)), tf.float32)
        return tf.reduce_sum(hidden, axis=1) * x["size"]

    sizes = np.ones(6, "int32")
    usual = kerasig.explain(lambda x: of_size({"x": x, "size": 1.0}), X, steps=steps)
    sizes[3], sizes[4] = 20, -40
    model = lambda x: of_size({"x": x["x"], "size": 2.0 ** tf.cast(x["exponent"], tf.float32)})  # noqa: E731
    exponents = np.where(sizes == 1, 0, sizes)
    mixed = kerasig.explain(model, {"x": X, "exponent": exponents}, steps=steps)
    others = [0, 1, 2, 5]
    np.testing.assert_array_equal(mixed.values["x"][others], usual.values[others])
    np.testing.assert_array_equal(mixed.n_evaluations[others], usual.n_evaluations[others])
    assert np.all(mixed.n_evaluations[[3, 4]] > usual.n_evaluations[[3, 4]])
    np.testing.assert_allclose(
        np.ldexp(mixed.values["x"], -exponents[:, None]), usual.values, rtol=4 * FLOAT16, atol=1e-6
    )


# What it costs.


@both_rules
def test_usual_models_take_no_second_evaluation(steps):
    single = classifier("float32")
    for model in (classifier(), classifier(head="mixed_float16"), classifier("mixed_bfloat16")):
        found = kerasig.explain(model, X, 2, steps=Fixed(12))
        assert set(found.n_evaluations) == {12}
    found = kerasig.explain(classifier(), X, 2, steps=steps)
    assert found.n_evaluations.max() <= 2 + kerasig.explain(single, X, 2, steps=steps).n_evaluations.max()


def test_bfloat16_needs_no_scale():
    for exponent in (-60, 30):
        half = kerasig.explain(classifier("mixed_bfloat16", 2.0**exponent), X, 2, steps=12)
        agrees(half, kerasig.explain(classifier("float32", 2.0**exponent), X, 2, steps=12), BFLOAT16)
        assert set(half.n_evaluations) == {12}


@pytest.mark.slow
@pytest.mark.parametrize("exponent", [0, -40, 25])
def test_every_evaluation_is_counted_and_none_traces_again(exponent):
    rows, traces = [], []

    def model(x):
        traces.append(1)

        def seen(x):
            rows.append(len(x))
            return x

        @tf.custom_gradient
        def counted(x):
            def backward(upstream):
                return tf.ensure_shape(tf.numpy_function(seen, [upstream], x.dtype), x.shape)

            return tf.identity(x), backward

        hidden = tf.cast(tf.tanh(tf.cast(counted(x), tf.float16)), tf.float32)
        return 2.0**exponent * tf.reduce_sum(hidden, axis=1)

    for steps, functions in ((Fixed(12), 2), (Adaptive(), 1)):
        rows.clear()
        traces.clear()
        found = kerasig.explain(model, X, steps=steps)
        assert sum(rows) == found.n_evaluations.sum()
        # Scores and integrals of a fixed rule, gradients of the adaptive one.
        assert len(traces) <= functions


# Gradients that no scale mends.


def square_root(x):
    return tf.reduce_sum(tf.cast(tf.sqrt(tf.cast(x, tf.float16)), tf.float32), axis=1)


@both_rules
def test_a_gradient_that_is_infinite_at_any_scale_ends_soon_and_is_named(steps):
    def model(x):
        return square_root(tf.nn.relu(x - 0.2))

    steps = Fixed(12, "trapezoid") if isinstance(steps, Fixed) else steps
    with pytest.warns(UserWarning, match="NaN or infinite") as caught:
        found = kerasig.explain(model, np.abs(X), steps=steps)
    # Python deprecates some of what TensorFlow does when it traces.
    assert len([warning for warning in caught if warning.category is not DeprecationWarning]) == 1
    assert not found.converged.any()
    assert found.n_evaluations.max() <= 5 * 12


@both_rules
def test_a_path_without_any_gradient_is_not_scaled_in_vain(steps):
    def model(x):
        hidden = tf.cast(tf.nn.relu(tf.cast(x, tf.float16)), tf.float32)
        return 1 + tf.reduce_sum(hidden, axis=1)

    found = kerasig.explain(model, -np.abs(X), steps=steps)
    assert found.n_evaluations.max() <= 12
    assert not found.values.any()
    assert found.converged.all()


@both_rules
def test_a_step_in_float16_has_no_gradient_and_says_so(steps):
    def model(x):
        half = tf.cast(x, tf.float16)
        # A jump that no gradient tells of.
        return tf.cast(tf.reduce_sum(half * 0 + tf.sign(half - 0.4), axis=1), tf.float32)

    found = kerasig.explain(model, np.ones((2, 3), "float32"), steps=steps)
    assert not found.converged.any()
    assert found.n_evaluations.max() <= 5 * 512


# The search alone.


@pytest.mark.parametrize("reach", [FLOAT16_REACH, REACH], ids=["outputs in float16", "outputs in float32"])
def test_the_search_finds_a_scale_wherever_there_is_one(reach):
    gradients = 2.0 ** np.arange(-70, 36, 0.5)
    paths, scales = np.arange(len(gradients)), Scales()
    pending = np.ones(len(paths), bool)
    for _ in range(8):
        factors = scales.of(paths).astype("float64")
        assert factors.max() <= 2.0**reach
        scaled = gradients * factors
        scaled = np.where(scaled > 65504, np.inf, np.round(scaled * 2**24) / 2**24)
        where = np.flatnonzero(pending)
        again = scales.judge(where, gradients[where, None], scaled[where, None], reach)
        pending[where] = again
        if not again.any():
            break
    assert not pending.any()
    reachable = gradients * 2.0**reach >= 2.0**-4
    factors = scales.of(paths)
    assert np.all(scaled[reachable] >= 2.0**-4)
    assert np.all(np.isfinite(scaled))
    usual = (gradients >= 2.0**-14) & (gradients <= 32)
    assert not scales.repeated(len(paths))[usual].any()
    assert np.all(factors[usual] == 2.0**FIRST)
    # One evaluation more where the first gradient was small, and few where it overflowed.
    assert scales.repeated(len(paths)).max() < 8


def test_a_score_that_half_precision_hardly_resolves_is_not_refined_without_end():
    def coarse(x):
        return tf.cast(tf.cast(100 + 0.5 * tf.reduce_sum(tf.tanh(x), axis=1), tf.bfloat16), tf.float32)

    result = kerasig.explain(coarse, X, steps=Adaptive())
    assert result.n_evaluations.max() <= 80
    assert not result.converged[result.residual > 0.01].any()
