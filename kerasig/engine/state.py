"""The variables that a traced function writes: the model's own stay as they are, and each call begins anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, RLock
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

# Calls that write a strategy's variables, and restore them, take turns: each would restore what another one wrote.
_writing = RLock()


class PrivateState:
    """Copies of the variables that a traced function writes, which it writes in their place.

    So the model's own are only read: a training, or another explanation, may go on in another thread meanwhile.

    Args:
        concrete: the traced function; its captures are replaced.
        written: the variables.
    """

    def __init__(self, concrete: Any, written: Sequence[tf.Variable]) -> None:
        self._lock = Lock()
        with tf.init_scope():
            self._copies = [(variable, _copy(variable)) for variable in written]
        copied = {id(variable.handle): copy.handle for variable, copy in self._copies}
        captured = [copied.get(id(tensor), tensor) for tensor in concrete.graph.external_captures]
        concrete.set_external_captures(captured)

    @contextmanager
    def begun(self, values: Values) -> Iterator[None]:
        """Inside the block, which one thread at a time may enter, the copies hold what a call begins with.

        Args:
            values: what it begins with in place of the variable's own value.
        """
        if not self._copies:
            yield
            return
        instead = {id(variable.handle): value for variable, value in values}
        with self._lock:
            for variable, copy in self._copies:
                value = instead.get(id(variable.handle))
                copy.assign(variable.read_value() if value is None else value)
            yield


class SharedState:
    """The same where the variables are a strategy's: they are written themselves, and restored.

    Args:
        written: the variables.
    """

    def __init__(self, written: Sequence[tf.Variable]) -> None:
        self._written = written

    @contextmanager
    def begun(self, values: Values) -> Iterator[None]:
        """Inside the block the variables hold what a call begins with; after it what they held before."""
        if not self._written:
            yield
            return
        with _writing, preserved(self._written):
            for variable, value in values:
                variable.assign(value)
            yield


def _copy(variable: tf.Variable) -> tf.Variable:
    with tf.device(variable.device):
        return tf.Variable(variable.read_value(), trainable=False, shape=variable.shape, dtype=variable.dtype)


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
