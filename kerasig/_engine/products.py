"""Products that TensorFlow's oneDNN kernels compute wrongly, and the numbers of rows that keep clear of them.

A stack of matrices [A, 1, M, K], A above 1, times one matrix, given as [K, N], [1, K, N] or [1, 1, K, N]: TensorFlow
2.21 reads and writes beyond its arrays there. Results are wrong, or the process aborts sooner or later, with eager
tensors as in a graph. No other rank, and no other axis of length 1, does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from kerasig._engine.operations import operations

_TYPES = (tf.float32, tf.bfloat16, tf.float16)


@dataclass(frozen=True)
class RowLimits:
    """How many rows a call of a traced graph may have on a processor.

    Args:
        least: 2 where the second axis of such a stack is the rows', so that one row would make its length 1.
        most: 1 where the second axis has length 1 and the first one is the rows'; None for any number.
        unavoidable: names of the products that are wrong whatever the number of rows.
    """

    least: int = 1
    most: int | None = None
    unavoidable: tuple[str, ...] = ()


def row_limits(graph: Any) -> RowLimits:
    """The limits of a graph that was traced for rows of any number, or for a static one."""
    single, several, unavoidable = [], [], []
    for operation in operations(graph):
        if not operation.type.startswith("BatchMatMul") or operation.inputs[0].dtype not in _TYPES:
            continue
        first, second = _stack(operation)
        # Of an axis whose length is not known it is taken that its length is the number of rows.
        if second is None and first != 1:
            several.append(operation.name)
        elif second == 1 and first is None:
            single.append(operation.name)
        elif second == 1 and first != 1:
            unavoidable.append(operation.name)
    if single and several:
        # One row would be wrong for some, and two for the others.
        unavoidable += single
    return RowLimits(2 if several else 1, 1 if single and not several else None, tuple(unavoidable))


def _stack(operation: Any) -> tuple[int | None, int | None]:
    """The first two axes of a stack of rank 4 that is multiplied with a single matrix; (1, 1) for any other product."""
    left, right = (operand.shape for operand in operation.inputs[:2])
    if left.rank not in (4, None) or (right.rank or 0) > 4:
        return 1, 1
    first, second = (None, None) if left.rank is None else left[:2]
    if right.rank is not None:
        others = [1, 1, *right[:-2]][-2:]
        # Axes of unknown length that face each other have the same one: that is a stack as well, or both are one.
        if any(size not in (1, None) for size in others) or (left.rank and first is others[0] is None):
            return 1, 1
    return first, second
