"""Sums, Gini index and effective number of features, against numbers worked out by hand and the cases without any."""

import numpy as np
import pytest

from kerasig.metrics._functions import effective_features, gini, negative_sum, positive_sum

pytestmark = pytest.mark.filterwarnings("error")

EVERY = [gini, effective_features, positive_sum, negative_sum]


def test_gini_by_hand():
    values = np.array([[1.0, -1.0, 1.0, 1.0], [0.0, 0.0, -5.0, 0.0], [1.0, 2.0, 3.0, -4.0]])
    # Differences of 1, 2, 3 and 4: 2 (3 * 1 + 2 * 2 + 3) = 20; 20 / (2 * 4 * 10).
    np.testing.assert_allclose(gini(values), [0, 0.75, 0.25], atol=1e-15)


def test_gini_is_the_mean_difference_of_all_pairs():
    values = np.random.default_rng(0).normal(size=(5, 3, 4))
    size = np.abs(values).reshape(5, -1)
    expected = np.abs(size[:, :, None] - size[:, None]).sum((1, 2)) / (2 * 12 * size.sum(1))
    np.testing.assert_allclose(gini(values), expected)


def test_effective_features_counts_even_ones():
    values = np.array([[1.0, -1.0, 1.0, 1.0], [0.0, 0.0, -5.0, 0.0], [2.0, -2.0, 0.0, 0.0], [3.0, 1.0, 0.0, 0.0]])
    np.testing.assert_allclose(effective_features(values), [4, 1, 2, 1.6])


def test_sums_by_sign_add_up():
    values = np.array([[[1.0, -2.0], [3.0, -5.0]]])
    np.testing.assert_allclose([positive_sum(values), negative_sum(values)], [[4], [-7]])


@pytest.mark.parametrize("metric", [gini, effective_features])
def test_concentration_is_unknown_of_nothing_and_of_what_is_not_finite(metric):
    values = np.array([[0.0, 0.0], [np.nan, 1.0], [-np.inf, 1.0], [np.inf, np.nan], [1.0, 1.0]])
    np.testing.assert_array_equal(np.isnan(metric(values)), [True, True, True, True, False])
    np.testing.assert_array_equal(metric(np.zeros((2, 0))), [np.nan, np.nan])


def test_a_single_feature_is_even_and_one():
    one = np.array([[-3.0]])
    assert (gini(one), effective_features(one)) == (0, 1)


@pytest.mark.parametrize("metric", [gini, effective_features])
@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_concentration_holds_at_any_magnitude(metric, scale):
    values = np.array([[1.0, -2.0, 4.0]])
    np.testing.assert_allclose(metric(values * scale), metric(values))


@pytest.mark.parametrize("metric", EVERY)
def test_no_probes(metric):
    assert metric(np.zeros((0, 3, 2))).shape == (0,)


def test_sums_show_what_is_not_finite():
    values = np.array([[np.nan, 1.0], [np.inf, -1.0], [np.inf, -np.inf], [0.0, 0.0]])
    np.testing.assert_array_equal(positive_sum(values), [np.nan, np.inf, np.inf, 0])
    np.testing.assert_array_equal(negative_sum(values), [np.nan, -1, -np.inf, 0])
