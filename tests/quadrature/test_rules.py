"""Rules have the weights that mathematics gives them, and `steps` means what it says."""

import dataclasses

import numpy as np
import pytest

from kerasig import Adaptive, Fixed
from kerasig._quadrature.rules import RULES, Rule, clenshaw_curtis, trapezoid_weights
from kerasig.steps import resolve_steps

# Sums of n rounded weights of size 1/n, and polynomials of values up to 1 in n terms: n roundings each.
ROUNDING = 100 * np.finfo(np.float64).eps

every_rule = pytest.mark.parametrize("name", RULES)
COUNTS = (2, 3, 5, 8, 33, 64, 257)


def moment_error(rule: Rule, degree: int) -> float:
    """Error of the rule on alpha^degree, whose integral is 1 / (degree + 1)."""
    return abs(rule.weights @ rule.nodes**degree - 1 / (degree + 1))


@every_rule
@pytest.mark.parametrize("n", COUNTS)
def test_weights_sum_to_one(name, n):
    rule = Fixed(n, name).build()
    assert len(rule) == n
    assert rule.weights.sum() == pytest.approx(1, abs=ROUNDING)


@every_rule
@pytest.mark.parametrize("n", COUNTS)
def test_nodes_increase_within_the_path_and_weights_are_positive(name, n):
    rule = Fixed(n, name).build()
    assert rule.nodes[0] >= 0
    assert rule.nodes[-1] <= 1
    assert np.all(np.diff(rule.nodes) > 0)
    assert np.all(rule.weights > 0)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 16, 50])
def test_gauss_with_n_nodes_is_exact_to_degree_2n_minus_1_and_not_beyond(n):
    rule = Fixed(n).build()
    assert max(moment_error(rule, degree) for degree in range(2 * n)) < ROUNDING
    if n < 10:  # Beyond, the error at degree 2n is itself below rounding: it falls like 16^-n.
        assert moment_error(rule, 2 * n) > 10 * ROUNDING


def test_gauss_nodes_and_weights_are_those_of_an_eigenvalue_solver():
    for n in (*range(1, 101), 150, 200):
        nodes, weights = np.polynomial.legendre.leggauss(n)
        rule = Fixed(n).build()
        assert np.abs(2 * rule.nodes - 1 - nodes).max() < 1e-15
        # NumPy's weights have errors of their own, which grow with n squared; ours are tested below.
        assert np.abs(2 * rule.weights - weights).max() < 1e-14


@pytest.mark.parametrize("n", [9, 40, 79, 80, 81, 82, 201, 513, 3000, 100_000])
def test_gauss_of_any_size_integrates_what_oscillates_as_fast_as_its_nodes_can_follow(n):
    rule = Fixed(n).build()
    angles = 2 * np.arcsin(np.sqrt(rule.nodes))
    assert np.all(np.diff(rule.nodes) > 0)
    assert np.array_equal(rule.weights, rule.weights[::-1])
    for degree in (0, 1, 2, 3, 10, n - 1, n, 2 * n - 2, 2 * n - 1):
        # The Chebyshev polynomial of that degree, whose integral over [0, 1] is 0 or 1 / (1 - degree^2); an angle's
        # rounding counts degree times, and no more by chance than its square root.
        exact = 0 if degree % 2 else 1 / (1 - degree**2)
        assert abs(rule.weights @ np.cos(degree * angles) - exact) < ROUNDING * (1 + degree**0.5)


def test_gauss_of_many_nodes_keeps_the_digits_of_its_smallest_nodes():
    # The first zeros lie at (j / (n + 1/2))^2 / 4, with j a zero of the Bessel function J0; the next term is smaller by
    # n^2. The weights are (w / (n + 1/2))^2, with 1 / w = |J1(j)|.
    n = 100_000
    rule = Fixed(n).build()
    zeros = np.array([2.404825557695773, 5.520078110286311, 8.653727912911012])
    bessel = np.array([0.5191474972894669, 0.3402648065583682, 0.2714522999283819])
    assert rule.nodes[:3] == pytest.approx((zeros / (2 * n + 1)) ** 2, rel=1e-9)
    assert rule.weights[:3] == pytest.approx((1 / (bessel * (n + 0.5))) ** 2, rel=1e-9)


@pytest.mark.parametrize("n", [3, 5, 9, 17, 33])
def test_clenshaw_curtis_is_exact_to_degree_n_minus_1_and_sums_to_one(n):
    rule = clenshaw_curtis(n)
    assert len(rule) == n
    assert max(moment_error(rule, degree) for degree in range(n)) < ROUNDING
    assert np.all(rule.weights > 0)


