"""Changes between two attributions of the same examples. NumPy only."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._attribution.data import AttributionData
from kerasig.metrics import _functions as metrics
from kerasig.metrics._agreement import Agreement, rank_agreement, top_k_agreement
from kerasig.metrics._drift import drift_by_chance
from kerasig.metrics._rows import Float


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


@dataclass(frozen=True, eq=False)
class Comparison:
    """A record beside an earlier one: what is measured between the two, each array [N].

    All are NaN where there is nothing to compare with: no earlier record, one that was not trusted, or another
    explained class.

    Args:
        earlier: the record before, the first or the best; None without one.
        current: of the same examples.
    """

    earlier: Snapshot | None
    current: Snapshot

    @cached_property
    def drift(self) -> Float:
        """1 - cosine, 0 where it is below its noise floor."""
        return self._where_comparable(lambda before, now: metrics.above_noise(metrics.drift(before, now), self._noise))

    @cached_property
    def drift_noise(self) -> Float:
        """That floor."""
        return self._where_comparable(lambda before, now: self._noise)

    @cached_property
    def drift_chance(self) -> Float:
        """The drift of independent maps."""
        return self._where_comparable(drift_by_chance)

    @cached_property
    def order(self) -> Agreement:
        """The rank correlation of the sizes."""
        return self._agreement(rank_agreement)

    @cached_property
    def top(self) -> Agreement:
        """The overlap of the top tenth."""
        return self._agreement(top_k_agreement)

    @property
    def _noise(self) -> Float:
        assert self.earlier is not None
        return metrics.drift_noise(self.earlier.map_error, self.current.map_error)

    def _agreement(self, measure: Callable[[Float, Float], Agreement]) -> Agreement:
        found: list[Agreement] = []

        def value(before: Float, now: Float) -> Float:
            found.append(measure(before, now))
            return found[0].value

        of_map = self._where_comparable(value)
        return Agreement(of_map, self._where_comparable(lambda before, now: found[0].chance))

    def _where_comparable(self, measure: Callable[[Float, Float], Float]) -> Float:
        earlier, current = self.earlier, self.current
        if earlier is None or earlier.positions.shape != current.positions.shape:
            return np.full(len(current.positions), np.nan)
        # Another scalar was explained, or nothing that could be trusted.
        apart = ~earlier.trusted
        if earlier.classes is not None and current.classes is not None:
            apart = apart | (earlier.classes != current.classes)
        return np.where(apart, np.nan, measure(earlier.positions, current.positions))


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

    @property
    def records(self) -> dict[str, Snapshot | None]:
        """Those that a new one is compared with, by what they are to it."""
        return {"previous": self.previous, "first": self.first, "best": self.best}

    def remember(self, now: Snapshot, loss: float) -> None:
        """Makes a record, with its mean loss, one of those before the next."""
        self.previous, self.first = now, self.first or now
        if loss < self.best_loss:
            self.best, self.best_loss = now, loss
