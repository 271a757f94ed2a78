"""A path evaluated once on a fine even grid: the truth to compare with, and a table to integrate from.

Schemes are compared by the thousand nodes; from a table that takes seconds and changes nothing but where the numbers
come from. Between grid points smooth networks are interpolated by cubics, others take the nearest gradient.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
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

from .models import build
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
        cells = len(self.scores) - 1
        places = np.asarray(alphas, np.float64) * cells
        if not self.smooth:
            nearest = np.rint(places).astype(int)
            # The score moves by its slope from the grid point, so that score and slope stay those of one function.
            scores = self.scores[nearest] + (places - nearest) / cells * self.slopes[nearest]
            return scores, self.slopes[nearest], self.contributions[nearest]
        first = np.clip(np.floor(places).astype(int) - 1, 0, cells - 3)
        u = places - first
        cubic = np.stack(
            [
                -(u - 1) * (u - 2) * (u - 3) / 6,
                u * (u - 2) * (u - 3) / 2,
                -u * (u - 1) * (u - 3) / 2,
                u * (u - 1) * (u - 2) / 6,
            ]
        ).T
        around = first[:, None] + np.arange(4)
        found = (np.einsum("kj,kj...->k...", cubic, table[around]) for table in (self.scores, self.slopes))
        contributions = np.einsum("kj,kjf->kf", cubic.astype(np.float32), self.contributions[around])
        return (*found, contributions)


def paths(name: str, n: int, cells: int, cache: str | os.PathLike[str] | None = None) -> list[Path]:
    """The paths of the first n examples of a case, read from the cache or evaluated now.

    Raises:
        Unavailable: the case's data or a package is not there.
    """
    case, explainer, found = None, None, []
    for index in range(n):
        file = cache_folder(cache) / "dense" / f"{name}-{cells}-{index}.npz"
        if not file.exists():
            if case is None:
                case = build(name, n, cache=cache)
                # Alphas that are asked for become nodes, with their scores and slopes in the path.
                grid = np.arange(cells + 1) / cells
                steps = kerasig.Adaptive(0.99, 0.99, cells + 9)
                explainer = kerasig.Explainer(case.model, layer=case.layer, steps=steps, interior_alphas=grid.tolist())
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(file, **_evaluated(case, explainer, index, cells))
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
        return Gradients(scores, slopes, none, none, [contributions], [contributions], None)
