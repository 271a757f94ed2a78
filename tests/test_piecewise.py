"""The rule that adapts to smooth stretches and jumps, on nodes of any spacing."""

import numpy as np
import pytest

from kerasig import piecewise

ALPHAS = np.array([[0.0, 0.1, 0.2, 0.4, 0.55, 0.7, 0.8, 1.0]])


def fitted(score, slope, alphas=ALPHAS):
    return piecewise.fit(alphas, score(alphas), slope(alphas))


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_polynomial_slopes_up_to_degree_two_are_integrated_exactly(degree):
    rule = fitted(lambda a: a ** (degree + 1) / (degree + 1), lambda a: a**degree)
    # Exact but for rounding: for degree 0 and 1 so is the trapezoid.
    np.testing.assert_allclose(rule.residuals, 0, atol=1e-15)
    np.testing.assert_allclose((rule.weights * ALPHAS**degree).sum(axis=1), 1 / (degree + 1), rtol=1e-14)


def test_weights_sum_to_one_on_any_nodes():
    generator = np.random.default_rng(0)
    inner = np.sort(generator.random((20, 9)), axis=1)
    alphas = np.concatenate([np.zeros((20, 1)), inner, np.ones((20, 1))], axis=1)
    rule = piecewise.fit(alphas, generator.normal(size=alphas.shape), generator.normal(size=alphas.shape))
    np.testing.assert_allclose(rule.weights.sum(axis=1), 1, rtol=1e-12)


def test_residuals_are_exact_for_the_weights():
    rule = fitted(np.sin, np.cos)
    change = np.sin(1.0)
    assert rule.residuals.sum() == pytest.approx(change - (rule.weights * np.cos(ALPHAS)).sum(), abs=1e-15)


def test_smooth_slopes_are_integrated_far_better_than_by_the_trapezoid():
    rule = fitted(np.sin, np.cos)
    trapezoid = np.diff(np.sin(ALPHAS)) - np.diff(ALPHAS) * (np.cos(ALPHAS[:, 1:]) + np.cos(ALPHAS[:, :-1])) / 2
    assert np.abs(rule.residuals).sum() < 0.05 * np.abs(trapezoid).sum()
    # Smoothness of the score is no proof for each feature: half of the jump model stays.
    np.testing.assert_allclose(rule.jumps, np.diff(ALPHAS) / 2)


def test_a_jump_keeps_the_trapezoid_and_the_whole_jump_model():
    kink = 0.47

    def score(alphas):
        return np.maximum(alphas - kink, 0)

    rule = fitted(score, lambda alphas: (alphas > kink).astype(float))
    interval = 3
    assert rule.jumps[0, interval] == pytest.approx(0.15)
    assert rule.residuals[0, interval] == pytest.approx((0.55 - kink) - 0.15 / 2)


def test_padding_changes_nothing():
    padded = np.pad(ALPHAS, ((0, 0), (0, 3)), constant_values=np.nan)
    alone, beside = fitted(np.sin, np.cos), fitted(np.sin, np.cos, padded)
    for name in ("weights", "residuals", "jumps"):
        part = getattr(beside, name)
        np.testing.assert_array_equal(part[:, : getattr(alone, name).shape[1]], getattr(alone, name))
        assert not part[:, getattr(alone, name).shape[1] :].any()
