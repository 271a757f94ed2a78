"""A function of the model's inputs without gradient, of all examples: what layers return on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine.compilation import Compilation
from kerasig._engine.compiled import Compiled

_Traits = TypeVar("_Traits")


class Forward(Generic[_Traits]):
    """Compiled at its first call for leaves of such shapes, and fed with microbatches.

    Args:
        body: traced; list of leaves [C, ...] to a list of tensors [C, ...], and to the traits of the trace.
        compilation: how.
    """

    def __init__(
        self, body: Callable[[list[tf.Tensor]], tuple[list[tf.Tensor], _Traits]], compilation: Compilation
    ) -> None:
        self._body, self._compilation = body, compilation
        self._compiled: dict[tuple[tf.TensorSpec, ...], Compiled[_Traits]] = {}

    def __call__(self, leaves: Sequence[tf.Tensor]) -> tuple[list[NDArray[Any]], _Traits]:
        """The tensors of every example, as arrays [N, ...] on the host, and the traits of their trace."""
        compiled = self._compile(leaves)
        total, start = int(leaves[0].shape[0]), 0
        found: list[NDArray[Any]] = []
        while start < total:
            rows = compiled.rows
            real, sent = self._compilation.take(total - start, rows, compiled.least)
            examples = np.arange(start, start + sent).clip(max=total - 1)
            try:
                part = compiled({"examples": examples}, {}, {"leaves": list(leaves)})
            except tf.errors.ResourceExhaustedError as error:
                compiled.halve(rows, error)
                continue
            if real == total:
                return [tensor[:real] for tensor in part["outputs"]], compiled.traits
            found = found or [np.empty((total, *tensor.shape[1:]), tensor.dtype) for tensor in part["outputs"]]
            for whole, tensor in zip(found, part["outputs"], strict=True):
                whole[start : start + real] = tensor[:real]
            start += real
        return found, compiled.traits

    def _compile(self, leaves: Sequence[tf.Tensor]) -> Compiled[_Traits]:
        specs = tuple(tf.TensorSpec([None, *leaf.shape[1:]], leaf.dtype) for leaf in leaves)
        with self._compilation.tracing:
            if specs not in self._compiled:
                signature = [{"examples": tf.TensorSpec([None], tf.int32)}, {}, {"leaves": list(specs)}]
                self._compiled[specs] = Compiled(self._gathered, signature, self._compilation)
            return self._compiled[specs]

    def _gathered(self, rows: Any, nodes: Any, data: Any) -> tuple[dict[str, Any], _Traits]:
        examples = rows["examples"]
        if self._compilation.static_batch is not None:
            examples = tf.ensure_shape(examples, [self._compilation.static_batch])
        outputs, traits = self._body([tf.gather(leaf, examples) for leaf in data["leaves"]])
        return {"outputs": outputs}, traits
