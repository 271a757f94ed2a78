"""Networks that recognise objects, and photographs as they take them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Before Keras: it quiets TensorFlow.
from running import Unavailable, data_path

# isort: split
import efficientnet_lite0
import keras
import numpy as np
from torch_file import read_state_dict


@dataclass(frozen=True)
class Network:
    """A network of a thousand classes, and how it takes pixels from 0 to 255."""

    model: keras.Model
    preprocess: Callable[[np.ndarray], np.ndarray]
    side: int = 224


@dataclass(frozen=True)
class Photographs:
    """Pixels, uint8 [N, side, side, 3], what each shows, and its class's number, -1 where it is not known."""

    pixels: np.ndarray
    names: list[str]
    classes: np.ndarray


def efficientnet() -> Network:
    model = efficientnet_lite0.make_model()
    efficientnet_lite0.load_weights(model, read_state_dict(efficientnet_lite0.weights_file()))
    return Network(model, efficientnet_lite0.preprocess)


def of_keras_applications(name: str) -> Network:
    """A network of keras.applications with ImageNet weights, which Keras downloads when it has not kept them."""
    make = getattr(keras.applications, name, None)
    if not callable(make):
        known = ", ".join(part for part in dir(keras.applications) if part[0].isupper())
        raise Unavailable(f"keras.applications has no {name}; --model takes efficientnet_lite0 or one of {known}.")
    try:
        model = make(weights="imagenet")
    except Exception as error:
        raise Unavailable(f"The weights of {name} could not be downloaded ({error}); run this once online.") from error
    # Each network stands in a module with its own way to take pixels.
    preprocess = sys.modules[make.__module__].preprocess_input
    return Network(model, lambda pixels: preprocess(np.array(pixels, "float32")), model.input_shape[1])


def read_photographs(given: Path | None, side: int, n: int | None) -> Photographs:
    folder = data_path(
        given,
        "imagenet_sample",
        remedy="Pass --photographs FOLDER with those of github.com/EliSchwartz/imagenet-sample-images.",
    )
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    if not paths:
        raise Unavailable(f"{folder} has no .jpg, .jpeg or .png files; pass another folder as --photographs.")
    if n:
        paths = [paths[i] for i in np.linspace(0, len(paths), min(n, len(paths)), endpoint=False).astype(int)]
    heads = [path.stem.partition("_") for path in paths]
    known = efficientnet_lite0.CLASSES
    names = [
        (rest if head in known and rest else path.stem) for path, (head, _, rest) in zip(paths, heads, strict=True)
    ]
    return Photographs(
        efficientnet_lite0.read_photographs(paths, side),
        [name.replace("_", " ") for name in names],
        np.array([known.get(head, -1) for head, _, _ in heads]),
    )
