"""What selected layers return at the inputs: arrays that paths are drawn in, one row per example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._engine.compiled import Compilation, Forward
from kerasig._models import LayerSelection, reaching


@dataclass(frozen=True, eq=False)
class LayerOutputs:
    """A model run up to its outputs, for what its layers return on the way.

    Args:
        selection: the layers.
        call: runs the model on its leaves; traced.
        compilation: how it is compiled.
    """

    selection: LayerSelection
    call: Callable[[list[tf.Tensor]], Any]
    compilation: Compilation
    _structures: list[Any] = field(default_factory=list)
    _origins: list[list[int]] = field(default_factory=list)
    _compiled: list[Forward] = field(default_factory=list)

    def __call__(self, leaves: Sequence[tf.Tensor]) -> list[Any]:
        """Per selected call the nest of arrays [N, ...] that it returns; None for the inputs.

        Raises:
            RowsError: a layer's output does not have the examples first.
        """
        if not self._compiled:
            self._compiled.append(Forward(self._body, self.compilation))
        counts, *arrays = self._compiled[0](leaves)
        columns = iter(enumerate(arrays, start=1))

        def packed(entry: int, structure: Any) -> Any:
            return nest.map_structure(lambda _: _checked(entry, counts, *next(columns)), structure)

        return [None if each is None else packed(entry, each) for entry, each in enumerate(self._structures)]

    @property
    def origins(self) -> list[int | None]:
        """Per tensor of the selected calls the model's leaf that it is made of; None where several are, or none."""
        return [made_of[0] if len(made_of) == 1 else None for made_of in self._origins]

    def _body(self, leaves: list[tf.Tensor]) -> list[tf.Tensor]:
        with self.selection.capture() as record:
            self.call(leaves)
        self._structures[:] = [
            None if output is None else tf.nest.map_structure(lambda _: 0, output) for output in record.outputs
        ]
        examples = leaves[0].shape[0]
        tensors: list[tf.Tensor] = []
        for at, output in enumerate(record.outputs):
            for tensor in [] if output is None else tf.nest.flatten(output):
                # Where any number of examples is traced, a first axis of known length is none of examples.
                rank, rows = tensor.shape.rank, tensor.shape[0] if tensor.shape.rank else None
                if rank == 0 or (rank is not None and rows not in (None, examples)):
                    raise RowsError(at, tuple(tensor.shape), examples)
                tensors.append(tensor)
        self._origins[:] = [reaching(tensor, leaves) for tensor in tensors]
        n = tf.shape(leaves[0])[0]
        counts = tf.stack([n, *(tf.shape(tensor)[0] for tensor in tensors)])
        return [tf.tile(counts[None], [n, 1]), *map(_stored, tensors)]


class RowsError(ValueError):
    """A layer's output does not have one row per example.

    Args:
        entry: which of the selected calls.
        shape: of the output.
        examples: that the model was given; None for any number.
    """

    def __init__(self, entry: int, shape: tuple[int | None, ...], examples: int | None) -> None:
        super().__init__(entry, shape, examples)
        self.entry, self.shape, self.examples = entry, shape, examples

    def __str__(self) -> str:
        sizes = ", ".join("?" if size is None else str(size) for size in self.shape)
        return (
            f"Received shape ({sizes}{',' if len(self.shape) == 1 else ''}) "
            f"for {'any number of' if self.examples is None else self.examples} examples."
        )


def _checked(entry: int, counts: NDArray[np.int32], column: int, array: NDArray[Any]) -> NDArray[Any]:
    """The array, once it is known that every microbatch had as many rows of it as examples."""
    wrong = np.flatnonzero(counts[:, column] != counts[:, 0])
    if len(wrong):
        examples, rows = counts[wrong[0], [0, column]].tolist()
        raise RowsError(entry, (rows, *array.shape[1:]), examples)
    return array


def _stored(output: tf.Tensor) -> tf.Tensor:
    """In a dtype that a path can be drawn in."""
    return tf.cast(output, tf.float32) if output.dtype.is_floating and output.dtype.size < 4 else tf.identity(output)


def is_floating(leaf: NDArray[Any]) -> bool:
    """Whether an array can be attributed to; bfloat16, which NumPy does not know, included."""
    return leaf.dtype.kind == "f" or bool(tf.as_dtype(leaf.dtype).is_floating)
