"""Losses without their reduction, against what the library itself reduces."""

import importlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasig._models.losses import unreduced_loss

both_libraries = pytest.mark.parametrize("name", ["keras", "tf_keras"])

PREDICTIONS = np.array([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]], "float32")
POSITIONS = np.stack([PREDICTIONS, PREDICTIONS[:, ::-1]])  # [examples, positions, classes]


@both_libraries
@pytest.mark.parametrize("labels_shape", [(2,), (2, 1)])
@pytest.mark.parametrize("loss", ["sparse_categorical_crossentropy", "crossentropy", "object"])
def test_sparse_labels_give_one_loss_per_example(name, labels_shape, loss):
    if loss == "object":
        loss = importlib.import_module(name).losses.SparseCategoricalCrossentropy(reduction="sum")
    values = unreduced_loss(loss, name)(np.array([0, 2]).reshape(labels_shape), tf.constant(PREDICTIONS))
    np.testing.assert_allclose(values, -np.log([0.7, 0.6]), rtol=1e-5)


@both_libraries
@pytest.mark.parametrize("loss", ["crossentropy", "categorical_crossentropy"])
def test_one_hot_labels(name, loss):
    values = unreduced_loss(loss, name)(np.eye(3)[[0, 2]], tf.constant(PREDICTIONS))
    np.testing.assert_allclose(values, -np.log([0.7, 0.6]), rtol=1e-5)


@both_libraries
@pytest.mark.parametrize("labels_shape", [(2,), (2, 1)])
def test_one_number_per_example(name, labels_shape):
    labels, predictions = np.array([0, 1]).reshape(labels_shape), tf.constant([[0.2], [0.7]])
    np.testing.assert_allclose(unreduced_loss("mse", name)(labels, predictions), [0.04, 0.09], rtol=1e-5)
    np.testing.assert_allclose(unreduced_loss("ce", name)(labels, predictions), -np.log([0.8, 0.7]), rtol=1e-5)


@both_libraries
def test_arguments_of_a_loss_object_count(name):
    loss = importlib.import_module(name).losses.SparseCategoricalCrossentropy(from_logits=True)
    values = unreduced_loss(loss, name)(np.array([0, 2]), tf.constant(np.log(PREDICTIONS)))
    np.testing.assert_allclose(values, -np.log([0.7, 0.6]), rtol=1e-5)


@both_libraries
def test_mean_over_examples_is_the_training_loss(name):
    library = importlib.import_module(name)

    def squared(y_true, y_pred):
        return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1)

    x, y = np.random.default_rng(0).normal(size=(2, 8, 3)).astype("float32")
    for loss in ("mae", library.losses.Huber(), squared):
        model = library.Sequential([library.Input((3,)), library.layers.Dense(3)])
        model.compile("sgd", loss)
        values = unreduced_loss(loss, name)(y, model(x))
        assert values.shape == (8,)
        np.testing.assert_allclose(tf.reduce_mean(values), model.evaluate(x, y, verbose=0), rtol=1e-5)


@both_libraries
def test_losses_per_position_are_zero_where_masked(name):
    predictions = tf.constant(POSITIONS)
    predictions._keras_mask = tf.constant([[True, True], [True, False]])
    values = unreduced_loss("sparse_categorical_crossentropy", name)(np.zeros((2, 2), int), predictions)
    np.testing.assert_allclose(values, -np.log([[0.7, 0.1], [0.1, 1.0]]), rtol=1e-5, atol=1e-7)


@both_libraries
def test_half_precision_outputs_are_compared_in_float32(name):
    values = unreduced_loss("mse", name)(PREDICTIONS, tf.constant(PREDICTIONS + 1, tf.bfloat16))
    assert values.dtype == tf.float32


def test_a_callables_function_is_taken_as_it_is():
    loss = lambda y_true, y_pred: y_true * y_pred  # noqa: E731
    assert unreduced_loss(loss, "callable") is loss


@pytest.mark.parametrize("missing", ["keras", "tf_keras"])
def test_a_callables_loss_name_needs_either_library(missing, monkeypatch):
    without(missing, monkeypatch)
    values = unreduced_loss("mse", "callable")(PREDICTIONS, tf.constant(PREDICTIONS + 1))
    np.testing.assert_allclose(values, [1, 1], rtol=1e-5)


def test_without_any_library_a_name_is_refused_with_a_remedy(monkeypatch):
    without("keras", monkeypatch)
    without("tf_keras", monkeypatch)
    with pytest.raises(ValueError, match="Install keras or tf-keras, or pass a function"):
        unreduced_loss("mse", "callable")


def without(package, monkeypatch):
    import_module = importlib.import_module

    def refuse(name, *rest):
        if name == package:
            raise ImportError(name)
        return import_module(name, *rest)

    monkeypatch.setattr(importlib, "import_module", refuse)


@both_libraries
def test_unknown_and_wrong_losses_are_refused(name):
    with pytest.raises(ValueError, match="no_such_loss"):
        unreduced_loss("no_such_loss", name)
    with pytest.raises(TypeError, match="must be a name"):
        unreduced_loss({"a": "mse"}, name)
    with pytest.raises(TypeError, match="must be a name"):
        unreduced_loss(keras.losses.MeanSquaredError, name)
