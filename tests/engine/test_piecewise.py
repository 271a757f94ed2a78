"""The rule that adapts to smooth stretches and jumps, on nodes of any spacing."""

from typing import NamedTuple

import numpy as np
import pytest
from either_kind import KINDS, assert_same, padded, run

from kerasig._engine import piecewise
from kerasig._engine.piecewise import ROUNDING

ALPHAS = np.array([[0.0, 0.1, 0.2, 0.4, 0.55, 0.7, 0.8, 1.0]])

pytestmark = pytest.mark.parametrize("kind", KINDS)


class Fitted(NamedTuple):
    rule: piecewise.Piecewise
    weights: np.ndarray
    controlled: np.ndarray

    @property
    def parts(self):
        return {"weights": self.weights, "controlled": self.controlled, **self.rule._asdict()}


def everything(alphas, scores, slopes, count, rounding):
    found = piecewise.fit(alphas, scores, slopes, count, rounding)
    weights, controlled = piecewise.weights(found, alphas, count), piecewise.controlled(found, alphas, slopes, count)
    return Fitted(found, weights, controlled)


def fit(kind, alphas, scores, slopes, count=None):
    count = np.full(len(alphas), alphas.shape[1]) if count is None else count
    return run(kind, everything, alphas, scores, slopes, count, np.array(ROUNDING))


def fitted(kind, score, slope, alphas=ALPHAS, count=None):
    return fit(kind, alphas, score(alphas), slope(alphas), count)


@pytest.mark.parametrize("degree", [0, 1, 2])
def test_polynomial_slopes_up_to_degree_two_are_integrated_exactly(kind, degree):
    rule = fitted(kind, lambda a: a ** (degree + 1) / (degree + 1), lambda a: a**degree)
    # Exact but for rounding: for degree 0 and 1 so is the trapezoid.
    np.testing.assert_allclose(rule.rule.residuals, 0, atol=1e-15)
    np.testing.assert_allclose((rule.weights * ALPHAS**degree).sum(axis=1), 1 / (degree + 1), rtol=1e-14)


def test_weights_sum_to_one_on_any_nodes(kind):
    generator = np.random.default_rng(0)
    inner = np.sort(generator.random((20, 9)), axis=1)
    alphas = np.concatenate([np.zeros((20, 1)), inner, np.ones((20, 1))], axis=1)
    rule = fit(kind, alphas, generator.normal(size=alphas.shape), generator.normal(size=alphas.shape))
    np.testing.assert_allclose(rule.weights.sum(axis=1), 1, rtol=1e-12)


def test_residuals_are_exact_for_the_weights(kind):
    rule = fitted(kind, np.sin, np.cos)
    change = np.sin(1.0)
    assert rule.rule.residuals.sum() == pytest.approx(change - (rule.weights * np.cos(ALPHAS)).sum(), abs=1e-15)


def test_smooth_slopes_are_integrated_far_better_than_by_the_trapezoid(kind):
    rule = fitted(kind, np.sin, np.cos)
    trapezoid = np.diff(np.sin(ALPHAS)) - np.diff(ALPHAS) * (np.cos(ALPHAS[:, 1:]) + np.cos(ALPHAS[:, :-1])) / 2
    assert np.abs(rule.rule.residuals).sum() < 0.05 * np.abs(trapezoid).sum()
    # Smoothness of the score is no proof for each feature: half of the jump model stays.
    np.testing.assert_allclose(rule.rule.jumps, np.diff(ALPHAS) / 2)


def test_a_jump_keeps_the_trapezoid_and_the_whole_jump_model(kind):
    kink = 0.47

    def score(alphas):
        return np.maximum(alphas - kink, 0)

    rule = fitted(kind, score, lambda alphas: (alphas > kink).astype(float))
    interval = 3
    assert rule.rule.jumps[0, interval] == pytest.approx(0.15)
    assert rule.rule.residuals[0, interval] == pytest.approx((0.55 - kink) - 0.15 / 2)


def test_padding_changes_nothing(kind):
    repeated = np.pad(ALPHAS, ((0, 0), (0, 3)), mode="edge")
    count = np.array([ALPHAS.shape[1]])
    alone, beside = fitted(kind, np.sin, np.cos), fitted(kind, np.sin, np.cos, repeated, count)
    for name in ("weights", "residuals", "jumps", "spread"):
        part, expected = beside.parts[name], alone.parts[name]
        # TensorFlow's vectors round otherwise than the rest that does not fill one.
        tolerance = 0 if kind == "numpy" else 1e-15
        np.testing.assert_allclose(part[:, : expected.shape[1]], expected, rtol=tolerance, atol=tolerance)
        assert not part[:, expected.shape[1] :].any()


