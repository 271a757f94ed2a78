"""EfficientNet-Lite0 on photographs: deep, kinked by ReLU6, saturated by its softmax."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from examples.papers.efficientnet_lite0 import (
    CLASSES,
    SIDE,
    load_weights,
    make_model,
    preprocess,
    read_photographs,
    weights_file,
)
from examples.papers.torch_file import read_state_dict

from .case import Case, Unavailable, data_file, predicted_classes


def photographs(n: int) -> tuple[np.ndarray, np.ndarray]:
    """`n` of the photographs, preprocessed [n, 224, 224, 3], spread over all kinds of things, and their classes [n]."""
    if find_spec("PIL") is None:
        raise Unavailable("The package pillow, which reads photographs, is not installed.")
    paths = sorted(data_file("imagenet_sample").glob("*.jpg"))
    if not paths:
        raise Unavailable("KERASIG_DATA has no photographs in imagenet_sample.")
    paths = [paths[i] for i in np.linspace(0, len(paths), min(n, len(paths)), endpoint=False).astype(int)]
    rows = np.arange(n) % len(paths)
    classes = np.array([CLASSES[path.name.split("_")[0]] for path in paths])
    return preprocess(read_photographs(paths))[rows], classes[rows]


def baseline_picture(name: str) -> np.ndarray:
    """[224, 224, 3] what a black, a white or a noise picture becomes by preprocessing."""
    shape = (SIDE, SIDE, 3)
    if name == "noise":
        return preprocess(np.random.default_rng(0).integers(0, 256, shape))
    return preprocess(np.full(shape, {"black": 0, "white": 255}[name]))


def build(n: int = 8, *, output: str = "softmax", baseline: str = "black", cache=None) -> Case:
    """`n` photographs, explained from a baseline picture; nothing is trained, so nothing goes into `cache`."""
    pictures, classes = photographs(n)
    model = make_model(output)
    try:
        load_weights(model, read_state_dict(weights_file()))
    except ModuleNotFoundError as missing:
        raise Unavailable(str(missing)) from None
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
