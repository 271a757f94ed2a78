"""Outputs of selected layers at the inputs: arrays that paths are drawn in, one row per example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._engine.compilation import Compilation
from kerasig._engine.forward import Forward
from kerasig._explaining.inputs import to_path
from kerasig._models import LayerSelection, SelectedCall, reaching


@dataclass(frozen=True, eq=False)
class CapturedOutputs:
    """The outputs of selected layer calls.

    Args:
        entries: per selected call the nest of arrays [N, ...] that it returns; None for the inputs.
        origins: per array the model's leaf that it is made of; None where several are, or none.
    """

    entries: list[Any]
    origins: list[int | None]


@dataclass(frozen=True, eq=False)
class _Returned:
    """The traits of a trace: nests as each call returns, None for the inputs; origins as `CapturedOutputs` has them."""

    structures: list[Any]
    origins: list[int | None]


class LayerOutputs:
    """A model run up to its outputs, for what its layers return on the way.

    Args:
        selection: the layers.
        call: runs the model on its leaves; traced.
        compilation: how it is compiled.
    """

    def __init__(
        self, selection: LayerSelection, call: Callable[[list[tf.Tensor]], Any], compilation: Compilation
    ) -> None:
        self._selection, self._call = selection, call
        self._forward = Forward(self._body, compilation)

    def __call__(self, leaves: Sequence[tf.Tensor]) -> CapturedOutputs:
        """The outputs at the model's leaves.

        Raises:
            RowsError: a layer's output does not have the examples first.
        """
        (counts, *arrays), returned = self._forward(leaves)
        columns = iter(enumerate(arrays, start=1))
        entries: list[Any] = []
        for call, structure in zip(self._selection.calls, returned.structures, strict=True):
            if call is None:
                entries.append(None)
                continue
            checked = [_checked(call, counts, *next(columns)) for _ in nest.flatten(structure)]
            entries.append(nest.pack(structure, checked))
        return CapturedOutputs(entries, returned.origins)

    def _body(self, leaves: list[tf.Tensor]) -> tuple[list[tf.Tensor], _Returned]:
        with self._selection.capture() as record:
            self._call(leaves)
        examples = leaves[0].shape[0]
        tensors: list[tf.Tensor] = []
        structures: list[Any] = []
        for call, output in zip(self._selection.calls, record.outputs, strict=True):
            structures.append(None if call is None else tf.nest.map_structure(lambda _: 0, output))
            if call is None:
                continue
            for tensor in tf.nest.flatten(output):
                # Where any number of examples is traced, a first axis of known length is none of examples.
                rank, rows = tensor.shape.rank, tensor.shape[0] if tensor.shape.rank else None
                if rank == 0 or (rank is not None and rows not in (None, examples)):
                    raise RowsError(call, tuple(tensor.shape), examples)
                tensors.append(tensor)
        made_of = [reaching(tensor, leaves) for tensor in tensors]
        origins = [found[0] if len(found) == 1 else None for found in made_of]
        n = tf.shape(leaves[0])[0]
        counts = tf.stack([n, *(tf.shape(tensor)[0] for tensor in tensors)])
        stored = [to_path(tensor) if tensor.dtype.is_floating else tf.identity(tensor) for tensor in tensors]
        return [tf.tile(counts[None], [n, 1]), *stored], _Returned(structures, origins)

    def traced(self, leaves: list[tf.Tensor]) -> list[Any]:
        """Per selected call the nest of tensors that it returns, traced; None for the inputs."""
        (_, *tensors), returned = self._body(leaves)
        left = iter(tensors)
        return [
            None if call is None else nest.map_structure(lambda _: next(left), structure)
            for call, structure in zip(self._selection.calls, returned.structures, strict=True)
        ]


class RowsError(ValueError):
    """A layer's output does not have one row per example.

    Args:
        call: whose output it is.
        shape: of the output.
        examples: that the model was given; None for any number.
    """

    def __init__(self, call: SelectedCall, shape: tuple[int | None, ...], examples: int | None) -> None:
        super().__init__(call, shape, examples)
        self.call, self.shape, self.examples = call, shape, examples

    def __str__(self) -> str:
        sizes = ", ".join("?" if size is None else str(size) for size in self.shape)
        return (
            f"Received shape ({sizes}{',' if len(self.shape) == 1 else ''}) "
            f"for {'any number of' if self.examples is None else self.examples} examples."
        )


def _checked(call: SelectedCall, counts: NDArray[np.int32], column: int, array: NDArray[Any]) -> NDArray[Any]:
    """The array, once it is known that every microbatch had as many rows of it as examples."""
    wrong = np.flatnonzero(counts[:, column] != counts[:, 0])
    if len(wrong):
        examples, rows = counts[wrong[0], [0, column]].tolist()
        raise RowsError(call, (rows, *array.shape[1:]), examples)
    return array


def is_floating(leaf: NDArray[Any]) -> bool:
    """Whether an array can be attributed to; bfloat16, which NumPy does not know, included."""
    return leaf.dtype.kind == "f" or bool(tf.as_dtype(leaf.dtype).is_floating)
