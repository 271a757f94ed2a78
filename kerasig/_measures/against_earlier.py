"""What changed between two attributions of the same examples. NumPy only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._attribution.data import AttributionData
from kerasig.metrics import _functions as metrics


@dataclass(frozen=True, eq=False)
class Snapshot:
    """An attribution as later ones are compared with it.

    Args:
        positions: [N, P], channels summed.
        map_error: [N].
        trusted: [N].
        classes: [N] explained class, or None where there are none.
    """

    positions: NDArray[np.float64]
    map_error: NDArray[Any]
    trusted: NDArray[np.bool_]
    classes: NDArray[Any] | None


def explained_classes(attribution: AttributionData) -> NDArray[Any] | None:
    """The explained class of each probe, where one index says it."""
    target = attribution.target
    while isinstance(target, Mapping):
        target = target["target"]
    return target if isinstance(target, np.ndarray) else None


def drift_from(earlier: Snapshot | None, current: Snapshot) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Drift [N], 0 where it is below its noise floor, and that floor [N].

    Both are NaN where there is nothing to compare with: no earlier record, one that was not trusted, or another
    explained class.
    """
    unknown = np.full(len(current.positions), np.nan)
    if earlier is None or earlier.positions.shape != current.positions.shape:
        return unknown, unknown
    apart = _apart(earlier, current)
    noise = metrics.drift_noise(earlier.map_error, current.map_error)
    moved = metrics.above_noise(metrics.drift(earlier.positions, current.positions), noise)
    return np.where(apart, np.nan, moved), np.where(apart, np.nan, noise)


def against(previous: Snapshot | None, current: Snapshot) -> dict[str, NDArray[np.float64]]:
    """The columns that compare with the previous record."""
    moved, noise = drift_from(previous, current)
    ranks, top = np.full_like(moved, np.nan), np.full_like(moved, np.nan)
    if previous is not None and previous.positions.shape == current.positions.shape:
        apart = _apart(previous, current)
        ranks = np.where(apart, np.nan, metrics.rank_correlation(previous.positions, current.positions))
        top = np.where(apart, np.nan, metrics.top_k_overlap(previous.positions, current.positions))
    return {"drift": moved, "drift_noise": noise, "rank_correlation": ranks, "top_k_overlap": top}


@dataclass(eq=False)
class Past:
    """The records that a new one is compared with.

    Attributes:
        previous: the record before.
        first: of the model.
        best: the one with the lowest mean loss over the probes.
        best_loss: that loss.
        means: by feature or token, of the record before.
    """

    previous: Snapshot | None = None
    first: Snapshot | None = None
    best: Snapshot | None = None
    best_loss: float = math.inf
    means: dict[str, tuple[float, int]] | None = None

    def compared(self, now: Snapshot) -> dict[str, NDArray[np.float64]]:
        """The columns that compare a record with those before it."""
        return {
            **against(self.previous, now),
            "drift_first": drift_from(self.first, now)[0],
            "drift_best": drift_from(self.best, now)[0],
        }

    def remember(self, now: Snapshot, loss: float) -> None:
        """Makes a record, with its mean loss, one of those before the next."""
        self.previous, self.first = now, self.first or now
        if loss < self.best_loss:
            self.best, self.best_loss = now, loss


def _apart(earlier: Snapshot, current: Snapshot) -> NDArray[np.bool_]:
    """Which examples cannot be compared: one was not trusted, or another scalar was explained."""
    apart = ~earlier.trusted
    if earlier.classes is not None and current.classes is not None:
        apart = apart | (earlier.classes != current.classes)
    return apart
