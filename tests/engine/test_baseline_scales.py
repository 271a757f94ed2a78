"""Networks that do most of their work next to the baseline, and ends of the path where there is no gradient."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig import Adaptive
from kerasig._engine.grading import FINEST, Grading

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
NORMS = {
    "rms": lambda epsilon: keras.layers.RMSNormalization(epsilon=epsilon),
    "layer": lambda epsilon: keras.layers.LayerNormalization(epsilon=epsilon),
    "group": lambda epsilon: keras.layers.GroupNormalization(groups=2, epsilon=epsilon),
    "unit": lambda epsilon: keras.layers.UnitNormalization(),
}


def dense_blocks(n, norm, epsilon):
    i = h = keras.Input((8,))
    for _ in range(n):
        h = h + keras.layers.Dense(8, use_bias=False)(NORMS[norm](epsilon)(h))
    return keras.Model(i, keras.layers.Dense(3)(NORMS[norm](epsilon)(h))), RNG.normal(size=(2, 8))


def attention_blocks(n, norm, epsilon):
    i = h = keras.Input((4, 8))
    for _ in range(n):
        normal = NORMS[norm](epsilon)(h)
        h = h + keras.layers.MultiHeadAttention(2, 4, use_bias=False)(normal, normal)
    h = keras.layers.GlobalAveragePooling1D()(NORMS[norm](epsilon)(h))
    return keras.Model(i, keras.layers.Dense(3)(h)), RNG.normal(size=(2, 4, 8))


def convolution_blocks(n, norm, epsilon):
    i = h = keras.Input((6, 6, 8))
    for _ in range(n):
        normal = NORMS[norm](epsilon)(h)
        h = h + keras.layers.Conv2D(8, 3, padding="same", use_bias=False, activation="relu")(normal)
    h = keras.layers.GlobalAveragePooling2D()(NORMS[norm](epsilon)(h))
    return keras.Model(i, keras.layers.Dense(3)(h)), RNG.normal(size=(2, 6, 6, 8))


def made(blocks, *settings):
    """A network with weights of its own, and two inputs; the same each time."""
    global RNG
    RNG = np.random.default_rng(0)
    keras.utils.set_random_seed(1)
    model, inputs = blocks(*settings)
    return model, inputs.astype("float32")


def integral_over_scales(model, inputs, target=0, n=12_000, least=1e-35):
    """The attribution from zeros by a plain trapezoid in log alpha: independent of kerasig, and dense on all scales."""
    scales = np.linspace(np.log(least), 0, n)
    weights = np.full(n, scales[1] - scales[0])
    weights[[0, -1]] /= 2
    alphas = np.exp(scales).astype("float32")
    found = []
    for x in inputs:
        total = np.zeros(x.shape)
        for part in np.array_split(np.arange(n), 6):
            points = tf.constant(alphas[part].reshape(-1, *[1] * x.ndim) * x)
            with tf.GradientTape() as tape:
                tape.watch(points)
                scores = model(points)[:, target]
            gradients = tape.gradient(scores, points).numpy().astype("float64")
            total += np.tensordot(weights[part] * np.exp(scales[part]), gradients, 1)
        found.append(total * x)
    return np.array(found)


def relative_error(values, truth):
    axes = tuple(range(1, truth.ndim))
    return np.abs(values - truth).sum(axes) / np.abs(truth).sum(axes)


@pytest.mark.parametrize(
    ("blocks", "settings"),
    [
        (dense_blocks, (1, "rms", 1e-12)),
        (dense_blocks, (2, "rms", 1e-6)),
        (dense_blocks, (4, "layer", 1e-6)),
        (dense_blocks, (8, "rms", 1e-3)),
        (dense_blocks, (8, "rms", 1e-6)),
        (dense_blocks, (2, "group", 1e-12)),
        (attention_blocks, (2, "rms", 1e-6)),
        (attention_blocks, (4, "layer", 1e-12)),
        (convolution_blocks, (2, "rms", 1e-6)),
        # The gradient of a ReLU at 0 is 0, whatever it is beside it: the baseline itself tells nothing of its scales.
        (convolution_blocks, (2, "group", 1e-12)),
    ],
)
def test_networks_that_normalise_converge_from_zeros_to_the_integral_over_all_scales(blocks, settings):
    model, inputs = made(blocks, *settings)
    found = kerasig.explain(model, inputs, 0)
    assert found.converged.all(), found
    assert set(found.status) == {"converged"}
    assert np.all(relative_error(found.values, integral_over_scales(model, inputs)) < 2 * 0.05)


def test_scales_near_the_baseline_cost_fewer_gradients_than_halving_alpha_down_to_them():
    found = kerasig.explain(*made(dense_blocks, 2, "rms", 1e-6), 0)
    # By halving alpha, without a limit, it takes 67 and 61.
    assert found.n_evaluations.max() <= 45


def test_embeddings_behind_a_norm_converge_from_the_zero_embedding():
    keras.utils.set_random_seed(1)
    ids = keras.Input((6,), dtype="int32")
    h = keras.layers.Embedding(20, 8, embeddings_initializer=keras.initializers.RandomNormal(stddev=1), name="words")(
        ids
    )
    for _ in range(2):
        normal = keras.layers.RMSNormalization(epsilon=1e-6)(h)
        h = h + keras.layers.MultiHeadAttention(2, 4, use_bias=False)(normal, normal)
    model = keras.Model(ids, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling1D()(h)))
    found = kerasig.explain(model, np.random.default_rng(0).integers(0, 20, (3, 6)), 0, layer="words")
    assert found.converged.all()


@pytest.mark.parametrize(
    "settings", [(16, "rms", 1e-6), (24, "rms", 1e-6), (24, "layer", 1e-12), (4, "unit", 0), (8, "rms", 1e-12)]
)
def test_changes_below_the_smallest_point_of_float32_are_a_jump_at_the_baseline(settings):
    found = kerasig.explain(*made(dense_blocks, *settings), 0)
    assert list(found.status) == ["jump at the baseline"] * 2
    assert np.isfinite(found.values).all()
    assert np.isfinite(found.residual).all()
    assert np.isfinite(found.map_error).all()
    assert not found.converged.any()
    assert found.n_evaluations.max() <= 40
    # Another baseline is the remedy, and it is one.
    assert "AtInputs" in repr(found)
    model, inputs = made(dense_blocks, *settings)
    elsewhere = kerasig.explain(model, inputs, 0, baselines=np.random.default_rng(5).normal(size=8))
    assert elsewhere.converged.all()


def test_a_jump_on_the_path_ends_it_soon_whatever_is_allowed_and_the_rest_is_integrated():
    def model(x):
        return tf.reduce_sum(tf.tanh(x), axis=1) + tf.cast(x[:, 0] > 0.3, tf.float32)

    inputs = np.ones((1, 3), "float32")
    for most in (512, 2048):
        found = kerasig.explain(model, inputs, steps=Adaptive(max_steps=most))
        assert list(found.status) == ["jump at alpha"]
        assert found.n_evaluations.max() <= 40
        np.testing.assert_allclose(found.values, np.tanh(inputs), rtol=0.05)
        # The jump itself is what completeness lacks.
        assert found.delta[0] == pytest.approx(-1, abs=0.1)


def test_an_interval_is_halved_by_its_points_and_not_by_alpha_alone():
    def steep(x):
        # Steep at alpha = 1e-9 from zeros.
        return tf.reduce_sum(tf.tanh(1e9 * x), axis=1)

    inputs = np.array([[1.0, -2.0, 3.0]], "float32")
    found = kerasig.explain(steep, inputs)
    assert found.converged.all()
    np.testing.assert_allclose(found.values, np.sign(inputs), rtol=0.05)
    # From 1 to 1 + 1e-3, float32 has 8,000 points: halving further tells nothing.
    nearby = kerasig.explain(lambda x: tf.reduce_sum(x + tf.sign(x - 1.0005), axis=1), 1 + 1e-3 * inputs, baselines=1.0)
    assert nearby.n_evaluations.max() <= 40
    assert list(nearby.status) == ["jump at alpha"]


# Ends without a gradient.


def square_root(x):
    return tf.reduce_sum(tf.sqrt(x), axis=1)


def test_an_infinite_gradient_at_the_baseline_alone_is_left_out():
    inputs = np.abs(np.random.default_rng(1).normal(size=(4, 3))).astype("float32")
    found = kerasig.explain(square_root, inputs)
    assert found.converged.all()
    np.testing.assert_allclose(found.values, np.sqrt(inputs), rtol=0.03)
    assert np.isfinite(found.path.slopes[~np.isnan(found.path.alphas)]).all()
    assert np.nanmin(found.path.alphas) > 0


def test_a_distance_without_a_gradient_at_the_input_itself_is_left_out_there():
    centre = np.array([[1.0, 2.0, -1.0]], "float32")
    # The distance from the baseline shrinks evenly, and is not differentiable where it is 0.
    found = kerasig.explain(lambda x: tf.norm(x - centre, axis=1), centre)
    assert found.converged.all()
    length = np.linalg.norm(centre)
    np.testing.assert_allclose(found.values, -(centre**2) / length, rtol=0.03)


def test_ends_without_a_gradient_on_both_sides_are_left_out():
    inputs = np.ones((2, 2), "float32")
    found = kerasig.explain(lambda x: tf.reduce_sum(tf.sqrt(x) - tf.sqrt(1 - x), axis=1), inputs)
    assert found.converged.all()
    np.testing.assert_allclose(found.values, 2 * inputs, rtol=0.03)


def test_a_score_that_is_nan_at_the_baseline_alone_leaves_the_change_from_beside_it():
    inputs = np.abs(np.random.default_rng(1).normal(size=(3, 4))).astype("float32")

    def entropy(x):
        return -tf.reduce_sum(x * tf.math.log(x), axis=1)

    with pytest.warns(UserWarning, match="NaN or infinite"):
        found = kerasig.explain(entropy, inputs)
    assert list(found.status) == ["not finite"] * 3
    assert np.isnan(found.baseline_score).all()
    np.testing.assert_allclose(found.values, -inputs * np.log(inputs), rtol=0.05, atol=0.02)


def test_a_direction_without_epsilon_is_flat_beside_the_baseline_and_ends_soon():
    inputs = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
    with pytest.warns(UserWarning, match="NaN or infinite"):
        found = kerasig.explain(lambda x: (x / tf.norm(x, axis=1, keepdims=True))[:, 0], inputs)
    assert np.isfinite(found.values).all()
    assert found.n_evaluations.max() <= 40


def test_a_gradient_that_is_infinite_on_the_path_is_not_left_out():
    with pytest.warns(UserWarning, match="NaN or infinite"):
        found = kerasig.explain(
            lambda x: tf.reduce_sum(tf.sqrt(tf.nn.relu(x - 0.7)), axis=1), np.ones((1, 2), "float32")
        )
    assert list(found.status) == ["not finite"]


# Whatever else a path may have.


def test_nodes_of_a_graded_path_depend_on_that_path_alone():
    model, inputs = made(dense_blocks, 4, "rms", 1e-6)
    inputs = np.concatenate([inputs, 1e-3 * inputs, np.random.default_rng(2).normal(size=(3, 8))]).astype("float32")
    together = kerasig.explain(model, inputs, 0)
    for index in range(len(inputs)):
        alone = kerasig.explain(model, inputs[index : index + 1], 0)
        np.testing.assert_array_equal(alone.n_evaluations, together.n_evaluations[index])
        alphas = together.path.alphas[index]
        np.testing.assert_array_equal(alone.path.alphas[0], alphas[~np.isnan(alphas)])
        np.testing.assert_allclose(alone.values[0], together.values[index], rtol=1e-4, atol=1e-6)


def test_samples_float64_and_interior_alphas_go_with_graded_paths():
    model, inputs = made(dense_blocks, 2, "rms", 1e-6)
    rows = np.stack([np.zeros(8), np.random.default_rng(3).normal(size=8)])
    sampled = kerasig.explain(model, inputs, 0, baselines=kerasig.baselines.Samples(rows), interior_alphas=[0, 1e-6, 1])
    assert sampled.converged.all()
    each = [kerasig.explain(model, inputs, 0, baselines=row) for row in rows]
    np.testing.assert_allclose(sampled.values, (each[0].values + each[1].values) / 2, rtol=0.02, atol=0.02)
    assert sampled.interior.gradients.shape == (2, 3, 8)

    def norm64(x):
        return tf.reduce_sum(x * tf.constant([1.0, 2.0], tf.float64), axis=1) / tf.sqrt(
            tf.reduce_sum(x**2, axis=1) + 1e-18
        )

    found = kerasig.explain(norm64, np.array([[3.0, 4.0]]))
    assert found.converged.all()
    # By symmetry of scale the gradient acts only where the norm is not yet reached: completeness holds to rounding.
    assert abs(found.delta[0]) < 1e-6


def test_places_of_a_grading_have_its_densities_and_middles():
    infinite = np.inf
    grading = Grading(np.array([infinite, 1e-20, infinite, 1e-20]), np.array([infinite, infinite, 1e-6, 1e-6]))
    alphas = np.tile([0.0, 1e-15, 0.2, 0.6, 1.0], (4, 1))
    places = grading.places(alphas)
    assert np.all(np.diff(places) >= 0)
    np.testing.assert_array_equal(places[0], alphas[0])
    middles = grading.middles(alphas[:, 2:3], alphas[:, 3:4])
    np.testing.assert_allclose(2 * grading.places(middles)[:, 0], places[:, 2] + places[:, 3])
    step = 1e-6
    slopes = (grading.places(middles + step) - grading.places(middles - step)) / (2 * step)
    np.testing.assert_allclose(slopes * grading.densities(middles), 1, rtol=1e-6)
    # The first node next to a graded baseline is a gap away from it.
    assert grading.middles(alphas[:, :1], alphas[:, 2:3])[1, 0] == 1e-20
    assert np.finfo(np.float32).tiny < FINEST
