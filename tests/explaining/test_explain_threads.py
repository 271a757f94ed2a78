"""Explanations in several threads, of models whose inference changes variables, and beside a training."""

import threading
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

import kerasig
from kerasig._models.function_cache import MOST_COMPILED, FunctionCache

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6)).astype("float32")
Y = (X[:, 0] > 0).astype("int64")


class Counter(keras.layers.Layer):
    """Counts its calls, and adds the count in a place that no gradient sees."""

    def __init__(self):
        super().__init__()
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        self.count.assign_add(1.0)
        return inputs + 0 * self.count


class Noise(keras.layers.Layer):
    """Draws at inference too, so that each call moves its seeds on."""

    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, inputs):
        return inputs + 0 * keras.random.normal(tf.shape(inputs), seed=self.seeds)


def made():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((6,))
    hidden = Noise()(Counter()(keras.layers.Dense(8, activation="tanh")(inputs)))
    outputs = keras.layers.Dense(2)(keras.layers.Dropout(0.5)(hidden))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def in_threads(work, n):
    failed = []

    def guarded():
        try:
            work()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded) for _ in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed


def test_eight_threads_explain_alike_and_leave_a_model_that_counts_as_it_was():
    model = made()
    model(X)  # One call of its own.
    before = [variable.numpy() for variable in model.variables]
    alone = kerasig.explain(model, X[:4], 1)
    found = []
    in_threads(lambda: found.append(kerasig.explain(model, X[:4], 1)), 8)
    assert len(found) == 8
    for each in found:
        np.testing.assert_allclose(each.values, alone.values, rtol=1e-6)
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def trained(beside=None):
    model = made()
    stop = threading.Event()
    thread = threading.Thread(target=lambda: beside(model, stop)) if beside else None
    if thread:
        kerasig.explain(model, X[:4], 1)
        thread.start()
    model.fit(X, Y, epochs=12, batch_size=8, shuffle=False, verbose=0)
    stop.set()
    if thread:
        thread.join()
    return [variable.numpy() for variable in model.variables]


def test_a_training_ends_in_the_same_weights_while_another_thread_explains_its_model():
    explained = []

    def explaining(model, stop):
        while not stop.is_set():
            explained.append(kerasig.explain(model, X[:4], 1).n_evaluations)

    for undisturbed, beside in zip(trained(), trained(explaining), strict=True):
        np.testing.assert_array_equal(undisturbed, beside)
    assert len(explained) > 1


class Lazy(keras.Model):
    """Makes its weights when it is first called."""

    def __init__(self):
        super().__init__()
        self.hidden, self.head = keras.layers.Dense(8, activation="tanh"), keras.layers.Dense(2)

    def call(self, inputs):
        return self.head(self.hidden(inputs))


def test_a_model_that_threads_build_has_its_weights_once():
    model, found = Lazy(), []
    in_threads(lambda: found.append(kerasig.explain(model, X[:4], 1, steps=3).values), 8)
    assert len(model.weights) == 4
    for values in found:
        np.testing.assert_array_equal(values, found[0])


def test_threads_that_find_out_that_rows_must_have_a_number_agree():
    def score(x):
        return tf.stack([tf.reduce_sum(x[row] ** 2) for row in range(int(x.shape[0]))])

    found = []
    in_threads(lambda: found.append(kerasig.explain(score, X[:4], steps=3).values), 8)
    assert len(found) == 8
    for values in found:
        np.testing.assert_allclose(values, X[:4] ** 2, rtol=1e-5)


def test_what_threads_ask_for_at_once_is_built_once():
    cache, built, found = FunctionCache(), [], []

    def build(key):
        time.sleep(0.01)
        built.append(key)
        return key

    in_threads(lambda: found.extend(cache.get(key, lambda key=key: build(key)) for key in range(MOST_COMPILED)), 8)
    assert built == list(range(MOST_COMPILED))
    assert found.count(0) == 8
    # One more than are kept, so that each thread puts out what the next one looks for.
    in_threads(lambda: [cache.get(key, lambda key=key: key) for key in range(MOST_COMPILED + 1)], 8)
    assert len(cache) == MOST_COMPILED


def test_a_model_that_was_trained_meanwhile_is_explained_as_usual_afterwards():
    weight, stop = tf.Variable(1.0), threading.Event()

    def score(x):
        return weight * tf.reduce_sum(x**2, axis=1)

    def training():
        while not stop.is_set():
            weight.assign_add(0.5)

    thread = threading.Thread(target=training)
    thread.start()
    # Whatever it finds while the weights move.
    kerasig.explain(score, X[:4])
    stop.set()
    thread.join()
    assert kerasig.explain(score, X[:4]).converged.all()
