"""Regions of attributions, against numbers worked out by hand and the cases that have none."""

import numpy as np
import pytest

from kerasig.metrics._functions import region_hit, region_lift, region_mass, region_noise, region_signed

pytestmark = pytest.mark.filterwarnings("error")

OF_VALUES = [region_mass, region_lift, region_signed, region_hit]


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


@pytest.mark.parametrize("metric", OF_VALUES)
def test_regions_are_unknown_where_there_is_nothing_or_something_is_not_finite(metric):
    values = np.array([[1.0, 2.0], [0.0, 0.0], [np.nan, 1.0], [1.0, -np.inf], [1.0, 2.0]])
    mask = np.array([[False, False], [True, False], [True, False], [True, False], [True, False]])
    np.testing.assert_array_equal(np.isnan(metric(values, mask)), [True, True, True, True, False])


@pytest.mark.parametrize("metric", OF_VALUES)
def test_regions_of_no_probes_or_no_positions(metric):
    assert metric(np.zeros((0, 2, 2)), np.ones((2, 2), bool)).shape == (0,)
    np.testing.assert_array_equal(metric(np.zeros((2, 0)), np.ones((1, 0), bool)), [np.nan, np.nan])


@pytest.mark.parametrize("metric", [region_mass, region_lift, region_hit])
def test_a_region_of_everything_holds_everything(metric):
    values = np.random.default_rng(0).normal(size=(4, 5))
    np.testing.assert_allclose(metric(values, np.ones(5, bool)), 1)
    np.testing.assert_allclose(metric(values[:, :1], np.ones(1, bool)), 1)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_regions_hold_at_any_magnitude(scale):
    values, mask = np.array([[1.0, -2.0, 1.0]]) * scale, np.array([False, True, False])
    found = [metric(values, mask)[0] for metric in OF_VALUES]
    np.testing.assert_allclose(found, [0.5, 1.5, -0.5, 1])


def test_region_lift_is_mass_over_the_share_of_positions():
    values, mask = np.array([[[1.0, -2.0], [3.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]]), np.array([[False, False], [0, 1]])
    np.testing.assert_allclose(region_lift(values, mask.astype(bool)), [4 / 10 / 0.25, 1])


def test_padding_makes_no_region_small():
    values = np.array([[1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]])
    mask, present = np.arange(8) == 1, np.arange(8) < 2
    np.testing.assert_allclose(region_lift(values, mask), 0.75 * 8)
    np.testing.assert_allclose(region_lift(values, mask, present), 0.75 * 2)


def test_region_signed_tells_for_from_against():
    values = np.array([[1.0, -2.0, 1.0], [1.0, 2.0, -1.0], [2.0, -2.0, 0.0]])
    np.testing.assert_allclose(region_signed(values, np.array([True, True, False])), [-0.25, 0.75, 0])


def test_region_hit_is_where_the_largest_lies_whatever_its_sign():
    values = np.array([[1.0, -2.0, 1.0], [3.0, 2.0, -1.0], [2.0, -2.0, 2.0]])
    # Of three largest positions one lies inside.
    np.testing.assert_allclose(region_hit(values, np.array([False, True, False])), [1, 0, 1 / 3])


def test_region_noise_by_hand():
    mass, error = np.array([0.1, 0.9, 0.5, 0.2, np.nan, 0.2]), np.array([0.05, 0.05, 0, 5, 0.1, np.nan])
    expected = [0.05 * 0.9 / 0.95, 0.05 * 0.9 / 0.95, 0, 0.8, np.nan, np.nan]
    np.testing.assert_allclose(region_noise(mass, error), expected)
    np.testing.assert_allclose(region_noise(np.array([0.3]), np.array([np.inf])), 0.7)


def test_region_noise_is_a_bound_that_is_reached():
    rng = np.random.default_rng(0)
    n, mask = 20_000, np.arange(6) < 2
    values = rng.normal(size=(n, 6))
    # Errors of one L1 norm, many of them in a few positions only.
    errors = rng.normal(size=(n, 6)) * (rng.random((n, 6)) < 0.4) + 1e-12
    # Towards zero is worst.
    errors = np.where(rng.random((n, 1)) < 0.5, -np.sign(values) * np.abs(errors), errors)
    share = rng.uniform(0.01, 0.45, size=(n, 1))
    errors *= share * np.abs(values).sum(1, keepdims=True) / np.abs(errors).sum(1, keepdims=True)
    mass = region_mass(values, mask)
    moved = np.abs(region_mass(values + errors, mask) - mass)
    bound = region_noise(mass, share[:, 0])
    assert (moved <= bound + 1e-9).all()
    assert (moved > 0.99 * bound).any()
