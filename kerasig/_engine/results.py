"""Where the integrals of paths are gathered, path by path, in whichever order they are finished."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._status import code

Float = NDArray[np.float64]

# Of the completeness error: from how much of it on a part that no gradient reaches is what it comes from.
LACKING = 0.25


class PathIntegrals:
    """Integrals of N n paths; values and interior gradients are averaged over the n paths of an example at once.

    Args:
        n_examples: N.
        n_samples: n, baselines per example.
        shapes: of one example's attributed leaves.
        interior_alphas: [K] where gradients are wanted.
        finished: called with numbers of paths that are finished; None tells nobody.
    """

    def __init__(
        self,
        n_examples: int,
        n_samples: int,
        shapes: Sequence[tuple[int, ...]],
        interior_alphas: Float,
        finished: Callable[[int], None] | None = None,
    ) -> None:
        self._finished = finished
        n_paths = n_examples * n_samples
        self.n_examples, self.n_samples = n_examples, n_samples
        self.values = [np.zeros((n_examples, *shape), np.float32) for shape in shapes]
        self.start, self.end = np.full(n_paths, np.nan), np.full(n_paths, np.nan)
        self.completeness, self.map_error = np.full(n_paths, np.nan), np.full(n_paths, np.nan)
        self.classes, self.predicted = np.full(n_paths, -1, np.int32), np.full(n_paths, -1, np.int32)
        self.evaluations = np.zeros(n_paths, np.int64)
        # Why each path ended, by `kerasig._status`; fixed rules end when their nodes do.
        self.statuses = np.full(n_paths, code("out of steps"), np.int8)
        # What the score changes by, absolute, where parts alone that no gradient reaches go to their baseline; and
        # whether a leaf without any gradient moves on the path, on which the score depends somewhere.
        self.unreached, self.cut = np.zeros(n_paths), np.zeros(n_paths, bool)
        self.interior_alphas = interior_alphas
        self.interior = [np.zeros((n_examples, len(interior_alphas), *shape), np.float32) for shape in shapes]
        self._interior_found = np.zeros((n_paths, len(interior_alphas)), bool)
        # By path, each [P, *F]: the mean gradients; none where no scheme gives them.
        self.means: list[NDArray[Any]] = []
        # Paths [E] and what was found along them, [3, E, K]: alphas, scores and slopes.
        self._profiles: list[tuple[NDArray[Any], Float]] = []

    def add(
        self,
        paths: NDArray[Any],
        values: NDArray[Any],
        completeness: Float,
        map_error: Float,
        alphas: Float,
        scores: Float,
        slopes: Float,
    ) -> None:
        """Takes finished paths.

        Args:
            paths: [E].
            values: [E, F], all leaves one after the other.
            completeness: [E] size of the completeness error, absolute.
            map_error: [E] expected L1 error of the values, absolute.
            alphas: [E, K], padded with NaN or infinity at the end.
            scores: [E, K].
            slopes: [E, K].
        """
        self.completeness[paths], self.map_error[paths] = completeness, map_error
        first = 0
        for leaf in self.values:
            size = int(np.prod(leaf.shape[1:], dtype=int))
            share = values[:, first : first + size].reshape(len(paths), *leaf.shape[1:]) / self.n_samples
            if self.n_samples == 1:
                leaf[paths] += share.astype(np.float32)
            else:
                np.add.at(leaf, paths // self.n_samples, share.astype(np.float32))
            first += size
        known = np.isfinite(alphas)
        self._profiles.append((paths, np.where(known, np.stack([alphas, scores, slopes]), np.nan)))
        if self._finished is not None:
            self._finished(len(paths))

    def lacks_gradient(self) -> NDArray[np.bool_]:
        """Whether what is lacking in completeness [P] comes from parts that no gradient reaches."""
        with np.errstate(invalid="ignore"):
            return self.cut | ((self.unreached > 0) & (self.unreached >= LACKING * self.completeness))

    def add_interior(self, paths: NDArray[Any], alphas: Float, gradients: Sequence[Any]) -> None:
        """Keeps the gradients [P, *F], tensors, of those points that were asked for and are not here yet."""
        for index, alpha in enumerate(self.interior_alphas):
            rows = np.flatnonzero((alphas == alpha) & ~self._interior_found[paths, index])
            if not len(rows):
                continue
            self._interior_found[paths[rows], index] = True
            for leaf, gradient in zip(self.interior, gradients, strict=True):
                found = gradient.numpy()[rows] / self.n_samples
                np.add.at(leaf[:, index], paths[rows] // self.n_samples, found)

    def add_means(self, paths: NDArray[Any], means: Sequence[NDArray[Any]]) -> None:
        """Keeps the mean gradients [E, *F] of finished paths."""
        if means and not self.means:
            self.means = [np.zeros((len(self.start), *leaf.shape[1:]), leaf.dtype) for leaf in means]
        for kept, leaf in zip(self.means, means, strict=bool(means)):
            kept[paths] = leaf

    def missing_interior(self) -> tuple[NDArray[np.int64], Float]:
        """The (path, alpha) pairs whose gradients are asked for and not here yet."""
        alphas, columns = np.unique(self.interior_alphas, return_index=True)
        paths, indices = np.nonzero(~self._interior_found[:, columns])
        return paths, alphas[indices]

    def profiles(self) -> tuple[Float, Float, Float]:
        """Alphas, scores and slopes [P, K], padded with NaN."""
        width = max(int((~np.isnan(profile[0])).sum(axis=1).max(initial=0)) for _, profile in self._profiles)
        padded = np.full((3, len(self.start), width), np.nan)
        for paths, profile in self._profiles:
            kept = min(width, profile.shape[2])
            padded[:, paths, :kept] = profile[:, :, :kept]
        return padded[0], padded[1], padded[2]


def counted(counts: NDArray[np.bool_], alphas: Float, scores: Float, slopes: Float) -> list[Float]:
    """Alphas, scores and slopes [E, K] of the nodes that count; in place of the others NaN, at the end."""
    alphas = np.where(counts, alphas, np.nan)
    order = np.argsort(alphas, axis=1, kind="stable")
    return [np.take_along_axis(array, order, axis=1) for array in (alphas, scores, slopes)]