@pytest.mark.parametrize("n", [5, 9, 17])
def test_clenshaw_curtis_contains_both_ends_and_the_nodes_of_half_the_rule(n):
    fine, coarse = clenshaw_curtis(n).nodes, clenshaw_curtis((n + 1) // 2).nodes
    # Equal to the bit: the adaptive engine takes what it evaluated once for both.
    assert np.array_equal(fine[::2], coarse)
    assert fine[0] == 0
    assert fine[n // 2] == 0.5
    assert fine[-1] == 1


@pytest.mark.parametrize("n", [1, 2, 4, 6, 10])
def test_clenshaw_curtis_refuses_counts_that_are_not_nested(n):
    with pytest.raises(ValueError, match=f"2\\^k \\+ 1.*n={n}"):
        clenshaw_curtis(n)


@pytest.mark.parametrize("name", ["trapezoid", "riemann_middle"])
def test_trapezoid_and_middle_are_exact_for_straight_lines_and_of_second_order(name):
    coarse, fine = Fixed(9, name).build(), Fixed(17, name).build()
    assert max(moment_error(coarse, degree) for degree in (0, 1)) < ROUNDING
    # Error 1/24 or 1/12 h^2 f'(1) for alpha^2 exactly, so halving h quarters it.
    steps = (16, 8) if name == "trapezoid" else (17, 9)
    assert moment_error(coarse, 2) / moment_error(fine, 2) == pytest.approx((steps[0] / steps[1]) ** 2, rel=1e-9)


@pytest.mark.parametrize("name", ["riemann_left", "riemann_right"])
def test_one_sided_sums_err_by_half_a_step(name):
    # The integral of alpha over n steps of 1/n: off by 1/(2n), below at the left and above at the right.
    sign = -1 if name == "riemann_left" else 1
    rule = Fixed(10, name).build()
    assert rule.weights @ rule.nodes - 0.5 == pytest.approx(sign / 20, abs=ROUNDING)


def test_trapezoid_weights_halve_at_both_ends_only():
    # Captum's and Alibi's trapezoid sums to (n - 1) / n; this is the integral instead.
    assert Fixed(5, "trapezoid").build().weights == pytest.approx([1 / 8, 1 / 4, 1 / 4, 1 / 4, 1 / 8], abs=ROUNDING)
    assert Fixed(2, "trapezoid").build().weights == pytest.approx([0.5, 0.5], abs=ROUNDING)


def test_trapezoid_weights_of_uneven_nodes_integrate_straight_lines_row_by_row():
    nodes = np.array([[0.0, 0.1, 0.4, 1.0], [0.0, 0.5, 0.5, 1.0]])
    weights = trapezoid_weights(nodes)
    assert weights.sum(axis=1) == pytest.approx([1, 1], abs=ROUNDING)
    assert (weights * nodes).sum(axis=1) == pytest.approx([0.5, 0.5], abs=ROUNDING)
    # A node that is there twice adds nothing: its two weights make up that of one.
    assert weights[1] == pytest.approx([0.25, 0.25, 0.25, 0.25])


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("gauss_legendre", "none"),
        ("riemann_left", "left"),
        ("riemann_right", "right"),
        ("riemann_middle", "none"),
        ("trapezoid", "both"),
    ],
)
def test_a_rule_says_which_ends_of_its_intervals_it_samples(name, steps):
    assert Fixed(4, name).build().steps == steps


def test_steps_none_is_adaptive_and_an_int_is_fixed_gauss():
    assert resolve_steps(None) == Adaptive(tolerance=0.01, map_tolerance=0.05, max_steps=512)
    assert resolve_steps(7) == Fixed(7, rule="gauss_legendre")
    assert resolve_steps(np.int64(7)) == Fixed(7)
    assert resolve_steps(Fixed(3, "trapezoid")) == Fixed(3, "trapezoid")
    assert resolve_steps(Adaptive(0.1)) == Adaptive(0.1)


@pytest.mark.parametrize("steps", [0, -3])
def test_fewer_than_one_step_is_refused(steps):
    with pytest.raises(ValueError, match=f"at least 1.*Received steps={steps}"):
        resolve_steps(steps)
    with pytest.raises(ValueError, match=f"n must be at least 1.*n={steps}"):
        Fixed(steps)


@pytest.mark.parametrize("steps", [100_001, 2**31, 2**63, 10**30, np.uint64(2**64 - 1)])
@every_rule
def test_more_steps_than_any_machine_would_take_are_refused_before_a_node_is_made(name, steps):
    with pytest.raises(ValueError, match=f"at most 100000. Received steps={steps}"):
        resolve_steps(steps)
    with pytest.raises(ValueError, match=f"n must be at most 100000. Received n={steps}"):
        Fixed(steps, name)


@every_rule
def test_nodes_are_made_once_and_cannot_be_changed(name):
    rule = Fixed(1234, name).build()
    assert Fixed(1234, name).build() is rule
    with pytest.raises(ValueError, match="read-only"):
        rule.nodes[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        rule.weights[0] = 1


@pytest.mark.parametrize("steps", [2.5, "50", True, [50], np.float64(3)])
def test_steps_of_another_type_are_refused_with_what_would_fit(steps):
    with pytest.raises(TypeError, match=r"kerasig\.Fixed\(n\) or kerasig\.Adaptive"):
        resolve_steps(steps)
    with pytest.raises(TypeError, match="n must be an integer"):
        Fixed(steps)
    with pytest.raises(TypeError, match="max_steps must be an integer"):
        Adaptive(max_steps=steps)


def test_an_unknown_rule_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"gauss_legendre, riemann_left.*Received rule='gausslegendre'"):
        Fixed(5, "gausslegendre")


def test_a_trapezoid_of_one_node_is_refused():
    with pytest.raises(ValueError, match="n >= 2"):
        Fixed(1, "trapezoid")


@pytest.mark.parametrize("name", ["tolerance", "map_tolerance"])
def test_tolerances_outside_0_and_1_are_refused(name):
    for value in (0, 1, -0.1, 2, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=f"{name} must lie between 0 and 1"):
            Adaptive(**{name: value})
    for value in ("0.1", None, True):
        with pytest.raises(TypeError, match=f"{name} must be a number"):
            Adaptive(**{name: value})


def test_max_steps_below_the_first_grid_are_refused():
    with pytest.raises(ValueError, match=r"at least 9.*max_steps=8"):
        Adaptive(max_steps=8)
    assert Adaptive(max_steps=np.int32(9)).max_steps == 9


@pytest.mark.parametrize("steps", [Fixed(3), Adaptive()])
def test_what_steps_may_be_is_frozen_and_compares_by_value(steps):
    field = dataclasses.fields(steps)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(steps, field, 4)
    assert dataclasses.replace(steps) == steps
    assert hash(dataclasses.replace(steps)) == hash(steps)
