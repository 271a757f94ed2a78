"""A score must be a function of its own example: what mixes rows is refused, and what does not is left alone."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import Adaptive, Fixed
from kerasig._engine.independence import Independence

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(2, 6, 4)).astype("float32")
IMAGES = RNG.normal(size=(3, 8, 8, 2)).astype("float32")
both_rules = pytest.mark.parametrize("steps", [None, 7], ids=["adaptive", "fixed"])


def two_towers():
    """Similarities of all pairs of a batch, as CLIP and SigLIP give them."""
    keras.utils.set_random_seed(1)
    left, right = keras.Input((4,)), keras.Input((4,))
    rows, columns = (keras.layers.Dense(3)(side) for side in (left, right))
    return keras.Model([left, right], keras.ops.matmul(rows, keras.ops.transpose(columns)))


class InTraining(keras.layers.Layer):
    def __init__(self, library=keras, **options):
        super().__init__(**options)
        self.normalised = keras.layers.BatchNormalization(name="normalised")

    def call(self, inputs):
        return self.normalised(inputs, training=True)


def normalised(shape=(4,), dense=keras.layers.Dense):
    keras.utils.set_random_seed(1)
    inputs = keras.Input(shape)
    return keras.Model(inputs, dense(2)(keras.layers.Flatten()(InTraining(name="outer")(inputs))))


def perceptron(shape=(4,), **options):
    keras.utils.set_random_seed(1)
    inputs = keras.Input(shape, **options) if shape else keras.Input(**options)
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Dense(3, activation="tanh")(inputs)))


def refused(model, inputs, target=0, **options):
    with pytest.raises(
        ValueError, match=r"^target must give .* that depends on that example alone.*mixes rows"
    ) as error:
        kerasig.explain(model, inputs, target, **options)
    return str(error.value)


@both_rules
@pytest.mark.parametrize("n", [6, 1])
@pytest.mark.parametrize("target", ["predicted", "first", "own"])
def test_similarities_within_a_batch_are_refused_with_the_remedy(target, n, steps):
    given = {"predicted": None, "first": 0, "own": list(range(n)) if n > 1 else None}[target]
    message = refused(two_towers(), [X[:n], Y[:n]], given, steps=steps)
    assert "target=tf.linalg.diag_part" in message


@both_rules
def test_similarities_of_each_pair_are_functions_of_it(steps):
    result = kerasig.explain(two_towers(), [X, Y], tf.linalg.diag_part, steps=steps)
    assert result.converged.all()


@both_rules
@pytest.mark.parametrize("n", [6, 1])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_normalisation_by_the_batch_is_refused(n, jit_compile, steps):
    refused(normalised(), X[:n], steps=steps, jit_compile=jit_compile)


def test_normalisation_of_pictures_by_the_batch_is_refused_with_the_layers_name():
    assert "layer 'outer/normalised'" in refused(normalised((8, 8, 2)), IMAGES)


def test_rows_are_compared_where_every_call_has_the_same_number():
    inputs = tf_keras.Input(batch_shape=(5, 4))
    layers = tf_keras.layers
    model = tf_keras.Model(inputs, layers.Dense(2)(layers.BatchNormalization()(inputs, training=True)))
    refused(model, X)
    apart = perceptron(None, batch_shape=(5, 4))
    assert kerasig.explain(apart, X, 0).converged.all()


TARGETS = {
    "mean over the batch": lambda outputs: outputs[:, 0] - tf.reduce_mean(outputs[:, 0]),
    "softmax over the batch": lambda outputs: tf.nn.softmax(5 * outputs, axis=0)[:, 1],
    "place in the batch": lambda outputs: tf.cumsum(outputs[:, 0]),
    "size of the batch": lambda outputs: outputs[:, 0] / tf.cast(tf.shape(outputs)[0], tf.float32),
    "neighbour in the batch": lambda outputs: outputs[:, 0] + tf.roll(outputs[:, 1], 1, axis=0),
}


@both_rules
@pytest.mark.parametrize("name", TARGETS)
def test_a_target_over_the_batch_is_refused(name, steps):
    model = perceptron()
    for _ in range(2):  # Also when nothing is traced any more.
        refused(model, X, TARGETS[name], steps=steps)
    # And the same model's own outputs are not.
    assert kerasig.explain(model, X, 0).converged.all()


def test_every_way_to_ask_for_scores_refuses():
    model = normalised()
    for steps in (None, 7):
        explainer = kerasig.Explainer(model, steps=steps)
        for ask in (explainer.check, explainer.scores, explainer.explain):
            with pytest.raises(ValueError, match="mixes rows"):
                ask(X, 0)


def test_a_training_is_refused_before_it_begins(tmp_path):
    model = normalised()
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="mixes rows"):
        model.fit(X, X[:, :2], verbose=0, callbacks=[kerasig.IGCallback(kerasig.ProbeSet(X), tmp_path)])
    assert int(model.optimizer.iterations) == 0


# What rounds is not taken for what mixes.


def ill_conditioned(x):
    """The small difference of large numbers: its digits are the rounding of matrix products."""
    weights = tf.constant(np.random.default_rng(1).normal(size=(4, 256)).astype("float32"))
    hidden = 1e4 * tf.tanh(x @ weights) @ tf.transpose(weights)
    return tf.reduce_sum(hidden @ weights, axis=1) * 1e-3 + tf.reduce_sum(x, axis=1)


def routed(x):
    """Rows go to one of two experts, by a comparison that rounding may decide."""
    scores = tf.stack([tf.reduce_sum(x, axis=1), tf.reduce_sum(x[:, ::-1], axis=1)], axis=1)
    expert = tf.one_hot(tf.argmax(scores, axis=1), 2)
    return tf.reduce_sum(expert * tf.stack([tf.reduce_sum(x**2, axis=1), 10 + x[:, 0]], axis=1), axis=1)


@both_rules
@pytest.mark.parametrize("function", [ill_conditioned, routed])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_rounding_is_not_taken_for_mixing(function, jit_compile, steps):
    steps = Adaptive(max_steps=33) if steps is None else Fixed(steps)
    for seed in range(1 if jit_compile else 3):
        x = np.random.default_rng(seed).normal(size=(37, 4)).astype("float32")
        kerasig.explain(lambda x: function(x), x, steps=steps, jit_compile=jit_compile)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_is_not_taken_for_mixing(policy):
    try:
        keras.config.set_dtype_policy(policy)
        inputs = hidden = keras.Input((8, 8, 2))
        for width in (8, 16):
            hidden = keras.layers.Conv2D(width, 3, activation="relu")(hidden)
            hidden = keras.layers.BatchNormalization()(hidden)
        hidden = keras.layers.GlobalAveragePooling2D()(hidden)
        model = keras.Model(inputs, keras.layers.Dense(5, activation="softmax", dtype="float32")(hidden))
    finally:
        keras.config.set_dtype_policy("float32")
    for steps in (Adaptive(max_steps=17), Fixed(5)):
        kerasig.explain(model, IMAGES, steps=steps)


class Suspected(Independence):
    """Of what only the comparison of equal calls can tell: every other difference is suspicious."""

    def __init__(self):
        super().__init__(n_replicas=1, fixed=False)


def test_a_score_that_rounds_otherwise_in_calls_of_another_size_is_cleared_by_calls_of_the_same():
    calls = []

    def evaluate(paths, alphas):
        calls.append(len(paths))
        scores = np.float32(paths + alphas) + (0.1 if len(paths) == 1 else 0.0)
        none = np.full(len(paths), -1)
        return {"scores": scores, "valid": np.ones(len(paths), bool), "classes": none}

    graph = tf.Graph()
    independence = Suspected()
    paths, alphas = np.array([0, 0, 1, 1]), np.array([0.0, 1.0, 0.0, 1.0])
    assert independence.judge(evaluate, graph, 64, paths, alphas, 4, evaluate(paths, alphas)) is None
    # By itself, and because that differs, the same call again and one of as many copies.
    assert calls[1:] == [1, 4, 4]
    assert not independence.is_open
    assert independence.reproducible
