"""Differences of two means: intervals that hold for all features at once, and rankings compared."""

from math import comb

import numpy as np
import pytest
from global_rows import attribution_of, reduction_of

from kerasig._global.ranking import ndcg
from kerasig._global.reduction import Reduction
from kerasig._global.settings import ReductionSettings
from kerasig._global.student import quantile, upper_tail

RNG = np.random.default_rng(2)
SEEDS, N, P, SHIFTED = 200, 150, 20, 7


def result(values, **settings):
    return reduction_of(attribution_of(values), **settings).result()


def most_false_alarms(chance=0.05, at_most=1e-3):
    """How many of the seeds may raise a false alarm before a rate of 5% is out of the question."""
    beyond = 1.0
    for count in range(SEEDS):
        beyond -= comb(SEEDS, count) * chance**count * (1 - chance) ** (SEEDS - count)
        if beyond < at_most:
            return count
    return SEEDS


def planted(seed, is_paired):
    """Rows of two models between which one feature moved."""
    rng = np.random.default_rng(seed)
    scale = np.linspace(0.1, 2, P)
    first, other = (rng.normal(size=(2, N, P)) + 3) * scale
    noise = rng.normal(size=(2, N, P)) * scale / 2
    before, after = first + noise[0], (first if is_paired else other) + noise[1]
    after[:, SHIFTED] += scale[SHIFTED] * (0.4 if is_paired else 1.0)
    return before, after


@pytest.mark.parametrize("is_paired", [True, False])
def test_a_planted_shift_is_found_there_and_nowhere_else(is_paired):
    found, wrong, keys = {"mean": 0, "size": 0}, {"mean": 0, "size": 0}, np.arange(N)
    for seed in range(SEEDS):
        before, after = planted(seed, is_paired)
        one, two = result(before, reduce=["mean"]), result(after, reduce=["mean"])
        for of in found:
            rows = ([(keys, before)], [(keys, after)]) if is_paired else None
            difference = one.difference(two, of=of, rows=rows)
            assert difference.paired == is_paired
            moved = np.flatnonzero(difference.moved)
            found[of] += SHIFTED in moved
            wrong[of] += bool(set(moved) - {SHIFTED})
            np.testing.assert_array_equal(difference.moved, difference.p_value < 0.05)
    assert min(found.values()) >= 0.99 * SEEDS
    assert max(wrong.values()) <= most_false_alarms()


def test_intervals_are_as_wide_as_they_have_to_be():
    """Nothing moved: of 20 intervals some excludes zero in about 5% of all cases, also where rows are few."""
    wrong = 0
    for seed in range(SEEDS):
        rng = np.random.default_rng(seed)
        one, two = (result(rng.normal(size=(n, P)), reduce=["mean"]) for n in (12, 9))
        wrong += one.difference(two, of="mean").moved.any()
    assert 2 <= wrong <= most_false_alarms()


def test_shares_do_not_grow_with_the_scores():
    values = RNG.normal(size=(200, 4)) * [1, 2, 3, 4]
    after = 3 * values
    after[:, 0] *= 2
    one, two, scaled = (result(each) for each in (values, after, 3 * values))
    keys = np.arange(200)
    for rows in (None, ([(keys, values)], [(keys, after)])):
        found = one.difference(two, of="share", rows=rows)
        np.testing.assert_allclose(found.first.sum(), 1)
        assert found.moved[0]
        assert found.value[0] > 0
        exact = [np.mean(np.abs(each[:, 0]) / np.abs(each).sum(axis=1)) for each in (values, after)]
        assert found.value[0] == pytest.approx(exact[1] - exact[0])
    np.testing.assert_allclose(one.difference(scaled, of="share").value, 0, atol=1e-12)
    assert one.difference(scaled).moved.all()


def paired_by(first, second, **settings):
    values = np.concatenate([rows for _, rows in first])
    return result(values).difference(result(values), rows=(iter(first), iter(second)), **settings)


