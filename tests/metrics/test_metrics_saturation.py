"""Where along the path a score changes, against functions whose answer is known and the cases that have none."""

import numpy as np
import pytest

import kerasig
from kerasig.metrics._functions import alpha_at, end_gradient, gradient_share, mean_gradient, peak_alpha

pytestmark = pytest.mark.filterwarnings("error")


def test_alpha_at_reads_the_score_between_nodes():
    alphas = np.array([[0.0, 0.25, 0.5, 1.0]] * 3)
    scores = np.array([[0.0, 1.0, 2.0, 4.0], [3.0, 1.0, -1.0, -1.0], [0.0, 4.0, 4.0, 4.0]])
    np.testing.assert_allclose(alpha_at(0.5, alphas, scores), [0.5, 0.25, 0.125])
    np.testing.assert_allclose(alpha_at(0.9, alphas, scores), [0.9, 0.45, 0.225])


def test_alpha_at_is_the_first_where_a_score_wanders():
    alphas = np.array([[0.0, 0.2, 0.4, 0.6, 1.0]])
    np.testing.assert_allclose(alpha_at(0.5, alphas, np.array([[0.0, 2.0, -1.0, 1.0, 1.0]])), [0.05])
    np.testing.assert_allclose(alpha_at(0.5, alphas, np.array([[0.0, -2.0, -1.0, 0.0, 1.0]])), [0.8])


def test_alpha_at_passes_over_padding():
    alphas = np.array([[0.0, 1.0, np.nan], [0.0, 0.5, 1.0], [np.nan, np.nan, np.nan]])
    scores = np.array([[1.0, 3.0, np.nan], [1.0, 1.0, 3.0], [np.nan, np.nan, np.nan]])
    np.testing.assert_allclose(alpha_at(0.5, alphas, scores), [0.5, 0.75, np.nan])


def test_alpha_at_does_not_exist_without_a_change_or_with_what_is_not_finite():
    alphas = np.array([[0.0, 0.5, 1.0]] * 4)
    scores = np.array([[1.0, 2.0, 1.0], [0.0, np.nan, 1.0], [0.0, 1.0, np.inf], [-np.inf, 1.0, np.inf]])
    np.testing.assert_array_equal(alpha_at(0.5, alphas, scores), np.full(4, np.nan))
    assert alpha_at(0.5, np.zeros((0, 3)), np.zeros((0, 3))).shape == (0,)


def test_mean_gradient_is_over_elements():
    gradients = np.array([[[[1.0, -1.0], [4.0, 2.0]], [[0.0, 0.0], [0.0, np.inf]]]])
    np.testing.assert_allclose(mean_gradient(gradients), [[2, np.inf]])
    assert mean_gradient(np.zeros((0, 2, 3))).shape == (0, 2)
    assert mean_gradient(np.zeros((2, 0, 3))).shape == (2, 0)


def test_peak_and_end_of_gradients():
    alphas, sizes = np.array([0.1, 1.0, 0.5]), np.array([[2.0, 1.0, 4.0], [1.0, 3.0, 2.0], [3.0, 1.5, 1.0]])
    np.testing.assert_allclose(peak_alpha(alphas, sizes), [0.5, 1, 0.1])
    np.testing.assert_allclose(end_gradient(alphas, sizes), [0.25, 1, 0.5])


def test_a_gradient_that_is_constant_but_for_rounding_peaks_at_the_input():
    assert peak_alpha(np.array([0.1, 0.5, 1.0]), np.array([[1 + 1e-7, 1 + 2e-7, 1.0]])) == 1


@pytest.mark.parametrize("metric", [peak_alpha, end_gradient])
def test_gradients_that_are_zero_or_not_finite_have_no_peak(metric):
    sizes = np.array([[0.0, 0.0], [np.nan, 1.0], [1.0, np.inf], [1.0, 1.0]])
    np.testing.assert_array_equal(np.isnan(metric(np.array([0.5, 1.0]), sizes)), [True, True, True, False])
    np.testing.assert_array_equal(metric(np.empty(0), np.empty((2, 0))), [np.nan, np.nan])
    assert metric(np.array([0.5, 1.0]), np.empty((0, 2))).shape == (0,)


def test_end_gradient_needs_a_gradient_at_the_input():
    np.testing.assert_array_equal(end_gradient(np.array([0.1, 0.9]), np.ones((1, 2))), [np.nan])


def test_gradient_share_by_hand():
    slope, score, start = np.array([1.0, -1, 0, 1, np.nan, 1]), np.array([3.0, 3, 3, 1, 1, np.inf]), np.ones(6)
    np.testing.assert_allclose(gradient_share(slope, score, start), [0.5, -0.5, 0, np.nan, np.nan, np.nan])


def rising(x):
    """1 - exp(-4 sum of x): half of it by alpha log 2 / 4, all but nothing of its slope left at the input."""
    import tensorflow as tf

    return 1 - tf.exp(-4 * tf.reduce_sum(x, axis=1))


# F is taken for linear between the nodes, and `Adaptive` has few.
@pytest.mark.parametrize(
    ("steps", "off"), [(None, 0.03), (kerasig.Fixed(64, "trapezoid"), 1e-3), (64, 3e-3), (9, 0.03)]
)
@pytest.mark.parametrize("several", [False, True])
def test_saturation_of_a_model_that_is_known(steps, off, several):
    x, alphas = np.full((2, 3), 1 / 3, "float32"), (0.02, 0.1, 0.3, 1.0)
    baselines = kerasig.baselines.Samples(np.zeros((4, 3), "float32")) if several else None
    found = kerasig.explain(rising, x, steps=steps, interior_alphas=alphas, baselines=baselines).metrics()
    whole = 1 - np.exp(-4)
    np.testing.assert_allclose(found["alpha_50"], -np.log(1 - whole / 2) / 4, atol=off)
    np.testing.assert_allclose(found["alpha_90"], -np.log(1 - 0.9 * whole) / 4, atol=off)
    np.testing.assert_allclose(found["peak_alpha"], 0.02)
    np.testing.assert_allclose(found["end_gradient"], np.exp(-4 * 0.98), rtol=1e-4)
    # The mean over several baselines of a product is not the product of means, and a rule may leave out the input.
    known = not several or not isinstance(steps, int)
    np.testing.assert_allclose(found["gradient_share"], 4 * np.exp(-4) / whole if known else np.nan, rtol=1e-4)
