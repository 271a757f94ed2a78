"""The operations of a traced graph: those that draw numbers, write variables, or end a gradient."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import tensorflow as tf

_DRAWS = re.compile(r"Random|Multinomial|TruncatedNormal|^Stateful(Uniform|StandardNormal)|^Rng")
# Of a number itself they tell nothing that a score could follow: sizes, and masks that let values through or not.
_ASIDE = re.compile(
    r"^(Shape|ShapeN|Size|Rank|ZerosLike|OnesLike|Greater|GreaterEqual|Less|LessEqual|Equal|NotEqual|ApproximateEqual|"
    r"IsNan|IsInf|IsFinite|Assert|Print\w*)$"
)
# Floats of floats, in steps.
_STEPS = re.compile(r"^(Round|Rint|Floor|Ceil|Sign|FloorDiv|TruncateDiv|StopGradient|OneHot)$")

_function_attributes: dict[str, tuple[str, ...]] = {}  # by the operation's type


def drawing(graph: Any) -> list[str]:
    """Names of the operations that draw random numbers, in a graph and in the functions that it calls."""
    return [operation.name for operation in operations(graph) if _DRAWS.search(operation.type)]


def updating(graph: Any) -> list[str]:
    """Names of the operations that write variables, as BatchNormalization does while it normalises by the batch."""
    return [operation.name for operation in operations(graph) if operation.type.startswith("Assign")]


def operations(graph: Any) -> Iterator[Any]:
    """The operations of a graph and of all functions that it calls, each function once."""
    return _operations(graph, set())


def _operations(graph: Any, seen: set[int]) -> Iterator[Any]:
    if id(graph) in seen:
        return
    seen.add(id(graph))
    for operation in graph.get_operations():
        yield operation
        for called in _called(operation):
            yield from _operations(called, seen)


def _called(operation: Any) -> Iterator[Any]:
    for name in function_attributes(operation):
        attribute = operation.node_def.attr[name]
        functions = [attribute.func] if attribute.HasField("func") else attribute.list.func
        for function in functions:
            definition = operation.graph._get_function(function.name)
            if getattr(definition, "graph", None) is not None:
                yield definition.graph


def function_attributes(operation: Any) -> tuple[str, ...]:
    """Names of an operation's attributes that are functions; to look for them in each operation would take longer."""
    kind = operation.type
    if kind not in _function_attributes:
        given = operation.op_def.attr
        _function_attributes[kind] = tuple(each.name for each in given if each.type in ("func", "list(func)"))
    return _function_attributes[kind]


def after_steps(point: tf.Tensor) -> list[str]:
    """Names of the operations that give floats again, where the gradient to `point` has ended.

    They are the first that can be attributed to instead: the look-up behind a cast to integers, what rounds, a one-hot
    encoding. Where several follow each other, the first.
    """
    found: dict[str, None] = {}
    smooth, seen = [point], {id(point)}
    while smooth:
        for operation in _unseen(smooth.pop().consumers(), seen):
            if _ASIDE.match(operation.type):
                continue
            steps = _STEPS.match(operation.type)
            for output in operation.outputs:
                if output.dtype.is_floating and not steps:
                    smooth.append(output)
                elif steps:
                    found[operation.name] = None
                elif _carries(output):
                    found.update(dict.fromkeys(_floats_from(output, seen)))
    return list(found)


def _floats_from(number: tf.Tensor, seen: set[int]) -> list[str]:
    """Names of the first operations that make floats of integers, strings or booleans."""
    found, pending = [], [number]
    while pending:
        for operation in _unseen(pending.pop().consumers(), seen):
            if operation.type in ("Shape", "ShapeN", "Size", "Rank"):
                continue
            if any(output.dtype.is_floating for output in operation.outputs):
                found.append(operation.name)
            else:
                pending.extend(output for output in operation.outputs if _carries(output))
    return found


def _carries(output: tf.Tensor) -> bool:
    return output.dtype.is_integer or output.dtype in (tf.string, tf.bool)


def _unseen(operations: Iterable[Any], seen: set[int]) -> list[Any]:
    fresh = [operation for operation in operations if id(operation) not in seen]
    seen.update(map(id, fresh))
    return fresh
