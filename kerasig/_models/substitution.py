"""Records or replaces what chosen layers return while a function is traced.

A layer's own `call` is overridden on the instance for as long as a block lasts. So this works in any model,
subclassed ones too, and everything that Keras does around `call`, masks above all, goes on as before.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
import weakref
from collections.abc import Iterator, Sequence
from typing import Any

import tensorflow as tf

from kerasig._models.patches import watching


@dataclasses.dataclass(frozen=True)
class SelectedCall:
    """One call of one layer; `call_index` None means its only call."""

    reference: weakref.ref[Any] = dataclasses.field(hash=False)  # A dead one could not be hashed.
    layer_id: int
    name: str
    call_index: int | None

    @property
    def display(self) -> str:
        """The name to show for this call."""
        return self.name if self.call_index is None else f"{self.name}[{self.call_index}]"


@dataclasses.dataclass
class LayerRecord:
    """The outputs of the selected calls, in the selection's order; None stands for the inputs, or for not yet."""

    outputs: list[Any]


@dataclasses.dataclass(frozen=True)
class LayerSelection:
    """Layer calls of one model, ready to be recorded or replaced while it is traced.

    Both blocks watch only calls made by the thread that entered them. Under a distribution strategy they
    belong inside the replica function, which runs in a thread of its own.
    """

    calls: tuple[SelectedCall | None, ...]
    is_list: bool

    @property
    def names(self) -> list[str | None]:
        """A name to show for each entry; None for the inputs."""
        return [None if call is None else call.display for call in self.calls]

    def as_given(self, entries: list[Any]) -> Any:
        """One thing for each call, in the form in which the layers were given: a list, or the lone thing."""
        return entries if self.is_list else entries[0]

    def each(self, given: Any) -> list[Any]:
        """The inverse of `as_given`."""
        return list(given) if self.is_list else [given]

    @contextlib.contextmanager
    def capture(self) -> Iterator[LayerRecord]:
        """Records what the selected calls return inside the block, and leaves them as they are.

        Yields:
            The record. Its outputs are nests of tensors, filled in as the calls happen.

        Raises:
            ValueError: at the block's end, when a call did not happen, happened several times though no
                call_index was given, or happened in another graph.
        """
        with self._watch(None) as record:
            yield record

    @contextlib.contextmanager
    def substitute(self, values: Sequence[Any]) -> Iterator[LayerRecord]:
        """Makes the selected calls return `values` inside the block; the rest of the model is untouched.

        The layer itself still runs, so the masks it computes stay attached; its result is dropped. Values
        are cast to the dtype that the layer returned.

        Args:
            values: per entry of the selection a nest like that call's output; a None inside it keeps that
                tensor, and the value at an entry that stands for the inputs is not read.

        Yields:
            The record of what the layers themselves returned.

        Raises:
            ValueError: as `capture` does, or when a value's structure or shape does not fit.
        """
        if len(values) != len(self.calls):
            raise ValueError(f"substitute needs one value per layer. Received: {len(values)} for {len(self.calls)}.")
        with self._watch(values) as record:
            yield record

    @contextlib.contextmanager
    def _watch(self, values: Sequence[Any] | None) -> Iterator[LayerRecord]:
        record = LayerRecord([None] * len(self.calls))
        with contextlib.ExitStack() as stack:
            watches: dict[int, _Watch] = {}
            for position, call in enumerate(self.calls):
                if call is None:
                    continue
                layer = call.reference()
                if layer is None:
                    raise RuntimeError(f"Layer {call.name!r} no longer exists: its model was deleted.")
                if call.layer_id not in watches:
                    watch = _Watch(call.name, record, values)
                    watches[call.layer_id] = watch
                    stack.enter_context(watching(layer, watch))
                watches[call.layer_id].wanted[call.call_index] = position
            yield record
        # Reached only without an error inside the block: an error there says more than a missing call.
        for watch in watches.values():
            watch.check()


