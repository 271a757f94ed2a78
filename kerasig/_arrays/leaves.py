"""The leaves of what a model takes: arrays with a row for each example, as many in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._arrays.reading import UnreadableError, as_array
from kerasig._sentences import shown


def read_leaves(inputs: Any, name: str = "inputs") -> list[NDArray[Any]]:
    """The leaves [N, ...] of a nest of arrays, in the order of `tf.nest`.

    Args:
        inputs: array, frame, dict, tuple or list, nested; a list or tuple is always a nest, never an array.
        name: of the argument, for messages.

    Raises:
        ValueError: a leaf is no array of examples, there is none, or N differs or is 0.
    """
    names = nest.names(inputs, lone=name)
    if not names:
        raise ValueError(f"{name} has no leaves. Received {nest.describe(inputs)}. Pass at least one array.")
    labels = nest.labels(inputs, name)
    _check_given(inputs, labels)
    leaves = [_of_examples(leaf, label) for leaf, label in zip(nest.flatten(inputs), labels, strict=True)]
    counts = {leaf_name: len(leaf) for leaf_name, leaf in zip(names, leaves, strict=True)}
    if len(set(counts.values())) > 1:
        raise ValueError(
            f"Every leaf of {name} must have one row per example. Received rows {counts}. Pass leaves with one first "
            "axis: a list or tuple is a nest of arrays, never an array."
        )
    if not len(leaves[0]):
        raise ValueError(f"{name} must hold at least one example. Received none.")
    return leaves


def _check_given(inputs: Any, labels: list[str]) -> None:
    """Raises where an input is left out among others, as models of optional ones take it; says what can be passed."""
    left_out = [label for label, leaf in zip(labels, nest.flatten(inputs), strict=True) if leaf is None]
    if left_out and len(left_out) < len(labels):
        raise UnreadableError(
            f"{left_out[0]} must be an array. Received None. Where the model takes None for it, pass the other inputs "
            f"alone, and as the model a function that puts None in{_putting_in(inputs)}."
        )


def _putting_in(inputs: Any) -> str:
    """Such a function in code, of inputs that are not nested: of an array where one is left, else of a nest of them."""
    parts = list(inputs.values()) if isinstance(inputs, Mapping) else list(inputs)
    if any(map(nest.is_nest, parts)):
        return ""
    if isinstance(inputs, Mapping):
        code = "{**x, " + ", ".join(f"{shown(key)}: None" for key, leaf in inputs.items() if leaf is None) + "}"
        return f": lambda x: model({code})"
    others = iter(range(len(parts)))
    alone = sum(leaf is not None for leaf in parts) == 1
    code = ", ".join("None" if leaf is None else "x" if alone else f"x[{next(others)}]" for leaf in parts)
    return f": lambda x: model({f'[{code}]' if isinstance(inputs, list) else f'({code})'})"


def _of_examples(leaf: Any, name: str) -> NDArray[Any]:
    array = as_array(leaf, name)
    if array.ndim == 0:
        raise ValueError(
            f"{name} must have a first axis of examples. Received the scalar {shown(leaf)}; a list or tuple is a nest "
            "of arrays, so pass np.asarray(...) of a list of numbers."
        )
    return array
