"""What metrics say of arrays that do not fit, and that nothing else makes them fail or warn."""

import numpy as np
import pytest

from kerasig.metrics import _functions as metrics

pytestmark = pytest.mark.filterwarnings("error")

ROWS = np.array([[1.0, 2.0, -3.0], [0.0, 0.0, 1.0]])
NAMES = metrics.PositionNames.of([["a", "b", "c"]] * 2, 3)
REGION = [metrics.region_mass, metrics.region_lift, metrics.region_signed, metrics.region_hit]


@pytest.mark.parametrize("metric", REGION)
def test_a_mask_of_another_shape_is_named_with_what_fits(metric):
    with pytest.raises(ValueError, match=r"mask must broadcast to values. Received mask.shape=\(2, 4\).*Pass shape"):
        metric(ROWS, np.ones((2, 4), bool))
    with pytest.raises(ValueError, match="mask must broadcast"):
        metric(ROWS, np.ones((5, 2, 3), bool))


@pytest.mark.parametrize("metric", REGION)
def test_a_mask_of_weights_is_refused_and_one_of_ones_is_a_mask(metric):
    for weights in ([2, 0, 1], [0.5, 0.0, 1.0], [np.nan, 0.0, 1.0]):
        with pytest.raises(ValueError, match="mask must be boolean"):
            metric(ROWS, np.array(weights))
    for mask in ([1, 0, 1], [1.0, 0.0, 1.0], [True, False, True]):
        np.testing.assert_array_equal(metric(ROWS, mask), metric(ROWS, np.array([True, False, True])))


def test_what_is_present_must_fit_too():
    with pytest.raises(ValueError, match="present must broadcast"):
        metrics.region_lift(ROWS, np.ones(3, bool), np.ones((2, 2), bool))


@pytest.mark.parametrize(
    "call",
    [
        lambda: metrics.alpha_at(0.5, [[0.0, 0.5, 1.0]], [[0.0, 1.0, 2.0]] * 2),
        lambda: metrics.alpha_at(0.5, [[0.0, 0.5, 1.0]], [[0.0, 1.0]]),
        lambda: metrics.peak_alpha([0.1], np.ones((2, 3))),
        lambda: metrics.end_gradient([0.1, 1.0], np.ones((2, 3))),
        lambda: metrics.end_gradient([0.1, 0.2, 1.0], np.ones((2, 2))),
        lambda: metrics.gradient_share([1.0], [3.0, 1.0], [1.0, 1.0]),
        lambda: metrics.drift_noise([0.1], [0.1, 0.2]),
        lambda: metrics.above_noise([0.1], [0.1, 0.2]),
        lambda: metrics.region_noise([0.1], [0.1, 0.2]),
        lambda: metrics.trusted([True], [1.0, 1.0], [0.0, 0.0], [[1.0], [1.0]]),
        lambda: metrics.group_means({"a": [1.0, 2.0]}, ["x"]),
        lambda: metrics.group_means({"a": [1.0, 2.0]}, ["x", "y"], used={"a": np.array([True])}),
        lambda: metrics.mean_by_name(ROWS[:1], NAMES),
        lambda: metrics.mean_by_name(ROWS[:, :2], NAMES),
        lambda: metrics.mean_by_name(ROWS, NAMES, used=np.array([True])),
    ],
)
def test_arrays_of_other_shapes_are_not_stretched_but_named(call):
    with pytest.raises(ValueError, match=r"must .*Received .*Pass "):
        call()


@pytest.mark.parametrize("share", [-0.1, 1.1, np.nan])
def test_a_share_of_the_way_is_from_0_to_1(share):
    with pytest.raises(ValueError, match="share must be from 0 to 1"):
        metrics.alpha_at(share, [[0.0, 1.0]], [[0.0, 1.0]])


@pytest.mark.parametrize(
    "metric", [metrics.gini, metrics.positive_sum, metrics.baseline_entropy, metrics.mean_gradient]
)
def test_a_single_number_has_no_rows(metric):
    with pytest.raises(ValueError, match=r"must .*Received .*Pass "):
        metric(np.float64(3))


def test_the_number_of_leaders_is_whole():
    with pytest.raises(ValueError, match="k must be a whole number"):
        metrics.top_k_overlap(ROWS, ROWS, k=1.5)


def test_leaders_of_nothing_and_of_something_have_no_overlap():
    nothing, one = np.zeros((1, 4)), np.array([[0.0, 0.0, 3.0, 0.0]])
    assert np.isnan(metrics.top_k_overlap(nothing, one))
    assert np.isnan(metrics.top_k_overlap(one, nothing))


def test_what_is_empty_neither_fails_nor_warns():
    np.testing.assert_array_equal(metrics.baseline_entropy(np.zeros((3, 0))), np.full(3, np.nan))
    np.testing.assert_array_equal(metrics.baseline_entropy(np.zeros((2, 0, 3))), np.full(2, np.nan))
    np.testing.assert_array_equal(metrics.alpha_at(0.5, np.zeros((3, 0)), np.zeros((3, 0))), np.full(3, np.nan))
    assert metrics.deletion(np.zeros((0, 2, 2)), lambda mask: np.zeros(0), [1]).scores.shape == (0, 2)


def test_errors_beyond_all_measure_make_an_infinite_floor():
    np.testing.assert_array_equal(metrics.drift_noise(np.array([1e300]), np.array([0.1])), [np.inf])


def test_the_precision_of_a_phrase_is_a_number_of_python():
    (phrase,) = metrics.trigger_phrases(np.array([[1.0, 2.0]]), [["a", "b"]], np.array([1]), np.array([1]))
    assert type(phrase.precision) is float


