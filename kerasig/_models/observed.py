"""The calls of a model's layers while it is traced, in order, and which of them values reach: to name a layer by."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from kerasig._models.layers import class_names
from kerasig._models.patches import watching
from kerasig._models.substitution import is_ambiguous, is_lookup

# What depends on the size of a tensor alone does not depend on its values.
_OF_SIZES = frozenset(["Shape", "ShapeN", "Size", "Rank", "ZerosLike", "OnesLike"])


@dataclass(frozen=True, eq=False)
class ObservedCall:
    """One call of one layer.

    Args:
        path: of the layer in its model.
        index: of the call among the layer's.
        outputs: nest that it returned.
        is_lookup: whether it looked something up.
        is_embedding: whether the layer is made for that.
    """

    path: str
    index: int
    outputs: Any
    is_lookup: bool
    is_embedding: bool


@contextlib.contextmanager
def observing(layers: Mapping[str, Any]) -> Iterator[list[ObservedCall]]:
    """Notes each call of the layers inside the block, in the order in which they return.

    Args:
        layers: by their paths.
    """
    calls: list[ObservedCall] = []
    with contextlib.ExitStack() as stack:
        for path, layer in layers.items():
            stack.enter_context(watching(layer, _Note(path, "Embedding" in class_names(layer), calls)))
        yield calls


class _Note:
    """Writes down the calls of one layer that its own thread makes in its own graph."""

    def __init__(self, path: str, is_embedding: bool, calls: list[ObservedCall]) -> None:
        self._path, self._is_embedding, self._calls, self._count = path, is_embedding, calls, 0
        self._thread, self._graph = threading.get_ident(), tf.compat.v1.get_default_graph()

    def answer(self, outputs: Any, arguments: Sequence[Any]) -> Any:
        """The layer's output, untouched."""
        if threading.get_ident() == self._thread and tf.compat.v1.get_default_graph() is self._graph:
            looked_up = is_lookup(arguments, outputs)
            self._calls.append(ObservedCall(self._path, self._count, outputs, looked_up, self._is_embedding))
            self._count += 1
        return outputs


def layer_argument(call: ObservedCall, calls: Sequence[ObservedCall]) -> Any:
    """The `layer=` of a call: the layer's path, with the call's index where it is called several times."""
    own = [other.is_lookup for other in calls if other.path == call.path]
    return (call.path, call.index) if is_ambiguous(own) else call.path


def floating_after(calls: Sequence[ObservedCall], sources: Sequence[tf.Tensor], rows: int | None) -> list[ObservedCall]:
    """The calls that the values of `sources` reach and that could be attributed to.

    Args:
        calls: in order.
        sources: tensors of the graph that is traced.
        rows: how many examples there are; None where that is not known while it is traced.
    """
    reached = _reached(sources)

    def is_fitting(leaf: Any) -> bool:
        return (
            isinstance(leaf, tf.Tensor)
            and leaf.dtype.is_floating
            and bool(leaf.shape.rank)
            and leaf.shape[0] in (None, rows)
            and leaf.ref() in reached
        )

    return [call for call in calls if any(map(is_fitting, tf.nest.flatten(call.outputs)))]


def reaching(output: tf.Tensor, sources: Sequence[tf.Tensor]) -> list[int]:
    """Which of the sources, by position, the value of `output` depends on."""
    return [at for at, source in enumerate(sources) if output.ref() in _reached([source])]


def _reached(sources: Sequence[tf.Tensor]) -> set[Any]:
    """References to all tensors whose values depend on the sources' values, the sources among them."""
    reached = {source.ref() for source in sources}
    # Operations come in the order in which they were made, each after its inputs.
    for operation in sources[0].graph.get_operations() if sources else []:
        if operation.type not in _OF_SIZES and any(tensor.ref() in reached for tensor in operation.inputs):
            reached.update(tensor.ref() for tensor in operation.outputs)
    return reached
