"""Some examples of an `Attribution`: which are meant, and the fields of these alone."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._attribution.fields import PER_EXAMPLE

Rows = NDArray[np.int64]

_FITS = "Pass an index, a slice, a list of indices, or a boolean mask with one entry per example."


def rows_of(index: Any, n: int) -> Rows:
    """The examples [M] that an index of `n` examples means.

    Args:
        index: a whole number, negative ones from the end; a slice; whole numbers or booleans, one axis of either.
        n: how many examples there are.

    Raises:
        IndexError: a number is none of the examples, or a mask has another length.
        TypeError: it is no index.
    """
    if isinstance(index, slice):
        try:
            return np.arange(n)[index]
        except (TypeError, ValueError) as error:
            raise TypeError(f"index must be a slice of whole numbers. Received {arguments.shown(index)}.") from error
    if arguments.is_whole(index):
        return _within(np.array([int(index)], object), n)
    array = index
    if isinstance(index, list | range) or hasattr(index, "__array__"):
        # Lists of several lengths are no array, and an object of somebody's own may raise anything.
        with contextlib.suppress(Exception):
            array = np.asarray(index)
    if not isinstance(array, np.ndarray) or array.ndim > 1 or (array.dtype.kind not in "biu" and array.size):
        raise TypeError(f"index must say which examples are meant. Received {arguments.shown(index)}. {_FITS}")
    if array.dtype.kind == "b":
        if array.shape != (n,):
            raise IndexError(
                f"index must have one entry for each of the {n} examples as a mask. Received shape {array.shape}."
            )
        return np.flatnonzero(array)
    return _within(array.reshape(-1), n)


def selected(attribution: AttributionData, rows: Rows) -> dict[str, Any]:
    """The fields of some examples of an attribution, by name; their arrays are copies.

    Args:
        attribution: of N examples.
        rows: [M] of them.
    """
    parts = {name: getattr(attribution, name)[rows] for name in PER_EXAMPLE}
    interior, path = attribution.interior, attribution.path
    return {
        **parts,
        "values": _taken(attribution.values, rows),
        "inputs": _taken(attribution.inputs, rows),
        "baselines": _baselines(attribution, rows),
        "path": replace(path, alphas=path.alphas[rows], scores=path.scores[rows], slopes=path.slopes[rows]),
        "interior": interior and replace(interior, gradients=_taken(interior.gradients, rows)),
        "target": _taken(attribution.target, rows),
        "predicted": None if attribution.predicted is None else attribution.predicted[rows],
    }


def _within(indices: NDArray[Any], n: int) -> Rows:
    outside = (indices < -n) | (indices >= n)
    if outside.any():
        raise IndexError(
            f"index must be from 0 to {n - 1}, or from -{n} to -1. Received {indices[outside][0]} for {n} examples."
            if n
            else f"index must be an example. Received {indices[0]}, and there are none."
        )
    rows = indices.astype(np.int64)
    return np.where(rows < 0, rows + n, rows)


def _taken(structure: Any, rows: Rows) -> Any:
    """A nest whose arrays [N, ...] have some rows left; what is one for all stays."""
    return nest.map_structure(lambda leaf: leaf[rows] if np.ndim(leaf) else leaf, structure)


def _baselines(attribution: AttributionData, rows: Rows) -> Any:
    """The baselines of some examples; rows that all examples share stay as they are."""
    if attribution.baselines is None:
        return None
    # With `baselines.Samples` paths are [N, n, K], and each of the n rows is every example's. A leaf of as many
    # baselines as there are examples cannot be told from them; beside sampled ones that is one row repeated for all.
    is_sampled = attribution.path.alphas.ndim == 3
    shared = attribution.path.alphas.shape[1] if is_sampled else 1

    def taken(leaf: Any) -> Any:
        if leaf is None or (len(leaf) == shared and (is_sampled or len(attribution) != shared)):
            return leaf
        return leaf[rows]

    return nest.map_structure(taken, attribution.baselines)