class _Watch:
    """Counts one layer's calls on one thread and answers the wanted ones."""

    def __init__(self, name: str, record: LayerRecord, values: Sequence[Any] | None):
        self.name = name
        self.wanted: dict[int | None, int] = {}  # call index -> position in the selection
        self._record = record
        self._values = values
        self._thread = threading.get_ident()
        self._graph = tf.compat.v1.get_default_graph()
        self._loop_depth = _vectorized_loop_depth(self._graph)
        self._are_lookups: list[bool] = []  # of each call
        self._other_graph = ""

    def answer(self, outputs: Any, arguments: Sequence[Any]) -> Any:
        """The value that the watched call returns in place of `outputs`."""
        if threading.get_ident() != self._thread:
            return outputs
        graph = tf.compat.v1.get_default_graph()
        if graph is not self._graph:
            # Both libraries infer shapes by calling layers in scratch graphs that nobody runs.
            if "scratch_graph" not in getattr(graph, "name", ""):
                self._other_graph = getattr(graph, "name", "") or type(graph).__name__
            return outputs
        if _vectorized_loop_depth(graph) != self._loop_depth:
            self._other_graph = "vectorized_map"
            return outputs
        index = len(self._are_lookups)
        self._are_lookups.append(is_lookup(arguments, outputs))
        position = self.wanted.get(index, self.wanted.get(None) if index == 0 else None)
        if position is None:
            return outputs
        self._record.outputs[position] = outputs
        if self._values is None:
            return outputs
        return _replace(outputs, self._values[position], self.name)

    def check(self) -> None:
        """Raises unless every wanted call happened, and happened where it could be watched."""
        if self._other_graph:
            raise ValueError(
                f"Layer {self.name!r} was called inside another graph ({self._other_graph!r}): a nested tf.function, "
                "a tf.cond, tf.while_loop or tf.vectorized_map, or a layer that loops over an inner one. No gradient "
                "of its output can be had there. Remove the inner @tf.function, or choose a layer outside it."
            )
        n_calls = len(self._are_lookups)
        if None in self.wanted and is_ambiguous(self._are_lookups):
            lookups = [index for index, is_lookup in enumerate(self._are_lookups) if is_lookup]
            which = f" (those on ids are {', '.join(map(str, lookups))})" if 0 < len(lookups) < n_calls else ""
            raise ValueError(
                f"Layer {self.name!r} is called {n_calls} times. Say which call is meant: pass "
                f"(layer, call_index) with an index from 0 to {n_calls - 1}{which}."
            )
        for index in self.wanted:
            if index is not None and index >= n_calls > 0:
                raise ValueError(
                    f"Layer {self.name!r} is called {n_calls} times; call_index {index} does not exist. "
                    f"Pass an index from 0 to {n_calls - 1}."
                )
        if n_calls == 0:
            raise ValueError(
                f"Layer {self.name!r} was not called. Either the model does not use it, or it calls it inside a "
                "method decorated with @tf.function, which replays an earlier trace, or inside a tf.py_function, whose "
                "layers no gradient passes. Remove that decorator or function, or choose another layer."
            )


def is_ambiguous(are_lookups: Sequence[bool]) -> bool:
    """Whether it is open which call of a layer is meant, given of each whether it looked something up.

    Tied embeddings look ids up first, and turn hidden states into logits later: the lookup is meant.
    """
    return len(are_lookups) > 1 and not (are_lookups[0] and sum(are_lookups) == 1)


def is_lookup(arguments: Sequence[Any], outputs: Any) -> bool:
    """Whether a call looked something up: its input is no number that is computed with, or it got an axis more.

    Ids that come through a floating input are told by the axis.
    """
    tensors = [leaf for leaf in tf.nest.flatten(list(arguments)) if tf.is_tensor(leaf)]
    if not tensors:
        return False
    given, first = tensors[0], tf.nest.flatten(outputs)[0]
    if not given.dtype.is_floating:
        return True
    ranks = given.shape.rank, first.shape.rank if tf.is_tensor(first) else None
    return None not in ranks and ranks[1] == ranks[0] + 1


def _vectorized_loop_depth(graph: tf.Graph) -> int:
    """How many tf.vectorized_map bodies the graph is inside: they are traced in the same graph and then rewritten."""
    return sum(scope.startswith("loop_body") for scope in graph.get_name_scope().split("/"))


def _replace(outputs: Any, values: Any, name: str) -> Any:
    """Nest like `outputs` that holds `values`, with the dtypes and masks of `outputs`."""
    flat_outputs = tf.nest.flatten(outputs)
    flat_values = tf.nest.flatten(values)
    if len(flat_outputs) != len(flat_values):
        raise ValueError(
            f"Layer {name!r} returns {len(flat_outputs)} tensors. Received: {len(flat_values)} values for it."
        )
    replaced = []
    for output, value in zip(flat_outputs, flat_values, strict=True):
        if value is None:
            replaced.append(output)
            continue
        if not isinstance(output, tf.Tensor):
            raise ValueError(f"Layer {name!r} returns a {type(output).__name__}. Only dense tensors can be replaced.")
        # The cast answers mixed precision. Identity makes a tensor of our own, so that Keras hangs the mask of
        # this call on it and not on the caller's.
        tensor = tf.identity(tf.ensure_shape(tf.cast(value, output.dtype), output.shape))
        mask = getattr(output, "_keras_mask", None)
        if mask is not None:  # Set inside the layer, as nested models do; Keras would not compute it again.
            tensor._keras_mask = mask
        replaced.append(tensor)
    return tf.nest.pack_sequence_as(outputs, replaced)
