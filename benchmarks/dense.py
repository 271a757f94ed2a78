"""A path evaluated once on a fine even grid: the truth to compare with, and a table to integrate from.

Schemes are compared by the thousand nodes; from a table that takes seconds and changes nothing but where the numbers
come from. Between grid points smooth networks are interpolated by cubics, others take the nearest gradient.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

import kerasig
from kerasig._engine.gradients import Gradients
from kerasig._engine.paths import STRAIGHT_LINE
from kerasig._quadrature import error_estimates
from kerasig._quadrature.rules import trapezoid_weights

from .models import Unavailable, build
from .models.case import cache_folder

Float = NDArray[np.float64]

# Of larger inputs a random share of the positions, all channels of each, stands for all.
MOST_FEATURES = 10_000


@dataclass(eq=False)
class Path:
    """One example's path on an even grid of G + 1 points.

    Args:
        scores: [G + 1].
        slopes: [G + 1], over all features.
        contributions: [G + 1, F], gradient times (x - x'), of at most `MOST_FEATURES`.
        smooth: whether to interpolate between grid points.
    """

    scores: Float
    slopes: Float
    contributions: NDArray[np.float32]
    smooth: bool
    values: Float = field(init=False)
    scale: float = field(init=False)

    def __post_init__(self) -> None:
        self.values = trapezoid_weights(np.linspace(0, 1, len(self.scores))) @ self.contributions
        self.scale = float(error_estimates.score_scale(self.scores[None], self.scores[:1], self.scores[-1:])[0])

    @property
    def change(self) -> float:
        """The score's, from baseline to input."""
        return float(self.scores[-1] - self.scores[0])

    def error(self, values: NDArray[Any]) -> float:
        """Relative L1 error of the values [F]."""
        return float(np.abs(values - self.values).sum() / np.abs(self.values).sum())

    def at(self, alphas: Float) -> tuple[Float, Float, NDArray[np.float32]]:
        """Scores and slopes [K] and contributions [K, F]."""
        if not self.smooth:
            nearest = np.rint(self._places(alphas)).astype(int)
            return (*self.line(alphas), self.contributions[nearest])
        around, cubic = self._cubics(alphas)
        contributions = np.einsum("kj,kjf->kf", cubic.astype(np.float32), self.contributions[around])
        return (*self.line(alphas), contributions)

    def line(self, alphas: Float) -> tuple[Float, Float]:
        """Scores and slopes [K], as `at` has them, without the contributions, which take long."""
        if self.smooth:
            around, cubic = self._cubics(alphas)
            scores, slopes = (np.einsum("kj,kj->k", cubic, table[around]) for table in (self.scores, self.slopes))
            return scores, slopes
        places = self._places(alphas)
        nearest = np.rint(places).astype(int)
        # The score moves by its slope from the grid point, so that score and slope stay those of one function.
        moved = (places - nearest) / (len(self.scores) - 1) * self.slopes[nearest]
        return self.scores[nearest] + moved, self.slopes[nearest]

    def on_grid(self, alphas: Float, weights: Float) -> Float:
        """Weights [G + 1] of the grid points that make the same sums as weights [K] at these alphas."""
        if self.smooth:
            around, cubic = self._cubics(alphas)
            return np.bincount(around.ravel(), (cubic * weights[:, None]).ravel(), len(self.scores))
        return np.bincount(np.rint(self._places(alphas)).astype(int), weights, len(self.scores))

    def _places(self, alphas: Float) -> Float:
        """Alphas [K] in units of grid cells."""
        return np.asarray(alphas, np.float64) * (len(self.scores) - 1)

    def _cubics(self, alphas: Float) -> tuple[NDArray[np.int_], Float]:
        """The four grid points [K, 4] around each alpha, and the weights [K, 4] of the cubic through them."""
        places = self._places(alphas)
        first = np.clip(np.floor(places).astype(int) - 1, 0, len(self.scores) - 4)
        u = places - first
        cubic = np.stack(
            [
                -(u - 1) * (u - 2) * (u - 3) / 6,
                u * (u - 2) * (u - 3) / 2,
                -u * (u - 1) * (u - 3) / 2,
                u * (u - 1) * (u - 2) / 6,
            ]
        ).T
        return first[:, None] + np.arange(4), cubic


def paths(name: str, n: int, cells: int, cache: str | os.PathLike[str] | None = None) -> list[Path]:
    """The paths of the first n examples of a case, read from the cache or evaluated now.

    Raises:
        Unavailable: the case's data or a package is not there.
    """
    files = [f"{name}-{cells}-{index}" for index in range(n)]
    return _kept(files, cells, lambda: (build(name, n, cache=cache), np.arange(n)), cache)


def others(name: str, n: int, m: int, cells: int, cache: str | os.PathLike[str] | None = None) -> list[Path]:
    """The paths of m examples that `paths(name, n, ...)` does not have, for what is fitted beforehand.

    Raises:
        Unavailable: the case's data or a package is not there, or there are no further examples.
    """

    def make() -> tuple[Any, NDArray[np.int_]]:
        case = build(name, n + m, cache=cache)
        known, rows = (_rows(part.inputs) for part in (build(name, n, cache=cache), case))
        fresh = [row for row in range(n + m) if not (rows[row] == known).all(axis=1).any()]
        if not fresh:
            raise Unavailable(f"{name} has no examples besides the first {n}.")
        return case, np.resize(fresh, m)

    return _kept([f"{name}-{cells}-besides-{n}-{index}" for index in range(m)], cells, make, cache)


def _rows(inputs: Any) -> NDArray[Any]:
    """Inputs of N examples as [N, everything]."""
    leaves = [np.asarray(leaf) for leaf in tf.nest.flatten(inputs)]
    return np.concatenate([leaf.reshape(len(leaf), -1) for leaf in leaves], axis=1)


def _kept(
    names: Sequence[str],
    cells: int,
    make: Callable[[], tuple[Any, NDArray[np.int_]]],
    cache: str | os.PathLike[str] | None,
) -> list[Path]:
    """Paths from the files of these names; where one is missing, of the case and the examples that `make` gives."""
    made, explainer, found = None, None, []
    for number, name in enumerate(names):
        file = cache_folder(cache) / "dense" / f"{name}.npz"
        if not file.exists():
            if made is None:
                made = make()
                # Alphas that are asked for become nodes, with their scores and slopes in the path.
                grid = np.arange(cells + 1) / cells
                steps = kerasig.Adaptive(0.99, 0.99, cells + 9)
                explainer = kerasig.Explainer(
                    made[0].model, layer=made[0].layer, steps=steps, interior_alphas=grid.tolist()
                )
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(file, **_evaluated(made[0], explainer, int(made[1][number]), cells))
        with np.load(file) as stored:
            smooth = bool(stored["smooth"])
            found.append(Path(stored["scores"], stored["slopes"], stored["contributions"], smooth))
    return found


def _evaluated(case: Any, explainer: Any, index: int, cells: int) -> dict[str, NDArray[Any]]:
    one = tf.nest.map_structure(lambda leaf: leaf[index : index + 1], case.inputs)
    result = explainer.explain(one, case.target[index : index + 1], baselines=case.baselines)
    on_grid = np.isin(result.path.alphas[0], np.arange(cells + 1) / cells)
    order = np.argsort(result.interior.alphas)
    if case.layer is None:
        ends = [tf.nest.flatten(part) for part in (one, result.baselines)]
    else:
        ends = [[np.asarray(case.model.get_layer(case.layer)(one))], [None]]
    columns = []
    flat = [tf.nest.flatten(part) for part in (result.values, result.interior.gradients)]
    for leaf, (value, gradient) in enumerate(zip(*flat, strict=True)):
        if value is not None:
            start = 0 if ends[1][leaf] is None else ends[1][leaf]
            moved = gradient[0][order] * (
                np.asarray(ends[0][leaf], np.float32)[0] - np.broadcast_to(start, value.shape)[0]
            )
            columns.append(moved.reshape(len(order), -1))
    contributions = np.concatenate(columns, axis=1).astype(np.float32)
    n_channels = one.shape[-1] if case.kind == "image" else 1
    if contributions.shape[1] > MOST_FEATURES:
        positions = contributions.shape[1] // n_channels
        chosen = np.random.default_rng(0).choice(positions, MOST_FEATURES // n_channels, replace=False)
        contributions = contributions[:, (chosen[:, None] * n_channels + np.arange(n_channels)).ravel()]
        # As many as all of them together, so that they sum to the slope.
        contributions *= positions * n_channels / contributions.shape[1]
        missing = result.path.slopes[0][on_grid] - contributions.sum(axis=1, dtype=np.float64)
        contributions += (missing / contributions.shape[1])[:, None].astype(np.float32)
    scores, slopes = result.path.scores[0][on_grid], result.path.slopes[0][on_grid]
    return {"scores": scores, "slopes": slopes, "contributions": contributions, "smooth": np.array(case.smooth)}


class TableCore:
    """Stands in for the compiled core: the same answers, read from tables, and a record of what was asked.

    Args:
        tables: one path for each example.
    """

    half_rounding = 0.0
    path = STRAIGHT_LINE
    reproducible = True

    def __init__(self, tables: Sequence[Path]) -> None:
        self.tables = tables
        self.asked: list[list[Float]] = [[] for _ in tables]  # by path, the alphas of each round

    def rows(self, problem: Any) -> int:
        """Rows as `Core.rows` gives them, any number at once."""
        return 1 << 16

    def gradients(self, problem: Any, numbers: NDArray[Any], alphas: Float) -> Gradients:
        """Gradients as `Core.gradients` gives them."""
        scores, slopes = np.empty(len(numbers)), np.empty(len(numbers))
        contributions = np.empty((len(numbers), self.tables[0].contributions.shape[1]), np.float32)
        for number in np.unique(numbers):
            rows = np.flatnonzero(numbers == number)
            scores[rows], slopes[rows], contributions[rows] = self.tables[number].at(alphas[rows])
            self.asked[number].append(alphas[rows])
        none = np.full(len(numbers), -1, np.int32)
        found = [tf.constant(contributions)]
        return Gradients(scores, slopes, none, none, found, found, None)
