"""The compiled core is traced once: a Python side effect in the model's call counts."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import Fixed
from kerasig.targets import Label, Loss, PerExample

pytestmark = pytest.mark.slow

F, C = 4, 3
X = np.random.default_rng(0).normal(size=(23, F)).astype("float32")
Y = np.arange(23) % C

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


def counted(library):
    """A compiled classifier, and the list that its call appends to whenever Python runs it."""
    runs = []

    class Model(library.Model):
        def __init__(self):
            super().__init__()
            self.hidden = library.layers.Dense(8, activation="relu")
            self.dropout = library.layers.Dropout(0.5)
            self.head = library.layers.Dense(C, activation="softmax")

        def call(self, inputs, training=False):
            runs.append(training)
            return self.head(self.dropout(self.hidden(inputs), training=training))

    model = Model()
    model(X[:1])
    runs.clear()
    return model, runs


def per_example(outputs, rows):
    return tf.gather(outputs, rows, batch_dims=1)


# Pairs of targets of the same kind.
KINDS = {
    "class": [None, 0, Y, [2] * 23],
    "label": [Label(Y), Label(0 * Y)],
    "loss": [Loss(Y, "sparse_categorical_crossentropy"), Loss(0 * Y, "sparse_categorical_crossentropy")],
    "per example": [PerExample(per_example, Y), PerExample(per_example, 0 * Y)],
}


def rows_of(target, count):
    """The target of the first examples."""
    if isinstance(target, np.ndarray | list):
        return target[:count]
    if isinstance(target, Label):
        return Label(target.y[:count])
    if isinstance(target, Loss):
        return Loss(target.y[:count], target.loss)
    if isinstance(target, PerExample):
        return PerExample(target.fn, target.data[:count])
    return target


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fixed", [True, False], ids=["fixed", "adaptive"])
def test_nothing_traces_again_for_other_data_of_the_same_kind(kind, fixed):
    model, runs = counted(keras)
    first, *others = KINDS[kind]
    steps = Fixed(5) if fixed else None
    kerasig.explain(model, X, first, steps=steps, interior_alphas=[0.1, 0.9])
    traces = len(runs)
    assert 0 < traces <= 3  # Scores, integrals, gradients.
    for count in (23, 1, 7, 22):
        for target in (first, *others):
            kerasig.explain(model, X[:count], rows_of(target, count), steps=steps, interior_alphas=[0.3])
    assert len(runs) == traces


def test_a_trace_has_few_operations_beside_the_models():
    # A first call takes as long as there are operations to trace.
    weights, graphs = tf.ones((F, C)), []

    def model(x):
        graphs.append(tf.compat.v1.get_default_graph())
        return tf.tanh(x) @ weights

    kerasig.explain(model, X, 0, steps=5, interior_alphas=[0.3])
    assert len(graphs) == 3
    of_scores, of_gradients, of_integrals = sorted(len(graph.get_operations()) for graph in graphs)
    # A tenth more than with TensorFlow 2.21; where each slice and look-up had its own constants they were 55, 77, 202.
    assert of_scores <= 48
    assert of_gradients <= 65
    assert of_integrals <= 147


def test_nothing_traces_again_for_other_steps_alphas_baselines_and_weights():
    model, runs = counted(keras)
    kerasig.explain(model, X, 0, steps=3, interior_alphas=[0.5])
    traces = len(runs)
    kerasig.explain(model, X, 0, steps=50)
    for rule in ("riemann_left", "riemann_right", "riemann_middle", "trapezoid"):
        kerasig.explain(model, X, 0, steps=Fixed(6, rule), interior_alphas=[0.0, 0.2, 1.0])
    for baselines in (1.0, X[0], X[::-1], kerasig.baselines.Noise(1.0), kerasig.baselines.Mean(X)):
        kerasig.explain(model, X, 0, steps=3, baselines=baselines)
    kerasig.explain(model, X, 0, steps=3, baselines=kerasig.baselines.Samples(X, n=3))
    model.set_weights([2 * weight for weight in model.get_weights()])
    kerasig.explain(model, X, 0, steps=3)
    # Adaptive needs gradients alone, which the asked-for alphas had compiled.
    kerasig.explain(model, X, 0)
    assert len(runs) == traces


def test_nothing_traces_again_between_ten_epochs_of_fit_in_either_library_and_fit_does_not_either():
    for library in (keras, tf_keras):
        model, runs = counted(library)
        model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
        kerasig.explain(model, X, Y)  # Before the first epoch, when optimizer and metrics are not built.
        model.fit(X, Y, epochs=1, batch_size=8, verbose=0)
        explainer = kerasig.Explainer(model, steps=4)
        explainer.explain(X, Y)
        kerasig.explain(model, X, Y)
        runs.clear()
        for _ in range(10):
            model.fit(X, Y, epochs=1, batch_size=8, verbose=0)
            explainer.explain(X, Y)
            kerasig.explain(model, X[:20], Y[:20])
        assert not runs


@both_libraries
def test_a_layers_output_is_traced_once_too(library):
    runs = []

    class Head(library.layers.Layer):
        def call(self, inputs):
            runs.append(0)
            return tf.reduce_sum(inputs**2, axis=[1, 2])

    ids = library.Input((6,), dtype="int32")
    model = library.Model(ids, Head()(library.layers.Embedding(10, 4, name="embedding")(ids)))
    runs.clear()
    kerasig.explain(model, np.ones((3, 6)), layer="embedding")
    traces = len(runs)
    for count in (1, 3, 8):
        kerasig.explain(model, np.full((count, 6), 2), layer="embedding", baselines=0.5)
        kerasig.explain(model, np.full((count, 6), 2), layer=model.get_layer("embedding"))
    assert 0 < traces == len(runs)


def test_a_fixed_number_of_rows_and_xla_trace_once_whatever_the_number_of_examples():
    for options in ({"batch_size": 4}, {"jit_compile": True}):
        model, runs = counted(keras)
        kerasig.explain(model, X, 0, **options)
        traces = len(runs)
        for count in (1, 2, 5, 21):
            kerasig.explain(model, X[:count], 1, **options)
        assert len(runs) == traces


def test_a_bound_method_is_traced_once():
    runs = []

    class Scorer:
        def score(self, x):
            runs.append(0)
            return tf.reduce_sum(x**2, axis=1)

    scorer = Scorer()
    kerasig.explain(scorer.score, X)
    traces = len(runs)
    kerasig.explain(scorer.score, X[:5])
    assert 0 < traces == len(runs)


def test_a_callable_that_needs_a_known_number_of_rows_is_not_traced_for_each_number():
    runs = []

    def model(x):
        runs.append(0)
        return tf.reduce_sum(tf.reshape(x, (x.shape[0], -1)) ** 2, axis=1)

    kerasig.explain(model, X)
    traces = len(runs)
    for count in (1, 7, 23):
        kerasig.explain(model, X[:count])
    assert 0 < traces == len(runs)


def test_models_that_compare_equal_do_not_share_a_trace():
    class Scale:
        def __init__(self, factor):
            self.factor = factor

        def __eq__(self, other):
            return isinstance(other, Scale)

        def __hash__(self):
            return 1

        def __call__(self, x):
            return self.factor * tf.reduce_sum(x, axis=1)

    once, twice = Scale(1.0), Scale(2.0)
    np.testing.assert_allclose(kerasig.explain(once, X).values, X, rtol=1e-5)
    np.testing.assert_allclose(kerasig.explain(twice, X).values, 2 * X, rtol=1e-5)


def test_a_model_that_was_never_called_is_traced_once():
    runs = []

    class Fresh(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, inputs):
            runs.append(0)
            return self.dense(inputs)

    model = Fresh()
    kerasig.explain(model, X, 0)
    traces = len(runs)
    kerasig.explain(model, X, 1)
    assert len(runs) == traces


def test_weights_that_come_or_are_replaced_are_traced_anew():
    model = keras.Sequential([keras.Input((F,)), keras.layers.Dense(2, use_bias=False, name="a")])
    np.testing.assert_allclose(
        kerasig.explain(model, X, 0).values, X * model.get_weights()[0][:, 0], rtol=1e-4, atol=1e-6
    )
    model.layers[0].enable_lora(1)
    model.layers[0].lora_kernel_b.assign(np.ones((1, 2)))
    kernel = np.asarray(model.layers[0].kernel)
    assert np.abs(kernel - model.get_weights()[0]).max() > 0
    np.testing.assert_allclose(kerasig.explain(model, X, 0).values, X * kernel[:, 0], rtol=1e-4, atol=1e-6)
