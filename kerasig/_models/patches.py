"""Stands in for the `call` of layers, on the instance, for as long as a block lasts."""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import tensorflow as tf


class Watcher(Protocol):
    """Sees what a layer returns, and may return something else."""

    def answer(self, outputs: Any, arguments: Sequence[Any]) -> Any:
        """The value that the call returns in place of `outputs`, given its arguments in order."""


# A layer has one replaced method however many blocks watch it, so blocks on several threads may begin and end
# in any order and the last one restores. Nothing is locked while a model is traced: replica threads take turns
# at their own choosing, and a lock held across a trace would stop them for good.
_LOCK = threading.Lock()
_PATCHES: dict[int, _Patch] = {}


class _Patch:
    """Stands in for one layer's `call` while at least one block watches it."""

    def __init__(self, layer: Any):
        # Keras 3 sends calls of a quantised layer to another method.
        quantized = getattr(layer, "quantization_mode", None) is not None
        self.method = "quantized_call" if quantized else "call"
        self.watches: list[Watcher] = []
        self._layer = layer
        self._own = vars(layer).get(self.method)
        # object.__setattr__ goes round Keras's attribute tracking, which would save what it sees.
        object.__setattr__(layer, self.method, _stand_in(getattr(layer, self.method), self))

    def restore(self) -> None:
        if self._own is None:
            object.__delattr__(self._layer, self.method)
        else:
            object.__setattr__(self._layer, self.method, self._own)

    @tf.autograph.experimental.do_not_convert
    def answer(self, outputs: Any, args: Any, kwargs: Any) -> Any:
        for watch in tuple(self.watches):
            outputs = watch.answer(outputs, (*args, *kwargs.values()))
        return outputs


def _stand_in(original: Callable[..., Any], patch: _Patch) -> Callable[..., Any]:
    # AutoGraph converts this function together with the layer's own code, so it holds nothing but the two calls.
    def call(*args: Any, **kwargs: Any) -> Any:
        return patch.answer(original(*args, **kwargs), args, kwargs)

    # tf_keras reads the arguments of `call` when a Sequential model meets a new shape.
    with contextlib.suppress(TypeError, ValueError):
        call.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    return call


@contextlib.contextmanager
def watching(layer: Any, watch: Watcher) -> Iterator[None]:
    """Shows a layer's calls to `watch` inside the block."""
    with _LOCK:
        patch = _PATCHES.get(id(layer))
        if patch is None:
            patch = _PATCHES[id(layer)] = _Patch(layer)
        patch.watches.append(watch)
    try:
        yield
    finally:
        with _LOCK:
            patch.watches.remove(watch)
            if not patch.watches:
                del _PATCHES[id(layer)]
                patch.restore()
