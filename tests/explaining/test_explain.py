"""Values, scores and errors of `kerasig.explain` against exact answers, the formula in NumPy, and each other."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from analytic import CASES, AnalyticCase
from reference import NumpyMLP, integrated_gradients, nodes_and_weights

import kerasig
from kerasig import Adaptive, Fixed
from kerasig._quadrature.rules import RULES

every_rule = pytest.mark.parametrize("rule", RULES)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)

N, F, C = 5, 6, 3
INPUTS = np.random.default_rng(0).normal(size=(N, F)).astype("float32")
BASELINES = np.random.default_rng(1).normal(size=(N, F)).astype("float32")
CLASSES = np.array([0, 2, 1, 1, 0])


@functools.cache
def network(activation):
    """A Keras network and the same one in NumPy."""
    layers = [keras.layers.Dense(16, activation=activation), keras.layers.Dense(C)]
    model = keras.Sequential([keras.Input((F,)), *layers])
    generator = np.random.default_rng(7)
    model.set_weights([generator.normal(size=weight.shape) for weight in model.get_weights()])
    return model, NumpyMLP([np.asarray(weight, np.float64) for weight in model.get_weights()], activation)


@pytest.fixture(scope="module", params=["relu", "tanh"])
def networks(request):
    return network(request.param)


@pytest.fixture(scope="module")
def model():
    return network("relu")[0]


def explain_case(case: AnalyticCase, steps):
    inputs = np.array([case.inputs], "float32")
    baseline = np.float32(case.baseline)
    return kerasig.explain(case.function, inputs, baselines=baseline, steps=steps)


@every_rule
@every_case
def test_analytic_case_is_met_within_the_variation_of_its_gradient(case, rule):
    n = 129
    found = explain_case(case, Fixed(n, rule)).values[0]
    # Koksma's inequality with the star discrepancy of each rule's nodes, at most pi / (2 (n - 1)) for Gauss's.
    bound = np.array(case.variation) * np.pi / (2 * (n - 1)) + 1e-5 * np.abs(case.values) + 1e-6
    assert np.all(np.abs(found - case.values) <= bound)


@every_case
def test_analytic_case_is_met_adaptively_within_the_tolerances(case):
    result = explain_case(case, None)
    assert result.converged.all()
    error = np.abs(result.values[0] - case.values).sum() / np.abs(case.values).sum()
    assert error <= 0.05
    assert abs(result.delta[0]) <= 0.01 * abs(result.score - result.baseline_score)[0]


def test_a_linear_score_is_exact_with_a_single_gradient():
    case = CASES[-1]
    for rule in ("gauss_legendre", "riemann_left", "riemann_right", "riemann_middle"):
        result = explain_case(case, Fixed(1, rule))
        np.testing.assert_allclose(result.values[0], case.values, rtol=1e-6)


@every_rule
def test_values_are_those_of_the_formula_in_numpy(networks, rule):
    model, reference = networks
    result = kerasig.explain(model, INPUTS, CLASSES, baselines=BASELINES, steps=Fixed(20, rule))
    x, baselines = INPUTS.astype("float64"), BASELINES.astype("float64")
    nodes, weights = nodes_and_weights(rule, 20)
    expected = integrated_gradients(reference, x, baselines, CLASSES, nodes, weights)
    # Relative to the largest value: single ones may cancel.
    np.testing.assert_allclose(result.values, expected, rtol=1e-5, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_allclose(result.score, reference.scores(x, CLASSES), rtol=1e-5)
    np.testing.assert_allclose(result.baseline_score, reference.scores(baselines, CLASSES), rtol=1e-5)
    np.testing.assert_allclose(result.path.alphas, np.broadcast_to(nodes, (N, 20)), atol=1e-7)
    for k in range(20):
        point = baselines + nodes[k] * (x - baselines)
        gradients = reference.gradients(point, CLASSES)
        np.testing.assert_allclose(result.path.scores[:, k], reference.scores(point, CLASSES), rtol=1e-4, atol=1e-4)
        slopes = (gradients * (x - baselines)).sum(axis=1)
        np.testing.assert_allclose(result.path.slopes[:, k], slopes, rtol=1e-4, atol=1e-4)


@every_rule
def test_errors_are_those_of_their_definitions(networks, rule):
    model, reference = networks
    n = 12
    result = kerasig.explain(model, INPUTS, CLASSES, baselines=BASELINES, steps=Fixed(n, rule))
    score, start = result.score.astype("float64"), result.baseline_score.astype("float64")
    delta = result.values.sum(axis=1, dtype="float64") - (score - start)
    np.testing.assert_allclose(result.delta, delta, rtol=1e-12, atol=1e-12)
    assert result.delta.dtype == np.float64
    alphas, scores, slopes = (getattr(result.path, name).astype("float64") for name in ("alphas", "scores", "slopes"))
    around = np.column_stack([start, scores, score])
    scale = np.maximum.reduce(
        [np.abs(score - start), 0.01 * np.abs(around - start[:, None]).max(1), 1e-6 * np.abs(around).max(1)]
    )
    expected = np.abs(delta)
    if rule in ("riemann_left", "riemann_right", "trapezoid"):
        h = 1 / (n - 1) if rule == "trapezoid" else 1 / n
        ends = {"riemann_left": around[:, 1:], "riemann_right": around[:, :-1], "trapezoid": scores}[rule]
        integrals = h * (slopes[:, 1:] + slopes[:, :-1]) / 2 if rule == "trapezoid" else h * slopes
        steps = np.diff(ends, axis=1) - integrals
        expected = np.maximum(expected, np.sqrt((steps**2).sum(axis=1)))
    # Scores are float32, so differences of them over the scale are known to a few 1e-6.
    np.testing.assert_allclose(result.residual, expected / scale, rtol=1e-3, atol=1e-5)
    if rule in ("gauss_legendre", "trapezoid", "riemann_middle"):
        x, baselines = INPUTS.astype("float64"), BASELINES.astype("float64")
        points = [baselines + alphas[:, k : k + 1] * (x - baselines) for k in range(n)]
        contributions = np.stack([(x - baselines) * reference.gradients(point, CLASSES) for point in points], axis=1)
        jumps = np.diff(alphas, axis=1)[:, :, None] * np.diff(contributions, axis=1)
        size = np.abs(result.values).sum(axis=1)
        map_error = np.sqrt(1 / (6 * np.pi)) * np.sqrt((jumps**2).sum(axis=1)).sum(axis=1) / size
        np.testing.assert_allclose(result.map_error, map_error, rtol=1e-3)
    tolerance = Adaptive()
    within = (result.residual <= tolerance.tolerance) & (result.map_error <= tolerance.map_tolerance)
    np.testing.assert_array_equal(result.converged, within)


def test_one_node_says_nothing_of_the_map_and_is_not_called_converged(model):
    result = kerasig.explain(model, INPUTS, 0, steps=1)
    assert np.isnan(result.map_error).all()
    assert not result.converged.any()


def test_none_explains_the_class_predicted_at_the_inputs_all_along_the_path(networks):
    model, _ = networks
    predicted = np.argmax(model(INPUTS), axis=1)
    for steps in (9, None):
        result = kerasig.explain(model, INPUTS, baselines=BASELINES, steps=steps)
        same = kerasig.explain(model, INPUTS, predicted, baselines=BASELINES, steps=steps)
        np.testing.assert_array_equal(result.target, predicted)
        np.testing.assert_allclose(result.values, same.values, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(result.baseline_score, same.baseline_score, rtol=1e-6)
    at_baselines = np.argmax(model(BASELINES), axis=1)
    assert (predicted != at_baselines).any()  # Else the test would not tell.


@pytest.mark.parametrize("steps", [Fixed(11, "riemann_right"), None], ids=["fixed", "adaptive"])
def test_values_do_not_depend_on_the_batch_size(model, steps):
    options = {"baselines": BASELINES, "steps": steps, "interior_alphas": [0.25, 1.0]}
    whole = kerasig.explain(model, INPUTS, CLASSES, **options)
    # 4 is less than the nodes of one path, 17 takes a path and a half: kept whole, or node by node.
    for batch_size in (1, 4, 17):
        parts = kerasig.explain(model, INPUTS, CLASSES, batch_size=batch_size, **options)
        # Matrix products of another shape round differently.
        close = {"rtol": 1e-5, "atol": 2e-6 * np.abs(whole.values).max()}
        np.testing.assert_allclose(parts.values, whole.values, **close)
        np.testing.assert_allclose(parts.interior.gradients, whole.interior.gradients, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(parts.map_error, whole.map_error, rtol=1e-3, atol=1e-6)
        np.testing.assert_array_equal(parts.n_evaluations, whole.n_evaluations)
        np.testing.assert_allclose(parts.path.scores, whole.path.scores, rtol=1e-5, atol=1e-5)


def test_interior_gradients_are_those_at_the_counterfactual_inputs(networks):
    model, _ = networks
    alphas = [0.0, 0.02, 0.3, 0.5, 1.0]
    for steps in (7, None):
        result = kerasig.explain(model, INPUTS, CLASSES, baselines=BASELINES, steps=steps, interior_alphas=alphas)
        assert result.interior.gradients.shape == (N, len(alphas), F)
        np.testing.assert_allclose(result.interior.alphas, alphas, rtol=1e-6)
        for k, alpha in enumerate(alphas):
            point = tf.constant(BASELINES + np.float32(alpha) * (INPUTS - BASELINES))
            with tf.GradientTape() as tape:
                tape.watch(point)
                scores = tf.gather(model(point, training=False), CLASSES, batch_dims=1)
            expected = tape.gradient(scores, point)
            np.testing.assert_allclose(result.interior.gradients[:, k], expected, rtol=1e-4, atol=1e-5)


def test_interior_gradients_come_in_the_order_they_were_asked_for(model):
    asked = [1.0, 0.1, 0.1]
    result = kerasig.explain(model, INPUTS, 0, steps=4, interior_alphas=asked)
    alone = kerasig.explain(model, INPUTS, 0, steps=4, interior_alphas=[0.1])
    np.testing.assert_allclose(result.interior.alphas, asked, rtol=1e-6)
    np.testing.assert_array_equal(result.interior.gradients[:, 1], result.interior.gradients[:, 2])
    np.testing.assert_allclose(result.interior.gradients[:, 1], alone.interior.gradients[:, 0], rtol=1e-6)
    assert kerasig.explain(model, INPUTS, 0, steps=4).interior is None


class Counted:
    """Sum of squares that counts the rows that go through it, forwards and backwards."""

    def __init__(self):
        self.forward = self.backward = 0

    def __call__(self, x):
        @tf.custom_gradient
        def square(x):
            def gradient(upstream):
                tf.py_function(self._add, ["backward", tf.shape(x)[0]], [])
                return 2 * x * upstream

            tf.py_function(self._add, ["forward", tf.shape(x)[0]], [])
            return x**2, gradient

        return tf.reduce_sum(square(x), axis=1)

    def _add(self, name, rows):
        name = name.numpy().decode()
        setattr(self, name, getattr(self, name) + int(rows))


@every_rule
def test_fixed_n_evaluates_n_gradients_and_two_scores_per_example(rule):
    model = Counted()
    result = kerasig.explain(model, INPUTS, steps=Fixed(7, rule))
    assert model.backward == 7 * N
    # And one row by itself, once for each trace: whether its score is the same beside others.
    assert model.forward == 7 * N + 2 * N + 1
    assert result.n_evaluations.tolist() == [7] * N
    again = kerasig.Explainer(model, steps=Fixed(7, rule))
    again.explain(INPUTS)
    before = model.forward
    again.explain(INPUTS)
    assert model.forward - before == 7 * N + 2 * N


def test_gradients_asked_for_at_other_positions_are_counted_too():
    model = Counted()
    result = kerasig.explain(model, INPUTS, steps=7, interior_alphas=[0.1, 0.2, 1.0])
    assert model.backward == 10 * N
    assert result.n_evaluations.tolist() == [10] * N


def test_adaptive_counts_every_gradient_and_evaluates_nothing_else():
    model = Counted()
    result = kerasig.explain(model, INPUTS, interior_alphas=[0.3])
    # But for one row by itself, once for each trace.
    assert model.backward == model.forward == result.n_evaluations.sum() + 1
    kerasig.explain(model, INPUTS, interior_alphas=[0.3])
    assert model.backward == model.forward == 2 * result.n_evaluations.sum() + 1


def test_result_has_the_shapes_and_dtypes_that_it_promises(model):
    result = kerasig.explain(model, INPUTS, 1)
    assert result.values.shape == (N, F)
    for name in ("score", "baseline_score", "residual", "map_error"):
        assert getattr(result, name).shape == (N,)
        assert getattr(result, name).dtype == np.float32
    assert result.values.dtype == result.path.slopes.dtype == np.float32
    assert result.delta.dtype == np.float64
    assert result.converged.dtype == bool
    assert result.n_evaluations.dtype.kind == "i"
    assert result.rule == Adaptive()
    assert result.layer is None
    np.testing.assert_array_equal(result.target, np.ones(N))
    np.testing.assert_array_equal(result.inputs, INPUTS)


def test_adaptive_paths_start_at_the_baseline_and_end_at_the_input(model):
    result = kerasig.explain(model, INPUTS, CLASSES, baselines=BASELINES)
    known = np.isfinite(result.path.alphas)
    np.testing.assert_array_equal(known.sum(axis=1), result.n_evaluations)
    for row in range(N):
        alphas, scores = result.path.alphas[row][known[row]], result.path.scores[row][known[row]]
        assert (alphas[0], alphas[-1]) == (0, 1)
        assert np.all(np.diff(alphas) > 0)
        assert (scores[0], scores[-1]) == (result.baseline_score[row], result.score[row])
        assert not known[row, known[row].sum() :].any()


def test_explainer_reads_live_weights():
    model = keras.Sequential([keras.Input((F,)), keras.layers.Dense(1, use_bias=False)])
    explainer = kerasig.Explainer(model, steps=2)
    for factor in (1.0, -3.0):
        model.set_weights([np.full((F, 1), factor)])
        np.testing.assert_allclose(explainer.explain(INPUTS).values, factor * INPUTS, rtol=1e-6)


def test_the_same_call_gives_the_same_bits(model):
    first, second = (kerasig.explain(model, INPUTS, baselines=BASELINES) for _ in range(2))
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(first.map_error, second.map_error)


@pytest.mark.parametrize("layout", ["C", "F"])
def test_what_was_explained_stays_though_the_next_batch_is_read_into_the_same_array(layout):
    x = np.asarray(np.random.default_rng(0).normal(size=(3, 4)), "float32", order=layout)
    before, ids = x.copy(), np.arange(3)
    found = kerasig.explain(lambda given: tf.reduce_sum(given["x"] ** 2, axis=1), {"x": x, "ids": ids}, steps=2)
    x[:], ids[:] = 0, 0
    np.testing.assert_array_equal(found.inputs["x"], before)
    np.testing.assert_array_equal(found.inputs["ids"], np.arange(3))
