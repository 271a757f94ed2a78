"""A multilayer perceptron on the breast-cancer data, trained until its softmax is saturated: a step along the path.

With ReLU its score has kinks beside the step; with tanh it is smooth.
"""

from __future__ import annotations

from importlib.util import find_spec

import keras
import numpy as np

from .case import Case, Unavailable, first, fit_classes, predicted_classes, trained

N_TRAINED = 400


def make_model(activation: str) -> keras.Model:
    layers = [
        keras.Input((30,)),
        keras.layers.Dense(64, activation=activation),
        keras.layers.Dense(64, activation=activation),
        keras.layers.Dense(2, activation="softmax"),
    ]
    return keras.Sequential(layers, name=f"tabular_mlp_{activation}")


def patients() -> tuple[np.ndarray, np.ndarray]:
    """Features [569, 30], standardised by the first 400 rows, and classes [569], in a fixed order."""
    if find_spec("sklearn") is None:
        raise Unavailable("The package scikit-learn, which holds the breast-cancer data, is not installed.")
    from sklearn.datasets import load_breast_cancer

    features, classes = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(features))
    features, classes = features[order], classes[order]
    train = features[:N_TRAINED]
    return ((features - train.mean(axis=0)) / train.std(axis=0)).astype("float32"), classes.astype("int64")


def build(n: int = 32, *, activation: str = "relu", cache=None) -> Case:
    features, classes = patients()
    train, held_out = (features[:N_TRAINED], classes[:N_TRAINED]), (features[N_TRAINED:], classes[N_TRAINED:])
    model, accuracy = trained(
        f"tabular_mlp_{activation}",
        lambda: make_model(activation),
        lambda learner: fit_classes(learner, train, held_out, rate=1e-2, epochs=60, batch_size=64),
        sources=(__file__,),
        cache=cache,
    )
    inputs = first(held_out[0], n)
    return Case(
        name=f"tabular_mlp_{activation}",
        model=model,
        inputs=inputs,
        target=predicted_classes(model, inputs),
        baselines=None,
        layer=None,
        kind="tabular",
        smooth=activation != "relu",
        accuracy=accuracy,
    )
