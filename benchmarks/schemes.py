"""Ways to integrate along a path, as sequences of (gradient equivalents, residual, true error of the map)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from kerasig._engine import piecewise
from kerasig._engine.adaptive import AdaptiveScheme
from kerasig._engine.problem import Problem
from kerasig._engine.results import PathIntegrals
from kerasig._quadrature import error_estimates
from kerasig._quadrature.rules import RULES
from kerasig.steps import Adaptive

from .dense import Path, TableCore

Float = NDArray[np.float64]

# Numbers of nodes that fixed rules are tried with.
LADDER = (*range(2, 15), 16, 18, 20, 22, 24, 28, 32, 36, 40, 44, 48, 56, 64, 72, 80, 96, 112, 128, 160, 192, 224, 256)
LADDER += (320, 384, 448, 512)
FORWARD_PASSES = 16


def fixed(path: Path, rule: str) -> Float:
    """[n, 3] of a fixed rule, at every step of the ladder."""
    rows = []
    for n in LADDER:
        built = RULES[rule](n)
        scores, slopes, contributions = path.at(built.nodes)
        ends = path.scores[:1], path.scores[-1:]
        residuals = error_estimates.step_residuals(built.nodes[None], scores[None], slopes[None], built.steps, *ends)
        delta = np.array([built.weights @ slopes - path.change])
        error = error_estimates.completeness_error(delta, residuals)[0]
        rows.append((n, error / path.scale, path.error(built.weights @ contributions)))
    return np.array(rows)


def placed(path: Path) -> Float:
    """[n, 3] of midpoints placed by 16 forward passes where the score changes; each pass counts half a gradient."""
    coarse = np.linspace(0, 1, FORWARD_PASSES + 1)
    change = np.abs(np.diff(path.at(coarse)[0]))
    # A tenth of the nodes is spread evenly: a flat score may hide gradients that cancel.
    density = 0.9 * change / max(change.sum(), np.finfo(float).tiny) + 0.1 / FORWARD_PASSES
    reached = np.concatenate([[0.0], np.cumsum(density)]) / density.sum()
    rows = []
    for n in LADDER:
        ends = np.interp(np.linspace(0, 1, n + 1), reached, coarse)
        _, slopes, contributions = path.at((ends[1:] + ends[:-1]) / 2)
        weights = np.diff(ends)
        residual = abs(weights @ slopes - path.change) / path.scale
        rows.append((n + FORWARD_PASSES / 2, residual, path.error(weights @ contributions)))
    return np.array(rows)


def adaptive(paths: Sequence[Path], rule: Adaptive) -> list[Float]:
    """[rounds, 3] of the engine's own refinement, for each path."""
    core, _ = _integrated(paths, rule)
    return [_rounds(path, asked) for path, asked in zip(paths, core.asked, strict=True)]


@dataclass(frozen=True)
class Refined:
    """Where the engine's own refinement ends: gradients [N], and the true errors [N] of the values that it gives."""

    gradients: Float
    completeness: Float
    map_error: Float


def refined(paths: Sequence[Path], rule: Adaptive) -> Refined:
    """The engine's own refinement to its end."""
    core, integrals = _integrated(paths, rule)
    values = integrals.values[0].astype(np.float64)
    found = zip(paths, core.asked, values, strict=True)
    rows = [
        (sum(map(len, asked)), abs(row.sum() - path.change) / path.scale, path.error(row)) for path, asked, row in found
    ]
    return Refined(*np.array(rows, np.float64).T)


def _integrated(paths: Sequence[Path], rule: Adaptive) -> tuple[TableCore, PathIntegrals]:
    core = TableCore(paths)
    n_features = paths[0].contributions.shape[1]
    zeros = tf.zeros([len(paths), n_features])
    problem = Problem([zeros], [zeros], ["example"], [], [])
    integrals = PathIntegrals(len(paths), 1, [(n_features,)], np.empty(0))
    AdaptiveScheme(rule).integrate(core, problem, integrals)  # type: ignore[arg-type]
    return core, integrals


def _rounds(path: Path, asked: Sequence[Float]) -> Float:
    """The state of knowledge after each round."""
    rows = []
    for count in range(1, len(asked) + 1):
        nodes = np.sort(np.concatenate(asked[:count]))
        scores, slopes, contributions = path.at(nodes)
        grid = nodes[None], scores[None], slopes[None]
        known = np.array([len(nodes)])
        fitted = piecewise.fit(*grid, known, piecewise.ROUNDING)
        weights = piecewise.controlled(fitted, grid[0], grid[2], known)[0]
        error = error_estimates.completeness_error(fitted.residuals.sum(axis=1), fitted.residuals)[0]
        rows.append((len(nodes), error / path.scale, path.error(weights @ contributions)))
    return np.array(rows)


def reached(rows: Float, column: int, bar: float) -> float:
    """The fewest evaluations from which on a column stays within the bar; infinity when it never does."""
    beyond = np.flatnonzero(rows[:, column] > bar)
    if not len(beyond):
        return float(rows[0, 0])
    return float(rows[beyond[-1] + 1, 0]) if beyond[-1] + 1 < len(rows) else np.inf
