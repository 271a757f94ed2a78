"""Other paths than the straight line, on a polynomial whose integral along each is known in closed form."""

from dataclasses import dataclass

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.polynomial import Polynomial

import kerasig
from kerasig import Adaptive, Fixed
from kerasig._engine.adaptive import SHORTEST
from kerasig._engine.estimate import Limits, estimate, finest_gaps
from kerasig._engine.nodes import begun
from kerasig._engine.paths import STRAIGHT_LINE, Ends, Path, by_row
from kerasig._engine.problem import Problem
from kerasig._engine.resolution import Resolution
from kerasig._explaining.question import Course
from kerasig._quadrature.rules import RULES
from kerasig.baselines import Samples

GENERATOR = np.random.default_rng(0)
X, BASELINES, WAYPOINTS = GENERATOR.normal(size=(3, 5, 3)).astype("float32")
# Float32 sums of a few terms of this size.
ROUNDING = 2e-5


@dataclass(frozen=True)
class Squared(Path):
    """The straight line at another speed: x' + alpha^2 (x - x')."""

    is_straight = False

    def position(self, ends, alphas):
        alphas = by_row(alphas, ends.inputs)
        return tf.where(alphas < 1, ends.baselines + alphas**2 * (ends.inputs - ends.baselines), ends.inputs)

    def velocity(self, ends, alphas):
        return 2 * by_row(alphas, ends.inputs) * (ends.inputs - ends.baselines)


@dataclass(frozen=True)
class Detour(Path):
    """The parabola that is at the waypoint halfway."""

    is_straight = False

    def position(self, ends, alphas):
        alphas = by_row(alphas, ends.inputs)
        along = ends.baselines + alphas * (ends.inputs - ends.baselines)
        return tf.where(alphas < 1, along + 4 * alphas * (1 - alphas) * self.aside(ends), ends.inputs)

    def velocity(self, ends, alphas):
        return ends.inputs - ends.baselines + 4 * (1 - 2 * by_row(alphas, ends.inputs)) * self.aside(ends)

    def aside(self, ends):
        return ends.waypoint - (ends.inputs + ends.baselines) / 2


SQUARED, DETOUR = Course(Squared()), Course(Detour(), WAYPOINTS)


def score(x):
    a, b, c = (x[:, feature] for feature in range(3))
    return a**2 * b + 3 * b * c - c**3


def gradient(a, b, c):
    return [2 * a * b, a**2 + 3 * c, 3 * b - 3 * c**2]


def curve(course, x, baseline, waypoint):
    """The positions of the features as polynomials in alpha."""
    x, baseline, waypoint = (np.asarray(point, "float64") for point in (x, baseline, waypoint))
    aside = waypoint - (x + baseline) / 2
    if course is SQUARED:
        return [Polynomial([start, 0, end - start]) for start, end in zip(baseline, x, strict=True)]
    if course is DETOUR:
        rows = zip(baseline, x, aside, strict=True)
        return [Polynomial([start, end - start + 4 * off, -4 * off]) for start, end, off in rows]
    return [Polynomial([start, end - start]) for start, end in zip(baseline, x, strict=True)]


def integrands(course, baselines=BASELINES):
    """Gradient times velocity [N][F], as polynomials in alpha."""
    curves = [curve(course, *row) for row in zip(X, baselines, WAYPOINTS, strict=True)]
    return [[g * p.deriv() for g, p in zip(gradient(*features), features, strict=True)] for features in curves]


def integral(course, baselines=BASELINES):
    """[N, F], exactly."""
    return np.array([[h.integ()(1) - h.integ()(0) for h in row] for row in integrands(course, baselines)])


def explained(course, steps=None, model=score, baselines=BASELINES, **options):
    return kerasig.Explainer(model, steps=steps, **options)._explain(X, None, baselines, course)


def largest(polynomials, order):
    """[N, F] the largest size of a derivative on the path."""
    alphas = np.linspace(0, 1, 1001)
    return np.array([[np.abs(h.deriv(order)(alphas)).max() for h in row] for row in polynomials])


courses = pytest.mark.parametrize("course", [SQUARED, DETOUR], ids=["another speed", "a detour"])


