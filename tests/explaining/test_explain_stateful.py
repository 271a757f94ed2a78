"""Layers that carry states from call to call are explained as a copy that carries none."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig

pytestmark = pytest.mark.slow

BATCH, EXAMPLES = 3, 7
X = np.random.default_rng(0).normal(size=(EXAMPLES, 5, 3)).astype("float32")
FRAMES = np.random.default_rng(0).normal(size=(4, 3, 5, 5, 1)).astype("float32")


class FromOnes(keras.layers.Layer):
    """A cell of one's own, whose first state is not zero."""

    state_size = 4

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 4))

    def call(self, x, states):
        state = tf.tanh(x @ self.kernel + states[0])
        return state, [state]

    def get_initial_state(self, batch_size=None):
        return [tf.ones((batch_size, 4))]


KINDS = {
    "lstm": (keras, X, lambda layers, **options: layers.LSTM(4, **options)),
    "cells": (keras, X, lambda layers, **options: layers.RNN([layers.LSTMCell(3), layers.GRUCell(4)], **options)),
    "bidirectional": (keras, X, lambda layers, **options: layers.Bidirectional(layers.GRU(4, **options))),
    "convolutions": (keras, FRAMES, lambda layers, **options: layers.ConvLSTM2D(2, 2, **options)),
    "first state of one's own": (keras, X, lambda layers, **options: layers.RNN(FromOnes(), **options)),
    "tf_keras gru": (tf_keras, X, lambda layers, **options: layers.GRU(4, **options)),
    "tf_keras bidirectional": (tf_keras, X, lambda layers, **options: layers.Bidirectional(layers.LSTM(4, **options))),
    "tf_keras convolutions": (tf_keras, FRAMES, lambda layers, **options: layers.ConvLSTM2D(2, 2, **options)),
}


def network(library, shape, recurrent, batch):
    library.utils.set_random_seed(1)
    inputs = library.Input(shape) if batch is None else library.Input(batch_shape=(batch, *shape))
    hidden = recurrent(library.layers, stateful=batch is not None)(inputs)
    return library.Model(inputs, library.layers.Dense(2)(library.layers.Flatten()(hidden)))


def states_of(model):
    layer = model.layers[1]
    parts = [layer.forward_layer, layer.backward_layer] if hasattr(layer, "forward_layer") else [layer]
    return [np.array(state) for part in parts for state in tf.nest.flatten(part.states)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stateful_network_is_explained_as_its_stateless_copy_and_keeps_its_states(kind):
    library, x, recurrent = KINDS[kind]
    stateful, stateless = (network(library, x.shape[1:], recurrent, batch) for batch in (BATCH, None))
    stateful(3 * x[:BATCH])
    before = states_of(stateful)
    assert all(np.abs(state).max() > 0 for state in before)
    # 7 examples in batches of 3: nodes of several paths share a call, and the last one is padded.
    found, expected = (kerasig.explain(model, x, 0) for model in (stateful, stateless))
    assert found.converged.all()
    np.testing.assert_allclose(found.values, expected.values, atol=1e-5 * np.abs(expected.values).max())
    np.testing.assert_array_equal(found.n_evaluations, expected.n_evaluations)
    scores = kerasig.Explainer(stateful).scores(x, 0, at_baselines=True)
    np.testing.assert_allclose(scores, expected.baseline_score, rtol=1e-5, atol=1e-6)
    for state, kept in zip(states_of(stateful), before, strict=True):
        np.testing.assert_array_equal(state, kept)


def test_rules_of_fixed_nodes_and_checks_begin_from_the_first_state_too():
    library, x, recurrent = KINDS["lstm"]
    stateful, stateless = (network(library, x.shape[1:], recurrent, batch) for batch in (BATCH, None))
    stateful(3 * x[:BATCH])
    before = states_of(stateful)
    found, expected = (kerasig.explain(model, x, steps=9) for model in (stateful, stateless))
    np.testing.assert_allclose(found.values, expected.values, atol=1e-6)
    kerasig.Explainer(stateful, steps=9).check(x)
    np.testing.assert_array_equal(states_of(stateful), before)


def test_a_layer_attributed_to_behind_a_stateful_one_begins_from_the_first_state():
    library, x, recurrent = KINDS["lstm"]
    stateful, stateless = (network(library, x.shape[1:], recurrent, batch) for batch in (BATCH, None))
    stateful(3 * x[:BATCH])
    found, expected = (kerasig.explain(model, x, 0, layer=model.layers[1]) for model in (stateful, stateless))
    np.testing.assert_allclose(found.values, expected.values, atol=1e-6)


class Memory(keras.layers.Layer):
    """Remembers its latest output, row by row; no Keras layer knows of that."""

    def __init__(self, **options):
        super().__init__(**options)
        self.memory = self.add_weight(shape=(BATCH, 3), initializer="ones", trainable=False)

    def call(self, x):
        remembered = tf.tanh(x + self.memory)
        self.memory.assign(remembered)
        return remembered


class Counting(keras.layers.Layer):
    """Counts its calls, and says that it can be reset."""

    def __init__(self, **options):
        super().__init__(**options)
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x):
        return tf.tanh(x) * tf.exp(-self.calls.assign_add(1.0))

    def reset_state(self):
        self.calls.assign(0.0)


@pytest.mark.parametrize(("layer", "factor"), [(Memory, 1.0), (Counting, np.exp(-1))], ids=["rows", "reset"])
def test_states_of_layers_of_ones_own_begin_at_zero(layer, factor):
    inputs = keras.Input(batch_shape=(BATCH, 3))
    model = keras.Model(inputs, layer(name="own")(inputs))
    model.predict(X[:BATCH, 0], verbose=0)
    kept = [np.array(variable) for variable in model.get_layer("own").variables]
    found = kerasig.explain(model, X[:, 0], 1)
    np.testing.assert_allclose(found.values[:, 1], factor * np.tanh(X[:, 0, 1]), rtol=1e-5)
    assert found.converged.all()
    np.testing.assert_array_equal([np.array(variable) for variable in model.get_layer("own").variables], kept)


@pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])
def test_records_of_a_stateful_network_are_trusted_and_those_of_its_stateless_copy(library, tmp_path):
    y = (X[:6, :, 0].sum(axis=1) > 0).astype(int)
    histories = []
    for batch in (BATCH, None):
        model = network(library, X.shape[1:], KINDS["lstm"][2], batch)
        model.compile("sgd", library.losses.SparseCategoricalCrossentropy(from_logits=True))
        callback = kerasig.IGCallback(kerasig.ProbeSet(X[:4], y[:4]), tmp_path / str(batch), max_overhead=None)
        # Both train on the same batches: states of a stateful one begin anew where each epoch is one batch.
        reset = library.callbacks.LambdaCallback(on_epoch_begin=lambda *_, model=model: model.layers[1].reset_states())
        resets = [] if batch is None else [reset]
        model.fit(X[:3], y[:3], batch_size=BATCH, epochs=2, shuffle=False, verbose=0, callbacks=[*resets, callback])
        histories.append(callback.history)
    assert len(histories[0]) == 3
    for stateful, stateless in zip(*histories, strict=True):
        assert stateful["untrusted"] == stateless["untrusted"] == 0
        np.testing.assert_allclose(stateful["map_error"], stateless["map_error"], rtol=1e-3)
