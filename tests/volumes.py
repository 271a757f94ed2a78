"""Small volumes with a ball in them or none, and a network of Conv3D that tells which."""

from typing import Any

import keras
import numpy as np

DEPTH, SIDE, N = 12, 24, 6


def balls(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Volumes [n, D, H, W, 1] of a body, with a ball in every other one, their labels [n], and masks of the balls."""
    rng = np.random.default_rng(seed)
    z, y, x = np.mgrid[:DEPTH, :SIDE, :SIDE]
    body = ((y - SIDE / 2) ** 2 / 110 + (x - SIDE / 2) ** 2 / 80) < 1
    labels = np.arange(n) % 2
    centres = np.stack([rng.integers(3, DEPTH - 3, n), rng.integers(8, SIDE - 8, n), rng.integers(8, SIDE - 8, n)], 1)
    distance = [(z - k) ** 2 * 1.5 + (y - i) ** 2 + (x - j) ** 2 for k, i, j in centres]
    inside = np.stack([d < 9 for d in distance])
    values = 0.35 * body + 0.08 * rng.normal(size=(n, DEPTH, SIDE, SIDE)) + 0.5 * inside * labels[:, None, None, None]
    return np.clip(values, 0, 1)[..., None].astype(np.float32), labels, inside


def network() -> Any:
    """A classifier of them."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = keras.Input((DEPTH, SIDE, SIDE, 1))
    maps = layers.MaxPooling3D(2)(layers.Conv3D(4, 3, activation="relu", padding="same", name="conv")(inputs))
    maps = layers.Conv3D(8, 3, activation="relu", name="deep")(maps)
    model = keras.Model(inputs, layers.Dense(2)(layers.GlobalMaxPooling3D(name="pool")(maps)))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss)
    return model
