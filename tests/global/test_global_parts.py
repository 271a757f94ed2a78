"""Quantiles, leading features, co-attribution, words and the sample: against all rows at once."""

import numpy as np
import pytest
from global_rows import attribution_of, reduction_of

from kerasig._global.reduction import Reduction
from kerasig._global.settings import ReductionSettings
from kerasig._global.sketch import RELATIVE_ERROR, SMALLEST, boxes, middles

RNG = np.random.default_rng(1)
N, P = 500, 6
VALUES = (RNG.standard_t(3, size=(N, P)) * 10.0 ** np.arange(-3, 3) + [0, 1, 0, 0, 5, 0]).astype(np.float32)
VALUES[:100, 2] = 0


def result(values=VALUES, **settings):
    return reduction_of(attribution_of(values, values), **settings).result()


def test_a_box_has_its_middle_within_its_share_of_every_number():
    sizes = np.float32(2.0) ** RNG.uniform(-39.9, 127, 20_000).astype(np.float32)
    numbers = np.concatenate([sizes, -sizes, [0, SMALLEST / 3, np.finfo(np.float32).max]])
    found = middles(boxes(numbers))
    np.testing.assert_allclose(found, numbers, rtol=RELATIVE_ERROR * (1 + 1e-6), atol=SMALLEST)
    order = np.argsort(numbers, kind="stable")
    assert (np.diff(boxes(numbers)[order]) >= 0).all()
    assert (found[np.abs(numbers) < SMALLEST] == 0).all()


def test_quantiles_are_within_their_stated_error():
    shares = (0.01, 0.1, 0.25, 0.5, 0.9, 0.99)
    found = result(quantiles=shares).quantiles
    exact = np.quantile(VALUES.astype(np.float64), shares, axis=0, method="inverted_cdf")
    np.testing.assert_allclose(found.value, exact, rtol=RELATIVE_ERROR * (1 + 1e-6), atol=SMALLEST)
    assert (found.shares == shares).all()


def test_the_error_of_a_quantile_is_what_other_rows_give():
    draws = np.quantile(RNG.normal(3, 1, size=(2000, 400)), 0.5, axis=1)
    found = result(RNG.normal(3, 1, size=(400, 8)).astype(np.float32), quantiles=(0.5,)).quantiles
    assert 0.6 * draws.std() < np.median(found.error) < 1.5 * draws.std()


def test_leading_features_are_counted_as_they_are_ranked():
    values = np.round(VALUES / 10.0 ** np.arange(-3, 3), 1).astype(np.float32)
    found = result(values, leading=2).leading
    counts = np.zeros(P)
    for row in np.abs(values):
        first = np.argsort(-row, kind="stable")[:2]
        counts[first[row[first] > 0]] += 1
    np.testing.assert_allclose(found.share, counts / N)
    np.testing.assert_allclose(found.error, np.sqrt(found.share * (1 - found.share) / (N - 1)))


def test_a_place_among_the_first_is_unsure_where_errors_may_turn_it_round():
    values = np.float32([[10, 5, 4.9, 1]] * 3)
    noise = np.float32([0.001, 0.02, 0.9])
    found = reduction_of(attribution_of(values, map_error=noise), leading=2).result().leading
    np.testing.assert_allclose(found.share, [1, 1, 0, 0])
    # 5 and 4.9 are apart by 0.1: two errors of 0.1 reach, of 0.005 not; with 90% all but the last are.
    np.testing.assert_allclose(found.unsure, [1 / 3, 2 / 3, 2 / 3, 1 / 3])


def test_correlations_are_those_of_all_rows():
    mixed = VALUES @ RNG.normal(size=(P, P)).astype(np.float32)
    mixed[:, 3] = 7
    found = result(mixed).pairs
    varied = [0, 1, 2, 4, 5]
    exact = np.corrcoef(mixed[:, varied].astype(np.float64).T)
    np.testing.assert_allclose(found.correlation[np.ix_(varied, varied)], exact, rtol=1e-9)
    assert np.isnan(found.correlation[3]).all()
    np.testing.assert_allclose(found.error[0, 1], (1 - exact[0, 1] ** 2) / np.sqrt(N - 1))


def words_of(ids, values, **settings):
    return reduction_of(attribution_of(values[..., None], ids, layer="embedding"), **settings).result()


def test_words_have_means_over_places_and_errors_over_rows():
    ids = RNG.integers(0, 5, size=(N, 8))
    values = (RNG.normal(size=(N, 8)) + RNG.normal(size=(N, 1)) + ids).astype(np.float32)
    found = words_of(ids, values, tokens=["", "a", "b", "c", "d"]).words["inputs"]
    assert sorted(found.words) == ["a", "b", "c", "d"]
    exact = values.astype(np.float64)
    for at, word in enumerate(found.words):
        there = ids == " abcd".index(word)
        holding = there.any(axis=1)
        sums, counts = (exact * there).sum(axis=1), there.sum(axis=1)
        mean = sums.sum() / counts.sum()
        left = (sums - mean * counts)[holding]
        spread = np.sqrt((left**2).sum() * holding.sum() / (holding.sum() - 1)) / counts.sum()
        assert found.mean.value[at] == pytest.approx(exact[there].mean(), rel=1e-12)
        assert found.mean.error[at] == pytest.approx(spread, rel=1e-9)
        assert found.size.value[at] == pytest.approx(np.abs(exact[there]).mean(), rel=1e-12)
        assert (found.rows[at], found.occurrences[at]) == (holding.sum(), there.sum())
        noise = np.float32(0.01) * np.abs(exact[there])
        assert found.mean.limit[at] == pytest.approx(noise.mean(), rel=1e-9)
    assert (np.diff(found.size.value) <= 0).all()


