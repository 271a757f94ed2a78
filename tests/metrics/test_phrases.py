"""Phrases are found where the attribution is, and counted as they occur."""

import numpy as np
import pytest

from kerasig.metrics import _functions as metrics

TEXTS = [
    ["how", "many", "cats", "?"],
    ["so", "how", "many", "dogs"],
    ["how", "are", "you"],
    ["who", "ran"],
]
VALUES = np.array([[4, 3, 0.1, 0], [0.2, 3, 3, -1], [2, 0, 0, 9], [5, -1, 9, 9]], float)


def test_the_leading_phrase_is_the_run_that_holds_the_attribution_and_never_padding():
    assert metrics.leading_phrases(VALUES, TEXTS) == [(0, 2), (1, 3), (0, 1), (0, 1)]


def test_cost_decides_how_much_a_token_must_bring():
    values, text = np.array([[4.0, 1.1, 3.0]]), [["a", "b", "c"]]
    assert metrics.leading_phrases(values, text, cost=0.25) == [(0, 3)]
    # b costs 2 and brings 1.1; c brings 1 more than its cost: the bridge is worth 0.1.
    assert metrics.leading_phrases(values, text, cost=0.5) == [(0, 3)]
    assert metrics.leading_phrases(values, text, cost=0.55) == [(0, 1)]
    assert metrics.leading_phrases(values, text, longest=1) == [(0, 1)]
    assert metrics.leading_phrases(values, text, longest=2, cost=0) == [(0, 2)]


def test_nothing_leads_where_nothing_is_positive_or_something_is_not_finite():
    values = np.array([[-1, 0], [np.nan, 3], [np.inf, 1]])
    assert metrics.leading_phrases(values, [["a", "b"]] * 3) == [(0, 0)] * 3
    assert metrics.leading_phrases(np.ones((1, 2)), [[]]) == [(0, 0)]
    assert metrics.trigger_phrases(values, [["a", "b"]] * 3, [0] * 3, [0] * 3) == []


def test_trigger_phrases_have_support_and_precision_among_all_texts():
    labels = ["number", "place", "manner", "person"]
    first, *others = metrics.trigger_phrases(VALUES, TEXTS, ["number", "number", "manner", "person"], labels)
    assert (str(first), first.explained, first.leads, first.support, first.precision) == (
        "how many", "number", 2, 2, 0.5,
    )  # fmt: skip
    np.testing.assert_allclose(first.share, (7 / 7.1 + 6 / 5.2) / 2)
    how = next(phrase for phrase in others if phrase.words == ("how",))
    # It leads one text and occurs in three, of which one is of its class.
    assert (how.explained, how.leads, how.support, how.precision) == ("manner", 1, 3, 1 / 3)
    assert sum(phrase.leads for phrase in (first, *others)) == len(TEXTS)


def test_a_phrase_that_occurs_twice_in_a_text_supports_it_once():
    (phrase,) = metrics.trigger_phrases(np.array([[3, 0, 1]]), [["go", "and", "go"]], [1], [1])
    assert (phrase.words, phrase.support) == (("go",), 1)


def test_occurrences_are_of_neighbouring_words_in_order():
    np.testing.assert_array_equal(metrics.occurrences(("how", "many"), TEXTS), [True, True, False, False])
    np.testing.assert_array_equal(metrics.occurrences(["many", "how"], TEXTS), [False] * 4)
    assert metrics.occurrences(("a",), [[]]).tolist() == [False]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: metrics.leading_phrases(np.ones((2, 3, 4)), [["a"]] * 2), r"values must be \[N, T\]"),
        (lambda: metrics.leading_phrases(np.ones((2, 3)), [["a"]]), "1 texts"),
        (lambda: metrics.leading_phrases(np.ones((1, 1)), [["a", "b"]]), "Received 2 for 1"),
        (lambda: metrics.leading_phrases(np.ones((1, 1)), [["a"]], longest=0), "longest=0"),
        (lambda: metrics.leading_phrases(np.ones((1, 1)), [["a"]], cost=2), "cost=2"),
        (lambda: metrics.trigger_phrases(np.ones((1, 1)), [["a"]], [0, 1], [0]), "Received 2 and 1 for 1 texts"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
