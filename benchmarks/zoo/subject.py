"""A subject of the zoo: a published architecture in a small configuration, with random weights and random inputs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from ..models import Unavailable

VOCABULARY = 50
CLASSES = 3
LENGTH = 8
PADDING = 0
# What a published configuration calls its ids, and which of them say where padding is.
MASKS = ("padding_mask", "encoder_padding_mask", "decoder_padding_mask")


@dataclass(frozen=True)
class Subject:
    """One architecture, and what of it is explained.

    Args:
        name: of the class or function that builds it, and what of it is meant where that is not all.
        library: which package it comes from.
        make: builds the model, with fresh weights.
        layer: what is attributed to, as `kerasig.explain` takes it; None: the inputs.
        target: as `kerasig.explain` takes it: None, or a callable of the outputs that the plain loop calls as well.
        lengths: of the axes whose length the model leaves open, by input; otherwise `LENGTH`.
        inputs: arrays that are not drawn at random, by input, as functions of the number of examples.
        brightest: the largest number of a picture.
        nothing: of the inputs, those at which paths start; None: zeros.
        reasons: the statuses that are right where it does not converge; none where it has to.
        refused: part of the message of the error that is right for it; None where it can be explained.
    """

    name: str
    library: str
    make: Callable[[], keras.Model]
    layer: Any = None
    target: Any = None
    lengths: Mapping[str, int] = field(default_factory=dict)
    inputs: Mapping[str, Callable[[int], NDArray[Any]]] = field(default_factory=dict)
    brightest: float = 1.0
    nothing: Callable[[Any], Any] | None = None
    reasons: tuple[str, ...] = ()
    refused: str | None = None

    def build(self) -> keras.Model:
        """The model, with the same fresh weights each time.

        Raises:
            Unavailable: its library is not installed, or not in a version that has it.
        """
        keras.utils.clear_session()
        keras.utils.set_random_seed(0)
        return self.make()

    def examples(self, model: keras.Model, n: int) -> Any:
        """Inputs of n examples, drawn by what the model says of them: ids, masks, segments or numbers."""
        rng = np.random.default_rng(0)
        specs = model.input
        if not isinstance(specs, Mapping):
            return self._drawn("inputs", specs, n, rng)
        found = {name: self._drawn(name, spec, n, rng) for name, spec in specs.items()}
        for name, mask in found.items():
            ids = name.replace("padding_mask", "token_ids")
            if name in MASKS and ids in found and name not in self.inputs:
                # The last example ends in padding, as in any batch of texts.
                mask[-1, -2:] = 0
                found[ids][-1, -2:] = PADDING
        return found

    def _drawn(self, name: str, spec: Any, n: int, rng: np.random.Generator) -> NDArray[Any]:
        if name in self.inputs:
            return self.inputs[name](n)
        length = self.lengths.get(name, LENGTH)
        shape = (n, *(length if size is None else size for size in spec.shape[1:]))
        dtype = keras.backend.standardize_dtype(spec.dtype)
        if name.endswith("segment_ids"):
            return np.broadcast_to(np.arange(shape[1]) >= shape[1] // 2, shape).astype(dtype)
        if name.endswith("mask"):
            return np.ones(shape, dtype)
        if dtype.startswith("int"):
            return rng.integers(1, VOCABULARY, shape).astype(dtype)
        if len(shape) > 3 and shape[-1] == 3:
            return (self.brightest * _pictures(shape, rng)).astype(dtype)
        return rng.uniform(0, 1, shape).astype(dtype)


def _pictures(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Spots of some brightness and contrast with a little noise; noises alone are all alike to a network."""
    *some, height, width, channels = shape
    spots = rng.uniform(-1, 1, (*some, 4, 4, channels))
    rows, columns = (np.arange(size) * 4 // size for size in (height, width))
    contrast, brightness = rng.uniform(0.1, 0.5, (*some, 1, 1, 1)), rng.uniform(0.3, 0.7, (*some, 1, 1, 1))
    noise = rng.uniform(-0.1, 0.1, shape)
    return np.clip(brightness + contrast * spots[..., rows[:, None], columns, :] + noise, 0, 1)


def padding(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """One example of nothing but padding; masks and numbers as they are."""
    return {
        name: np.full_like(leaf[:1], PADDING) if name.endswith("token_ids") else leaf[:1]
        for name, leaf in inputs.items()
    }


def classified(backbone: keras.Model, output: str | None = None) -> keras.Model:
    """A backbone with what a classifier has behind it: a mean over positions and a layer of logits.

    Args:
        backbone: gives features in its last axis.
        output: which of several outputs; None: the only one, or the sequence of hidden states.
    """
    found = backbone.output
    if isinstance(found, Mapping):
        named = [output, "sequence_output", "decoder_sequence_output", "last_hidden_state", list(found)[-1]]
        found = next(found[name] for name in named if name in found)
    while len(found.shape) > 2:
        found = keras.layers.Lambda(_mean_of_positions)(found) if len(found.shape) > 4 else _pooled(found)
    return keras.Model(backbone.input, keras.layers.Dense(CLASSES, name="logits")(found))


def _pooled(features: Any) -> Any:
    return (keras.layers.GlobalAveragePooling1D if len(features.shape) == 3 else keras.layers.GlobalAveragePooling2D)()(
        features
    )


def _mean_of_positions(features: Any) -> Any:
    return keras.ops.mean(features, axis=1)


def keras_hub_class(name: str, module: str | None = None) -> Any:
    """A class of KerasHub.

    Args:
        name: of the class.
        module: below `keras_hub.src.models`, for the few that are parts of others and not exported.

    Raises:
        Unavailable: KerasHub is not installed, or has no such class.
    """
    try:
        import keras_hub

        if module is not None:
            return getattr(importlib.import_module(f"keras_hub.src.models.{module}"), name)
    except ImportError as error:
        if error.name == "keras_hub":
            raise Unavailable("keras-hub is not installed: pip install 'kerasig[zoo]'.") from None
        raise Unavailable(f"KerasHub {keras_hub.__version__} has no {name}.") from None
    for place in (keras_hub.models, keras_hub.layers):
        if hasattr(place, name):
            return getattr(place, name)
    raise Unavailable(f"KerasHub {keras_hub.__version__} has no {name}.")


def settle(model: keras.Model, inputs: Any) -> None:
    """Makes fresh weights like those in the midst of a training.

    Each moves a little, so that no bias is zero, and batch normalisations go half of the way to the statistics of
    `inputs`. All of the way, deep networks of random weights are chaotic: what differs at their end is rounding.
    """
    rng = np.random.default_rng(1)
    for variable in model.weights:
        if keras.backend.standardize_dtype(variable.dtype).startswith("float"):
            weight = np.asarray(variable)
            moved = weight * np.exp(0.1 * rng.standard_normal(weight.shape))
            if not (weight > 0).all():
                moved += 0.05 * rng.standard_normal(weight.shape)
            variable.assign(moved.astype(weight.dtype))
    momenta = {
        layer: layer.momentum for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)
    }
    for layer in momenta:
        layer.momentum = 0.5
    if momenta:
        model(inputs, training=True)
    for layer, momentum in momenta.items():
        layer.momentum = momentum
