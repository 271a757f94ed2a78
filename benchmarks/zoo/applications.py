"""`keras.applications`, at the smallest picture that each takes, without its pretrained weights."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras

from .subject import CLASSES, Subject

# By function its smallest side, and what makes it narrower where it offers that.
_NETWORKS: dict[str, tuple[int, dict[str, Any]]] = {
    "ConvNeXtTiny": (32, {}),
    "DenseNet121": (32, {}),
    "EfficientNetB0": (32, {}),
    "EfficientNetV2B0": (32, {}),
    "InceptionV3": (75, {}),
    "InceptionResNetV2": (75, {}),
    "MobileNet": (32, {"alpha": 0.25}),
    "MobileNetV2": (32, {"alpha": 0.35}),
    "MobileNetV3Small": (32, {"minimalistic": False}),
    "MobileNetV3Large": (32, {"minimalistic": True}),
    "NASNetMobile": (32, {}),
    "ResNet50": (32, {}),
    "ResNet50V2": (32, {}),
    "VGG16": (32, {}),
    "VGG19": (32, {}),
    "Xception": (71, {}),
}


def _network(name: str, side: int, options: dict[str, Any]) -> keras.Model:
    # Without its top and with one of our own: most tops are wider than all that lies below them.
    below = getattr(keras.applications, name)(
        weights=None, include_top=False, pooling="avg", input_shape=(side, side, 3), **options
    )
    return keras.Model(below.input, keras.layers.Dense(CLASSES, name="logits")(below.output))


# These divide by 255 themselves.
_OF_BYTES = ("ConvNeXt", "EfficientNet", "MobileNetV3")

SUBJECTS = [
    Subject(
        name,
        "keras.applications",
        partial(_network, name, side, options),
        brightest=255.0 if name.startswith(_OF_BYTES) else 1.0,
    )
    for name, (side, options) in _NETWORKS.items()
]