@courses
def test_adaptive_gives_the_integral_along_the_path_and_completeness(course):
    result = explained(course, Adaptive(1e-4, 1e-3))
    assert result.converged.all()
    expected = integral(course)
    scale = np.abs(expected).sum(axis=1, keepdims=True)
    assert np.all(np.abs(result.values - expected) <= 1e-3 * scale)
    change = score(X) - score(BASELINES)
    np.testing.assert_allclose(result.values.sum(axis=1), change, atol=ROUNDING * scale.max())
    np.testing.assert_allclose(result.score, score(X), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(result.baseline_score, score(BASELINES), rtol=1e-6, atol=1e-6)


@courses
@pytest.mark.parametrize("rule", RULES)
def test_a_fixed_rule_gives_its_own_sum_along_the_path(course, rule):
    steps = Fixed(9, rule)
    result, nodes = explained(course, steps), steps.build()
    sums = np.array([[nodes.weights @ h(nodes.nodes) for h in row] for row in integrands(course)])
    np.testing.assert_allclose(result.values, sums, rtol=ROUNDING, atol=ROUNDING * np.abs(sums).max())


@pytest.mark.parametrize("rule", [*RULES, None])
def test_the_straight_line_at_another_speed_has_the_straight_lines_integral(rule):
    n = 200
    result = explained(SQUARED, Fixed(n, rule) if rule else Adaptive(1e-4, 1e-3))
    straight, terms = integral(Course()), integrands(SQUARED)
    np.testing.assert_allclose(integral(SQUARED), straight, rtol=1e-12)
    # The textbook bound of each rule's error, and the tolerance of the other.
    bound = {
        "gauss_legendre": 0,
        "riemann_left": largest(terms, 1) / (2 * n),
        "riemann_right": largest(terms, 1) / (2 * n),
        "riemann_middle": largest(terms, 2) / (24 * n**2),
        "trapezoid": largest(terms, 2) / (12 * (n - 1) ** 2),
        None: 1e-3 * np.abs(straight).sum(axis=1, keepdims=True),
    }[rule]
    assert np.all(np.abs(result.values - straight) <= bound + ROUNDING * np.abs(straight).max())


def test_a_detour_gives_features_other_shares_of_the_same_change():
    straight, detour = (explained(course, Fixed(16)) for course in (Course(), DETOUR))
    np.testing.assert_allclose(detour.values.sum(axis=1), straight.values.sum(axis=1), rtol=1e-4, atol=1e-5)
    assert np.abs(detour.values - straight.values).max() > 0.1


@courses
def test_scores_and_interior_gradients_are_those_of_the_paths_points(course):
    alphas = [0.0, 0.3, 0.5, 1.0]
    result = explained(course, Adaptive(), interior_alphas=alphas)
    for n, row in enumerate(zip(X, BASELINES, WAYPOINTS, strict=True)):
        points = curve(course, *row)
        gradients = np.transpose([g(np.array(alphas)) for g in gradient(*points)])
        np.testing.assert_allclose(result.interior.gradients[n], gradients, rtol=1e-4, atol=1e-4)
        known = ~np.isnan(result.path.alphas[n])
        at = np.stack([p(result.path.alphas[n][known].astype("float64")) for p in points], axis=1)
        np.testing.assert_allclose(result.path.scores[n][known], score(at), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
@courses
@pytest.mark.parametrize("options", [{"batch_size": 4}, {"jit_compile": True}], ids=["few rows", "XLA"])
def test_the_integral_does_not_depend_on_how_points_are_fed(course, options):
    # 7 nodes do not fit 4 rows, so that a path goes in parts.
    found = explained(course, Fixed(7, "trapezoid"), **options)
    whole = explained(course, Fixed(7, "trapezoid"))
    scale = np.abs(whole.values).max()
    np.testing.assert_allclose(found.values, whole.values, rtol=1e-5, atol=ROUNDING * scale)
    np.testing.assert_allclose(found.map_error, whole.map_error, rtol=1e-4)


def test_each_sampled_baseline_has_its_own_curve_to_the_same_waypoint():
    rows = BASELINES[:2]
    result = explained(DETOUR, Fixed(12), baselines=Samples(rows))
    alone = [integral(DETOUR, np.tile(row, (len(X), 1))) for row in rows]
    np.testing.assert_allclose(result.values, np.mean(alone, axis=0), rtol=1e-4, atol=1e-4)


@pytest.mark.slow
def test_a_path_is_traced_once_and_kept_apart_from_others():
    runs = []

    def counted(x):
        runs.append(0)
        return score(x)

    straight = explained(Course(), Fixed(3), counted)
    first = explained(DETOUR, Fixed(3), counted)
    traces = len(runs)
    # An equal path is the same one, other waypoints are other data.
    moved = explained(Course(Detour(), WAYPOINTS + 1), Fixed(3), counted)
    again = explained(Course(), Fixed(3), counted)
    assert len(runs) == traces
    assert np.abs(moved.values - first.values).max() > 0.1
    np.testing.assert_array_equal(again.values, straight.values)
    explained(SQUARED, Fixed(3), counted)
    assert len(runs) > traces


def test_a_curve_in_a_layers_space_goes_by_points_there():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name="dense"), keras.layers.Lambda(score)])
    hidden = model.get_layer("dense")(X).numpy()
    explainer = kerasig.Explainer(model, layer="dense", steps=Fixed(12))
    found = explainer._explain(X, None, BASELINES, Course(Detour(), 2 * hidden))
    direct = kerasig.Explainer(score, steps=Fixed(12))._explain(hidden, None, BASELINES, Course(Detour(), 2 * hidden))
    np.testing.assert_allclose(found.values, direct.values, rtol=1e-4, atol=1e-4)


