"""Scores that stand still, jump, are huge, tiny or not finite, and models that XLA cannot compile."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig import Adaptive, Fixed

pytestmark = pytest.mark.slow

X = np.abs(np.random.default_rng(0).normal(size=(6, 4))).astype("float32") + 0.1
every_rule = pytest.mark.parametrize(
    "steps", [Fixed(16), Fixed(16, "trapezoid"), Adaptive(max_steps=64)], ids=["gauss", "trapezoid", "adaptive"]
)


def total(x):
    return tf.reduce_sum(x, axis=1)


def explained(model, inputs=X, **options):
    """The result, and the texts of all warnings, NumPy's included."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = kerasig.explain(model, inputs, **options)
    return result, [str(warning.message) for warning in caught]


def most(steps):
    return steps.n if isinstance(steps, Fixed) else steps.max_steps


# Scores that stand still.

STILL = {
    "constant": lambda x: 3 + 0 * total(x),
    "lost beside a large constant": lambda x: 1e30 + total(x),
}


@every_rule
@pytest.mark.parametrize("name", STILL)
def test_a_score_that_stands_still_is_settled_at_once(name, steps):
    result, messages = explained(STILL[name], steps=steps)
    assert messages == []
    assert result.converged.all()
    assert result.n_evaluations.max() <= (16 if isinstance(steps, Fixed) else 7)
    assert np.all(result.residual < 1e-6)
    np.testing.assert_allclose(result.values, X if "lost" in name else 0 * X, rtol=1e-6)


# Scores that jump, which no gradient tells of.

JUMPS = {
    # score, and the values that its gradient alone would give
    "a step on a slope": (lambda x: total(x) + 100 * tf.cast(total(x) > 1, tf.float32), X),
    "the position of the largest": (
        lambda x: 0 * total(x) + tf.cast(tf.argmax(x + tf.constant([0, 0, 0, 0.05]), 1), tf.float32),
        0 * X,
    ),
    "a staircase": (lambda x: total(tf.floor(5 * x)) + 0 * total(x), 0 * X),
}


@every_rule
@pytest.mark.parametrize("name", JUMPS)
def test_a_score_that_jumps_is_not_said_to_have_converged(name, steps):
    model, values = JUMPS[name]
    result, messages = explained(model, steps=steps)
    if "slope" in name:  # With a fixed number of nodes nothing tells a jump from a steep slope.
        assert [message.partition(". ")[0] for message in messages] == (
            [] if isinstance(steps, Fixed) else ["6 of 6 examples did not converge (jump at alpha)"]
        )
    else:
        assert [message.partition(", though")[0] for message in messages] == ["No gradient reaches inputs"]
        assert set(result.status[~result.converged]) == {"gradient cut"}
    np.testing.assert_allclose(result.values, values, rtol=1e-5)
    moved = np.abs(result.score - result.baseline_score - values.sum(axis=1)) > 0.5
    assert moved.any()
    # The jump is the completeness error, and is called so.
    change = (result.score - result.baseline_score).astype("float64")
    np.testing.assert_allclose(result.delta, values.sum(axis=1) - change, rtol=1e-4, atol=1e-5)
    assert not result.converged[moved].any()
    assert np.all(result.residual[moved] > 0.5)
    assert result.n_evaluations.max() <= most(steps)


# Sizes of scores.


def saturating(x):
    return total(tf.tanh(3 * x))


@every_rule
@pytest.mark.parametrize("exponent", [-100, 100])
def test_huge_and_tiny_scores_are_explained_like_others_bit_for_bit(exponent, steps):
    usual, _ = explained(saturating, steps=steps)
    result, messages = explained(lambda x: 2.0**exponent * saturating(x), steps=steps)
    assert messages == []
    # A power of two, near 1e30 or 1e-30, changes no digit.
    np.testing.assert_array_equal(np.ldexp(result.values, -exponent), usual.values)
    for name in ("residual", "map_error", "converged", "n_evaluations"):
        np.testing.assert_array_equal(getattr(result, name), getattr(usual, name))
    np.testing.assert_array_equal(np.ldexp(result.delta, -exponent), usual.delta)
    assert usual.converged.all() or isinstance(steps, Fixed)


@every_rule
def test_a_score_that_overflows_is_named_once(steps):
    result, messages = explained(lambda x: 2e38 * saturating(x), steps=steps)
    large = np.tanh(3 * X).sum(axis=1) > 1.8
    assert large.any()
    assert len(messages) == 1
    named = messages[0].partition("example ")[2].partition(";")[0]
    assert {int(number) for number in named.split(",")} >= set(np.flatnonzero(large))
    assert not result.converged[large].any()
    assert result.n_evaluations.max() <= most(steps)


OVER_FLOAT32 = {
    "scores and values": lambda x: 1e200 * saturating(x),
    "scores at both ends alone": lambda x: 1e200 * (1 - 1e-170 * total(x)),
}


