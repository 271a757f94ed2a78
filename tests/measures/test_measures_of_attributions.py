"""Attribution.metrics: per-example columns from the result of explain alone."""

import keras
import numpy as np
import pytest

import kerasig
from kerasig.metrics._functions import drift, drift_noise, region_mass

X = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
TWO = np.arange(6) < 2
ALWAYS = {
    *("score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations", "trusted", "max_abs"),
    *("positive_sum", "negative_sum", "gini", "effective_features"),
    *("alpha_50", "alpha_90", "peak_alpha", "end_gradient", "gradient_share"),
}
OF_REGION = {f"region{kind}/two" for kind in ("", "_chance", "_noise", "_lift", "_signed", "_hit")}
COMPARED = {
    *("drift", "drift_noise", "drift_chance", "rank_correlation", "rank_correlation_chance"),
    *("top_k_overlap", "top_k_overlap_chance"),
}


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(16, "tanh"), keras.layers.Dense(3)])


@pytest.fixture(scope="module")
def found(model):
    return kerasig.explain(model, X, 1, interior_alphas=[0.1, 1.0])


def test_columns_are_those_that_were_asked_for(found):
    assert set(found.metrics()) == ALWAYS
    columns = found.metrics({"two": TWO}, previous=found)
    assert set(columns) == ALWAYS | OF_REGION | COMPARED
    assert all(column.shape == (5,) and np.isfinite(column).all() for column in columns.values())


def test_of_no_examples_nothing_is_measured(found):
    with pytest.raises(ValueError, match=r"^metrics are of examples, .* at least one\. Received none"):
        found[:0].metrics()


def test_numbers_are_those_of_the_functions(model, found):
    other = kerasig.explain(model, X, 1, baselines=1.0)
    columns = found.metrics({"two": TWO}, previous=other)
    np.testing.assert_array_equal(columns["region/two"], region_mass(found.values, TWO))
    moved, floor = drift(other.values, found.values), drift_noise(other.map_error, found.map_error)
    np.testing.assert_array_equal(columns["drift"], np.where(moved > floor, moved, 0))
    np.testing.assert_array_equal(columns["drift_noise"], floor)
    np.testing.assert_allclose(
        columns["positive_sum"] + columns["negative_sum"], found.score - found.baseline_score, 1e-3
    )


def test_names_of_features_make_regions(found):
    named = found.metrics({"two": ["a", "b"]}, feature_names=list("abcdef"))
    np.testing.assert_array_equal(named["region_lift/two"], found.metrics({"two": TWO})["region_lift/two"])


def test_a_saved_attribution_measures_the_same(found, tmp_path):
    found.save(tmp_path / "found")
    again = kerasig.Attribution.load(tmp_path / "found").metrics({"two": TWO})
    for name, column in found.metrics({"two": TWO}).items():
        np.testing.assert_array_equal(again[name], column)


def test_channels_are_summed_and_the_noise_of_regions_grows_with_what_cancels():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5, 5, 3)), keras.layers.Flatten(), keras.layers.Dense(8, "relu")])
    model.add(keras.layers.Dense(2))
    images = np.random.default_rng(0).normal(size=(3, 5, 5, 3)).astype("float32")
    found = kerasig.explain(model, images, 0)
    columns = found.metrics({"two": np.eye(5, dtype=bool)})
    pixels = found.values.astype("float64").sum(-1)
    np.testing.assert_allclose(columns["region/two"], region_mass(pixels, np.eye(5, dtype=bool)))
    error = found.map_error * np.abs(found.values).sum((1, 2, 3)) / np.abs(pixels).sum((1, 2))
    mass = columns["region/two"]
    np.testing.assert_allclose(columns["region_noise/two"], error * np.maximum(mass, 1 - mass) / (1 - error), rtol=1e-5)


def test_layers_tokens_and_held_inputs():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,), dtype="int32"), keras.layers.Embedding(9, 3, name="words")])
    model.add(keras.layers.LSTM(5))
    model.add(keras.layers.Dense(1))
    ids = np.arange(8).reshape(2, 4)
    found = kerasig.explain(model, ids, layer="words", interior_alphas=[1.0])
    columns = found.metrics({"two": ["b", "x"]}, tokens=[["a", "b", "c", "d"], ["w", "x"]])
    size = np.abs(found.values.astype("float64").sum(-1))
    mass = size[:, 1] / size.sum(1)
    np.testing.assert_allclose(columns["region/two"], mass)
    np.testing.assert_allclose(columns["region_lift/two"], mass * [4, 2])


def test_several_inputs(model):
    left, right = keras.Input((2,), name="left"), keras.Input((3,), name="right")
    joined = keras.layers.Concatenate()([left, right])
    both = keras.Model({"left": left, "right": right}, keras.layers.Dense(1)(joined))
    inputs = {"left": X[:, :2], "right": X[:, 2:5]}
    found = kerasig.explain(both, inputs, interior_alphas=[0.5, 1.0], steps=3)
    columns = found.metrics({"two": {"left": [True, True]}})
    everything = np.concatenate([found.values["left"], found.values["right"]], axis=1)
    np.testing.assert_allclose(columns["region/two"], region_mass(everything, np.arange(5) < 2))
    # A linear model; Gauss-Legendre has no node at the input, so this is from the interior gradients.
    np.testing.assert_allclose(columns["gradient_share"], 1, rtol=1e-4)
    np.testing.assert_allclose(columns["end_gradient"], 1, rtol=1e-4)


def test_what_is_not_finite_neither_warns_nor_fails(found):
    import dataclasses
    import warnings

    values, score = found.values.copy(), found.score.copy()
    values[0, 0], values[1, 1], values[2], score[3] = np.nan, np.inf, 0, np.nan
    broken = dataclasses.replace(
        found, values=values, score=score, converged=np.array([False, False, True, False, True])
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        columns = broken.metrics({"two": TWO}, previous=found)
        broken.metrics({"two": TWO}, previous=broken)
    for name in ("gini", "effective_features", "region/two", "drift"):
        np.testing.assert_array_equal(np.isnan(columns[name]), [True, True, True, False, False])
    np.testing.assert_array_equal(columns["trusted"], [False, False, True, False, True])


def test_another_set_of_examples_is_refused(found, model):
    with pytest.raises(ValueError, match=r"previous compares like with like.*\(3, 6\) and \(5, 6\)"):
        found.metrics(previous=kerasig.explain(model, X[:3], 1))
    with pytest.raises(ValueError, match=r"same examples, in the same order. Received other inputs in 4 of 5"):
        found.metrics(previous=found[::-1])
    with pytest.raises(ValueError, match=r"same examples, in the same order. Received other inputs in 5 of 5"):
        found.metrics(previous=kerasig.explain(model, X + 1, 1))
    with pytest.raises(ValueError, match=r"previous must be of the same layer. Received that of layer='dense"):
        found.metrics(previous=kerasig.explain(model, X, 1, layer=model.layers[0]))
    with pytest.raises(TypeError, match=r"previous must be a kerasig.Attribution. Received ndarray"):
        found.metrics(previous=found.values)
    with pytest.raises(ValueError, match="regions"):
        found.metrics({"two": np.ones(7, bool)})
