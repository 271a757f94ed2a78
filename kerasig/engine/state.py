"""The variables that a traced function writes, saved and restored around its calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.auto_control_deps_utils import get_read_only_resource_input_indices_graph


def written_variables(graph: Any) -> list[tf.Variable]:
    """The variables that running `graph` would change, such as seed states and the states of stateful RNNs.

    TensorFlow marks which captured resources are only read, nested functions included; what is left over is written.
    """
    read_only = {id(graph.inputs[index]) for index in get_read_only_resource_input_indices_graph(graph)}
    placeholders = {id(outer): inner for outer, inner in graph.captures}
    return [
        variable
        for variable in graph.variables
        if id(variable.handle) in placeholders and id(placeholders[id(variable.handle)]) not in read_only
    ]


def components(variables: Iterable[tf.Variable]) -> Iterator[tf.Variable]:
    """The copies of distributed variables that this process's replicas hold; any other variable as it is."""
    for variable in variables:
        if isinstance(variable, tf.distribute.DistributedValues):
            yield from variable.distribute_strategy.experimental_local_results(variable)
        else:
            yield variable


@contextmanager
def preserved(variables: Sequence[tf.Variable]) -> Iterator[None]:
    """On leaving, also after an error, every copy of every variable holds the bits that it held on entering."""
    saved = [(component, component.read_value()) for component in components(variables)]
    try:
        yield
    finally:
        for component, value in saved:
            component.assign(value)
