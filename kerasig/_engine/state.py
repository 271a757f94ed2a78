"""The variables that a traced function writes: the model's own stay as they are, and each call begins anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from threading import Lock, RLock
from typing import Any

import tensorflow as tf
from tensorflow.python.framework.auto_control_deps_utils import get_read_only_resource_input_indices_graph
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

# Variables, or replicas' copies of them, and the values that calls begin with in place of their own.
Values = list[tuple[Any, tf.Tensor]]


@dataclass(frozen=True, eq=False)
class CapturedVariable:
    """A variable as a traced function captures it: of a strategy's, one replica's copy.

    Args:
        handle: the resource.
        shape: of its values.
        dtype: of its values.
        written: whether the function may change it.
    """

    handle: tf.Tensor
    shape: tf.TensorShape
    dtype: tf.DType
    written: bool

    def read(self) -> tf.Tensor:
        """Its value now."""
        return tf.raw_ops.ReadVariableOp(resource=self.handle, dtype=self.dtype)

    def assign(self, value: tf.Tensor) -> None:
        """Gives it a value."""
        tf.raw_ops.AssignVariableOp(resource=self.handle, value=value)


def captured_variables(graph: Any) -> list[CapturedVariable]:
    """The variables that running `graph` would read or change, such as seed states and the states of stateful RNNs.

    TensorFlow marks which captured resources are only read, nested functions included; what is left over is written.
    A graph's own list of variables leaves out those that are written without being read.
    """
    read_only = {id(graph.inputs[index]) for index in get_read_only_resource_input_indices_graph(graph)}
    found = []
    for handle, inside in graph.captures:
        known = getattr(handle, "_handle_data", None) if handle.dtype == tf.resource else None
        # Tables and iterators are resources too.
        if known is None or len(known.shape_and_type) != 1 or not tf.raw_ops.VarIsInitializedOp(resource=handle):
            continue
        shape, dtype = tf.TensorShape(known.shape_and_type[0].shape), tf.as_dtype(known.shape_and_type[0].dtype)
        found.append(CapturedVariable(handle, shape, dtype, id(inside) not in read_only))
    return found


def remembered(variables: Sequence[CapturedVariable]) -> Callable[[], None]:
    """A function that gives variables the values again that they have now; both are called while a graph is traced."""
    values = [variable.read() for variable in variables]

    def restore() -> None:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    return restore


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


# Calls that write a strategy's variables, and restore them, take turns: each would restore what another one wrote.
writing = RLock()


class PrivateState:
    """Copies of variables that a traced function uses, and writes, in their place.

    So the model's own are only read: a training, or another explanation, may go on in another thread meanwhile.

    Args:
        concrete: the traced function; its captures are replaced.
        captured: the variables.
    """

    def __init__(self, concrete: Any, captured: Sequence[CapturedVariable]) -> None:
        self._lock = Lock()
        with tf.init_scope():
            self._copies = [_Copy(variable) for variable in captured]
        handles = {id(copy.original.handle): copy.variable.handle for copy in self._copies}
        concrete.set_external_captures([handles.get(id(tensor), tensor) for tensor in concrete.graph.external_captures])

    def copied(self, captured: Sequence[CapturedVariable]) -> bool:
        """Whether all variables that a function writes are copies of this one's."""
        own = {id(copy.variable.handle) for copy in self._copies}
        return all(id(variable.handle) in own for variable in captured if variable.written)

    def remember(self) -> Callable[[], None]:
        """See `remembered`; of the copies."""
        return remembered([replace(copy.original, handle=copy.variable.handle) for copy in self._copies])

    @property
    def variables(self) -> list[tf.Variable]:
        """The copies."""
        return [copy.variable for copy in self._copies]

    def beginning(self, values: Values) -> Callable[[], None]:
        """A function that gives the copies what a call begins with, in a graph that is traced; see `begun`."""
        instead = {id(variable.handle): value for variable, value in values}
        originals = [(copy.variable, copy.original) for copy in self._copies]
        begin = [(copy, instead.get(id(original.handle), original.read())) for copy, original in originals]

        def restore() -> None:
            for variable, value in begin:
                variable.assign(value)

        return restore

    @contextmanager
    def begun(self, values: Values, moved_on: bool = False) -> Iterator[None]:
        """Inside the block, which one thread at a time may enter, the copies hold what a call begins with.

        Args:
            values: what it begins with in place of a variable's own value; of several for one the last.
            moved_on: whether those of integers, such as seed states, stay as the last call left them.
        """
        if not self._copies:
            yield
            return
        instead = {id(variable.handle): value for variable, value in values}
        with self._lock:
            for copy in self._copies:
                if moved_on and copy.original.dtype.is_integer:
                    continue
                copy.begin(instead.get(id(copy.original.handle)))
            yield


class _Copy:
    """A variable beside the one that a function captures, on the same device."""

    def __init__(self, original: CapturedVariable) -> None:
        self.original = original
        with tf.device(original.handle.device):
            # Not a strategy's, whichever scope this is in.
            self.variable = ResourceVariable(original.read(), trainable=False, shape=original.shape)
        self._held: tf.Tensor | None = None

    def begin(self, value: tf.Tensor | None) -> None:
        """Takes a value, or else the original's own."""
        if value is None:
            self.variable.assign(self.original.read())
        elif self.original.written or value is not self._held:
            self.variable.assign(value)
        self._held = value


class SharedState:
    """The same where variables cannot be copied: they are written themselves, and restored.

    Args:
        captured: the variables.
    """

    def __init__(self, captured: Sequence[CapturedVariable]) -> None:
        self._written = [variable for variable in captured if variable.written]

    @contextmanager
    def begun(self, values: Values, moved_on: bool = False) -> Iterator[None]:
        """Inside the block the variables hold what a call begins with; after it what they held before.

        Args:
            values: see `PrivateState`.
            moved_on: has no meaning here: they are all put back.
        """
        if not self._written:
            yield
            return
        instead = {id(variable.handle): value for variable, value in values}
        with writing:
            saved = [variable.read() for variable in self._written]
            try:
                for variable, value in zip(self._written, saved, strict=True):
                    variable.assign(instead.get(id(variable.handle), value))
                yield
            finally:
                for variable, value in zip(self._written, saved, strict=True):
                    variable.assign(value)


def carried(
    captured: Sequence[CapturedVariable], static_batch: int | None, initial: Callable[[], Values] | None
) -> Callable[[], Values]:
    """A function that gives what each call must begin with, so that no row goes on from what another row left there.

    Args:
        captured: variables that the call uses.
        static_batch: rows of each call; None for any number.
        initial: see `Compilation`.
    """
    # Nobody says so of a variable with a row of its own for each row of the batch, but nothing else it can be. With one
    # row all points share it, and it may as well be a statistic.
    written = [variable for variable in captured if variable.written]
    rows = [
        variable
        for variable in written
        if variable.shape.rank is not None
        and variable.shape.rank > 1
        and variable.shape[0] == static_batch != 1
        and (variable.dtype.is_floating or (variable.dtype.is_integer and not variable.dtype.is_unsigned))
    ]
    handles = {id(variable.handle) for variable in written}
    if initial is None and not rows:
        return list

    def values() -> Values:
        zeros = [(variable, tf.zeros(variable.shape, variable.dtype)) for variable in rows]
        begun = [] if initial is None else initial()
        parts = [(component, value) for variable, value in begun for component in components([variable])]
        # What is not written is what it is to be.
        return zeros + [(component, value) for component, value in parts if id(component.handle) in handles]

    return values
