"""Clusters of maps: examples of a class whose maps are alike, by spectral clustering of a graph of neighbours. NumPy.

As SpRAy does it (Lapuschkin et al. 2019): pooled, normalised maps, each joined to its nearest ones; the eigenvectors of
the graph's Laplacian that have the smallest eigenvalues tell its parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating[Any]]
# Cells that maps are pooled to along each axis, at most.
CELLS = 9
# Neighbours of a map: no more than this share of them, for a small cluster has no more.
NEIGHBOURS, SHARE = 10, 0.2
# Numbers of clusters that are tried: what is a cluster of few may be a part of one of more.
NUMBERS = (2, 3, 4)
ROUNDS = 30
# Neighbours that say which cluster another map belongs to.
VOTES = 5


def pooled(maps: Float) -> NDArray[np.float64]:
    """Maps [n, positions...] summed over cells, as roots of shares [n, cells]: products tell how alike two are."""
    sums = np.asarray(maps, np.float64)
    for axis, length in enumerate(maps.shape[1:], start=1):
        edges = np.linspace(0, length, min(CELLS, length) + 1).round().astype(int)[:-1]
        sums = np.add.reduceat(sums, edges, axis=axis)
    flat = sums.reshape(len(sums), -1).clip(min=0)
    total = flat.sum(axis=1, keepdims=True)
    found: NDArray[np.float64] = np.sqrt(np.divide(flat, total, out=np.zeros_like(flat), where=total > 0))
    return found


def clusters_of(points: NDArray[np.float64]) -> Iterator[NDArray[np.int64]]:
    """The clusters of points [n, F] for each number of clusters that is tried, as indices; one may come twice.

    Args:
        points: of length 1, as `pooled` makes them.
    """
    count = len(points)
    if count < 2 * max(NUMBERS):
        return
    vectors = _eigenvectors(_graph(points @ points.T))
    for number in NUMBERS:
        rows = vectors[:, :number]
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        labels = _nearest_means(rows / np.where(lengths > 0, lengths, 1), number)
        yield from (np.flatnonzero(labels == each) for each in range(number))


def alike(points: NDArray[np.float64], rows: NDArray[np.int64], part: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of points [n, F] are like a part of some rows: most of the nearest ones among those rows are in it."""
    inside = np.isin(np.arange(len(rows)), part)
    nearest = np.argsort(-(points @ points[rows].T), axis=1, kind="stable")[:, :VOTES]
    return np.asarray(inside[nearest].mean(axis=1) > 0.5)


def _graph(alike: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges [n, n]: 1 between neighbours of each other, a half where one alone is a neighbour of the other."""
    count = len(alike)
    neighbours = int(np.clip(round(SHARE * count), 3, NEIGHBOURS))
    near = alike - 2 * np.eye(count)
    joined = np.zeros_like(alike)
    np.put_along_axis(joined, np.argsort(-near, axis=1, kind="stable")[:, :neighbours], 1.0, axis=1)
    return (joined + joined.T) / 2


def _eigenvectors(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those of the normalised Laplacian with the smallest eigenvalues, [n, largest number of clusters]."""
    scale = 1 / np.sqrt(edges.sum(axis=1))
    _, vectors = np.linalg.eigh(np.eye(len(edges)) - scale[:, None] * edges * scale)
    return np.asarray(vectors[:, : max(NUMBERS)], np.float64)


def _nearest_means(points: NDArray[np.float64], number: int) -> NDArray[np.int64]:
    """The number of the nearest of so many means, for each point: k-means that begins with points far apart."""
    chosen = [0]
    for _ in range(number - 1):
        distances = ((points[:, None] - points[chosen]) ** 2).sum(axis=2).min(axis=1)
        chosen.append(int(distances.argmax()))
    means = points[chosen]
    labels = np.zeros(len(points), np.int64)
    for _ in range(ROUNDS):
        found = ((points[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
        means = np.stack(
            [points[found == at].mean(axis=0) if (found == at).any() else means[at] for at in range(number)]
        )
        if (found == labels).all():
            break
        labels = found
    return labels
