"""Which layer can be attributed to, where what was asked for cannot: found by one trace of the model."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig import _nest as nest
from kerasig._engine.state import PrivateState, captured_variables
from kerasig._engine.telling import telling
from kerasig._explaining.inputs import ModelInputs
from kerasig._explaining.layer_outputs import is_floating
from kerasig._models import (
    AdaptedModel,
    LayerSelection,
    SelectedCall,
    floating_after,
    layer_argument,
    observing,
    sublayers,
)


@dataclass(frozen=True)
class FloatLayer:
    """A layer whose output can be attributed to.

    Args:
        argument: what to pass as `layer`.
        is_embedding: whether it looks ids up.
    """

    argument: Any
    is_embedding: bool


def float_layers(
    model: AdaptedModel, read: ModelInputs, static_batch: int | None, after: LayerSelection | None = None
) -> list[FloatLayer]:
    """Layers that return floats, one row per example, made of the inputs: in order, each once.

    Args:
        model: that is explained.
        read: its inputs.
        static_batch: rows that the model takes, where it takes no other number.
        after: layer calls that they must depend on instead of the inputs.

    Returns:
        Nothing where the model has no layers that can be listed, or cannot be traced.
    """
    layers = {} if model.library == "callable" else sublayers(model.model)

    def traced(leaves: list[tf.Tensor]) -> tuple[list[tf.Tensor], list[FloatLayer]]:
        with observing(layers) as calls, after.capture() if after else contextlib.nullcontext() as record:
            model(read.pack(list(leaves)))
        returned = leaves if record is None else tf.nest.flatten(record.outputs)
        sources = [leaf for leaf in returned if tf.is_tensor(leaf)]
        chosen = set(after.names) if after else set()
        fitting = [call for call in floating_after(calls, sources, static_batch) if call.path not in chosen]
        found = [FloatLayer(layer_argument(call, calls), call.is_embedding) for call in fitting]
        return [tf.shape(tf.nest.flatten(call.outputs)[0])[0] for call in fitting], found

    specs = [
        tf.TensorSpec([static_batch, *leaf.shape[1:]], dtype)
        for leaf, dtype in zip(read.leaves, read.dtypes, strict=True)
    ]
    try:
        function, said = telling(traced)
        concrete = tf.function(function, autograph=False).get_concrete_function(specs)
        # Whether rows were folded into the examples' axis shows in numbers only.
        rows = np.arange(static_batch or min(read.n_examples, 2)).clip(max=read.n_examples - 1)
        leaves = [tf.constant(leaf[rows], spec.dtype) for leaf, spec in zip(read.leaves, specs, strict=True)]
        written = [variable for variable in captured_variables(concrete.graph) if variable.written]
        with PrivateState(concrete, written).begun([]):
            counts = concrete(leaves)
    except Exception:  # This only puts a remedy into words; what the model cannot do, another error says.
        return []
    return list(dict.fromkeys(layer for layer, count in zip(said[0], counts, strict=True) if count == len(rows)))


def instead_of_inputs(model: AdaptedModel, read: ModelInputs, static_batch: int | None) -> str:
    """A sentence that names the layer to attribute to where no gradient reaches the inputs; "" where none is known."""
    layers = float_layers(model, read, static_batch)
    embeddings = [repr(layer.argument) for layer in layers if layer.is_embedding]
    if not layers:
        embeddings = list(map(repr, model.embedding_layers()))
    if embeddings:
        others = f" (embedding layers: {', '.join(embeddings)})" if len(embeddings) > 1 else ""
        return (
            f" Ids have no gradient; attribute to what the model looks up for them: pass layer={embeddings[0]}{others}."
        )
    if layers and not all(read.floating):
        held = sorted({dtype.name for dtype in read.dtypes if not dtype.is_floating})
        return (
            f" Inputs of {' and '.join(held)} have no gradient; attribute to the first layer after them that returns "
            f"floats: pass layer={layers[0].argument!r}."
        )
    return ""


def after_layers(model: AdaptedModel, read: ModelInputs, static_batch: int | None, selection: LayerSelection) -> str:
    """A sentence that names the first layer after the selected ones that can be attributed to; "" if there is none."""
    layers = float_layers(model, read, static_batch, selection)
    if not layers:
        return ""
    return f" Pass layer={layers[0].argument!r}, the first layer after it that returns floats, one row per example."


def no_floating_input(model: AdaptedModel, read: ModelInputs, static_batch: int | None) -> ValueError:
    """The error for inputs of which none is floating, with what to do about it."""
    received = ", ".join(f"{name}: {dtype.name}" for name, dtype in zip(read.names, read.dtypes, strict=True))
    remedy = instead_of_inputs(model, read, static_batch)
    if not remedy and any(nest.flatten(model.declared_dtypes(read.pack(list(read.leaves))))):
        remedy = " The model declares them so, and casts floats: build it with a floating Input."
    remedy = remedy or " Pass floats, or layer=... to attribute to what a layer returns."
    return ValueError(f"inputs has no floating leaf, so there is nothing to attribute to. Received {received}.{remedy}")


def check_floating(call: SelectedCall | None, entry: Any, remedy: Callable[[SelectedCall], str]) -> None:
    """Raises unless one of several selected things has something to attribute to, so that none is dropped.

    Args:
        call: of a layer; None stands for the inputs.
        entry: nest of arrays, what it returned.
        remedy: a sentence that says what to pass instead.
    """
    leaves = nest.flatten(entry)
    if any(map(is_floating, leaves)):
        return
    found = ", ".join(f"{leaf.dtype} {list(leaf.shape)}" for leaf in leaves)
    if call is None:
        raise ValueError(
            "layer lists None, which stands for the floating inputs, and there are none. "
            f"Received inputs of {found}. Leave None out."
        )
    raise ValueError(
        f"layer has no floating output to attribute to. Received layer={call.display!r}, which returns {found}."
        + remedy(call)
    )