@pytest.mark.parametrize("seed", range(5))
def test_paths_of_any_numbers_of_nodes_are_each_what_they_are_alone(kind, seed):
    generator = np.random.default_rng(seed)
    rows = [[0, *np.sort(generator.random(generator.integers(1, 10))), 1] for _ in range(30)]
    alphas, count = padded(rows)
    # Smooth, kinky, and any numbers.
    kink, shape = generator.random((30, 1)), (30, 1)
    which = generator.integers(3, size=shape)
    anything = padded([generator.normal(size=(len(row), 2)).tolist() for row in rows])[0]
    scores = np.choose(which, [np.sin(alphas), np.maximum(alphas - kink, 0), anything[..., 0]])
    slopes = np.choose(which, [np.cos(alphas), (alphas > kink) * 1.0, anything[..., 1]])
    together = fit(kind, alphas, scores, slopes, count)
    assert_same(together, fit("numpy", alphas, scores, slopes, count))
    for row, known in enumerate(count):
        here = np.s_[row : row + 1], np.s_[:known]
        alone = fit(kind, alphas[here], scores[here], slopes[here])
        for name, part in alone.parts.items():
            beside = together.parts[name][row]
            np.testing.assert_allclose(1 * beside[: part.shape[1]], 1 * part[0], rtol=1e-12, atol=1e-12)
            assert name == "smooth" or not beside[part.shape[1] :].any()


def test_the_trapezoids_weights_are_those_of_the_textbook(kind):
    alphas = np.array([[0, 0.1, 0.4, 1.0, 1.0], [0, 0.25, 0.5, 0.75, 1.0]])
    expected = [[0.05, 0.2, 0.45, 0.3, 0], [0.125, 0.25, 0.25, 0.25, 0.125]]
    np.testing.assert_allclose(run(kind, piecewise.trapezoid_weights, alphas), expected, rtol=1e-15)


def test_controlled_weights_are_complete_and_exact_where_the_gradient_moves_along_one_direction(kind):
    # Contributions (1, 2) + h(alpha) (3, -1) with a sharply bent h: the score alone tells the integral of h.
    def h(alpha):
        return np.tanh(40 * (alpha - 0.37))

    def integral(alpha):
        return np.log(np.cosh(40 * (alpha - 0.37))) / 40

    alphas = np.array([[0.0, 0.15, 0.5, 0.85, 1.0]])
    contributions = np.array([1.0, 2.0]) + h(alphas)[..., None] * np.array([3.0, -1.0])
    slopes, scores = contributions.sum(axis=-1), 3 * alphas + 2 * integral(alphas)
    fitted = fit(kind, alphas, scores, slopes)
    weights = fitted.controlled
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    np.testing.assert_allclose((weights * slopes).sum(axis=1), scores[:, -1] - scores[:, 0])
    exact = np.array([1.0, 2.0]) + (integral(1.0) - integral(0.0)) * np.array([3.0, -1.0])
    np.testing.assert_allclose(np.einsum("pk,pkf->pf", weights, contributions)[0], exact)
    assert np.abs(np.einsum("pk,pkf->pf", fitted.weights, contributions)[0] - exact).max() > 0.01


def test_a_jump_of_the_score_itself_moves_no_weight(kind):
    alphas = np.linspace(0, 1, 9)[None]
    slopes = 1 + 0.01 * alphas
    scores = alphas + 0.005 * alphas**2 + (alphas > 0.4)
    fitted = fit(kind, alphas, scores, slopes)
    np.testing.assert_array_equal(fitted.controlled, fitted.weights)


def test_a_flat_interval_between_jumps_is_not_believed(kind):
    alphas = np.linspace(0, 1, 9)[None]
    slopes = np.where(alphas < 0.45, 0.0, 1.0) + np.where(alphas > 0.8, 1.0, 0.0)
    scores = np.maximum(alphas - 0.42, 0) + np.maximum(alphas - 0.78, 0)
    fitted = fit(kind, alphas, scores, slopes)
    np.testing.assert_allclose(fitted.rule.spread, fitted.rule.jumps)
    uneven = np.array([[0.0, 0.4, 0.5, 0.9, 1.0]])
    fitted = fit(kind, uneven, np.maximum(uneven - 0.45, 0), (uneven > 0.45).astype(float))
    # Half of an interval's own rate of jumps, and a quarter of the rate in each neighbour, at its own length.
    factor = (0.5 * 0.1**3 + 2 * 0.25 * 0.4**3) / 0.1**3
    assert fitted.rule.spread[0, 1] == pytest.approx(fitted.rule.jumps[0, 1] * np.sqrt(factor))
