"""Explainer.scores: the explained scalar without its gradient, and what it becomes where baselines replace inputs."""

import keras
import numpy as np
import pytest

import kerasig
from kerasig import baselines, targets

X = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [keras.Input((6,)), keras.layers.Dense(8, "tanh"), keras.layers.Dense(3, activation="softmax")]
    )


@pytest.mark.parametrize("steps", [None, 4])
def test_scores_are_those_that_an_attribution_reports(model, steps):
    explainer = kerasig.Explainer(model, steps=steps)
    for target in (None, 1, targets.Label(np.arange(5) % 3)):
        found = explainer.explain(X, target, baselines=0.5)
        np.testing.assert_allclose(explainer.scores(X, target, baselines=0.5), found.score, atol=1e-6)
        at_baselines = explainer.scores(X, target, baselines=0.5, at_baselines=True)
        np.testing.assert_allclose(at_baselines, found.baseline_score, atol=1e-6)


def test_replaced_inputs_are_the_baselines_and_the_class_stays_that_of_the_inputs(model):
    mask = np.random.default_rng(1).random((5, 6)) < 0.5
    found = kerasig.Explainer(model).scores(X, baselines=0.5, replaced=mask)
    classes = np.argmax(model(X), axis=-1)
    expected = model(np.where(mask, np.float32(0.5), X)).numpy()[np.arange(5), classes]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_of_several_baselines_the_mean_score_is_returned(model):
    pool = np.random.default_rng(2).normal(size=(4, 6)).astype("float32")
    mask = np.arange(6) < 2
    found = kerasig.Explainer(model).scores(X, 2, baselines=baselines.Samples(pool), replaced=mask)
    expected = np.mean([model(np.where(mask, row, X)).numpy()[:, 2] for row in pool], axis=0)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_inputs_are_replaced_where_a_layer_returns_them():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,), dtype="int32"), keras.layers.Embedding(9, 3, name="words")])
    model.add(keras.layers.LSTM(5))
    model.add(keras.layers.Dense(1))
    ids = np.arange(8).reshape(2, 4)
    mask = np.array([[True, False, False, False], [False, False, True, True]])
    found = kerasig.Explainer(model, layer="words").scores(ids, replaced=mask[..., None])
    embedded = model.layers[0](ids).numpy() * ~mask[..., None]
    expected = model.layers[2](model.layers[1](embedded)).numpy()[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("mask", [np.ones((5, 4), bool), np.ones((5, 6)), np.ones((2, 5, 6), bool)])
def test_a_mask_that_does_not_fit_says_what_would(model, mask):
    with pytest.raises(ValueError, match=r"replaced must be boolean.*Received.*\[5, 6\]"):
        kerasig.Explainer(model).scores(X, replaced=mask)
