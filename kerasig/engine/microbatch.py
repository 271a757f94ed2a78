"""How many rows go through the model at once: a rule of the traced graph and the device, never of timing."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

# Bytes of intermediate results per call. Small enough for a CPU's memory system, large enough that an accelerator is
# not bound by launches; docs/performance.md has the measurements.
CPU_BUDGET = 64 << 20
ACCELERATOR_BUDGET = 2 << 30
MOST_ROWS = 1 << 14


def bytes_per_row(graph: Any) -> int:
    """Bytes that one row's intermediate results take in a traced graph, outputs and gradients included.

    Counts each operation's output whose leading axis is the microbatch. The body of a loop counts once per turn where
    the number of turns is the length of a time axis.
    """
    total = 0
    for operation in graph.get_operations():
        for output in operation.outputs:
            shape = output.shape
            if shape.rank is None or shape.rank == 0 or shape[0] is not None:
                continue
            elements = 1
            for size in shape[1:]:
                elements *= size or 1
            total += elements * max(output.dtype.size or 8, 1)
    return total


def rows_for(graph: Any, accelerated: bool) -> int:
    """Rows per call for a traced graph."""
    budget = ACCELERATOR_BUDGET if accelerated else CPU_BUDGET
    return max(1, min(MOST_ROWS, budget // max(bytes_per_row(graph), 1)))


def has_accelerator() -> bool:
    """Whether TensorFlow places computation on a GPU or TPU."""
    return bool(tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("TPU"))
