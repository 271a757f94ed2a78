"""Explaining leaves no mark: on variables, on random states, on the model, or in memory."""

import gc
import random
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig._models.function_cache import MOST_COMPILED, FunctionCache, cache_of

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(6, 4, 3)).astype("float32")
both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


class Sampling(keras.layers.Layer):
    """Draws at inference, as the bottleneck of a variational autoencoder does."""

    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, inputs):
        return inputs + 0.1 * keras.random.normal(keras.ops.shape(inputs), seed=self.seeds)


def stateful_network(library):
    """Dropout, BatchNormalization and a stateful RNN; with Keras 3 also a layer that draws at inference."""
    layers = library.layers
    inputs = library.Input(batch_shape=(3, 4, 3))
    hidden = layers.BatchNormalization()(layers.Dropout(0.5)(inputs))
    hidden = layers.GRU(5, stateful=True)(hidden)
    hidden = layers.GaussianNoise(0.3)(hidden)
    if library is keras:
        hidden = Sampling()(hidden)
    model = library.Model(inputs, layers.Dense(2)(hidden))
    model.compile("adam", "mse")
    model.fit(X, np.ones((6, 2)), batch_size=3, verbose=0)
    return model


def variables(model):
    """Every variable with its bits: weights, statistics, states, seeds, optimizer."""
    own = [*model.variables, *(model.optimizer.variables if model.optimizer.variables else [])]
    return [np.asarray(variable).tobytes() for variable in own]


@pytest.fixture(scope="module", params=[keras, tf_keras], ids=["keras", "tf_keras"])
def stateful(request):
    return stateful_network(request.param)


# A layer that draws makes a score that no rule can settle.
@pytest.mark.parametrize("steps", [5, kerasig.Adaptive(max_steps=17)], ids=["fixed", "adaptive"])
def test_every_variable_keeps_its_bits(stateful, steps):
    before = variables(stateful)
    first = kerasig.explain(stateful, X, steps=steps, interior_alphas=[0.3])
    assert variables(stateful) == before
    # And so the next result is the same.
    second = kerasig.explain(stateful, X, steps=steps, interior_alphas=[0.3])
    np.testing.assert_array_equal(first.values, second.values)
    assert np.abs(first.values).sum() > 0


def test_every_variable_keeps_its_bits_when_a_layer_is_explained(stateful):
    before = variables(stateful)
    name = next(layer.name for layer in stateful.layers if "gru" in layer.name)
    kerasig.explain(stateful, X, layer=name, steps=3)
    assert variables(stateful) == before


def test_every_variable_keeps_its_bits_after_an_error(stateful):
    before = variables(stateful)
    with pytest.raises(ValueError, match="out of range"):
        kerasig.explain(stateful, X, 7, steps=3)

    def fails(outputs):
        with tf.control_dependencies([tf.debugging.assert_less(outputs, -1e9)]):
            return outputs[:, 0]

    with pytest.raises(ValueError, match="on which one of them fails: assertion failed"):
        kerasig.explain(stateful, X, fails, steps=3)
    assert variables(stateful) == before


def test_inference_mode_is_used_always():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.9), keras.layers.Dense(1, use_bias=False)])
    result = kerasig.explain(model, X[:, 0], steps=4)
    np.testing.assert_allclose(result.values, X[:, 0] * model.get_weights()[0][:, 0], rtol=1e-5)


def test_a_variable_that_a_callable_writes_is_restored():
    calls = tf.Variable(0)
    shared = tf.random.Generator.from_seed(1)

    def model(x):
        calls.assign_add(1)
        return tf.reduce_sum(x**2, axis=1) + shared.normal([])

    before = shared.state.numpy()
    kerasig.explain(model, X[:, 0])
    assert calls.numpy() == 0
    np.testing.assert_array_equal(shared.state, before)


class Latest(keras.layers.Layer):
    """Keeps what it was given last, and never reads it."""

    def __init__(self):
        super().__init__()
        self.latest = self.add_weight(shape=(3,), initializer="ones", trainable=False)

    def call(self, inputs):
        self.latest.assign(tf.reduce_sum(inputs, axis=0))
        return 2 * inputs


def test_variables_that_are_written_without_being_read_keep_their_bits():
    model = keras.Sequential([keras.Input((3,)), Latest(), keras.layers.Dense(2)])
    row, table = tf.Variable([1.0, 2.0, 3.0]), tf.Variable(tf.ones((2, 3)))

    def score(x):
        total = tf.reduce_sum(x, axis=0)
        row.assign(total, read_value=False)
        table.scatter_update(tf.IndexedSlices(total[None], [1]))
        return tf.reduce_sum(x**2, axis=1)

    for steps in (3, None):
        kerasig.explain(model, X[:, 0], 0, steps=steps)
        kerasig.explain(score, X[:, 0], steps=steps)
    np.testing.assert_array_equal(model.layers[0].latest, [1, 1, 1])
    np.testing.assert_array_equal(row, [1, 2, 3])
    np.testing.assert_array_equal(table, np.ones((2, 3)))


