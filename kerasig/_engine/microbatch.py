"""How many rows go through the model at once: a rule of the traced graph and the device, never of timing."""

from __future__ import annotations

import math
from typing import Any

import tensorflow as tf

from kerasig._engine.operations import function_attributes

# Bytes of intermediate results per call, an upper bound of what is alive at once. On two cores the time per row of an
# MLP, a small CNN and an LSTM falls up to about this size, by 5 to 12% over the last doubling. Large networks run
# faster on a few rows than on one or two, as weights are then read less often, so they get those while memory allows:
# `benchmarks/` has the figures.
CPU_BUDGET = 512 << 20
FEW_ROWS = 8
LARGEST = 4 << 30
ACCELERATOR_BUDGET = 4 << 30
MOST_ROWS = 1 << 16


def bytes_per_row(graph: Any) -> int:
    """Bytes that one row's intermediate results take in a traced graph, those of its gradient included.

    Counts the outputs of operations in which the microbatch is the only unknown axis, first or (time-major) second, or
    in which nodes and paths are the first two.
    What a loop keeps for its gradient is not in the graph's shapes: its body counts once for each step of time.
    """
    return _bytes(graph, steps=_time_steps(graph))


def _bytes(graph: Any, steps: int) -> int:
    total = 0
    for operation in graph.get_operations():
        total += sum(_row_bytes(output) for output in operation.outputs)
        turns = steps if operation.type in ("While", "StatelessWhile") else 1
        for body in called_graphs(operation):
            total += turns * _bytes(body, steps)
    return total


def _row_bytes(output: tf.Tensor) -> int:
    shape = output.shape
    unknown = [] if shape.rank is None else [axis for axis, size in enumerate(shape) if size is None]
    if unknown not in ([0], [1], [0, 1]):
        return 0
    return math.prod(size or 1 for size in shape) * max(output.dtype.size or 8, 1)


def called_graphs(operation: Any) -> list[Any]:
    """Graphs of the functions that an operation calls; of a loop its body alone."""
    bodies = [name for name in function_attributes(operation) if name in ("f", "body", "then_branch")]
    functions = (operation.graph._get_function(operation.node_def.attr[name].func.name) for name in bodies)
    return [function.graph for function in functions if getattr(function, "graph", None) is not None]


def _time_steps(graph: Any) -> int:
    """The longest known second axis of a batch-major, or first of a time-major tensor of rank 3; at least 1."""
    longest = 1
    for operation in graph.get_operations():
        for output in operation.outputs:
            if output.shape.rank == 3 and list(output.shape).count(None) == 1 and output.shape[2] is not None:
                longest = max(longest, output.shape[0] or output.shape[1] or 1)
    return longest


def rows_for(graph: Any, accelerated: bool) -> int:
    """Rows per call for a traced graph."""
    each = max(bytes_per_row(graph), 1)
    if accelerated:
        return max(1, min(MOST_ROWS, ACCELERATOR_BUDGET // each))
    few = min(FEW_ROWS, LARGEST // each)
    return max(1, few, min(MOST_ROWS, CPU_BUDGET // each))


def has_accelerator() -> bool:
    """Whether TensorFlow places computation on a GPU or TPU."""
    return bool(tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("TPU"))