@every_rule
@pytest.mark.parametrize("name", OVER_FLOAT32)
def test_scores_that_float32_cannot_hold_are_told_as_not_finite_and_in_no_other_warning(name, steps):
    result, messages = explained(OVER_FLOAT32[name], X.astype("float64"), steps=steps)
    assert len(messages) == 1
    assert messages[0].startswith("The score or a gradient is NaN or infinite for example")
    assert set(result.status) == {"not finite"}
    assert not result.converged.any()
    assert not np.isfinite(result.score).any()


# Scores that are not finite at one end.

ENDS = {
    "NaN at the baseline": lambda x: tf.where(total(x) > 0, total(x), np.float32(np.nan)),
    "infinite at the baseline": lambda x: total(tf.math.log(x)),
    "NaN at the input": lambda x: tf.where(x[:, 0] < x[:, 1] - 1, np.float32(np.nan), total(x)),
    "infinite at the input": lambda x: tf.where(x[:, 0] < x[:, 1] - 1, np.float32(np.inf), total(x)),
}


@every_rule
@pytest.mark.parametrize("name", ENDS)
def test_a_score_that_is_not_finite_at_one_end_gives_one_warning(name, steps):
    result, messages = explained(ENDS[name], steps=steps)
    broken = np.ones(6, bool) if "baseline" in name else X[:, 0] < X[:, 1] - 1
    assert broken.sum() > 0
    named = ", ".join(map(str, np.flatnonzero(broken)))
    assert messages == [f"The score or a gradient is NaN or infinite for example {named}; values are left as computed."]
    np.testing.assert_array_equal(result.converged, ~broken)
    np.testing.assert_allclose(result.values[~broken], X[~broken], rtol=1e-5)
    assert result.n_evaluations.max() <= most(steps)


# In the callback.


class Score(keras.layers.Layer):
    """A function of the outputs of a layer, as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, inputs):
        return self.function(inputs)[:, None]


@pytest.mark.parametrize("steps", [4, None], ids=["fixed", "adaptive"])
@pytest.mark.parametrize(
    ("function", "warned", "converged", "trusted"),
    [
        (JUMPS["a step on a slope"][0], "adaptive", 0, 0),
        (ENDS["infinite at the baseline"], 1, 0, 0),
        # Integrated exactly, and nothing can be measured on a map of a score that does not change.
        (STILL["constant"], 0, 6, 0),
        (lambda x: 1e30 * total(x), 0, 6, 6),
    ],
    ids=["step", "infinite", "constant", "huge"],
)
def test_the_callback_records_what_it_finds_and_warns_once(function, warned, converged, trusted, steps, tmp_path):
    model = keras.Sequential([keras.Input((4,)), Score(function)])
    callback = kerasig.IGCallback(kerasig.ProbeSet(X), tmp_path, steps=steps, interior_alphas=None, on_error="raise")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(3):
            callback.record(model, step)
    if warned == "adaptive":  # With a fixed number of nodes nothing tells a jump from a steep slope.
        warned = int(steps is None)
    assert len(caught) == warned, [str(warning.message) for warning in caught]
    assert [record["step"] for record in callback.history] == [0, 1, 2]
    for record in callback.history:
        assert np.sum(record["probes"]["converged"]) == converged
        assert record["untrusted"] == 6 - trusted


# XLA.


def in_python(x):
    return total(x) + tf.ensure_shape(tf.numpy_function(lambda rows: rows.sum(axis=1), [x], tf.float32), [None])


@pytest.mark.parametrize("steps", [3, None], ids=["fixed", "adaptive"])
def test_a_model_that_xla_cannot_compile_is_refused_with_the_remedy(steps):
    for _ in range(2):
        with pytest.raises(ValueError, match=r"XLA.*jit_compile=True.*Pass jit_compile=False.*Received: .*PyFunc"):
            kerasig.explain(in_python, X, steps=steps, jit_compile=True)
    # And the failure is in nobody's way.
    np.testing.assert_allclose(kerasig.explain(in_python, X, steps=steps).values, X, rtol=1e-5)


def test_the_models_own_wish_for_xla_is_named_too():
    model = keras.Sequential([keras.Input((4,)), Score(in_python)])
    model.compile("sgd", "mse", jit_compile=True)
    with pytest.raises(ValueError, match=r"in the model's own compile\(\)"):
        kerasig.explain(model, X)
    np.testing.assert_allclose(kerasig.explain(model, X, jit_compile=False).values, X, rtol=1e-5)


def test_the_callback_refuses_a_model_that_xla_cannot_compile_before_training(tmp_path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), Score(in_python)])
    model.compile("sgd", "mse", jit_compile=False)
    callback = kerasig.IGCallback(kerasig.ProbeSet(X), tmp_path, jit_compile=True)
    with pytest.raises(ValueError, match="Pass jit_compile=False"):
        model.fit(X, X[:, :1], callbacks=[callback], verbose=0)


@pytest.mark.parametrize("steps", [3, None], ids=["fixed", "adaptive"])
def test_gradients_of_unknown_shape_are_given_their_points_shape(steps):
    def model(x):
        return tf.ensure_shape(tf.py_function(lambda rows: total(rows**2), [x], tf.float32), [None])

    np.testing.assert_allclose(kerasig.explain(model, X, steps=steps).values, X**2, rtol=1e-5)
