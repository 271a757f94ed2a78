"""The nodes of paths that are being refined."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from kerasig._engine.grading import Grading

Float = NDArray[np.float64]

# Nearer to an end than this, what is not finite counts as the end's own.
NEXT_TO = 2.0**-10
# What stands where a path has fewer nodes than others.
_NOTHING = {"alphas": np.nan, "scores": np.nan, "slopes": np.nan, "slots": -1, "left_out": False}


@dataclass(eq=False)
class Paths:
    """R paths under way and their nodes. Arrays [R, K] are sorted by alpha and padded with NaN, slots with -1."""

    numbers: NDArray[np.int64]  # [R]
    alphas: Float
    scores: Float
    slopes: Float
    slots: NDArray[np.int64]
    left_out: NDArray[np.bool_]  # whether score or gradient is not finite, at an end alone: it counts as nothing
    start_gap: Float  # [R] of `Grading`
    end_gap: Float
    finest: NDArray[np.bool_]  # [R] whether no smaller gap at the baseline means anything
    looked_at: Float  # [R] first alpha after the baseline, when what lies before it was last asked for
    values: NDArray[np.float32]  # [R, F] running sums by the trapezoid
    tightness: Float  # [R] exact map error over its bound, when last seen

    @classmethod
    def begun(cls, numbers: NDArray[np.int64], features: int) -> Paths:
        """Without a node."""
        count = len(numbers)
        empty = np.empty((count, 0))
        return cls(
            numbers,
            empty,
            empty,
            empty,
            np.empty((count, 0), np.int64),
            np.empty((count, 0), bool),
            np.full(count, np.inf),
            np.full(count, np.inf),
            np.zeros(count, bool),
            np.full(count, np.inf),
            np.zeros((count, features), np.float32),
            np.ones(count),
        )

    @property
    def n_nodes(self) -> NDArray[np.int64]:
        """[R]"""
        return (~np.isnan(self.alphas)).sum(axis=1)

    @property
    def grading(self) -> Grading:
        """How the paths are graded."""
        return Grading(self.start_gap, self.end_gap)

    @property
    def places(self) -> Float:
        """[R, K]"""
        return self.grading.places(self.alphas)

    @property
    def slopes_by_place(self) -> Float:
        """The slopes [R, K] as derivatives by place; 0 where they are left out."""
        return np.where(self.left_out, 0, self.slopes * self.grading.densities(self.alphas))

    @property
    def continued_scores(self) -> Float:
        """The scores [R, K]; for one that is left out and not finite, the nearest finite one."""
        unknown = self.left_out & ~np.isfinite(self.scores)
        if not unknown.any():
            return self.scores
        known = ~unknown & ~np.isnan(self.alphas)
        columns = np.arange(known.shape[1])
        first = known.argmax(axis=1)[:, None]
        last = np.where(known, columns, 0).max(axis=1, keepdims=True)
        nearest = np.where(columns < first, first, last)
        return np.where(unknown, np.take_along_axis(self.scores, nearest, axis=1), self.scores)

    @property
    def ends(self) -> tuple[Float, Float]:
        """The scores [R] at the baseline and at the input, or right beside them where they are left out."""
        scores = self.continued_scores
        last = np.take_along_axis(scores, self.n_nodes[:, None] - 1, axis=1)
        return scores[:, 0], last[:, 0]

    def beyond_known(self, rows: NDArray[np.int64], alphas: Float) -> NDArray[np.bool_]:
        """Whether alphas [len(rows), J] lie next to an end, nearer than any node that is not left out."""
        if not self.left_out[rows].any():
            return np.zeros(alphas.shape, bool)
        known = np.where(self.left_out[rows], np.nan, self.alphas[rows])
        low, high = (pick.reduce(known, axis=1, keepdims=True) for pick in (np.fmin, np.fmax))
        return ((alphas < low) & (alphas < NEXT_TO)) | ((alphas > high) & (1 - alphas < NEXT_TO))

    def profiles(self, rows: NDArray[np.int64]) -> tuple[Float, Float, Float]:
        """Alphas, scores and slopes of `rows` [len(rows), K], without the nodes that are left out."""
        alphas = np.where(self.left_out[rows], np.nan, self.alphas[rows])
        order = np.argsort(alphas, axis=1, kind="stable")
        columns = (alphas, self.scores[rows], self.slopes[rows])
        found = [np.take_along_axis(column, order, axis=1) for column in columns]
        return found[0], found[1], found[2]

    def take(self, rows: NDArray[np.bool_]) -> Paths:
        """Those of `rows`."""
        return Paths(*(getattr(self, field.name)[rows] for field in fields(self)))

    def joined(self, other: Paths) -> Paths:
        """Both, padded to the same number of nodes."""
        width = max(self.alphas.shape[1], other.alphas.shape[1])
        pairs = [[getattr(part, field.name) for part in (self, other)] for field in fields(self)]
        return Paths(
            *(
                np.concatenate([_padded(part, width, _NOTHING[field.name]) for part in pair])
                if field.name in _NOTHING
                else np.concatenate(pair)
                for field, pair in zip(fields(self), pairs, strict=True)
            )
        )

    def insert(self, rows: NDArray[np.int64], **columns: NDArray[np.generic]) -> None:
        """Sorts further nodes [len(rows), J] into the paths of `rows`."""
        added = next(iter(columns.values())).shape[1]
        width = self.alphas.shape[1]
        for name, column in columns.items():
            grown = _padded(getattr(self, name), width + added, _NOTHING[name])
            grown[rows, width:] = column
            setattr(self, name, grown)
        # NaN sorts to the end.
        order = np.argsort(self.alphas, axis=1, kind="stable")[:, : int(self.n_nodes.max())]
        for name in columns:
            setattr(self, name, np.take_along_axis(getattr(self, name), order, axis=1))


def _padded(array: NDArray[np.generic], width: int, nothing: float) -> NDArray[np.generic]:
    """[R, K] as [R, width]."""
    return np.pad(array, ((0, 0), (0, width - array.shape[1])), constant_values=nothing)
