"""The alignment error rate is what its definition gives by hand, and its own mean for links at random."""

import numpy as np
import pytest

from kerasig.metrics import _functions as metrics

SURE = np.array([[1, 0, 0], [0, 1, 0]], bool)
POSSIBLE = np.array([[1, 1, 0], [0, 1, 0]], bool)


@pytest.mark.parametrize(
    ("found", "rate"),
    [
        (SURE, 0.0),
        # |A ∩ S| = 1, |A ∩ P| = 2, |A| = |S| = 2.
        ([[0, 1, 0], [0, 1, 0]], 1 - 3 / 4),
        ([[0, 0, 1], [0, 0, 1]], 1.0),
        # Nothing found misses all that is sure; a possible link beyond them costs nothing.
        (np.zeros((2, 3)), 1.0),
        (POSSIBLE, 1 - (2 + 3) / (3 + 2)),
        (np.ones((2, 3), bool), 1 - (2 + 3) / (6 + 2)),
    ],
)
def test_the_rate_is_that_of_the_definition(found, rate):
    assert metrics.alignment_error_rate(np.asarray(found), SURE, POSSIBLE) == pytest.approx(rate)


def test_sure_links_are_possible_whether_or_not_they_are_listed():
    found = np.array([[1, 0, 0], [0, 0, 1]], bool)
    others = POSSIBLE & ~SURE
    assert metrics.alignment_error_rate(found, SURE, others) == metrics.alignment_error_rate(found, SURE, POSSIBLE)
    # Without possible links: 1 - 2 |A ∩ S| / (|A| + |S|).
    assert metrics.alignment_error_rate(found, SURE) == pytest.approx(0.5)


def test_probabilities_give_the_mean_over_links_at_random():
    probable = np.full((2, 3), 1 / 3)
    drawn = [np.eye(3)[[i, j]] for i in range(3) for j in range(3)]
    mean = np.mean([metrics.alignment_error_rate(links, SURE, POSSIBLE) for links in drawn])
    assert metrics.alignment_error_rate(probable, SURE, POSSIBLE) == pytest.approx(mean)


def test_nothing_found_and_nothing_sure_has_no_rate():
    assert np.isnan(metrics.alignment_error_rate(np.zeros((2, 3)), np.zeros((2, 3))))


@pytest.mark.parametrize("found", [np.array([[2, 0, 0], [0, 1, 0]]), -SURE.astype(float), SURE * np.nan])
def test_attributions_are_no_links(found):
    with pytest.raises(ValueError, match="pass which are the largest"):
        metrics.alignment_error_rate(found, SURE)


def test_shapes_that_differ_are_refused_even_where_they_would_broadcast():
    with pytest.raises(ValueError, match=r"found.shape=\(2, 3\), sure.shape=\(2, 3\), possible.shape=\(3,\)"):
        metrics.alignment_error_rate(SURE, SURE, np.ones(3))
    with pytest.raises(ValueError, match=r"found.shape=\(3,\)"):
        metrics.alignment_error_rate(np.ones(3), SURE)
