"""`export`: of networks of every kind, what a SavedModel explains is what `explain` says."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from exported import fed, floats, loaded, network, rewritten, round_trip, words

import kerasig

L = keras.layers
slow = pytest.mark.slow


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture(autouse=True)
def _beginning():
    keras.utils.set_random_seed(3)
    with rewritten(graphs=False):
        yield


# Models.


@slow
def test_models_of_tf_keras(tmp_path, rng):
    own = tf_keras.layers
    layers = [own.Dense(8, "relu", name="first"), own.BatchNormalization(), own.Dropout(0.5), own.Dense(3)]
    model = tf_keras.Sequential([tf_keras.Input((4,)), *layers])
    round_trip(tmp_path / "inputs", model, floats(rng, 5, 4), steps=9)
    round_trip(tmp_path / "layer", model, floats(rng, 5, 4), layer="first")


class Two(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.last = L.Dense(6, "relu"), L.Dense(3)

    def call(self, inputs):
        return self.last(self.first(inputs["u"]) + self.first(inputs["v"]))


class OfVariables(tf.Module):
    def __init__(self):
        self.weights = tf.Variable(np.random.default_rng(2).normal(size=(4, 3)).astype(np.float32))

    def __call__(self, x):
        return tf.tanh(x @ self.weights)

    def other(self, x):
        return tf.sin(x @ self.weights)


@slow
def test_models_that_declare_no_shapes_are_given_an_example(tmp_path, rng):
    x = floats(rng, 5, 4)
    pair = {"u": x, "v": x[::-1]}
    names = ("values_u", "values_v")
    round_trip(
        tmp_path / "subclassed", Two(), pair, example={name: leaf[:1] for name, leaf in pair.items()}, names=names
    )
    weights, module, inner = tf.Variable(floats(rng, 4, 3)), OfVariables(), network()
    table = words(keras, vectorised=False)
    # What is saved of them is nothing to the rule.
    for number, model in enumerate([lambda x: x @ weights, module, module.other, lambda x: inner(x)[:, 0]]):
        round_trip(tmp_path / str(number), model, x, example=x[:2], steps=9)
    mixed = {"x": x, "s": np.array([["a", "b", "a", "x", ""]] * 5, object)}
    # The tables of a model that a function alone knows are found in the function.
    model = lambda inputs: tf.reduce_sum(table(inputs["s"]), 1) * inputs["x"][:, 0] ** 2  # noqa: E731
    round_trip(tmp_path / "table", model, mixed, example=mixed)


@slow
@pytest.mark.parametrize("steps", [None, 10])
def test_states_begin_anew_and_stay_as_they_are(tmp_path, rng, steps):
    inputs = keras.Input(batch_shape=(3, 5, 2))
    layer = L.LSTM(4, stateful=True)
    model, x = keras.Model(inputs, L.Dense(2)(layer(inputs))), floats(rng, 3, 5, 2)
    model(x)
    before = [np.array(state) for state in layer.states]
    round_trip(tmp_path, model, x, steps=steps)
    for state, kept in zip(layer.states, before, strict=True):
        np.testing.assert_array_equal(state, kept)
    serve, explain = (loaded(str(tmp_path)).signatures[name] for name in ("serve", "explain"))
    feed = fed(explain, x)
    first, explained = serve(**feed)["output_0"], explain(**feed)["values"]
    # Serving goes on from what it left; explaining does not, and does nothing to it.
    again = tf.saved_model.load(str(tmp_path)).signatures["serve"]
    again(**feed)
    second = serve(**feed)["output_0"]
    assert np.abs(second - first).max() > 1e-3
    np.testing.assert_array_equal(again(**feed)["output_0"], second)
    np.testing.assert_array_equal(explain(**feed)["values"], explained)


class Noisy(L.Layer):
    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, x):
        return x * (1 + 0.1 * keras.random.normal((4,), seed=self.seeds))


@slow
def test_layers_that_draw_when_they_train_draw_nothing_and_seeds_begin_anew(tmp_path, rng):
    of_training = [L.Dropout(0.5), L.GaussianNoise(0.1), L.BatchNormalization()]
    layers = [Noisy(), L.Dense(8, "relu"), *of_training, L.Dense(3)]
    round_trip(tmp_path, keras.Sequential([keras.Input((4,)), *layers]), floats(rng, 5, 4))


@slow
@pytest.mark.filterwarnings("ignore:.*not reproducible|.*draws random")
def test_a_model_that_draws_each_time_is_warned_of_and_never_converged(tmp_path):
    def model(x):
        return tf.reduce_sum(x * tf.random.normal(tf.shape(x)), axis=1)

    with pytest.warns(UserWarning, match="draws random numbers"):
        kerasig.export(model, tmp_path, inputs=np.ones((2, 3), np.float32))
    found = tf.saved_model.load(str(tmp_path)).signatures["explain"](inputs=tf.ones([4, 3]))
    assert not found["converged"].numpy().any()


@slow
@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_precisions(tmp_path, rng, dtype):
    x = floats(rng, 5, 4).astype("float64" if dtype == "float64" else "float32")
    round_trip(tmp_path, network(dtype=dtype), x)


@slow
def test_a_path_that_is_graded_near_its_baseline(tmp_path, rng):
    layers = [L.LayerNormalization(epsilon=1e-6), L.Dense(8, "gelu"), L.Dense(3)]
    model = keras.Sequential([keras.Input((6,)), *layers])
    x = floats(rng, 5, 6)
    round_trip(tmp_path / "default", model, x)
    found = round_trip(tmp_path / "few", model, x, steps=kerasig.Adaptive(1e-6, 1e-6, max_steps=33))
    assert not found["converged"].any()


def block(x, channels, strides):
    y = L.ReLU(6)(L.BatchNormalization()(L.Conv2D(2 * x.shape[-1], 1, use_bias=False)(x)))
    y = L.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(y)
    y = L.ReLU(6)(L.BatchNormalization()(y))
    y = L.BatchNormalization()(L.Conv2D(channels, 1, use_bias=False)(y))
    return L.Add()([x, y]) if y.shape == x.shape else y


@slow
def test_inverted_residuals_of_images(tmp_path, rng):
    images = keras.Input((16, 16, 3))
    x = block(block(L.Conv2D(8, 3, 2, "same")(images), 8, 1), 12, 2)
    model = keras.Model(images, L.Dense(4)(L.GlobalAveragePooling2D()(x)))
    round_trip(tmp_path, model, floats(rng, 3, 16, 16, 3))


@slow
def test_a_position_of_a_transformer(tmp_path, rng):
    ids = keras.Input((9,), dtype="int32")
    x = L.Embedding(20, 8, name="embedding")(ids)
    x = L.LayerNormalization()(x + L.MultiHeadAttention(2, 4)(x, x, use_causal_mask=True))
    x = L.LayerNormalization()(x + L.Dense(8)(L.Dense(16, "gelu")(x)))
    model = keras.Model(ids, L.Dense(7)(x))
    round_trip(tmp_path, model, rng.integers(0, 20, (4, 9)).astype(np.int32), (3, 2), layer="embedding")
