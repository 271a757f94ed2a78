"""Indices that lie outside of what they are looked up in: ids beyond a vocabulary, labels beyond the classes.

On a processor the lookup itself fails, in thousands of characters; on an accelerator and under XLA it gives zeros, the
last row, or NaN without a word. Both are told in the same sentence here: which argument, which value, what would fit.
The traced graph says which lookups there are and which of the arguments their indices are made of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._sentences import sentence

# Of the data that a compiled function takes: the name of a group, and the position in it.
Source = tuple[str, int]
# What is looked up in, and by what, among the inputs of an operation.
_LOOKUPS = {"GatherV2": (0, 1), "ResourceGather": (0, 1), "SparseSoftmaxCrossEntropyWithLogits": (0, 1)}
# The operation by which a target takes a scalar of each row. Where that fails, the outputs have other rows.
OWN_ROWS = "own_rows_of_target"
_OUTSIDE = re.compile(r"(-?\d+) (?:is not in|is out of range|which is outside the valid range of) \[0, (\d+)\)")
_OUTSIDE_ALL = re.compile(r"= \[([-\d, ]+)\] does not index into param shape \[([\d,]+)\]")
_NODE = re.compile(r"\{\{node ([^}]+)\}\}|at node (\S+) ")


class OutOfRangeError(ValueError):
    """An argument holds an index outside of what it is looked up in; says which example's."""


class IndexOutsideError(ValueError):
    """An index lies outside of what it is looked up in; the caller, who knows the arguments' names, says which.

    Args:
        sources: the leaves that the index is made of; None where that is not known.
        value: the index.
        bound: how many there are.
    """

    def __init__(self, sources: Sequence[Source] | None, value: int, bound: int) -> None:
        super().__init__(f"An index must be from 0 to {bound - 1}. Received {value}.")
        self.sources, self.value, self.bound = sources, value, bound

    def named(self, leaves: Mapping[Source, tuple[str, Any]]) -> OutOfRangeError:
        """The same with the argument's name, and the first example whose value it is.

        Args:
            leaves: for each source its name and array [N, ...].
        """
        sources = leaves if self.sources is None else self.sources
        candidates = [leaves[source] for source in sources if source in leaves]
        fits = f"Pass indices from 0 to {self.bound - 1}."
        for name, array in candidates:
            place = _first_outside(np.asarray(array), self.value, self.bound, exactly=self.sources is None)
            if place is not None:
                value = np.asarray(array)[place]
                return OutOfRangeError(f"{name} is out of range. Received {value} in example {place[0]}. {fits}")
        names = ", ".join(dict.fromkeys(name for name, _ in candidates)) or "A constant of the model or the target"
        return OutOfRangeError(f"{names} leads to an index that is out of range. Received {self.value}. {fits}")


class _Lookup(NamedTuple):
    name: str
    sources: list[Source]


@dataclass(frozen=True, eq=False)
class Lookups:
    """The lookups of one traced function whose indices are made of its arguments.

    Args:
        found: each of them, in the graph's order.
    """

    found: list[_Lookup]

    @classmethod
    def of(cls, graph: tf.Graph, data: Mapping[str, Sequence[tf.Tensor]]) -> Lookups:
        """The lookups of a graph.

        Args:
            graph: while it is traced, or afterwards.
            data: its placeholders, by group.
        """
        made_of = {leaf.op.name: {(group, at)} for group, leaves in data.items() for at, leaf in enumerate(leaves)}
        found = []
        # In the order in which they were made, each after what it takes.
        for op in graph.get_operations():
            sources = [made_of.get(tensor.op.name, set()) for tensor in op.inputs]
            if op.name not in made_of:
                made_of[op.name] = set().union(*sources)
            if op.type in _LOOKUPS:
                found.append(_Lookup(op.name, sorted(sources[_LOOKUPS[op.type][1]])))
        return cls(found)

    def extremes(self, graph: tf.Graph) -> tf.Tensor:
        """[L, 3] of the least and largest index, and the bound, of each lookup; traced into `graph`."""
        rows = []
        for lookup in self._checked():
            op = graph.get_operation_by_name(lookup.name)
            at, by = _LOOKUPS[op.type]
            indices = tf.cast(op.inputs[by], tf.int64)
            rows.append(tf.stack([tf.reduce_min(indices), tf.reduce_max(indices), _bound(op, op.inputs[at])]))
        return tf.stack(rows) if rows else tf.zeros([0, 3], tf.int64)

    def check(self, extremes: NDArray[np.int64]) -> None:
        """Raises IndexOutsideError where `extremes`, [.., L, 3] of any number of replicas, leave the range."""
        checked = self._checked()
        if not checked:
            return
        for lookup, (low, high, bound) in zip(
            checked * (len(extremes) // len(checked)), extremes.tolist(), strict=True
        ):
            # An empty one has the largest number as least index.
            if low <= high and (low < 0 or high >= bound):
                raise IndexOutsideError(lookup.sources, high if high >= bound else low, bound)

    def explained(self, error: Exception) -> IndexOutsideError | None:
        """The index and the bound that TensorFlow's error names, if it is that an argument's index is out of range."""
        said = outside(error)
        if said is None:
            return None
        names = {name for pair in _NODE.findall(getattr(error, "message", str(error))) for name in pair if name}
        if any(name.rpartition("/")[2].startswith(OWN_ROWS) for name in names):
            return None
        lookups = [lookup for lookup in self.found if lookup.name in names]
        sources = sorted({source for lookup in lookups for source in lookup.sources}) if lookups else None
        return IndexOutsideError(sources, *said)

    def _checked(self) -> list[_Lookup]:
        # Attributed points are no indices on their way from the baseline.
        return [lookup for lookup in self.found if any(group != "inputs" for group, _ in lookup.sources)]


def outside(error: Exception) -> tuple[int, int] | None:
    """The index and its bound, where an error says that an index is out of range; else None."""
    text = sentence(error)
    if found := _OUTSIDE.search(text):
        return int(found[1]), int(found[2])
    if found := _OUTSIDE_ALL.search(text):
        pairs = zip(map(int, found[1].split(",")), map(int, found[2].split(",")), strict=False)
        return next(((value, bound) for value, bound in pairs if not 0 <= value < bound), None)
    return None


def _bound(op: tf.Operation, table: tf.Tensor) -> tf.Tensor:
    """How many rows the indices of an operation choose from."""
    if op.type == "ResourceGather":
        return tf.raw_ops.VariableShape(input=table, out_type=tf.int64)[0]
    axis = tf.get_static_value(op.inputs[2]) if op.type == "GatherV2" else -1
    return tf.shape(table, tf.int64)[0 if axis is None else int(axis)]


def _first_outside(array: NDArray[Any], value: int, bound: int, exactly: bool) -> tuple[int, ...] | None:
    """Where an array first has an index that is out of range; `exactly` that one, where it may be another array's."""
    if array.dtype.kind not in "iuf" or array.ndim == 0 or not np.all(array == np.floor(array)):
        return None
    # A library may count negative ids from the end before it looks them up.
    if exactly:
        places = np.argwhere(array == value)
        return tuple(map(int, places[0])) if len(places) else None
    for wrong in ((array >= bound) | (array < -bound), (array == value) & (array < 0), array < 0):
        places = np.argwhere(wrong)
        if len(places):
            return tuple(map(int, places[0]))
    return None
