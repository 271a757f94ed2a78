"""Models that draw random numbers at inference have no score of their own: that is found out, and said."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


class Dropped(keras.layers.Layer):
    """Monte Carlo dropout, with a seed of the layer's own that every call moves on."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, inputs):
        return keras.random.dropout(inputs, 0.3, seed=self.seeds)


class DropPath(keras.layers.Layer):
    """Leaves one row out of ten out, by TensorFlow's own seed."""

    def call(self, inputs):
        return inputs * tf.floor(0.9 + tf.random.uniform([tf.shape(inputs)[0], 1]))


class Variational(keras.layers.Layer):
    """Weights that are drawn once for each call."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 3))

    def call(self, inputs):
        return inputs @ (self.kernel + 0.3 * tf.random.normal([4, 3]))


class Shared(keras.layers.Layer):
    """Noise that all rows of a call have together, by a seed of the layer's own."""

    def __init__(self, **options):
        super().__init__(**options)
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, inputs):
        return inputs + keras.random.normal((1, 4), seed=self.seeds)


class Fixed(keras.layers.Layer):
    """Noise that is the same at each call, but not in each row."""

    def call(self, inputs):
        return inputs + tf.random.stateless_normal(tf.shape(inputs), seed=[1, 2])


class Still(keras.layers.Layer):
    """Draws, and makes nothing of it."""

    def call(self, inputs):
        return inputs + 0 * tf.random.normal(tf.shape(inputs))


def network(layer):
    keras.utils.set_random_seed(1)
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Dense(3, activation="tanh")(layer(inputs))))


def always_dropping():
    inputs = tf_keras.Input((4,))
    return tf_keras.Model(inputs, tf_keras.layers.Dense(2)(tf_keras.layers.Dropout(0.3, name="draws")(inputs, True)))


MODELS = {
    "dropout": lambda: network(Dropped(name="draws")),
    "paths": lambda: network(DropPath(name="draws")),
    "weights": lambda: network(Variational(name="draws")),
    "shared": lambda: network(Shared(name="draws")),
    "rows": lambda: network(Fixed(name="draws")),
    "tf_keras": always_dropping,
}


def explained(*args, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = kerasig.explain(*args, **options)
    return result, [str(warning.message) for warning in caught]


@pytest.mark.parametrize("n", [5, 1])
@pytest.mark.parametrize("name", MODELS)
def test_a_model_that_draws_is_stopped_early_and_its_layer_named(name, n):
    result, messages = explained(MODELS[name](), X[:n])
    assert list(result.status) == ["not reproducible"] * n
    assert not result.converged.any()
    assert result.n_evaluations.max() <= 7
    assert len(messages) == 1
    assert f"{n} of {n} examples did not converge (not reproducible)" in messages[0]
    assert "layer 'draws'" in messages[0]
    assert "not reproducible" in repr(result)


# A row of a small batch draws the same number at each call, for seeds are put back.
@pytest.mark.parametrize("batch_size", [2, 3])
@pytest.mark.parametrize("n", [5, 1])
@pytest.mark.parametrize("name", sorted(MODELS.keys() - {"paths"}))  # One row out of ten may be out of sight.
def test_few_rows_at_once_hide_no_draws(name, n, batch_size):
    result, _ = explained(MODELS[name](), X[:n], batch_size=batch_size)
    assert list(result.status) == ["not reproducible"] * n


# In a row of its own `Fixed` draws the same at each call, and has a score.
@pytest.mark.parametrize("steps", [None, 7])
@pytest.mark.parametrize("name", sorted(MODELS.keys() - {"paths", "rows"}))
def test_a_row_at_a_time_hides_no_draws(name, steps):
    result, messages = explained(MODELS[name](), X, batch_size=1, steps=steps)
    assert list(result.status) == ["not reproducible"] * 5
    assert len(messages) == 1


def test_a_model_of_one_row_hides_no_draws():
    inputs = keras.Input(batch_shape=(1, 4))
    result, _ = explained(keras.Model(inputs, keras.layers.Dense(2)(Dropped()(inputs))), X)
    assert list(result.status) == ["not reproducible"] * 5


@pytest.mark.parametrize("batch_size", [None, 1])
def test_seeds_that_were_moved_on_are_put_back(batch_size):
    model = MODELS["shared"]()
    seeds = model.get_layer("draws").seeds.state.numpy()
    first, _ = explained(model, X, 0, batch_size=batch_size)
    second, _ = explained(model, X, 0, batch_size=batch_size)
    np.testing.assert_array_equal(first.values, second.values)
    np.testing.assert_array_equal(model.get_layer("draws").seeds.state.numpy(), seeds)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_a_fixed_rule_says_so_as_well(jit_compile):
    result, messages = explained(MODELS["dropout"](), X, steps=7, jit_compile=jit_compile)
    assert set(result.status) == {"not reproducible"}
    assert result.n_evaluations.tolist() == [7] * 5
    assert len(messages) == 1


def test_what_is_drawn_in_python_is_found_out_too():
    def noisy(x):
        noise = tf.numpy_function(lambda rows: np.random.normal(size=len(rows)), [x], tf.float64)  # noqa: NPY002
        return x[:, 0] + tf.cast(tf.reshape(noise, [-1]), tf.float32)

    result, _ = explained(noisy, X)
    assert set(result.status) == {"not reproducible"}


@pytest.mark.parametrize("batch_size", [None, 1])
def test_draws_that_change_no_score_do_no_harm(batch_size):
    result, messages = explained(network(Still()), X, 0, batch_size=batch_size)
    assert messages == []
    assert result.converged.all()


def test_a_training_is_told_once_and_goes_on(tmp_path):
    model = MODELS["dropout"]()
    model.compile("sgd", "mse")
    callback = kerasig.IGCallback(
        kerasig.ProbeSet(X, target=0), tmp_path, max_overhead=None, interior_alphas=None, on_error="raise"
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, X[:, :2], epochs=2, verbose=0, callbacks=[callback])
    assert sum("not reproducible" in str(warning.message) for warning in caught) == 1
    assert len(callback.history) == 3
    assert all(record["untrusted"] == 5 for record in callback.history)
    assert max(np.max(record["probes"]["n_evaluations"]) for record in callback.history) <= 7
