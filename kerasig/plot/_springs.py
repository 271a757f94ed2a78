"""Places for the nodes of a small graph, as in the tab's `layout.js`: the same for the same edges.

Source: Fruchterman and Reingold 1991, Graph drawing by force-directed placement.
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

_ROUNDS = 300
# Of more nodes than this, all stand on a circle: the time grows with their square.
_MOST_NODES = 150
# From one start a ring may stay folded: graphs of up to so many nodes are tried from several, and a later one is taken
# where its energy is clearly lower, so that rounding does not choose.
_MOST_TRIED = 60
_STARTS = 3
_CLEARLY = 0.05


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
    found = circle if count > _MOST_NODES else _best(circle, edges)
    low, high = found.min(axis=0), found.max(axis=0)
    size = max(float((high - low).max()), 1e-6)
    return np.asarray(0.5 + (found - (low + high) / 2) / size)


def _best(circle: NDArray[np.float64], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """The places of the best start: nodes around the circle in their order, or in strides."""
    count = len(circle)
    strides = [stride for stride in range(1, count + 1) if gcd(stride, count) == 1]
    found, least = circle, np.inf
    for stride in strides[: _STARTS if count <= _MOST_TRIED else 1]:
        tried = _relaxed(circle[np.arange(count) * stride % count], edges)
        if (energy := _energy(tried, edges)) < least - _CLEARLY:
            found, least = tried, energy
    return found


def _energy(found: NDArray[np.float64], edges: NDArray[np.int64]) -> float:
    """The quantity that the forces of `_relaxed` make less of."""
    count = len(found)
    ideal = 2 / np.sqrt(max(count, 1))
    distances = np.linalg.norm(found[None] - found[:, None], axis=-1)[np.triu_indices(count, 1)]
    lengths = np.linalg.norm(found[edges[:, 0]] - found[edges[:, 1]], axis=-1)
    pushed = -(ideal**2) * np.log(np.maximum(distances, 1e-6)).sum()
    return float(pushed + (lengths**3).sum() / (3 * ideal) + 0.15 * (found**2).sum())


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
