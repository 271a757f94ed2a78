"""The variables that a traced function writes: saved and restored around its calls, and begun anew for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
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


Values = list[tuple[tf.Variable, tf.Tensor]]


def carried(
    written: Sequence[tf.Variable], static_batch: int | None, initial: Callable[[], Values] | None
) -> Callable[[], Values]:
    """A function that gives what each call must begin with, so that no row goes on from what another row left there.

    Args:
        written: variables that the call writes.
        static_batch: rows of each call; None for any number.
        initial: see `Compilation`.
    """
    # Nobody says so of a variable with a row of its own for each row of the batch, but nothing else it can be. With one
    # row all points share it, and it may as well be a statistic.
    rows = [
        component
        for component in components(written)
        if component.shape.rank is not None
        and component.shape.rank > 1
        and component.shape[0] == static_batch != 1
        and (component.dtype.is_floating or (component.dtype.is_integer and not component.dtype.is_unsigned))
    ]
    handles = {id(component.handle) for component in components(written)}
    if initial is None and not rows:
        return list

    def values() -> Values:
        zeros = [(component, tf.zeros(component.shape, component.dtype)) for component in rows]
        begun = [] if initial is None else initial()
        parts = [(component, value) for variable, value in begun for component in components([variable])]
        # What is not written is not restored either.
        return zeros + [(component, value) for component, value in parts if id(component.handle) in handles]

    return values


def begin(values: Values) -> None:
    """Assigns each variable its value."""
    for variable, value in values:
        variable.assign(value)
