"""The number of rows that a function of TensorFlow's declares, as saved ones of a fixed batch do."""

from __future__ import annotations

from typing import Any

import tensorflow as tf


def declared_rows(model: Any) -> int | None:
    """The rows that every call must have, by the signatures of a callable; None where these leave it open.

    Args:
        model: a tf.function, one of a restored SavedModel, or an object whose `__call__` is one.
    """
    function = model if hasattr(model, "input_signature") or _is_traced(model) else getattr(model, "__call__", None)  # noqa: B004
    traced = getattr(function, "concrete_functions", None)
    each = traced if isinstance(traced, list | tuple) and traced else [function]
    found = {_rows(getattr(one, "structured_input_signature", None)) for one in each}
    if found == {None}:
        found = {_rows(getattr(function, "input_signature", None))}
    return found.pop() if len(found) == 1 else None


def _is_traced(model: Any) -> bool:
    return hasattr(model, "structured_input_signature") or hasattr(model, "concrete_functions")


def _rows(signature: Any) -> int | None:
    """The first extent of all tensors of a signature, where they have the same and it is known."""
    specs = [spec for spec in tf.nest.flatten(signature) if isinstance(spec, tf.TensorSpec)]
    extents = {spec.shape[0] for spec in specs if spec.shape.rank}
    return extents.pop() if len(extents) == 1 else None


def returned_rows(outputs: Any) -> int | None:
    """The rows that all outputs of a trace have, where that is a number and the same; else None."""
    tensors = [output for output in tf.nest.flatten(outputs) if isinstance(output, tf.Tensor)]
    extents = {tensor.shape[0] if tensor.shape.rank else None for tensor in tensors}
    return extents.pop() if len(extents) == 1 else None
