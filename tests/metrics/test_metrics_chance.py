"""What chance gives: independent maps that share zeros, as on a black background, agree no more than that."""

import itertools

import numpy as np
import pytest

from kerasig.metrics._functions import (
    drift,
    drift_between_seeds,
    drift_by_chance,
    rank_correlation,
    rank_correlation_by_chance,
    region_hit,
    region_mass,
    region_mass_by_chance,
    top_k_overlap,
    top_k_overlap_by_chance,
)

pytestmark = pytest.mark.filterwarnings("error")

PAIRS = {
    "drift": (drift, drift_by_chance),
    "rank correlation": (rank_correlation, rank_correlation_by_chance),
    "top tenth": (top_k_overlap, top_k_overlap_by_chance),
    "top 3": (lambda a, b: top_k_overlap(a, b, k=3), lambda a, b: top_k_overlap_by_chance(a, b, k=3)),
}
ANYWHERE = pytest.mark.parametrize(("measure", "by_chance"), PAIRS.values(), ids=PAIRS)


def on_150_of_784(seed: int, values=lambda rng, shape: rng.normal(size=shape), probes: int = 300) -> np.ndarray:
    """Two independent maps of each probe, zero outside the same 150 of 784 positions: [2, N, 784]."""
    rng = np.random.default_rng(seed)
    maps = np.zeros((2, probes, 784))
    for probe in range(probes):
        maps[:, probe, rng.permutation(784)[:150]] = values(rng, (2, 150))
    return maps


@ANYWHERE
@pytest.mark.parametrize(
    "values",
    [lambda rng, shape: rng.normal(size=shape), lambda rng, shape: rng.exponential(size=shape)],
    ids=["signed", "positive"],
)
def test_independent_maps_that_share_zeros_agree_as_much_as_chance_says(measure, by_chance, values):
    one, other = on_150_of_784(0, values)
    found, expected = measure(one, other), by_chance(one, other)
    error = (found - expected).std() / np.sqrt(len(found))
    assert abs((found - expected).mean()) < 4 * error
    assert error < 0.01


def test_maps_on_150_of_784_pixels_have_no_rank_correlation_and_share_a_tenth_of_the_top():
    one, other = on_150_of_784(1)
    # Of 150 ranks one correlation strays by 1 / sqrt(149), the mean of 300 by 0.005.
    assert abs(rank_correlation(one, other).mean()) < 0.02
    np.testing.assert_array_equal(rank_correlation_by_chance(one, other), 0)
    assert top_k_overlap(one, other).mean() == pytest.approx(0.1, abs=0.015)
    np.testing.assert_allclose(top_k_overlap_by_chance(one, other), 0.1)
    np.testing.assert_allclose(top_k_overlap_by_chance(one, other, k=30), 0.2)
    np.testing.assert_allclose(drift_by_chance(one, other), drift(one, other), atol=0.4)
    assert drift_by_chance(one, other).mean() == pytest.approx(1, abs=0.01)


def test_positions_where_both_are_zero_change_nothing():
    rng = np.random.default_rng(2)
    one, other = rng.normal(size=(2, 20, 30)) * (rng.uniform(size=(2, 20, 30)) < 0.7)
    either = np.concatenate([one, np.zeros((20, 500))], axis=1), np.concatenate([other, np.zeros((20, 500))], axis=1)
    for measure in itertools.chain.from_iterable(PAIRS.values()):
        np.testing.assert_allclose(measure(*either), measure(one, other), atol=1e-12)


def ways(values: np.ndarray) -> np.ndarray:
    """All ways to lay a map's values on its own nonzero positions."""
    places = np.flatnonzero(values)
    found = np.zeros((len(list(itertools.permutations(places))), len(values)))
    for row, order in zip(found, itertools.permutations(values[places]), strict=True):
        row[places] = order
    return found


