"""Nodes of graphs that are of one type: with the very same features, as atoms of an element have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from kerasig._suspects.audit import Audit
from kerasig._suspects.place import Inputs
from kerasig._suspects.texts import Texts
from kerasig._suspects.words import Word, Words

# Numbers of a node's name, at most.
NAMED = 6


class NodeTypes(Texts):
    """The nodes of a leaf as if they were words: each type of node is one.

    Args:
        audit: whose they are.
        leaf: features [n, nodes, F], or types [n, nodes].
    """

    def __init__(self, audit: Audit, leaf: str) -> None:
        array = dict(audit.probes.leaves())[leaf]
        self.leaf, self._features = leaf, array
        flat = array.reshape(array.shape[0] * array.shape[1], -1)
        self.types, ids = np.unique(flat, axis=0, return_inverse=True)
        empty = np.flatnonzero((self.types == 0).all(axis=1))
        # Nodes without any feature fill a graph up.
        self.padding = int(empty[0]) if len(empty) else -1
        ids = ids.reshape(array.shape[:2])
        self.said = {at: self._named(audit, row) for at, row in enumerate(self.types)}
        self._read(ids, ids != self.padding)

    def replaced(self, rows: Sequence[NDArray[Any]]) -> Inputs:
        ids = np.stack(rows)
        return {self.leaf: self.types[ids].reshape(len(ids), *self._features.shape[1:])}

    def _named(self, audit: Audit, features: NDArray[Any]) -> str:
        names = audit.probes.feature_names
        set_ones = np.flatnonzero(features)
        if names is not None and len(names) == len(features) and (features[set_ones] == 1).all():
            return ", ".join(names[at] for at in set_ones[:NAMED].tolist())
        return "node " + " ".join(f"{each:g}" for each in features[:NAMED].tolist())


class Node(Word):
    """A type of node, wherever one is."""

    family: ClassVar[str] = "node"


class NodeFamily(Words):
    """Types of nodes that several graphs of a class have."""

    longest: ClassVar[int] = 1
    place: ClassVar[type[Word]] = Node

    @classmethod
    def fits(cls, audit: Audit, leaf: str) -> bool:
        array = dict(audit.probes.leaves()).get(leaf)
        shape = audit.probes.position_shape(leaf) if array is not None else None
        return (
            array is not None
            and array.ndim in (2, 3)
            and array.dtype.kind in "biuf"
            and shape == array.shape[1:2]
            and audit.probes.places.kind(leaf).joined
        )

    @classmethod
    def read(cls, audit: Audit, leaf: str) -> Texts:
        return NodeTypes(audit, leaf)
