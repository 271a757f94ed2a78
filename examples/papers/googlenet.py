"""GoogLeNet in Keras, the network that the papers explain: Inception v1 without batch normalisation.

Source: Szegedy and others 2014, "Going Deeper with Convolutions", arXiv 1409.4842, table 1 and section 5; constants of
the normalisation are those of the network that was published with it.
"""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

SIDE = 224
# Of each module: 1x1; 3x3 reduced, 3x3; 5x5 reduced, 5x5; 1x1 after pooling. None: pooling between modules.
MODULES: dict[str, tuple[int, ...] | None] = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "pool3": None,
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "pool4": None,
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}
# The modules whose outputs also feed a classifier of their own while the network is trained.
AUXILIARY = ("4a", "4d")


@keras.saving.register_keras_serializable(package="googlenet")
class LocalResponseNormalization(keras.layers.Layer):
    """Divides each activation by (1 + 0.0001 / 5 * the sum of squares over five neighbouring channels) ** 0.75."""

    def call(self, inputs):
        return tf.nn.local_response_normalization(inputs, depth_radius=2, bias=1, alpha=1e-4 / 5, beta=0.75)


def make_model(classes: int = 1000, *, output: str = "softmax", auxiliary: bool = False) -> keras.Model:
    """The network with random weights.

    Args:
        classes: how many.
        output: "softmax" or "logits".
        auxiliary: whether the two classifiers that help training are outputs too, before the main one.
    """
    if output not in ("softmax", "logits"):
        raise ValueError(f"output must be 'softmax' or 'logits'. Received output={output!r}.")
    inputs = keras.Input((SIDE, SIDE, 3), name="picture")
    x = _convolution(inputs, 64, 7, "conv1", strides=2)
    x = LocalResponseNormalization(name="norm1")(_pool(x, "pool1"))
    x = _convolution(_convolution(x, 64, 1, "conv2_reduce"), 192, 3, "conv2")
    x = _pool(LocalResponseNormalization(name="norm2")(x), "pool2")
    outputs = []
    for name, widths in MODULES.items():
        x = _inception(x, widths, name) if widths else _pool(x, name)
        if auxiliary and name in AUXILIARY:
            outputs.append(_auxiliary(x, classes, output, f"auxiliary_{name}"))
    x = keras.layers.AveragePooling2D(7, 1, name="pool5")(x)
    x = keras.layers.Dropout(0.4)(keras.layers.Flatten()(x))
    outputs.append(_classifier(x, classes, output, "classifier"))
    return keras.Model(inputs, outputs if auxiliary else outputs[0], name=f"googlenet_{output}")


def preprocess(pixels: np.ndarray) -> np.ndarray:
    """Pixels from 0 to 255 less the mean of ImageNet's channels."""
    return (pixels - np.array([123.0, 117.0, 104.0])).astype("float32")


def _inception(x, widths: tuple[int, ...], name: str):
    """Four ways side by side: 1x1, 3x3, 5x5, and a pooled one."""
    one, three_reduced, three, five_reduced, five, pooled = widths
    ways = [
        _convolution(x, one, 1, f"{name}_1x1"),
        _convolution(_convolution(x, three_reduced, 1, f"{name}_3x3_reduce"), three, 3, f"{name}_3x3"),
        _convolution(_convolution(x, five_reduced, 1, f"{name}_5x5_reduce"), five, 5, f"{name}_5x5"),
        _convolution(_pool(x, f"{name}_pool", strides=1), pooled, 1, f"{name}_pool_projection"),
    ]
    return keras.layers.Concatenate(name=f"inception_{name}")(ways)


def _auxiliary(x, classes: int, output: str, name: str):
    x = keras.layers.AveragePooling2D(5, 3, name=f"{name}_pool")(x)
    x = keras.layers.Flatten()(_convolution(x, 128, 1, f"{name}_conv"))
    x = keras.layers.Dense(1024, activation="relu", name=f"{name}_dense")(x)
    return _classifier(keras.layers.Dropout(0.7)(x), classes, output, name)


def _classifier(x, classes: int, output: str, name: str):
    x = keras.layers.Dense(classes, name=f"{name}_logits")(x)
    return keras.layers.Softmax(name=name)(x) if output == "softmax" else x


def _convolution(x, width: int, kernel: int, name: str, strides: int = 1):
    # He's initialisation: without batch normalisation, signals would fade over 22 layers otherwise.
    options = {"padding": "same", "activation": "relu", "kernel_initializer": "he_normal", "name": name}
    return keras.layers.Conv2D(width, kernel, strides, **options)(x)


def _pool(x, name: str, strides: int = 2):
    return keras.layers.MaxPooling2D(3, strides, padding="same", name=name)(x)