def test_rows_are_paired_by_their_keys_in_whatever_order_and_chunks_they_come():
    first = RNG.normal(size=(100, 4))
    second = first + RNG.normal(size=(100, 4))
    for keys in (np.arange(100), np.array([f"row {i}" for i in range(100)])):
        order = RNG.permutation(100)
        one = [(keys[i : i + 7], first[i : i + 7]) for i in range(0, 100, 7)]
        two = [(keys[order[i : i + 31]], second[order[i : i + 31]]) for i in range(0, 100, 31)]
        found = paired_by(one, two, of="mean")
        np.testing.assert_allclose(found.value, (second - first).mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(found.error, (second - first).std(axis=0, ddof=1) / 10, rtol=1e-10)
        assert (found.rows, found.paired) == ((100, 100), True)
        assert "100 pairs of rows" in str(found)


def test_rows_without_a_partner_or_with_one_that_is_not_finite_are_left_out():
    first, second = RNG.normal(size=(20, 3)), RNG.normal(size=(20, 3))
    second[4, 1] = np.nan
    found = paired_by([(np.arange(20), first)], [(np.arange(5, 25) - 3, second)], of="mean")
    there = np.setdiff1d(np.arange(2, 20), [6])
    np.testing.assert_allclose(found.value, (second[there - 2] - first[there]).mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.first, first[there].mean(axis=0), rtol=1e-12)
    assert found.rows == (17, 17)


def test_channels_of_stored_rows_are_summed_like_those_that_were_added_up():
    values = RNG.normal(size=(10, 4, 4, 2)).astype(np.float32)
    found = result(values)
    keys = np.arange(10)
    difference = found.difference(found, of="mean", rows=([(keys, values)], [(keys, 2 * values)]))
    np.testing.assert_allclose(difference.value, found.mean.value, rtol=1e-9)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ([(np.arange(50, 60), np.ones((10, 3)))], "rows must have keys in common"),
        ([(np.zeros(10, int), np.ones((10, 3)))], "must have a key of its own for each row"),
        ([(np.array(list("abcdefghij")), np.ones((10, 3)))], "Both must have keys of one kind"),
        ([(np.arange(9), np.ones((10, 3)))], "must be chunks of .keys, values. with a key per row"),
        ([(np.arange(10), np.ones((10, 5)))], "rows must be attributions of the same shapes"),
        ([], "rows must have keys in common"),
        ([3], "The second rows must be chunks of .keys, values.. Received 3"),
        ([np.ones((3, 4))], "The second rows must be chunks of .keys, values.. Received a ndarray"),
    ],
)
def test_rows_that_cannot_be_paired_are_refused(second, said):
    with pytest.raises(ValueError, match=said):
        paired_by([(np.arange(10), np.ones((10, 3)))], second)


@pytest.mark.parametrize("rows", [3, (3, 4), ([],), np.ones((2, 3)), "ab"])
def test_rows_are_two_iterables_of_chunks(rows):
    one = result(RNG.normal(size=(10, 3)))
    with pytest.raises((TypeError, ValueError), match=r"rows must be .*Received"):
        one.difference(one, rows=rows)


class Stored:
    """Rows that are read again, as those of an output are."""

    def __init__(self, values):
        self.values = values

    def keyed_values(self):
        return iter([(np.arange(len(self.values)), self.values)])


def test_results_that_have_their_rows_are_paired_unless_that_is_not_wanted():
    first = RNG.normal(size=(30, 3))
    one, two = result(first), result(first + 0.1)
    assert not one.difference(two).paired
    with pytest.raises(ValueError, match=r"Received pair=True, and rows of neither"):
        one.difference(two, pair=True)
    one.rows = Stored(first)
    with pytest.raises(ValueError, match=r"rows of one of the two alone"):
        one.difference(two, pair=True)
    two.rows = Stored(first + 0.1)
    assert one.difference(two).paired
    assert not one.difference(two, pair=False).paired
    narrow, wide = one.difference(two, of="mean"), one.difference(two, of="mean", pair=False)
    assert narrow.moved.all()
    assert not wide.moved.any()


def test_the_integration_may_take_a_difference_back():
    values = RNG.normal(1, 0.01, size=(500, 2))
    values[:, 1] *= 1.3
    noise = np.full(500, 0.1)
    one, two = (reduction_of(attribution_of(each, map_error=noise)).result() for each in (values, 1.15 * values))
    found = one.difference(two)
    assert found.moved.all()
    assert not found.beyond_integration.any()
    np.testing.assert_allclose(found.limit, 0.1 * (one.size.value + two.size.value), rtol=1e-6)
    assert "not sure" in str(found)


def test_slices_and_classes_are_compared_with_each_other():
    values = RNG.normal(size=(400, 5))
    inside = np.arange(400) < 150
    values[inside, 2] += 2
    made = Reduction(ReductionSettings(slices=("in", "out"), feature_names=list("abcde")))
    made.add(attribution_of(values, target=inside.astype(int)), slices={"in": inside, "out": ~inside})
    found = made.result()
    difference = found.slices["out"].difference(found.slices["in"], of="mean")
    assert (difference.called, difference.rows) == (("out", "in"), (250, 150))
    assert [difference.names[at] for at in np.flatnonzero(difference.moved)] == ["c"]
    assert found.by_class["0"].difference(found.by_class["1"], of="mean").value[2] == difference.value[2]
    frame = difference.to_dataframe()
    assert frame.loc["c", "low"] > 0
    assert frame["moved"].sum() == 1


