"""Examples put together from the elements of a dataset: batches of them, or single ones."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from kerasig import _nest as nest
from kerasig._arrays import as_array, first_rows, is_padded, is_ragged

_LEAF = "each array in dataset"


def split(element: Any) -> tuple[Any, ...]:
    """(inputs,) or (inputs, labels) of an element as Keras reads it: a list is a tuple, sample weights are dropped."""
    if not isinstance(element, tuple | list) or hasattr(element, "_fields"):
        return (element,)
    if not 1 <= len(element) <= 3:
        raise ValueError(
            f"dataset must have elements x, (x, y) or (x, y, sample_weight). Received {nest.describe(element)}. "
            "Pass several inputs as one tuple or dict: ((x1, x2), y)."
        )
    return tuple(element[:2])


def first_of(
    elements: Iterator[Any],
    n: int,
    *,
    batched: bool | None = None,
    padded: Sequence[bool] = (),
    at_most: bool = False,
) -> tuple[Any, Any, frozenset[str]]:
    """The first `n` examples among elements as (inputs, labels), and the names of inputs that were padded.

    Args:
        elements: Each x, (x, y) or (x, y, sample_weight).
        n: How many examples.
        batched: Whether elements are batches; None decides from the first one.
        padded: Which leaves are ragged; others are padded where an element is.
        at_most: Whether all are taken where there are fewer than `n`.

    Raises:
        ValueError: There are none, or fewer than `n`, or they differ in shape.
    """
    rows: list[tuple[Any, ...]] = []
    found = 0
    ragged, unlike = set(np.flatnonzero(padded).tolist()), set[int]()
    for element in elements:
        parts = split(element)
        batched = is_batch(element) if batched is None else batched
        if rows:
            nest.check_same(rows[0], parts, arguments=("the first element of dataset", "each element of dataset"))
        most = n - found if batched else None
        taken = nest.map_structure(lambda leaf, most=most: _taken(leaf, most), parts)
        flat = nest.flatten(taken)
        ragged.update(place for place, leaf in enumerate(flat) if is_ragged(leaf))
        unlike.update(place for place, leaf in enumerate(flat) if is_padded(leaf))
        rows.append(nest.map_structure(lambda leaf, most=most: _read(leaf, most), taken))
        found += _rows_in(nest.flatten(rows[-1])) if batched else 1
        if found >= n:
            break
    if not found or (found < n and not at_most):
        raise too_few(found, n)
    leaves = []
    for place, name in enumerate(nest.names(rows[0])):
        column = [nest.flatten(row)[place] for row in rows]
        if place in ragged:
            if len({array.shape[1:] if batched else array.shape for array in column}) > 1:
                unlike.add(place)
            column = _of_one_length(column, batched=bool(batched))
        shapes = {array.shape[1:] if batched else array.shape for array in column}
        if len(shapes) > 1:
            raise ValueError(
                f"dataset must have examples of one shape. Received leaf {name} of shapes {sorted(map(list, shapes))}. "
                "Pad them to one length, for example with padded_batch(..., padded_shapes=...)."
            )
        leaves.append(np.concatenate(column) if batched else np.stack(column))
    inputs, *labels = nest.pack(rows[0], leaves)
    names = enumerate(nest.names(inputs))
    return inputs, labels[0] if labels else None, frozenset(name for place, name in names if place in unlike)


def too_few(found: int, n: int) -> ValueError:
    """The error of a dataset that ends before its n-th example."""
    return ValueError(
        f"dataset must have at least n examples. Received {found} examples, n={n}. Pass n={found} or less."
        if found
        else f"dataset must have at least n examples. Received none, n={n}. Pass one that is not empty."
    )


def _taken(leaf: Any, most: int | None) -> Any:
    """A leaf of at most so many rows, if it is ragged: those beyond say nothing of how far the others are padded."""
    return first_rows(leaf, most) if most is not None and is_ragged(leaf) else leaf


def _read(leaf: Any, most: int | None) -> np.ndarray:
    """A leaf as an array, of at most so many rows."""
    array = as_array(leaf, _LEAF)
    return array[:most] if array.ndim else array


def is_batch(element: Any) -> bool:
    """Whether an element of a generator, a list or their like is a batch, as Keras takes it.

    A single example shows by a label without axes, or by axes of unlike lengths.
    """
    arrays = [as_array(leaf, _LEAF) for leaf in nest.flatten(element) if leaf is not None]
    return all(array.ndim for array in arrays) and len({len(array) for array in arrays}) == 1


def _rows_in(arrays: Sequence[np.ndarray]) -> int:
    lengths = sorted({len(array) if array.ndim else 0 for array in arrays})
    if len(lengths) != 1:
        raise ValueError(
            f"dataset must have as many rows in each array of a batch. Received {lengths}. Pass batches (x, y) of one "
            "length, or examples."
        )
    return lengths[0]


def _of_one_length(arrays: list[np.ndarray], *, batched: bool) -> list[np.ndarray]:
    """Arrays padded at the end of each axis but that of examples, as ragged ones are made dense."""
    if len({array.ndim for array in arrays}) > 1:
        return arrays
    longest = np.max([array.shape for array in arrays], axis=0)
    padded = []
    for array in arrays:
        shape = (len(array), *longest[1:]) if batched else tuple(longest)
        filled = np.full(shape, b"", object) if array.dtype == object else np.zeros(shape, array.dtype)
        filled[tuple(map(slice, array.shape))] = array
        padded.append(filled)
    return padded