def test_an_infinite_gradient_at_the_baseline_is_left_out_on_a_curve_too():
    x = np.array([[1.0, 4.0, 4.0]], "float32")
    root = kerasig.Explainer(lambda x: tf.sqrt(tf.reduce_sum(x, axis=1)))
    result = root._explain(x, None, None, SQUARED)
    assert result.converged.all()
    # x_i / sqrt(sum x), the straight line's integral.
    np.testing.assert_allclose(result.values, x / 3, rtol=0.01)


def test_only_a_straight_lines_ends_tell_how_finely_it_can_be_divided():
    inputs, zeros = tf.constant(X), tf.zeros_like(X)
    problem = Problem([inputs], [zeros], ["example"], [], [])
    numbers, rule = np.arange(len(X)), Limits(0.01, 0.05, 512, 1e-7, 0.0, SHORTEST[tf.float32])

    def divided(path, *alphas):
        """Whether the first interval of paths with these nodes can be halved, and their finest gaps."""
        offset, least = Resolution(problem, path).of(numbers)
        paths = begun(np.array([0, *alphas, 0.5, 1]), len(X))._replace(offset=offset, least=least)
        with np.errstate(all="ignore"):
            return estimate(rule, paths, np.ones(len(X))).halvable[:, 0], finest_gaps(rule, paths)

    # From a baseline of zero, floats tell points apart down to the smallest of them.
    halvable, gaps = divided(STRAIGHT_LINE, 2.0**-79)
    assert halvable.all()
    assert np.all(gaps < 2.0**-79)
    for alpha, expected in ((2.0**-18, True), (2.0**-20, False), (2.0**-60, False)):
        halvable, gaps = divided(Squared(), alpha)
        np.testing.assert_array_equal(halvable, expected)
        assert np.all(gaps >= 2.0**-20)


@pytest.mark.parametrize("path", [STRAIGHT_LINE, Squared(), Detour()], ids=["straight", "another speed", "a detour"])
@pytest.mark.parametrize("shared", [False, True], ids=["an alpha for each row", "alphas for all rows"])
def test_paths_keep_their_contract(path, shared):
    ends = Ends(*(tf.constant(points, tf.float64) for points in (BASELINES, X, WAYPOINTS)))
    # Nodes [K, 1], or one of them for each of the rows.
    alphas = tf.constant([[0.0], [0.25], [0.75], [1.0]] if shared else [0.0, 0.25, 0.75, 1.0, 0.5], tf.float64)
    position, step = path.position(ends, alphas), 1e-6
    assert position.shape == ((4, *X.shape) if shared else X.shape)
    first = position[0] if shared else position[:1]
    np.testing.assert_array_equal(first, ends.baselines if shared else ends.baselines[:1])
    last = position[3] if shared else position[3:4]
    np.testing.assert_array_equal(last, ends.inputs if shared else ends.inputs[3:4])
    inner = alphas[1:3] if shared else alphas
    moved = path.position(ends, inner + step) - path.position(ends, inner - step)
    velocity = tf.broadcast_to(path.velocity(ends, inner), moved.shape)
    rows = slice(None) if shared else slice(1, 3)
    np.testing.assert_allclose((moved / (2 * step))[rows], velocity[rows], rtol=1e-6, atol=1e-8)
