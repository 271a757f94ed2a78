"""Trust, baseline health, leaderboards and group means, by hand and where there is nothing to be measured."""

import numpy as np
import pytest

from kerasig.metrics._functions import (
    PositionNames,
    baseline_entropy,
    confident_baseline,
    group_means,
    leaderboard,
    mean_by_name,
    trusted,
)

pytestmark = pytest.mark.filterwarnings("error")


def test_trust_needs_convergence_and_a_change_of_the_score():
    score = np.array([1.0, 1.0, 1.0, 1.0, 0.0, np.nan, np.inf])
    start = np.array([0.0, 0.0, 1 - 3e-5, 1 - 5e-5, 0.0, 0.0, 0.0])
    converged = np.array([True, False, True, True, True, True, True])
    path = np.stack([start, score], axis=1)
    np.testing.assert_array_equal(
        trusted(converged, score, start, path), [True, False, False, True, False, False, False]
    )


def test_the_largest_score_on_the_path_decides_what_is_tiny():
    score, start, yes = np.array([1.0, 1.0]), np.zeros(2), np.ones(2, bool)
    path = np.array([[0.0, 3e4, np.nan], [0.0, 2e4, 1.0]])
    np.testing.assert_array_equal(trusted(yes, score, start, path), [False, True])
    # Several paths per example.
    np.testing.assert_array_equal(trusted(yes, score, start, path[:, None]), [False, True])
    assert trusted(np.ones(0, bool), np.ones(0), np.ones(0), np.ones((0, 3))).shape == (0,)


def test_baseline_entropy_by_hand():
    probabilities = np.array([[0.25] * 4, [1, 0, 0, 0], [0.5, 0.5, 0, 0]])
    np.testing.assert_allclose(baseline_entropy(probabilities), [1, 0, 0.5])
    np.testing.assert_allclose(baseline_entropy(np.array([[[0.5, 0.5], [1, 0]]])), [0.5])


def test_baseline_entropy_of_what_are_no_probabilities_is_unknown():
    rows = np.array([[0.5, 0.6], [1.5, -0.5], [np.nan, 1], [np.inf, 0], [0, 0], [0.5, 0.5]])
    np.testing.assert_array_equal(np.isnan(baseline_entropy(rows)), [True] * 5 + [False])
    np.testing.assert_array_equal(baseline_entropy(np.ones((2, 1))), [np.nan, np.nan])
    assert baseline_entropy(np.ones((0, 3))).shape == (0,)


def test_a_confident_baseline_is_put_into_words_and_no_other():
    assert "0.30" in confident_baseline(np.array([0.2, 0.4, np.nan]))
    assert confident_baseline(np.array([0.2, 0.9])) is None
    assert confident_baseline(np.array([np.nan])) is None
    assert confident_baseline(np.empty(0)) is None


WORDS = PositionNames.of([["good", "film"], ["film", "film", ""], []], 3)


def test_names_may_be_fewer_than_positions():
    assert WORDS.labels == ("good", "film")
    np.testing.assert_array_equal(WORDS.codes, [[0, 1, -1], [1, 1, -1], [-1, -1, -1]])


def test_mean_by_name_is_over_all_places_where_it_stands():
    values = np.array([[-1.0, 2.0, 50.0], [3.0, -4.0, 50.0], [50.0, 50.0, 50.0]])
    assert mean_by_name(values, WORDS) == {"good": (1.0, 1), "film": (3.0, 3)}
    assert mean_by_name(values, [["good", "film"], ["film", "film", ""], []]) == mean_by_name(values, WORDS)
    assert mean_by_name(values, WORDS, used=np.array([False, True, True])) == {"film": (3.5, 2)}
    assert mean_by_name(values, WORDS, used=np.zeros(3, bool)) == {}


def test_mean_by_name_leaves_out_what_is_not_finite():
    values = np.array([[np.nan, 2.0, 0.0], [3.0, 4.0, 0.0], [np.inf, 0.0, 0.0]])
    assert mean_by_name(values, WORDS) == {"film": (3.5, 2)}
    assert mean_by_name(np.zeros((0, 3)), PositionNames.of([], 3)) == {}


def test_leaderboard_is_sorted_and_tells_the_change():
    means = {"a": (1.0, 2), "b": (3.0, 1), "d": (1.0, 1), "c": (0.0, 4)}
    found = leaderboard(means, {"a": (0.25, 2), "b": (5.0, 1)}, top=3)
    assert found == [
        {"name": "b", "mean": 3.0, "count": 1, "change": -2.0},
        {"name": "a", "mean": 1.0, "count": 2, "change": 0.75},
        {"name": "d", "mean": 1.0, "count": 1, "change": None},
    ]
    assert [entry["change"] for entry in leaderboard(means)] == [None] * 4
    assert leaderboard({}) == []


def test_group_means_leave_out_the_unknown_and_the_unused():
    columns = {"a": np.array([1.0, 3.0, np.nan, 5.0]), "b": np.array([1, 2, 3, 4]), "c": np.array([np.inf] * 4)}
    used = {"a": np.array([True, False, True, True])}
    found = group_means(columns, ["x", "x", "y", None], used=used)
    assert list(found) == ["x", "y"]
    assert found["x"] == {"probes": 2, "a": 1.0, "b": 1.5, "c": pytest.approx(np.nan, nan_ok=True)}
    assert found["y"]["probes"] == 1
    assert found["y"]["b"] == 3.0
    assert np.isnan(found["y"]["a"])


def test_no_groups_and_no_columns():
    assert group_means({"a": np.ones(2)}, [None, None]) == {}
    assert group_means({}, ["x", "x"]) == {"x": {"probes": 2}}
    assert group_means({"a": np.ones(0)}, []) == {}
