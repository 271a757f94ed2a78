"""Calling a model for inference, without a trace on it."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any, cast

import tensorflow as tf

from kerasig._models.losses import Library

_Call = Callable[[Any, Any], Any]


def call(model: Any, inputs: Any, library: Library, *, autograph: bool) -> Any:
    """The model's outputs in inference mode.

    Args:
        model: of that library.
        inputs: as the model takes them.
        library: the model's.
        autograph: whether AutoGraph converts the model's code while a function is traced, whether or not that function
            was made with AutoGraph.
    """
    called: _Call = _call if library == "callable" else _call_for_inference
    if autograph and tf.inside_function():
        called = _with_autograph(called)
    with _losses_kept(model, library):
        return called(model, inputs)


def _call(model: Any, inputs: Any) -> Any:
    return model(inputs)


def _call_for_inference(model: Any, inputs: Any) -> Any:
    return model(inputs, training=False)


@contextlib.contextmanager
def _losses_kept(model: Any, library: Library) -> Iterator[None]:
    """Leaves the losses that layers add in `call` as they were: each call replaces them, here by a trace's tensors."""
    attribute = {"keras": "_losses", "tf_keras": "_eager_losses"}.get(library, "")
    layers = model._flatten_layers() if attribute else []
    kept = [(layer, list(getattr(layer, attribute))) for layer in layers if hasattr(layer, attribute)]
    try:
        yield
    finally:
        for layer, losses in kept:
            getattr(layer, attribute)[:] = losses


@functools.cache
def _with_autograph(call: _Call) -> _Call:
    return cast(_Call, tf.autograph.to_graph(call))
