"""Places for the nodes of a small graph, as in the tab's `layout.js`: the same for the same edges.

Source: Fruchterman and Reingold 1991, Graph drawing by force-directed placement.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 300
# Of more nodes than this, all stand on a circle: the time grows with their square.
_MOST_NODES = 150


def places(edges: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """The places [count, 2] of nodes within 0 to 1, in proportion.

    Args:
        edges: pairs of nodes [E, 2].
        count: of nodes.
    """
    if not count:
        return np.zeros((0, 2))
    angles = 2 * np.pi * np.arange(count) / count
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = circle if count > _MOST_NODES else _relaxed(circle, edges)
    low, high = found.min(axis=0), found.max(axis=0)
    size = max(float((high - low).max()), 1e-6)
    return np.asarray(0.5 + (found - (low + high) / 2) / size)


def _relaxed(circle: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    count = len(circle)
    found = circle.copy()
    # No two nodes lie opposite each other, where forces would cancel.
    found[:, 0] *= 1 + 0.01 * np.arange(count)
    ideal = 2 / np.sqrt(max(count, 1))
    joined = edges[edges[:, 0] != edges[:, 1]]
    for number in range(_ROUNDS):
        apart = found[None] - found[:, None]
        distances = np.maximum(np.linalg.norm(apart, axis=-1), 1e-6)
        forces = -(apart * (ideal**2 / distances**2)[..., None]).sum(axis=1)
        along = found[joined[:, 1]] - found[joined[:, 0]]
        pull = along * (np.linalg.norm(along, axis=-1) / ideal)[:, None]
        np.add.at(forces, joined[:, 0], pull)
        np.add.at(forces, joined[:, 1], -pull)
        # Parts that no edge joins must not drift away.
        forces -= 0.3 * found
        sizes = np.maximum(np.linalg.norm(forces, axis=-1), 1e-6)
        heat = 0.2 * (1 - number / _ROUNDS)
        found = found + forces * (np.minimum(sizes, heat) / sizes)[:, None]
    return found
