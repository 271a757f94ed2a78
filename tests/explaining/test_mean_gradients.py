"""The mean gradients of one explanation, of which other coordinates are made."""

import keras
import numpy as np
import pytest
import tf_keras

import kerasig
from kerasig._explaining.mean_gradients import mean_gradients


@pytest.fixture(params=[keras, tf_keras], ids=["keras", "tf_keras"])
def model(request):
    keras = request.param
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6, 5, 2))
    hidden = keras.layers.Conv2D(4, 3, activation="tanh", name="hidden")(inputs)
    return keras.Model(inputs, keras.layers.Dense(3)(keras.layers.Flatten()(hidden)))


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((7, 6, 5, 2)).astype("float32")


@pytest.mark.parametrize("rule", ["gauss_legendre", "riemann_left", "trapezoid"])
def test_values_are_differences_times_mean_gradients(model, x, rule):
    explainer = kerasig.Explainer(model, steps=kerasig.Fixed(9, rule))
    attribution, gradients = mean_gradients(explainer, x, 1)
    np.testing.assert_allclose(x * gradients, attribution.values, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(attribution.values, explainer.explain(x, 1).values)
    assert (attribution.n_evaluations == 9).all()


def test_gradients_are_known_where_an_input_is_its_baseline(model, x):
    x[:, 2] = 0
    explainer = kerasig.Explainer(model, steps=kerasig.Fixed(4), interior_alphas=kerasig.Fixed(4).build().nodes)
    attribution, gradients = mean_gradients(explainer, x, 0)
    weights = kerasig.Fixed(4).build().weights
    np.testing.assert_allclose(
        gradients, np.einsum("k,nk...->n...", weights, attribution.interior.gradients), rtol=1e-4, atol=1e-6
    )
    assert (gradients[:, 2] != 0).any()
    assert (attribution.values[:, 2] == 0).all()


def test_sampled_baselines_have_a_mean_gradient_each(model, x):
    samples = np.random.default_rng(1).standard_normal((3, 6, 5, 2)).astype("float32")
    explainer = kerasig.Explainer(model, steps=kerasig.Fixed(8))
    attribution, gradients = mean_gradients(explainer, x, baselines=kerasig.baselines.Samples(samples))
    assert gradients.shape == (7, 3, 6, 5, 2)
    values = ((x[:, None] - attribution.baselines) * gradients).mean(axis=1)
    np.testing.assert_allclose(values, attribution.values, rtol=1e-4, atol=1e-6)


def test_one_node_at_a_time_gives_the_same_means(model, x):
    whole, part = (
        mean_gradients(kerasig.Explainer(model, steps=kerasig.Fixed(9), batch_size=size), x, 2).gradients
        for size in (None, 2)
    )
    np.testing.assert_allclose(part, whole, rtol=1e-4, atol=1e-6)


def test_layers_have_mean_gradients(model, x):
    explainer = kerasig.Explainer(model, layer="hidden", steps=kerasig.Fixed(3))
    attribution, gradients = mean_gradients(explainer, x)
    assert gradients.shape == attribution.values.shape == (7, 4, 3, 4)


def test_an_adaptive_rule_is_refused(model, x):
    with pytest.raises(ValueError, match="Mean gradients need a fixed rule"):
        mean_gradients(kerasig.Explainer(model), x)