def test_global_random_states_are_untouched():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    tf.random.set_seed(5)
    expected = tf.random.normal([3]).numpy()
    tf.random.set_seed(5)
    random.seed(5)
    np.random.seed(5)  # noqa: NPY002
    states = random.getstate(), np.random.get_state()[1].tobytes()  # noqa: NPY002
    generator = tf.random.get_global_generator().state.numpy()
    baselines = kerasig.baselines.Samples(X[:, 0], n=2)
    for steps in (4, None):
        kerasig.explain(model, X[:, 0], steps=steps, baselines=baselines)
        kerasig.explain(model, X[:, 0], steps=steps, baselines=kerasig.baselines.Noise(1.0))
    assert random.getstate() == states[0]
    assert np.random.get_state()[1].tobytes() == states[1]  # noqa: NPY002
    np.testing.assert_array_equal(tf.random.get_global_generator().state, generator)
    np.testing.assert_array_equal(tf.random.normal([3]), expected)


@both_libraries
def test_no_attribute_is_set_on_the_model_and_it_saves_as_before(library, tmp_path):
    inputs = library.Input((3,))
    hidden = library.layers.Dense(3, activation="relu", name="hidden")(inputs)
    model = library.Model(inputs, library.layers.Dense(2)(hidden))
    objects = [model, *model.layers]
    before = [set(vars(item)) for item in objects]
    kerasig.explain(model, X[:, 0], 0, layer="hidden", steps=2)
    with pytest.raises(ValueError, match="out of range"):
        kerasig.explain(model, X[:, 0], 9, layer="hidden", steps=2)
    assert [set(vars(item)) for item in objects] == before
    path = str(tmp_path / "model.keras")
    model.save(path)
    loaded = library.models.load_model(path)
    np.testing.assert_allclose(loaded(X[:, 0]), model(X[:, 0]), rtol=1e-6)


@both_libraries
def test_a_model_can_be_freed_after_it_was_explained(library):
    ids = library.Input((4,), dtype="int32")
    embedded = library.layers.Embedding(9, 3, name="embedding")(ids)
    model = library.Model(ids, library.layers.Dense(2)(library.layers.Flatten()(embedded)))
    kerasig.explain(model, np.ones((2, 4)), layer="embedding", steps=3)
    kerasig.explain(model, np.ones((2, 4)), layer="embedding")
    alive = weakref.ref(model), weakref.ref(cache_of(model))
    assert len(cache_of(model)) >= 2
    del model, embedded, ids
    library.backend.clear_session()
    gc.collect()
    assert alive[0]() is None
    assert alive[1]() is None


def test_functions_and_instances_of_methods_can_be_freed():
    class Scorer:
        def score(self, x):
            return tf.reduce_sum(x**2, axis=1)

    def function(x):
        return tf.reduce_sum(x**2, axis=1)

    scorer = Scorer()
    kerasig.explain(scorer.score, X[:, 0])
    kerasig.explain(function, X[:, 0])
    alive = weakref.ref(scorer), weakref.ref(function)
    del scorer, function
    gc.collect()
    assert [reference() for reference in alive] == [None, None]


def test_what_was_compiled_holds_none_of_the_arrays_it_was_called_with():
    def model(inputs):
        return inputs["x"] * inputs["y"][:, :3]

    class Array(np.ndarray):
        pass

    inputs = {"x": X[:, 0].copy().view(Array), "y": X[:, 1].copy().view(Array)}
    data = np.ones(6, "float32").view(Array)
    target = kerasig.targets.PerExample(lambda outputs, rows: rows * outputs[:, 0], data)
    result = kerasig.explain(model, inputs, target)
    arrays = [weakref.ref(array) for array in (*inputs.values(), data)]
    assert len(cache_of(model)) == 1
    del inputs, data, target, result
    gc.collect()
    assert [reference() for reference in arrays] == [None] * 3


def test_the_least_recently_used_of_too_many_functions_goes():
    cache, built = FunctionCache(), []
    for key in range(MOST_COMPILED):
        cache.get(key, lambda: built.append(1))
    cache.get(0, lambda: built.append(2))
    cache.get("one more", lambda: built.append(3))
    assert len(cache) == MOST_COMPILED
    cache.get(0, lambda: built.append(4))
    cache.get(1, lambda: built.append(5))
    assert built == [1] * MOST_COMPILED + [3, 5]


def test_memory_of_a_cache_key_does_not_outlive_its_model():
    first = cache_of(model := (lambda x: x))
    assert cache_of(model) is first
    del model
    gc.collect()
    assert cache_of(lambda x: x) is not first
    # What takes no weak reference is compiled anew.
    assert cache_of(3) is not cache_of(3)
