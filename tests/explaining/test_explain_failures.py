"""What cannot be explained says so: by a warning that names it, or an error that names the remedy."""

import re
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
both_rules = pytest.mark.parametrize("steps", [8, None], ids=["fixed", "adaptive"])


def explained(*args, **options):
    """The result, and the texts of the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = kerasig.explain(*args, **options)
    for warning in caught:
        assert warning.filename == __file__, "a warning points at the line that called"
    return result, [str(warning.message) for warning in caught]


def first_only(inputs):
    return tf.reduce_sum(inputs["used"] ** 2, axis=1)


# Disconnected inputs.


@both_rules
def test_an_input_that_the_score_does_not_depend_on_gets_zero_and_one_warning_names_it(steps):
    inputs = {"used": X, "left out": X, "also": X}
    for _ in range(2):  # Also when nothing is traced any more.
        result, messages = explained(first_only, inputs, steps=steps, interior_alphas=[0.5])
        assert messages == ["The score does not depend on also, left out; its attribution is zero."]
        for name in ("left out", "also"):
            assert not result.values[name].any()
            assert not result.interior.gradients[name].any()
        np.testing.assert_allclose(result.values["used"], X**2, rtol=1e-5, atol=1e-6)
        assert result.converged.all()


@both_rules
def test_a_score_without_any_gradient_is_refused(steps):
    for model in (
        lambda x: tf.cast(tf.argmax(x, axis=1), tf.float32),
        lambda x: tf.reduce_sum(tf.stop_gradient(x), axis=1),
        lambda x: tf.ones([tf.shape(x)[0]]),
    ):
        with pytest.raises(ValueError, match=r"no gradient to any of inputs"):
            kerasig.explain(model, X, steps=steps)


def test_every_embedding_layer_is_named_when_ids_have_no_gradient():
    left, right = keras.Input((3,)), keras.Input((3,))
    embedded = [keras.layers.Embedding(5, 2, name=name)(ids) for name, ids in (("words", left), ("positions", right))]
    model = keras.Model([left, right], keras.layers.Dense(1)(keras.layers.Flatten()(keras.layers.Add()(embedded))))
    with pytest.raises(ValueError, match=r"no gradient to any of 0, 1.*layer='words'.*'words', 'positions'"):
        kerasig.explain(model, [X[:, :3], X[:, :3]])


# Values that are not finite.


def broken_at(condition, value):
    """A sum of squares that is `value` where `condition` holds."""

    def model(x):
        # A factor that is constant, so that the other rows' gradients stay what they are.
        return tf.reduce_sum(x**2, axis=1) * tf.where(condition(x), value, 1.0)

    return model


BROKEN = np.where(np.arange(6)[:, None] % 3 == 1, 100, 1).astype("float32") * np.abs(X)  # Examples 1 and 4 are large.
ENDS = {
    "NaN at the input": broken_at(lambda x: tf.reduce_sum(x, axis=1) > 90, np.nan),
    "infinite at the input": broken_at(lambda x: tf.reduce_sum(x, axis=1) > 90, np.inf),
    "NaN in the middle": broken_at(lambda x: (tf.reduce_sum(x, axis=1) > 20) & (tf.reduce_sum(x, axis=1) < 90), np.nan),
}


@both_rules
@pytest.mark.parametrize("model", ENDS.values(), ids=ENDS.keys())
def test_examples_that_are_not_finite_are_named_in_one_warning_and_leave_the_others_alone(model, steps):
    result, messages = explained(model, BROKEN, steps=steps)
    assert messages == ["The score or a gradient is NaN or infinite for example 1, 4; values are left as computed."]
    assert result.converged.tolist() == [True, False, True, True, False, True]
    healthy = [0, 2, 3, 5]
    np.testing.assert_allclose(result.values[healthy], BROKEN[healthy] ** 2, rtol=1e-5, atol=1e-6)
    finite = np.isfinite(result.score) & np.isfinite(result.values).all(axis=1) & np.isfinite(result.delta)
    assert not finite[[1, 4]].any()


@both_rules
def test_a_score_that_is_infinite_at_the_baseline_is_left_as_computed(steps):
    result, messages = explained(lambda x: tf.reduce_sum(tf.math.log(x), axis=1), np.abs(X), steps=steps)
    assert len(messages) == 1
    assert "0, 1, 2, 3, 4, 5" in messages[0]
    assert not result.converged.any()
    np.testing.assert_array_equal(result.baseline_score, np.full(6, -np.inf))
    np.testing.assert_allclose(result.score, np.log(np.abs(X)).sum(axis=1), rtol=1e-5)


def test_an_interior_gradient_that_is_infinite_is_named_too():
    # The square root's gradient at the baseline; Gauss-Legendre's nodes leave the baseline out.
    model = lambda x: tf.reduce_sum(tf.sqrt(x), axis=1)  # noqa: E731
    result, messages = explained(model, np.abs(X), steps=64, interior_alphas=[0.0])
    assert len(messages) == 1
    assert np.isinf(result.interior.gradients).all()
    assert np.isfinite(result.values).all()
    assert not result.converged.any()
    _, messages = explained(model, np.abs(X), steps=64)
    assert messages == []


def test_of_many_examples_the_first_ten_are_named():
    _, messages = explained(lambda x: np.nan * tf.reduce_sum(x, axis=1), np.ones((14, 2), "float32"), steps=2)
    assert messages[0].endswith("for example 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 4 more; values are left as computed.")


def test_nan_in_one_sampled_baseline_taints_its_examples_alone():
    baselines = np.zeros((2, 4), "float32")
    inputs = np.abs(X)
    inputs[2] *= 100
    model = broken_at(lambda x: tf.reduce_sum(x, axis=1) > 90, np.nan)
    result, messages = explained(model, inputs, steps=8, baselines=kerasig.baselines.Samples(baselines))
    assert "example 2;" in messages[0]
    assert result.converged.tolist() == [True, True, False, True, True, True]


# Bad input.


def model(x):
    return tf.reduce_sum(x**2, axis=1)


class Plain(keras.Model):
    def call(self, inputs):
        return keras.ops.sum(inputs**2, axis=1)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([1.0, 2.0], r"0 must have a first axis of examples\. Received the scalar 1\.0.*np\.asarray"),
        (3.0, r"inputs must have a first axis"),
        ([], r"inputs has no leaves\. Received \[\]"),
        ({}, r"inputs has no leaves"),
        (np.zeros((0, 4)), "at least one example"),
        ({"a": X, "b": X[:2]}, r"one row per example\. Received rows \{'a': 6, 'b': 2\}"),
        (None, r"inputs must be an array\. Received None"),
        ({"a": None}, r"a must be an array\. Received None"),
        (
            tf.SparseTensor(np.zeros((0, 2), np.int64), np.zeros(0, np.float32), (10**5, 10**5)),
            r"inputs must take at most 1 GiB as a dense array\. Received a SparseTensor of shape \[100000, 100000\], "
            r"which takes 37\.3 GiB\. Pass fewer examples, or densify",
        ),
        (X.astype("complex64"), r"must be real numbers, bools or strings\. Received dtype complex64"),
        (np.array([[1.0], [2.0, 3.0]], object), r"dense array.*Pad rows"),
        (np.array(["2020-01-01"], "datetime64[D]"), r"must be real numbers"),
        (
            X.astype("int32"),
            r"nothing to attribute to\. Received inputs: int32\. Pass floats, or layer=",
        ),
        (np.array(["a", "b"]), r"no floating leaf.*inputs: string"),
    ],
)
def test_inputs_that_are_no_arrays_of_examples_are_refused(inputs, message):
    with pytest.raises(ValueError, match=message):
        kerasig.explain(model, inputs)


def test_strings_for_a_model_of_numbers_are_refused():
    with pytest.raises(ValueError, match=r"The model takes float32 for inputs\. Received string"):
        kerasig.explain(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), np.array([["a"]]))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"steps": 0}, ValueError, r"steps counts gradient evaluations.*at least 1\. Received steps=0"),
        ({"steps": -1}, ValueError, r"Received steps=-1"),
        ({"steps": 2.5}, TypeError, r"kerasig\.Fixed\(n\) or kerasig\.Adaptive.*Received steps=2\.5"),
        ({"steps": "gausslegendre"}, TypeError, r"steps must be None"),
        ({"batch_size": 0}, ValueError, r"batch_size must be at least 1\. Received batch_size=0"),
        ({"batch_size": 2.0}, TypeError, r"batch_size must be None or an int"),
        ({"batch_size": True}, TypeError, r"batch_size must be None or an int"),
        ({"steps": True}, TypeError, r"Received steps=True"),
        ({"steps": np.nan}, TypeError, r"Received steps=nan"),
        ({"batch_size": -1}, ValueError, r"Received batch_size=-1"),
        ({"batch_size": np.nan}, TypeError, r"batch_size must be None or an int"),
        ({"jit_compile": 1}, TypeError, r"Received jit_compile=1"),
        ({"jit_compile": np.array([True, False])}, TypeError, r"jit_compile must be None, True or False"),
        ({"jit_compile": "auto"}, TypeError, r"jit_compile must be None, True or False\. Received jit_compile='auto'"),
        ({"interior_alphas": [0.5, 1.1]}, ValueError, r"each from 0 to 1\. Received interior_alphas=\[0\.5, 1\.1\]"),
        ({"interior_alphas": [-0.1]}, ValueError, r"positions on the path"),
        ({"interior_alphas": [np.nan]}, ValueError, r"positions on the path"),
        ({"interior_alphas": 0.5}, ValueError, r"Received interior_alphas=0\.5"),
        ({"interior_alphas": ["half"]}, ValueError, r"positions on the path"),
        ({"layer": "dense"}, ValueError, r"A layer can be named only in a Keras model"),
        ({"layer": 3}, TypeError, r"layer must be a Keras layer"),
        ({"baselines": "black"}, TypeError, r"baselines for inputs must be None"),
        ({"baselines": np.zeros(3)}, ValueError, r"baselines must broadcast to inputs"),
        ({"target": 1.5}, TypeError, r"target must be None, an int"),
    ],
)
def test_wrong_options_are_refused_with_what_would_fit(options, error, message):
    with pytest.raises(error, match=message):
        kerasig.explain(model, X, **options)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [(3, r"Keras model or a callable of the inputs\. Received: 3"), (Plain, r"not a class.*Pass an instance")],
)
def test_what_is_no_model_is_refused(wrong, message):
    with pytest.raises(TypeError, match=message):
        kerasig.explain(wrong, X)


def test_options_are_keyword_only_so_that_none_is_taken_for_another():
    with pytest.raises(TypeError):
        kerasig.explain(model, X, None, 0.0)
    with pytest.raises(TypeError):
        kerasig.Explainer(model, "layer")


def test_wrong_options_of_an_explainer_are_refused_when_it_is_made():
    for options in ({"steps": 0}, {"batch_size": 0}, {"interior_alphas": [2]}, {"layer": 1}, {"jit_compile": 2}):
        with pytest.raises((ValueError, TypeError)):
            kerasig.Explainer(model, **options)


def test_check_raises_what_explain_would_and_evaluates_no_path():
    for steps in (8, None):
        explainer = kerasig.Explainer(Plain(), steps=steps)
        explainer.check(X)
        with pytest.raises(ValueError, match="out of range"):
            explainer.check(X, 5)
        with pytest.raises(ValueError, match="broadcast"):
            explainer.check(X, baselines=np.zeros(3))


def test_messages_are_sentences_that_name_what_was_received():
    received = []
    for options in ({"steps": 0}, {"batch_size": 0}, {"interior_alphas": [2]}, {"baselines": np.zeros(3)}):
        with pytest.raises(ValueError) as caught:
            kerasig.explain(model, X, **options)
        received.append(str(caught.value))
    for message in received:
        assert re.search(r"Received", message)
        assert message.endswith(".")
