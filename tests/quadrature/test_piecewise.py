"""The rule that adapts to smooth stretches and jumps, on nodes of any spacing."""

import numpy as np
import pytest

from kerasig._quadrature import piecewise

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


def test_controlled_weights_are_complete_and_exact_where_the_gradient_moves_along_one_direction():
    # Contributions (1, 2) + h(alpha) (3, -1) with a sharply bent h: the score alone tells the integral of h.
    def h(alpha):
        return np.tanh(40 * (alpha - 0.37))

    def integral(alpha):
        return np.log(np.cosh(40 * (alpha - 0.37))) / 40

    alphas = np.array([[0.0, 0.15, 0.5, 0.85, 1.0]])
    contributions = np.array([1.0, 2.0]) + h(alphas)[..., None] * np.array([3.0, -1.0])
    slopes, scores = contributions.sum(axis=-1), 3 * alphas + 2 * integral(alphas)
    fitted = piecewise.fit(alphas, scores, slopes)
    weights = piecewise.controlled(fitted, alphas, slopes)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose((weights * slopes).sum(axis=1), scores[:, -1] - scores[:, 0])
    exact = np.array([1.0, 2.0]) + (integral(1.0) - integral(0.0)) * np.array([3.0, -1.0])
    np.testing.assert_allclose(np.einsum("pk,pkf->pf", weights, contributions)[0], exact)
    assert np.abs(np.einsum("pk,pkf->pf", fitted.weights, contributions)[0] - exact).max() > 0.01


def test_a_jump_of_the_score_itself_moves_no_weight():
    alphas = np.linspace(0, 1, 9)[None]
    slopes = 1 + 0.01 * alphas
    scores = alphas + 0.005 * alphas**2 + (alphas > 0.4)
    fitted = piecewise.fit(alphas, scores, slopes)
    np.testing.assert_array_equal(piecewise.controlled(fitted, alphas, slopes), fitted.weights)


def test_a_flat_interval_between_jumps_is_not_believed():
    alphas = np.linspace(0, 1, 9)[None]
    slopes = np.where(alphas < 0.45, 0.0, 1.0) + np.where(alphas > 0.8, 1.0, 0.0)
    scores = np.maximum(alphas - 0.42, 0) + np.maximum(alphas - 0.78, 0)
    fitted = piecewise.fit(alphas, scores, slopes)
    np.testing.assert_allclose(fitted.spread, fitted.jumps)
    uneven = np.array([[0.0, 0.4, 0.5, 0.9, 1.0]])
    fitted = piecewise.fit(uneven, np.maximum(uneven - 0.45, 0), (uneven > 0.45).astype(float))
    # Half of an interval's own rate of jumps, and a quarter of the rate in each neighbour, at its own length.
    factor = (0.5 * 0.1**3 + 2 * 0.25 * 0.4**3) / 0.1**3
    assert fitted.spread[0, 1] == pytest.approx(fitted.jumps[0, 1] * np.sqrt(factor))
