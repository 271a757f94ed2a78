"""Residual and expected map error against direct sums over path data."""

import numpy as np
import pytest

from kerasig._quadrature import error_estimates

NODES = np.array([[0.0, 0.1, 0.4, 1.0]])


def cubic(alpha):
    return alpha**3 - alpha, 3 * alpha**2 - 1


def test_scale_is_the_change_of_the_score():
    scores = np.array([[1.0, 1.5, 3.0]])
    assert error_estimates.score_scale(scores, scores[:, 0], scores[:, -1]) == pytest.approx([2.0])


def test_scale_of_a_score_that_wanders_and_returns_is_a_hundredth_of_the_excursion():
    scores = np.array([[1.0, -49.0, 1.0, np.nan]])
    assert error_estimates.score_scale(scores, np.array([1.0]), np.array([1.0])) == pytest.approx([0.5])


def test_scale_of_a_constant_score_is_a_millionth_of_its_size():
    scores = np.full((1, 3), -40.0)
    assert error_estimates.score_scale(scores, scores[:, 0], scores[:, 0]) == pytest.approx([4e-5])


def test_scale_counts_ends_that_the_rule_does_not_sample():
    middle = np.array([[5.0]])
    assert error_estimates.score_scale(middle, np.array([0.0]), np.array([0.01])) == pytest.approx([0.05])


def test_zero_error_of_zero_change_is_zero_and_any_error_of_it_is_infinite():
    assert error_estimates.relative(np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.0, 4.0])).tolist() == [0, np.inf, 0.25]


def test_not_a_number_stays_not_a_number():
    assert np.isnan(error_estimates.relative(np.array([np.nan, 0.0]), np.array([1.0, np.nan]))).all()


def test_trapezoid_residuals_are_score_differences_minus_the_rule():
    scores, slopes = cubic(NODES)
    found = error_estimates.step_residuals(NODES, scores, slopes, "both", scores[:, 0], scores[:, -1])
    by_hand = []
    for k in range(3):
        length = NODES[0, k + 1] - NODES[0, k]
        by_hand.append(scores[0, k + 1] - scores[0, k] - length * (slopes[0, k] + slopes[0, k + 1]) / 2)
    assert found == pytest.approx(np.array([by_hand]))


def test_left_residuals_reach_to_the_input_and_right_ones_from_the_baseline():
    nodes = np.array([[0.0, 0.25, 0.5, 0.75]])
    scores, slopes = cubic(nodes)
    start, end = cubic(np.zeros(1))[0], cubic(np.ones(1))[0]
    left = error_estimates.step_residuals(nodes, scores, slopes, "left", start, end)
    ends = np.append(scores, [end], axis=1)
    assert left == pytest.approx(np.diff(ends) - slopes / 4)
    scores, slopes = cubic(nodes + 0.25)
    right = error_estimates.step_residuals(nodes + 0.25, scores, slopes, "right", start, end)
    starts = np.append([start], scores, axis=1)
    assert right == pytest.approx(np.diff(starts) - slopes / 4)


@pytest.mark.parametrize("steps", ["left", "right", "both"])
def test_residuals_of_a_rule_sum_to_minus_its_completeness_error(steps):
    nodes = {"left": np.arange(8) / 8, "right": np.arange(1, 9) / 8, "both": np.arange(9) / 8}[steps][None]
    scores, slopes = cubic(nodes)
    start, end = cubic(np.zeros(1))[0], cubic(np.ones(1))[0]
    weights = np.full(nodes.shape, 1 / 8)
    if steps == "both":
        weights[:, [0, -1]] /= 2
    delta = (weights * slopes).sum(axis=1) - (end - start)
    residuals = error_estimates.step_residuals(nodes, scores, slopes, steps, start, end)
    assert residuals.sum(axis=1) == pytest.approx(-delta)


def test_a_rule_that_is_no_sum_over_intervals_has_no_step_residuals():
    scores, slopes = cubic(NODES)
    assert error_estimates.step_residuals(NODES, scores, slopes, "none", scores[:, 0], scores[:, -1]) is None


def test_completeness_error_is_the_root_of_the_summed_squares_unless_delta_is_larger():
    residuals = np.array([[3.0, -4.0, np.nan], [3.0, 4.0, np.nan]])
    delta = np.nansum(residuals, axis=1)
    assert error_estimates.completeness_error(delta, residuals) == pytest.approx([5.0, 7.0])
    assert error_estimates.completeness_error(delta, None) == pytest.approx([1.0, 7.0])


def test_jump_error_is_the_mean_error_of_a_trapezoid_over_randomly_placed_jumps():
    # 4,000 networks of F features whose gradient jumps once, anywhere, in each of K intervals. The mean over features
    # and networks of a normal's absolute value has a standard error of 0.756 / sqrt(80,000) = 0.3% of itself; sums of
    # 40 uniform places are normal to about 1%.
    generator = np.random.default_rng(0)
    n_networks, n_steps, n_features = 4000, 40, 20
    lengths = generator.dirichlet(np.full(n_steps, 5.0))
    jumps = generator.normal(size=(n_features, n_steps))
    places = generator.uniform(size=(n_networks, n_features, n_steps))
    # A jump at share u of its interval: the truth holds (1 - u) of it, the trapezoid half.
    errors = ((places - 0.5) * lengths * jumps).sum(axis=2)
    measured = np.abs(errors).sum(axis=1).mean()
    squares = ((lengths * jumps) ** 2).sum(axis=1)[None]
    assert error_estimates.jump_error(squares) == pytest.approx([measured], rel=0.02)


def test_jump_error_is_the_formula_of_the_design():
    squares = np.array([[4.0, 9.0, 0.0]])
    assert error_estimates.jump_error(squares) == pytest.approx([np.sqrt(1 / (6 * np.pi)) * (2 + 3)])


def test_jump_error_ignores_squares_that_rounding_made_negative():
    assert error_estimates.jump_error(np.array([[-1e-12, 4.0]])) == pytest.approx([np.sqrt(1 / (6 * np.pi)) * 2])


def test_bias_of_a_one_sided_rule_adds_in_squares():
    squares, bias = np.array([[18 * np.pi]]), np.array([[1.0]])
    assert error_estimates.jump_error(squares, bias) == pytest.approx([2.0])