def test_too_few_rows_have_no_interval():
    one = result(np.ones((1, 3)))
    found = one.difference(one)
    assert np.isnan(found.low).all()
    assert not found.moved.any()
    assert str(found).startswith("Too few rows to compare")
    same = result(np.ones((5, 3))).difference(result(np.full((5, 3), 2.0)))
    assert same.moved.all()
    assert not result(np.ones((5, 3))).difference(result(np.ones((5, 3)))).moved.any()


def test_what_cannot_be_compared_is_refused():
    one = result(np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"other must be of the same features\. Received 2"):
        one.difference(result(np.ones((4, 2))))
    with pytest.raises(ValueError, match="in another order"):
        result(np.ones((4, 2)), feature_names=["a", "b"]).ndcg(result(np.ones((4, 2)), feature_names=["b", "a"]))
    with pytest.raises(TypeError, match=r"other must be a kerasig\.GlobalAttribution"):
        one.difference(np.ones(3))
    with pytest.raises(TypeError, match="other must be means"):
        one.all.difference(one)
    with pytest.raises(ValueError, match="of must be one of size, mean, share"):
        one.difference(one, of="median")
    with pytest.raises(ValueError, match=r"confidence must be from 0\.5 to below 1"):
        one.difference(one, confidence=95)
    with pytest.raises(ValueError, match="Received one without any"):
        one.ndcg(reduction_of().result())


def slow_ndcg(ranking, gains, first):
    """The definition, averaged over every order of features that tie."""
    count = len(ranking)
    found = []
    for seed in range(3000):
        shuffled = np.random.default_rng(seed).permutation(count)
        order = shuffled[np.argsort(-ranking[shuffled], kind="stable")][:first]
        found.append(sum(gains[at] / np.log2(place + 2) for place, at in enumerate(order)))
    best = sum(gain / np.log2(place + 2) for place, gain in enumerate(np.sort(gains)[::-1][:first]))
    return np.mean(found) / best


def test_ndcg_is_what_it_is_defined_as():
    gains = np.array([3.0, 1, 0, 2, 0.5])
    assert ndcg(gains, gains) == 1
    assert ndcg(10 * gains, gains) == 1
    ranking = np.array([1.0, 2, 2, 0, 2])
    assert ndcg(ranking, gains) == pytest.approx(slow_ndcg(ranking, gains, None), abs=5e-3)
    assert ndcg(ranking, gains, 2) == pytest.approx(slow_ndcg(ranking, gains, 2), abs=1e-2)
    assert ndcg(np.ones(3), np.array([1.0, 0, 0])) == pytest.approx((1 + 1 / np.log2(3) + 0.5) / 3)
    assert np.isnan(ndcg(gains, np.zeros(5)))
    assert np.isnan(ndcg(np.full(5, np.nan), gains))
    one, two = result(RNG.normal(size=(9, 4)) * [1, 2, 3, 4]), result(RNG.normal(size=(9, 4)) * [4, 3, 2, 1])
    assert one.ndcg(one) == 1
    assert one.ndcg(two) == ndcg(one.size.value, two.size.value) < 1


def test_students_distribution_is_that_of_its_tables():
    # As `scipy.stats.t.isf` has them; the first two are exact.
    for tail, freedom, value in (
        (0.025, 1, 12.706204736432095),
        (0.025, 2, 4.302652729696142),
        (0.025, 10, 2.2281388519649385),
        (0.005, 3, 5.840909309728891),
        (0.025 / 20, 149, 3.075595803728917),
        (0.025, 1e7, 1.9599642217672055),
    ):
        assert quantile(tail, np.array([float(freedom)]))[0] == pytest.approx(value, rel=2e-6)
    freedom = np.array([1.0, 1.7, 2.5, 4, 12, 99, 12345])
    for tail in (0.2, 0.01, 1e-4, 1e-7):
        np.testing.assert_allclose(upper_tail(quantile(tail, freedom), freedom), tail, rtol=1e-8)
    assert upper_tail(np.array([0.0, np.inf]), np.array([5.0, 5.0])).tolist() == [0.5, 0.0]
