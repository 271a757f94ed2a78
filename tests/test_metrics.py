"""What is measured on attributions, against numbers worked out by hand and the cases that have none."""

import warnings

import numpy as np
import pytest

from kerasig.metrics import drift, region_mass


@pytest.fixture(autouse=True)
def no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_drift_is_one_minus_the_cosine_of_each_probe():
    previous = np.array([[3.0, 4.0], [1.0, 0.0], [1.0, 1.0], [1.0, 0.0]])
    current = np.array([[6.0, 8.0], [0.0, 2.0], [-1.0, -1.0], [1.0, 1.0]])
    np.testing.assert_allclose(drift(previous, current), [0, 1, 2, 1 - 1 / np.sqrt(2)], atol=1e-15)


def test_drift_sees_direction_alone():
    values = np.random.default_rng(0).normal(size=(5, 4, 3))
    np.testing.assert_allclose(drift(values, 7 * values), 0, atol=1e-15)
    np.testing.assert_allclose(drift(values, -values), 2, atol=1e-15)
    other = np.random.default_rng(1).normal(size=(5, 4, 3))
    np.testing.assert_allclose(drift(values, other), drift(other, values), atol=1e-15)


def test_drift_of_one_feature_is_that_of_its_sign():
    np.testing.assert_array_equal(drift(np.array([[2.0], [2.0]]), np.array([[0.1], [-5.0]])), [0, 2])


def test_drift_between_nothing_and_nothing_is_none_and_to_something_unknown():
    previous = np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 2.0]])
    current = np.array([[0.0, -0.0], [1.0, 0.0], [0.0, 0.0]])
    np.testing.assert_array_equal(drift(previous, current), [0, np.nan, np.nan])


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_drift_of_what_is_not_finite_is_unknown(broken):
    previous = np.array([[1.0, 2.0], [1.0, 2.0]])
    current = np.array([[broken, 2.0], [1.0, 2.0]])
    assert np.isnan(drift(previous, current)[0])
    assert np.isnan(drift(current, previous)[0])
    assert abs(drift(previous, current)[1]) < 1e-15


@pytest.mark.parametrize("scale", [1e-200, 1e-45, 1e200])
def test_drift_holds_at_any_magnitude(scale):
    previous, current = np.array([[3.0, 4.0]]) * scale, np.array([[4.0, 3.0]]) * scale
    np.testing.assert_allclose(drift(previous, current), 1 - 24 / 25, atol=1e-15)


def test_drift_never_leaves_its_range():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(1000, 3)).astype("float32")
    b = np.concatenate([a[:500] * rng.uniform(size=(500, 1)).astype("float32"), -a[500:]])
    found = drift(a, b)
    assert (found >= 0).all()
    assert (found <= 2).all()


def test_drift_compares_like_with_like():
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2, 4\)"):
        drift(np.zeros((2, 3)), np.zeros((2, 4)))


def test_region_mass_is_the_share_of_absolute_attribution_inside():
    values = np.array([[[1.0, -2.0], [3.0, 4.0]], [[0.0, 0.0], [0.0, -1.0]]])
    mask = np.array([[False, True], [True, False]])
    np.testing.assert_allclose(region_mass(values, mask), [0.5, 0])


def test_region_mass_takes_a_mask_per_probe():
    values = np.array([[1.0, -3.0], [1.0, -3.0]])
    mask = np.array([[True, False], [False, True]])
    np.testing.assert_allclose(region_mass(values, mask), [0.25, 0.75])


def test_region_mass_of_everything_is_one():
    values = np.random.default_rng(0).normal(size=(4, 5))
    np.testing.assert_allclose(region_mass(values, np.ones((1, 5), bool)), 1)


def test_region_mass_is_unknown_where_region_or_attribution_is_empty():
    values = np.array([[1.0, 2.0], [0.0, 0.0]])
    mask = np.array([[False, False], [True, False]])
    np.testing.assert_array_equal(region_mass(values, mask), [np.nan, np.nan])


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_region_mass_of_what_is_not_finite_is_unknown_wherever_it_is(broken):
    values = np.array([[broken, 1.0], [1.0, broken]])
    assert np.isnan(region_mass(values, np.array([[True, False]]))).all()


def test_region_mass_counts_a_region_as_large_as_its_share_for_an_even_attribution():
    values = np.full((1, 8), -0.3)
    np.testing.assert_allclose(region_mass(values, np.arange(8)[None] < 2), 0.25)
