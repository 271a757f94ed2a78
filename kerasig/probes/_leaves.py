"""The leaves of probe inputs as read-only NumPy arrays that share their first axis."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasig import _nest as nest
from kerasig._arrays import column_names, is_frame, is_padded, read_leaves
from kerasig._kinds.kind import Kind


def as_leaves(inputs: Any) -> dict[str, np.ndarray]:
    """Copies of the leaves of `inputs` by name, each [N, ...], in the order of `tf.nest`.

    Raises:
        ValueError: Two leaves have one name, or what `read_leaves` refuses.
    """
    names = nest.names(inputs)
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(
            f"inputs must have distinct leaf names. Received {twice[0]!r} twice. Rename a key of the dict."
        )
    if names and (empty := nest.empty_parts(inputs, "inputs")):
        raise ValueError(
            f"inputs must have an array in each place. Received {empty[0]} with nothing in it. Pass an array there, or "
            "leave it out."
        )
    return dict(zip(names, map(_kept, read_leaves(inputs)), strict=True))


def padded_leaves(inputs: Any) -> frozenset[str]:
    """The names of ragged leaves whose rows differ in length, which are padded where they are read."""
    leaves = zip(nest.names(inputs), nest.flatten(inputs), strict=True)
    return frozenset(name for name, leaf in leaves if is_padded(leaf))


def column_names_of(inputs: Any) -> dict[str, tuple[str, ...] | None]:
    """The names of the columns of each leaf that is a frame, by leaf name; None where they are numbered."""
    leaves = zip(nest.names(inputs), nest.flatten(inputs), strict=True)
    return {name: column_names(leaf) for name, leaf in leaves if is_frame(leaf)}


def names_of_features(
    subject: str,
    columns: Mapping[str, tuple[str, ...] | None],
    leaves: Mapping[str, np.ndarray],
    kinds: Mapping[str, Kind],
) -> tuple[str, ...] | None:
    """The feature names that frames among the inputs give a set; None where there are none, or they would mislead.

    A set has one list of them, for all leaves with as many features.
    """
    known = {leaf: names for leaf, names in columns.items() if names and kinds[leaf].name == "tabular"}
    names = known.get(subject) or next(iter(known.values()), None)
    if names is None:
        return None
    along = {leaf: kinds[leaf].features(array.ndim) for leaf, array in leaves.items() if array.ndim > 1}
    alike = [leaf for leaf, axis in along.items() if axis is not None and leaves[leaf].shape[axis] == len(names)]
    return names if all(columns.get(leaf) == names for leaf in alike) else None


def _kept(array: np.ndarray) -> np.ndarray:
    """A read-only copy, in a dtype that NumPy can compute with."""
    copied = np.array(array, np.float32 if array.dtype.kind == "V" else array.dtype)
    copied.setflags(write=False)
    return copied