@ANYWHERE
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1.0, -2, 3, 4, 0], [2.0, 5, 1, -3, 0]),
        ([1.0, -2, 3, 0, 0, 4], [0.0, 5, 1, -3, 2, 0]),
        ([1.0, 1, 3, 0, 0, 0], [0.0, 0, 1, 3, 3, 0]),
        ([1.0, 2, 0, 0, 0], [3.0, 1, 2, 2, 1]),
        ([2.0, 2, 2, 0], [1.0, 1, 0, 1]),
        ([1.0, 0, 0, 0], [0.0, 2, 2, -1]),
    ],
)
def test_chance_is_the_mean_over_all_ways_to_lay_the_values(measure, by_chance, one, other):
    pairs = list(itertools.product(ways(np.array(one)), ways(np.array(other))))
    first, second = (np.array(part) for part in zip(*pairs, strict=True))
    expected = by_chance(np.array([one]), np.array([other]))
    np.testing.assert_allclose(measure(first, second).mean(), expected[0], atol=1e-12)
    # The same of every way, for only what is where has changed.
    np.testing.assert_allclose(by_chance(first, second), expected[0], atol=1e-12)


@ANYWHERE
def test_maps_with_zeros_of_their_own_agree_as_much_as_chance_says(measure, by_chance):
    rng = np.random.default_rng(3)
    maps = rng.normal(loc=0.5, size=(2, 400, 60)) * (rng.uniform(size=(2, 400, 60)) < 0.4)
    found, expected = measure(*maps), by_chance(*maps)
    error = (found - expected).std() / np.sqrt(len(found))
    assert abs((found - expected).mean()) < 4 * error


def test_zeros_of_ones_own_are_an_order_against_the_other_that_chance_tells_of():
    one, other = np.array([[1.0, 2, 3, 0, 0, 0]]), np.array([[0.0, 0, 0, 1, 2, 3]])
    assert rank_correlation_by_chance(one, other)[0] < -0.5
    assert top_k_overlap_by_chance(one, other)[0] == 0
    assert drift_by_chance(one, other)[0] == 1


@ANYWHERE
def test_where_nothing_can_be_compared_nothing_is_known_of_chance(measure, by_chance):
    one = np.array([[0.0, 0, 0], [0, 0, 0], [1, np.nan, 2], [1, 2, 3], [2, 2, 2]])
    other = np.array([[0.0, 0, 0], [1, 2, 3], [1, 2, 3], [3, np.inf, 1], [2, 2, 2]])
    np.testing.assert_array_equal(np.isnan(by_chance(one, other)), np.isnan(measure(one, other)))
    np.testing.assert_array_equal(by_chance(one, other)[0], measure(one, other)[0])


@pytest.mark.parametrize("by_chance", [drift_by_chance, rank_correlation_by_chance, top_k_overlap_by_chance])
def test_chance_of_no_probes_and_of_no_positions_is_empty_and_unknown(by_chance):
    assert by_chance(np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)
    assert by_chance(np.zeros((2, 0)), np.zeros((2, 0))).shape == (2,)
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2, 4\)"):
        by_chance(np.zeros((2, 3)), np.zeros((2, 4)))


def test_drift_between_independent_seeds_is_what_chance_gives_their_pairs():
    rng = np.random.default_rng(4)
    maps = np.zeros((4, 200, 784))
    maps[:, :, 300:450] = rng.exponential(size=(4, 200, 150))
    by_chance = np.mean([drift_by_chance(*pair) for pair in itertools.combinations(maps, 2)], axis=0)
    assert drift_between_seeds(maps).mean() == pytest.approx(by_chance.mean(), abs=0.01)
    # All for the score: that alone halves what unrelated maps would show.
    assert by_chance.mean() == pytest.approx(0.5, abs=0.02)


def test_mass_and_hits_of_a_region_are_by_chance_its_share_of_the_nonzero_positions():
    maps = on_150_of_784(5)[0]
    region = np.arange(784) < 200
    by_chance = region_mass_by_chance(maps, region)
    assert (region_mass(maps, region) - by_chance).mean() == pytest.approx(0, abs=0.01)
    assert (region_hit(maps, region) - by_chance).mean() == pytest.approx(0, abs=0.1)
    # A region on the background alone is hit by none.
    np.testing.assert_array_equal(region_mass_by_chance(np.array([[0.0, 0, 1, 2]]), [True, True, False, False]), 0)
    np.testing.assert_array_equal(region_mass_by_chance(np.array([[0.0, 3, 1, 2]]), [True, True, False, False]), 1 / 3)
    unknown = region_mass_by_chance(np.array([[0.0, 0, 0], [1, np.nan, 2]]), [True, False, False])
    np.testing.assert_array_equal(unknown, np.nan)
    np.testing.assert_array_equal(region_mass_by_chance(np.ones((1, 3)), [False] * 3), np.nan)