def test_errors_of_words_cover_what_other_rows_give():
    """Rows have something of their own in all their words, so that occurrences are no independent draws."""
    means, errors = [], []
    for _ in range(120):
        ids = RNG.integers(0, 2, size=(60, 10))
        values = (RNG.normal(size=(60, 10)) + 2 * RNG.normal(size=(60, 1))).astype(np.float32)
        found = words_of(ids, values, kind="tokens").words["inputs"]
        at = found.words.index("1")
        means.append(found.mean.value[at])
        errors.append(found.mean.error[at])
    assert 0.8 < np.mean(errors) / np.std(means) < 1.25


def test_categories_are_told_apart_by_their_column():
    ids = np.array([[0, 1], [1, 1], [0, 0]])
    values = np.float32([[1, 10], [2, 20], [3, 30]])
    found = words_of(ids, values, kind="tabular").words
    assert {place: dict(zip(each.words, each.mean.value, strict=True)) for place, each in found.items()} == {
        "feature 0": {"0": 2.0, "1": 2.0},
        "feature 1": {"0": 30.0, "1": 15.0},
    }


def test_strings_are_words_too_and_merge_whatever_their_length():
    texts = np.array([["how", "far", "is", "it"], ["how", "<unk>", "many", "rivers"]], object)
    values = np.float32([[1, 2, 3, 4], [3, 5, 6, 7]])
    made = reduction_of(*(attribution_of(values[[i], :, None], texts[[i]], layer="vectors") for i in range(2)))
    found = made.result().words["inputs"]
    assert found.words[0] == "rivers"
    assert found.mean.value[found.words.index("how")] == 2
    assert Reduction.from_arrays(made.to_arrays()).result().words["inputs"].words == found.words


def test_names_of_ids_are_kept_where_their_function_is_not():
    ids, values = RNG.integers(0, 4, size=(6, 5)), RNG.normal(size=(6, 5)).astype(np.float32)
    made = reduction_of(attribution_of(values[..., None], ids, layer="e"), tokens=lambda item: f"word {item}")
    read = Reduction.from_arrays(made.to_arrays())
    assert read.result().words["inputs"].words == made.result().words["inputs"].words
    fresh = Reduction(ReductionSettings())
    fresh.merge(read)
    assert all(word.startswith("word ") for word in fresh.result().words["inputs"].words)


def test_more_words_than_can_be_kept_are_none(monkeypatch):
    monkeypatch.setattr("kerasig._global.words.MOST_WORDS", 5)
    ids = np.arange(40).reshape(8, 5)
    found = words_of(ids, np.ones((8, 5), np.float32))
    assert found.words == {}
    with pytest.raises(ValueError, match="Received kind='words' without words"):
        found.plot("words")


def test_a_sample_does_not_depend_on_the_order_of_rows_and_is_fair(monkeypatch):
    monkeypatch.setattr("kerasig._global.sample.MOST_ROWS", 100)
    values = RNG.normal(size=(2000, 3)).astype(np.float32)
    values[:, 0] = np.arange(2000)
    one = result(values).sample
    order = RNG.permutation(2000)
    two = reduction_of(*(attribution_of(values[part], values[part]) for part in np.split(order, 8))).result().sample
    np.testing.assert_array_equal(one.values, two.values)
    assert len(one.values) == 100
    np.testing.assert_array_equal(one.inputs, one.values)
    # Of 2,000 rows with a mean of 1,000 and a spread of 577.
    assert abs(one.values[:, 0].mean() - 1000) < 4 * 577 / 10
    assert len(np.unique(one.values[:, 0])) == 100


def test_one_of_anything_is_told_as_one():
    values = np.array([[1.0], [np.nan]], "float32")
    found = result(values)
    assert repr(found).startswith("Attributions of 1 row, 1 feature\n  left out        1 row whose attributions")
    assert "over 1 row" in found.plot("bar").layout.title.text
    assert "of 1 row, a dot" in found.plot("beeswarm").layout.title.text


@pytest.mark.parametrize("reduce", [3, [1, "quantiles"], {1, "pairs"}, ["words"], "all"])
def test_parts_that_there_are_none_of_are_told(reduce):
    with pytest.raises(ValueError, match=r"reduce must be.* mean, quantiles, leading, pairs"):
        ReductionSettings(reduce=reduce)


def test_words_that_were_not_computed_are_told_with_their_own_remedy():
    pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="Attribute to the layer after the ids"):
        result().to_dataframe("word")
