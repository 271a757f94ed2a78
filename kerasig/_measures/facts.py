"""The facts that measures are computed from: one attribution of a probe set, and what a training knows beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._attribution.data import AttributionData
from kerasig._measures import along_path
from kerasig._measures.against_earlier import Comparison, Snapshot, explained_classes
from kerasig.metrics import _functions as metrics
from kerasig.metrics._rows import flat, ratio
from kerasig.probes import ProbeSet

Columns = dict[str, NDArray[Any]]
Masks = Mapping[str, NDArray[np.bool_]]


def _silent(about: str, sentence: str) -> None:
    """Nobody is told."""


@dataclass(frozen=True, eq=False)
class Facts:
    """One attribution and what is known beside it. What several measures need is computed once, when it is asked for.

    Args:
        attribution: of N examples.
        probes: that they are.
        positions: [N, P], channels summed.
        masks: by region, [N, P].
        present: [N, P] which positions are no padding; None for all.
        earlier: the attributions that this one is compared with, by what they are to it; None where there was none yet.
        training: columns that only a training knows.
        warn: called with what a warning is about, and a sentence.
    """

    attribution: AttributionData
    probes: ProbeSet
    positions: NDArray[np.float64]
    masks: Masks = field(default_factory=dict)
    present: NDArray[np.bool_] | None = None
    earlier: Mapping[str, Snapshot | None] = field(default_factory=dict)
    training: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    warn: Callable[[str, str], None] = _silent

    @cached_property
    def trusted(self) -> NDArray[np.bool_]:
        """Which examples' attributions can be measured, [N]."""
        found = self.attribution
        return metrics.trusted(found.converged, found.score, found.baseline_score, found.path.scores)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The attribution as later ones of the same examples are compared with it."""
        classes = explained_classes(self.attribution)
        return Snapshot(self.positions, self.attribution.map_error, self.trusted, classes)

    @cached_property
    def against(self) -> Mapping[str, Comparison]:
        """The attribution beside each earlier one."""
        return {name: Comparison(snapshot, self.snapshot) for name, snapshot in self.earlier.items()}

    @cached_property
    def whole_path(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Alphas and scores [N, K] of the path, both ends included."""
        return along_path.whole(self.attribution)

    @cached_property
    def gradient_sizes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The alphas [K] that interior gradients are of, and their mean sizes [N, K]; none without them."""
        return along_path.gradient_sizes(self.attribution)

    @cached_property
    def position_map_error(self) -> NDArray[np.float64]:
        """The most that the relative L1 error of the positions [N, P] can be, given that of the values.

        Summing over channels lowers the size of values and errors alike; of the errors' all that is known is that it
        does not grow.
        """
        values = [flat(leaf) for leaf in nest.flatten(self.attribution.values) if leaf is not None]
        with np.errstate(invalid="ignore", over="ignore"):
            size = np.sum([np.abs(leaf).sum(axis=1) for leaf in values], axis=0)
            error: NDArray[np.float64] = self.attribution.map_error * np.maximum(
                ratio(size, np.abs(self.positions).sum(axis=1)), 1
            )
            return error
