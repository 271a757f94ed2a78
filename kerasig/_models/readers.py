"""Which of a graph's symbolic inputs takes what, and what its layers make of it: words, or columns of a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf

from kerasig._models.layers import class_names

# (kind, why) as `kerasig.probes` takes it.
Reading = tuple[str, str]

_OF_COLUMNS = ("CategoryEncoding", "Hashing", "HashedCrossing", "Discretization", "Normalization")
_LOOKUPS = ("StringLookup", "IntegerLookup")
# Shapes and dtypes change here, and nothing else; columns may be taken apart.
_PASSING = ("Reshape", "Flatten", "Cast", "Identity", "GetItem", "SlicingOpLambda", "Squeeze", "ExpandDims", "Split")


def reading_of(tensor: Any) -> Reading | None:
    """How the layers behind a symbolic input read it; None where they leave that open.

    Args:
        tensor: of a functional or Sequential model of Keras 3 or tf_keras.
    """
    found = list(_readings(tensor, is_column=False, lookup=None, is_lone=_count(tensor) == 1))
    return next((reading for reading in found if reading[0] == "tokens"), found[0] if found else None)


def _readings(tensor: Any, *, is_column: bool, lookup: str | None, is_lone: bool) -> Iterator[Reading]:
    for layer, place, outputs in _consumers(tensor):
        names = class_names(layer)
        kind = type(layer).__name__
        if {"Functional", "Sequential"} & set(names):
            inner = tf.nest.flatten(layer.inputs)
            if place < len(inner):
                yield from _readings(inner[place], is_column=is_column, lookup=lookup, is_lone=is_lone)
        elif "TextVectorization" in names:
            yield "tokens", f"{kind} reads it"
        elif "Embedding" in names and is_column:
            yield "tabular", "its columns are embedded one by one"
        elif "Embedding" in names and getattr(layer, "mask_zero", False) and not is_lone:
            yield "tokens", f"{kind} with a mask reads it"
        elif "Embedding" in names and lookup and is_lone:
            yield "tabular", f"{lookup} reads it, one value per probe"
        elif set(_OF_COLUMNS) & set(names) or (set(_LOOKUPS) & set(names) and layer.output_mode != "int"):
            yield "tabular", f"{kind} reads it"
        elif {*_LOOKUPS, *_PASSING} & set(names):
            known = kind if set(_LOOKUPS) & set(names) else lookup
            for output in outputs:
                taken_apart = is_column or _count(output) < _count(tensor)
                yield from _readings(output, is_column=taken_apart, lookup=known, is_lone=is_lone)


def _consumers(tensor: Any) -> Iterator[tuple[Any, int, list[Any]]]:
    """The layers that a symbolic tensor goes into, at which place of their arguments, and what they return."""
    for node in getattr(tensor._keras_history[0], "_outbound_nodes", ()):
        # The two libraries' names for the same things.
        layer = getattr(node, "operation", None) or getattr(node, "layer", None)
        arguments = getattr(node, "input_tensors", None) if hasattr(node, "operation") else node.keras_inputs
        places = [place for place, given in enumerate(arguments or ()) if given is tensor]
        if layer is not None and places:
            yield layer, places[0], tf.nest.flatten(node.outputs)


def _count(tensor: Any) -> float:
    """How many values a row has; infinite where that is not known."""
    sizes = list(tensor.shape)[1:]
    return math.inf if None in sizes else math.prod(sizes)


def matching_inputs(declared: Any, inputs: Any) -> Iterator[Any]:
    """For each leaf of `inputs`, in the order of tf.nest, the symbolic input that takes it, or None.

    Both libraries match dicts by key or by the Input's name, and everything else by position.
    """
    symbolic = [tensor for tensor in tf.nest.flatten(declared) if tensor is not None]
    if isinstance(inputs, Mapping):
        by_name = {tensor.name: tensor for tensor in symbolic}
        if isinstance(declared, Mapping):
            by_name |= declared
        for key in sorted(inputs):
            yield from matching_inputs(by_name.get(key), inputs[key])
        return
    leaves = tf.nest.flatten(inputs)
    if len(symbolic) == len(leaves):
        yield from symbolic
    else:
        yield from [None] * len(leaves)
