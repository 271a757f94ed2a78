"""A model that fails at points of the path says where: at the inputs, at the baselines or between them."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig import baselines

# Matrices near the identity, so that those between have an inverse as well.
X = (np.array([1, 0.2, 0.2, 1]) + 0.1 * np.random.default_rng(0).random((5, 4))).astype("float32")
both_rules = pytest.mark.parametrize("steps", [4, None], ids=["fixed", "adaptive"])


def refused(model, inputs=X, target=None, **options):
    with pytest.raises(ValueError) as caught:
        kerasig.explain(model, inputs, target, **options)
    said = str(caught.value)
    assert "\n" not in said
    assert said.endswith(".")
    return said


def inverse(x):
    return tf.linalg.inv(tf.reshape(x, (-1, 2, 2)))[:, 0, 0]


def of_prices(x):
    with tf.control_dependencies([tf.debugging.assert_positive(x, message="prices must be positive")]):
        return tf.reduce_sum(tf.math.log(tf.identity(x)), axis=1)


class Inverse(keras.Model):
    def call(self, x):
        return keras.ops.inv(keras.ops.reshape(x, (-1, 2, 2)))[:, 0, 0]


def unless(condition, message):
    """A sum of squares, of a model that refuses rows for whose sum the condition holds."""

    def model(x):
        with tf.control_dependencies([tf.debugging.Assert(~tf.reduce_any(condition(x[:, 0])), [message])]):
            return tf.reduce_sum(tf.identity(x) ** 2, axis=1)

    return model


FAILING = {
    "an inverse": (inverse, "Input is not invertible"),
    "one of Keras": (Inverse(), "Input is not invertible"),
    "an assertion": (of_prices, "prices must be positive"),
}


@both_rules
@pytest.mark.parametrize(("model", "words"), FAILING.values(), ids=FAILING.keys())
def test_a_model_that_fails_at_the_baselines_alone_asks_for_others(model, words, steps):
    for _ in range(2):  # Also when nothing is traced any more.
        said = refused(model, steps=steps)
        assert said.startswith("baselines must be points at which the model is defined. Received baselines=None, which")
        assert "though not at the inputs" in said
        assert words in said
        assert "Pass baselines" in said
    assert "Received baselines=0.0" in refused(model, steps=steps, baselines=0.0)
    # The remedy.
    result = kerasig.explain(model, X, steps=steps, baselines=baselines.Mean(X))
    assert np.isfinite(result.values).all()


@both_rules
def test_a_model_that_fails_at_the_inputs_says_so(steps):
    said = refused(unless(lambda first: first > 0.5, "too large"), np.ones((3, 4), "float32"), steps=steps)
    assert said.startswith(
        "inputs must be what the model and the target take. Received inputs of float32, shape (3, 4)"
    )
    assert "too large" in said


@both_rules
def test_a_model_that_fails_between_says_that_it_does_at_neither_end(steps):
    model = unless(lambda first: (first > 0.2) & (first < 0.8), "no half measures")
    said = refused(model, np.ones((3, 4), "float32"), steps=steps)
    assert said.startswith("baselines must lead to the inputs by points at which the model is defined")
    assert "at neither end" in said
    assert "no half measures" in said


def test_a_model_that_fails_after_it_was_explained_is_told_as_well():
    explainer = kerasig.Explainer(inverse, steps=2)
    explainer.explain(X, baselines=baselines.Mean(X))
    with pytest.raises(ValueError, match="baselines must be points at which the model is defined"):
        explainer.explain(X)
    with pytest.raises(ValueError, match="baselines must be points at which the model is defined"):
        explainer.scores(X, at_baselines=True)
    assert explainer.scores(X).shape == (5,)
    explainer.check(X)


def test_a_layers_baseline_is_told_as_that_of_inputs_is():
    inputs = keras.Input((4,))
    matrix = keras.layers.Reshape((2, 2), name="matrix")(inputs)
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: keras.ops.inv(x)[:, 0, :1])(matrix))
    said = refused(model, layer="matrix", steps=2)
    assert said.startswith("baselines must be points at which the model is defined. Received baselines=None")
    at_inputs = baselines.AtInputs(X.mean(axis=0, keepdims=True))
    assert np.isfinite(kerasig.explain(model, X, layer="matrix", steps=2, baselines=at_inputs).values).all()


def test_a_layer_before_which_the_model_fails_is_told_by_its_inputs():
    inputs = keras.Input((4,))
    inverted = keras.layers.Lambda(lambda x: keras.ops.inv(keras.ops.reshape(x, (-1, 2, 2))))(inputs)
    after = keras.layers.Flatten(name="after")(inverted)
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x[:, :1])(after))
    said = refused(model, np.zeros((2, 4), "float32"), layer="after", steps=2)
    assert said.startswith(
        "inputs must be what the model and the target take. Received inputs of float32, shape (2, 4)"
    )
    at_zeros = baselines.AtInputs(np.zeros((1, 4), "float32"))
    said = refused(model, layer="after", steps=2, baselines=at_zeros)
    assert said.startswith("baselines must be what the model and the target take. Received AtInputs(")


@pytest.mark.slow
def test_a_training_goes_on_and_is_told_which_baselines_to_pass(tmp_path):
    model = keras.Sequential([keras.Input((4,)), Inverse(), keras.layers.Reshape((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = kerasig.IGCallback(kerasig.ProbeSet(X), tmp_path, steps=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, X[:, :1], verbose=0, callbacks=[callback], epochs=2)
    said = [str(warning.message) for warning in caught if "baselines must be points" in str(warning.message)]
    assert len(said) == 1


@pytest.mark.slow
def test_a_training_goes_on_though_the_model_fails_on_the_probes(tmp_path):
    model = keras.Sequential([keras.Input((4,)), Inverse(), keras.layers.Reshape((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    callback = kerasig.IGCallback(kerasig.ProbeSet(0 * X, np.zeros(len(X))), tmp_path, steps=2)
    with pytest.warns(UserWarning, match=r"training goes on\. UndefinedError: inputs must be what the model"):
        model.fit(X, X[:, :1], verbose=0, callbacks=[callback])


def test_a_data_set_is_refused_with_which_baselines_to_pass():
    with pytest.raises(ValueError, match="baselines must be points at which the model is defined"):
        kerasig.explain_dataset(inverse, X, progress=False)
    assert kerasig.explain_dataset(inverse, X, baselines=baselines.Mean(X), progress=False) is not None
