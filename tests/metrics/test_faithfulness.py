"""Deletion: curves and areas worked out by hand."""

import numpy as np
import pytest
import tensorflow as tf

from kerasig import Explainer
from kerasig.metrics import deletion

# A linear score: deleting a position takes its term away, so that curves can be added up by hand.
TERMS = np.array([[4.0, 1.0, 2.0, 0.0], [0.0, 3.0, 0.0, -3.0]])


def linear(mask):
    return np.where(mask, 0, TERMS).sum(axis=1)


def test_largest_terms_go_first_and_the_area_is_that_of_trapezoids():
    found = deletion(TERMS, linear, [1, 2, 3])
    np.testing.assert_array_equal(found.counts, [0, 1, 2, 3])
    np.testing.assert_array_equal(found.scores, [[7, 3, 1, 0], [0, -3, -3, -3]])
    # Falls of 0, 4, 6, 7 and of 0, 3, 3, 3: areas 2 + 5 + 6.5 and 1.5 + 3 + 3 over three positions.
    np.testing.assert_allclose(found.aopc, [13.5 / 3, 7.5 / 3])


def test_counts_that_are_uneven_weigh_by_their_distance():
    # Falls of 0, 4, 7 at 0, 1, 4: areas 2 and 16.5 over four positions.
    np.testing.assert_allclose(deletion(TERMS[:1], lambda mask: linear(mask)[:1], [0, 1, 4]).aopc, [18.5 / 4])


def test_positions_may_have_several_axes_and_the_mask_has_them_too():
    seen = []

    def score(mask):
        seen.append(mask)
        return linear(mask.reshape(2, 4))

    found = deletion(TERMS.reshape(2, 2, 2), score, [1, 3])
    np.testing.assert_array_equal(found.scores, [[7, 3, 0], [0, -3, -3]])
    np.testing.assert_array_equal(seen[1], [[[True, False], [False, False]], [[False, True], [False, False]]])
    # Kept masks are not overwritten by what is deleted later.
    assert [int(mask.sum()) for mask in seen] == [0, 2, 6]


def test_equal_values_go_in_the_order_of_their_positions():
    found = deletion(np.zeros((2, 4)), linear, [1, 2, 3])
    np.testing.assert_array_equal(found.scores, [[7, 3, 2, 0], [0, 0, -3, -3]])


def test_no_other_order_falls_faster_for_a_linear_score():
    best = deletion(TERMS, linear, [1, 2, 3, 4]).aopc
    rng = np.random.default_rng(0)
    for _ in range(50):
        assert (deletion(rng.random(TERMS.shape), linear, [1, 2, 3, 4]).aopc <= best).all()


def test_an_example_whose_attribution_is_not_finite_has_no_curve():
    values = TERMS.copy()
    values[0, 1] = np.nan
    found = deletion(values, linear, [2])
    np.testing.assert_array_equal(np.isnan(found.aopc), [True, False])
    np.testing.assert_array_equal(np.isnan(found.scores), [[True, True], [False, False]])


@pytest.mark.parametrize("counts", [[], [0], [2, 1], [1, 1], [5], [-1, 2], [1.0, 2.0], [[1, 2]], [True]])
def test_wrong_counts_are_refused(counts):
    with pytest.raises(ValueError, match="counts must be whole numbers that rise, up to the 4 positions"):
        deletion(TERMS, linear, counts)


def test_a_score_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"one number per example, \[2\]. Received \(2, 1\)"):
        deletion(TERMS, lambda mask: linear(mask)[:, None], [1])


def test_an_explainers_scores_put_the_baseline_in_place_of_pixels():
    weights = np.random.default_rng(0).normal(size=(4, 4, 3)).astype("float32")
    images = np.random.default_rng(1).random((2, 4, 4, 3), "float32")
    explainer = Explainer(lambda x: tf.reduce_sum(x * weights, axis=(1, 2, 3)))
    values = ((images - 1) * weights).sum(axis=-1)
    found = deletion(values, lambda mask: explainer.scores(images, baselines=1.0, replaced=mask[..., None]), [1, 8, 16])
    np.testing.assert_allclose(found.scores[:, -1], weights.sum(), rtol=1e-5)
    np.testing.assert_allclose(found.scores[:, 0] - found.scores[:, 1], values.reshape(2, -1).max(axis=1), rtol=1e-4)