ALPHAS = np.array([[0.0, 0.5, 1.0]])
MASKED = np.ma.masked_array(ROWS, mask=ROWS == 2)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: metrics.drift(["a"], ["b"]), r"previous must be real numbers.*Received \['a'\]"),
        (lambda: metrics.gini(["1.0", "2.0"]), "values must be real numbers"),
        (lambda: metrics.gini(ROWS * 1j), "values must be real numbers.*complex128"),
        (lambda: metrics.positive_sum([[1.0], [2.0, 3.0]]), "values must be an array.*Pass rows of one length"),
        (lambda: metrics.effective_features(MASKED), "values must not be masked.*mask would be lost"),
        (lambda: metrics.top_k_overlap(ROWS, ROWS, k=True), "k must be a whole number from 1 to the 3 positions"),
        (lambda: metrics.leaderboard({"a": (1.0, 1)}, top=-1), "top must be a whole number of at least 0.*top=-1"),
        (lambda: metrics.leaderboard({"a": (1.0, 1)}, top=True), "top must be a whole number.*top=True"),
        (lambda: metrics.leaderboard({"a": 1.0}), r"means\['a'\] must be a pair \(mean, count\)"),
        (lambda: metrics.region_noise([1.5], [0.1]), "mass must be from 0 to 1. Received 1.5"),
        (lambda: metrics.region_noise([0.5], [-0.1]), "map_error must be from 0. Received -0.1"),
        (lambda: metrics.drift_noise([-1.0], [0.1]), "first must be from 0. Received -1"),
        (lambda: metrics.above_noise([3.0], [0.1]), "moved must be from 0 to 2. Received 3"),
        (lambda: metrics.confident_baseline([1.2]), "entropy must be from 0 to 1. Received 1.2"),
        (lambda: metrics.alpha_at(True, ALPHAS, ALPHAS), "share must be from 0 to 1. Received share=True"),
        (lambda: metrics.alpha_at(0.5, ALPHAS[:, ::-1], ALPHAS), "alphas must rise"),
        (lambda: metrics.alpha_at(0.5, 2 * ALPHAS, ALPHAS), "alphas must be from 0 to 1. Received 2"),
        (lambda: metrics.alpha_at(0.5, [[np.nan, 0.0, 1.0]], ALPHAS), "padded with NaN at the end"),
        (lambda: metrics.peak_alpha([0.5], [[-1.0]]), "sizes must be from 0. Received -1"),
        (lambda: metrics.trusted([0.5], [1.0], [0.0], [[1.0]]), "converged must be boolean"),
        (lambda: metrics.trusted([True], [1.0], [0.0], [[1.0], [2.0]]), "path_scores must have one row per probe"),
        (lambda: metrics.alignment_error_rate([1], ["yes"]), "sure must be boolean"),
        (lambda: metrics.mean_by_name(ROWS, NAMES, used=[0.2, 1]), "used must be boolean"),
        (lambda: metrics.mean_by_name(ROWS, ["a", "b"]), r"names\[0\] must be a list of strings. Received 'a'"),
        (lambda: metrics.mean_by_name(ROWS, [list("abcd"), []]), "names must be at most as many as positions.*4 for 3"),
        (lambda: metrics.mean_by_name(ROWS, [["a"]]), r"names of \[1, 3\]"),
        (lambda: metrics.PositionNames(("a",), np.ones((1, 2))), "codes must be whole numbers.*below the 1 labels"),
        (lambda: metrics.PositionNames.of(["ab", "cd"], 2), r"rows\[0\] must be a list of strings. Received 'ab'"),
        (lambda: metrics.PositionNames.of([["a"]], -1), "count must be a whole number from 0"),
        (lambda: metrics.group_means({"a": [1.0]}, "x"), "groups must be a list of names"),
        (lambda: metrics.group_means([1.0], ["x"]), "columns must be a dict"),
        (lambda: metrics.leading_phrases(ROWS, ["abc", "d"]), r"tokens\[0\] must be a list of strings"),
        (lambda: metrics.leading_phrases(ROWS, [["a"], ["b"]], longest=1.5), "longest must be a whole number"),
        (lambda: metrics.leading_phrases(ROWS, [["a"], ["b"]], cost=True), "cost must be from 0 to 1"),
        (lambda: metrics.occurrences("how many", [["how"]]), "words must be a list of strings"),
        (lambda: metrics.trigger_phrases(ROWS, [["a"], ["b"]], [[0], [1]], [0, 1]), "explained must be classes"),
        (lambda: metrics.deletion(ROWS, 3, [1]), "score must be a function of a mask. Received 3"),
        (lambda: metrics.deletion(ROWS, lambda: 0, [1]), "score must be a function of a mask"),
        (lambda: metrics.deletion(ROWS, lambda mask: ["a", "b"], [1]), r"score\(mask\) must be real numbers"),
    ],
)
def test_what_cannot_be_measured_is_named_with_what_fits(call, said):
    with pytest.raises(ValueError, match=said) as error:
        call()
    assert "Received" in str(error.value)


def test_labels_of_a_filtered_table_are_read_in_their_order():
    pandas = pytest.importorskip("pandas")
    labels = pandas.Series([9, 0, 9, 1], index=[3, 7, 8, 9])
    labels = labels[labels < 9]
    values, tokens = np.array([[1.0, 2.0], [3.0, 1.0]]), [["a", "b"], ["c", "d"]]
    found = metrics.trigger_phrases(values, tokens, labels, labels, longest=1)
    assert found == metrics.trigger_phrases(values, tokens, [0, 1], [0, 1], longest=1)
    np.testing.assert_array_equal(metrics.gini(pandas.DataFrame(values)), metrics.gini(values))


def test_numbers_among_python_objects_are_numbers():
    np.testing.assert_array_equal(metrics.gini(np.array([[1, 2.5, True]], object)), metrics.gini([[1, 2.5, 1]]))
