"""Drift and agreement of attributions, against numbers worked out by hand and the cases that have none."""

import numpy as np
import pytest

from kerasig.metrics._functions import (
    above_noise,
    drift,
    drift_between_seeds,
    drift_noise,
    rank_correlation,
    top_k_overlap,
)

pytestmark = pytest.mark.filterwarnings("error")

COMPARISONS = [drift, rank_correlation, top_k_overlap]


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


@pytest.mark.parametrize("compare", COMPARISONS)
def test_comparisons_of_no_probes_and_of_no_positions_are_empty_and_unknown(compare):
    assert compare(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)
    assert compare(np.zeros((2, 0)), np.zeros((2, 0))).shape == (2,)


@pytest.mark.parametrize("compare", [rank_correlation, top_k_overlap])
def test_comparisons_compare_like_with_like(compare):
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2, 4\)"):
        compare(np.zeros((2, 3)), np.zeros((2, 4)))


def test_drift_noise_is_three_times_the_mean_that_normal_errors_give():
    found = drift_noise(np.array([0.0, 0.03, np.nan, 0.1]), np.array([0.0, 0.04, 0.1, np.inf]))
    # Below is what float32 rounds away.
    np.testing.assert_allclose(found, [0, 3 * np.pi / 4 * 0.0025, np.nan, np.inf], atol=1e-12)
    assert found[0] > 0


def test_drift_of_normal_errors_stays_below_its_noise_floor_and_has_a_third_of_it_as_its_mean():
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(400, 1, 50))
    deviations = np.array([0.02, 0.05])
    first, second = (truth + d * np.abs(truth) * rng.normal(size=truth.shape) for d in deviations)
    errors = np.sqrt(2 / np.pi) * np.tile(deviations[:, None], 400)
    moved, floor = drift(first, second), drift_noise(*errors)
    # What lies along the truth turns nothing: a share of sum a^4 / (sum a^2)^2, 3/50 here.
    assert 0.85 < 3 * moved.mean() / floor[0] < 1
    assert (moved < floor).mean() > 0.98


def test_drift_of_single_jumps_stays_below_its_noise_floor_as_often_as_derived():
    rng = np.random.default_rng(0)
    truth = np.ones(20)
    # One jump, the same in both records, somewhere in its interval: the error has one direction.
    direction = rng.permutation([1.0, -1.0] * 10)
    places = rng.uniform(-0.5, 0.5, size=(2, 4000, 1)) * 0.02
    moved = drift(*(truth + place * direction for place in places))
    # A normal of the same deviation, sqrt(1/12), is what the map error takes it for.
    error = np.full(4000, np.sqrt(2 / np.pi) * 0.02 / np.sqrt(12))
    below = (moved <= drift_noise(error, error)).mean()
    assert below == pytest.approx(1 - (1 - np.sqrt(0.5)) ** 2, abs=0.02)


def test_drift_at_or_below_its_noise_is_none():
    moved, noise = np.array([0.1, 0.1, 0.1, np.nan, 0.1]), np.array([0.2, 0.05, 0.1, 0.1, np.nan])
    np.testing.assert_array_equal(above_noise(moved, noise), [0, 0.1, 0, np.nan, 0])


def test_drift_between_seeds_is_the_mean_over_pairs():
    values = np.array([[[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 1.0]]])
    side = 1 - np.sqrt(0.5)
    np.testing.assert_allclose(drift_between_seeds(values), [(1 + 2 * side) / 3])
    np.testing.assert_array_equal(drift_between_seeds(values[:1]), [np.nan])
    assert drift_between_seeds(np.zeros((0, 2, 3))).shape == (0,)


def test_rank_correlation_by_hand_without_and_with_ties():
    previous = np.array([[1.0, -2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], [1.0, 1.0, 2.0, 3.0]])
    current = np.array([[10.0, 20.0, -30.0, 40.0], [4.0, 3.0, 2.0, 1.0], [1.0, 2.0, 2.0, 3.0]])
    # Ranks 1.5 1.5 3 4 and 1 2.5 2.5 4: (1.5 + 2.25) / sqrt(4.5 * 4.5).
    np.testing.assert_allclose(rank_correlation(previous, current), [1, -1, 3.75 / 4.5])


@pytest.mark.parametrize("levels", [3, 10**6])
def test_rank_correlation_is_that_of_scipy(levels):
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(levels)
    previous, current = rng.integers(-levels, levels, (2, 20, 31)).astype(float)
    ranked = (previous != 0) | (current != 0)
    sizes = [(np.abs(a[kept]), np.abs(b[kept])) for a, b, kept in zip(previous, current, ranked, strict=True)]
    expected = [stats.spearmanr(a, b).statistic for a, b in sizes]
    np.testing.assert_allclose(rank_correlation(previous, current), expected)


def test_rank_correlation_does_not_exist_without_an_order():
    constant, one = np.full((1, 4), -2.0), np.ones((1, 1))
    assert np.isnan(rank_correlation(constant, np.arange(4.0)[None]))
    assert np.isnan(rank_correlation(np.zeros((1, 4)), np.zeros((1, 4))))
    assert np.isnan(rank_correlation(one, one))
    broken = np.array([[np.nan, 1, 2], [np.inf, 1, 2], [0, 1, 2]])
    np.testing.assert_array_equal(np.isnan(rank_correlation(broken, broken)), [True, True, False])


def test_top_k_overlap_counts_shared_leaders():
    previous = np.array([[9.0, -8.0, 1.0, 0.0, 2.0], [9.0, 8.0, 1.0, 0.0, 2.0]])
    current = np.array([[-7.0, 0.0, 1.0, 6.0, 2.0], [1.0, 1.5, 8.0, 9.0, 2.0]])
    np.testing.assert_allclose(top_k_overlap(previous, current, k=2), [0.5, 0])
    np.testing.assert_allclose(top_k_overlap(previous, current, k=5), 1)
    # A tenth of five positions is one, and that of those where either is not zero is one of one.
    np.testing.assert_allclose(top_k_overlap(previous, current), [1, 0])
    np.testing.assert_allclose(top_k_overlap([[0.0, 5, 0]], [[0.0, 1, 0]], k=3), 1)


def test_equal_sizes_share_the_last_places_of_the_top():
    even, one = np.ones((1, 4)), np.array([[5.0, 1.0, 1.0, 1.0]])
    np.testing.assert_allclose(top_k_overlap(even, even, k=2), 1)
    # Half of each position against all of the first and a third of each other.
    np.testing.assert_allclose(top_k_overlap(even, one, k=2), (0.5 + 3 * 1 / 3) / 2)
    np.testing.assert_allclose(top_k_overlap(np.zeros((1, 4)), np.zeros((1, 4))), 1)


def test_top_k_overlap_of_what_is_not_finite_is_unknown():
    broken = np.array([[np.nan, 1, 2], [np.inf, 1, 2], [0, 1, 2]])
    np.testing.assert_array_equal(top_k_overlap(broken, broken), [np.nan, np.nan, 1])


@pytest.mark.parametrize("k", [0, 4])
def test_top_k_needs_as_many_positions(k):
    with pytest.raises(ValueError, match="from 1 to the 3 positions"):
        top_k_overlap(np.ones((1, 3)), np.ones((1, 3)), k=k)
