"""One probe set followed over training: what is measured at a record."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import nest, targets
from kerasig.alarms import Alert
from kerasig.attribution import Attribution
from kerasig.explainer import Explainer
from kerasig.metrics import drift, region_mass
from kerasig.probes import ProbeSet
from kerasig.summary import schema

# Per-probe fields of an Attribution that every record carries.
ATTRIBUTION_COLUMNS = ("score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations")


@dataclass(frozen=True, eq=False)
class Leaf:
    """One attributed leaf of a record.

    Args:
        name: of the input leaf or of the layer.
        values: [N, *F] as attributed.
        positions: [N, *S] float64, channels summed.
        of_input: the input leaf with the same positions, or None.
    """

    name: str
    values: NDArray[Any]
    positions: NDArray[np.float64]
    of_input: str | None


@dataclass(frozen=True, eq=False)
class Measurement:
    """What one record says of one series.

    Args:
        step: of the training.
        epoch: how many were over, fractions included; None outside `fit`.
        duration: seconds that the record took.
        attribution: as `kerasig.explain` returns it.
        leaves: the attributed leaves.
        stats: per-probe columns, each [N].
        scalars: means over probes, by name without prefix.
        alerts: of the alarms that fired.
    """

    step: int
    epoch: float | None
    duration: float
    attribution: Attribution
    leaves: list[Leaf]
    stats: dict[str, NDArray[Any]]
    scalars: dict[str, float]
    alerts: tuple[Alert, ...] = ()


@dataclass(eq=False)
class Series:
    """A probe set explained for one target, record after record.

    Args:
        probes: the set.
        name: "" for a set's only series, else "label" or "predicted".
        target: as `kerasig.explain` takes it.
        description: of the target, for people.
    """

    probes: ProbeSet
    name: str
    target: Any
    description: str
    _previous: Measurement | None = field(default=None)

    @property
    def key(self) -> str:
        """Names the series within a run."""
        return schema.key(self.probes.title, self.name)

    def check(self, explainer: Explainer, baselines: Any) -> None:
        """Raises ValueError or TypeError where the probes, the target, the baselines or a region do not fit."""
        attributed = explainer.check(self.probes.inputs, self.target, baselines=baselines)
        leaves = attributed_leaves(attributed, explainer.layer, self.probes)
        for region in self.probes.regions:
            self.masks(region, leaves)

    def forget(self) -> None:
        """Makes the next record the first: there is nothing that it drifted from."""
        self._previous = None

    def measure(self, explainer: Explainer, baselines: Any, step: int, epoch: float | None) -> Measurement:
        """Explains the probes as the model is now."""
        began = time.perf_counter()
        attribution = explainer.explain(self.probes.inputs, self.target, baselines=baselines)
        leaves = attributed_leaves(attribution.values, attribution.layer, self.probes)
        stats = self._stats(attribution, leaves, epoch)
        measurement = Measurement(
            step, epoch, time.perf_counter() - began, attribution, leaves, stats, _means(stats, attribution.converged)
        )
        self._previous = measurement
        return measurement

    def _stats(self, attribution: Attribution, leaves: list[Leaf], epoch: float | None) -> dict[str, NDArray[Any]]:
        n = len(self.probes)
        unknown = np.full(n, np.nan)
        classes = explained_classes(attribution)
        labels, predicted = self.probes.class_labels, attribution.predicted
        correct = unknown if labels is None or predicted is None else (predicted == labels).astype(float)
        flat = np.concatenate([leaf.positions.reshape(n, -1) for leaf in leaves], axis=1)
        with np.errstate(invalid="ignore"):
            stats = {
                "epoch": np.full(n, np.nan if epoch is None else epoch),
                **{name: getattr(attribution, name) for name in ATTRIBUTION_COLUMNS},
                "class": unknown if classes is None else classes.astype(float),
                "predicted": unknown if predicted is None else predicted.astype(float),
                "correct": correct,
                "drift": self._drift(attribution, flat, classes),
                "max_abs": np.abs(flat).max(axis=1),
                "positive_sum": flat.clip(min=0).sum(axis=1),
                "negative_sum": flat.clip(max=0).sum(axis=1),
            }
        for region in self.probes.regions:
            stats[f"region/{region}"] = self._region(region, leaves)
        return stats

    def _drift(
        self, attribution: Attribution, flat: NDArray[np.float64], classes: NDArray[Any] | None
    ) -> NDArray[np.float64]:
        """1 - cosine with the previous record; NaN where there is none, or the explained class was another."""
        before = self._previous
        if before is None:
            return np.full(len(flat), np.nan)
        earlier = np.concatenate([leaf.positions.reshape(len(flat), -1) for leaf in before.leaves], axis=1)
        if earlier.shape != flat.shape:
            return np.full(len(flat), np.nan)
        moved = drift(earlier, flat)
        old = explained_classes(before.attribution)
        if classes is not None and old is not None:
            moved[classes != old] = np.nan
        moved[~before.attribution.converged] = np.nan
        return moved

    def _region(self, region: str, leaves: list[Leaf]) -> NDArray[np.float64]:
        """Share of the absolute attribution, over all leaves, inside the region."""
        n = len(self.probes)
        flat = np.concatenate([leaf.positions.reshape(n, -1) for leaf in leaves], axis=1)
        return region_mass(flat, np.concatenate(self.masks(region, leaves), axis=1))

    def masks(self, region: str, leaves: list[Leaf]) -> list[NDArray[np.bool_]]:
        """Per leaf the region's mask over its positions, [N, S].

        Raises:
            ValueError: it lies in nothing that is attributed to.
        """
        known, n = self.probes.regions[region], len(self.probes)
        inside = [leaf.of_input in known for leaf in leaves]
        if not any(inside):
            # The layer's positions are those of one input leaf, the region's are given over another.
            inside = [leaf.of_input not in (None, leaf.name) for leaf in leaves]
        if not any(inside):
            raise ValueError(
                f"The region {region!r} must lie in what is attributed to. Received masks over the positions of "
                f"{', '.join(map(repr, known))}, and attributed to are "
                f"{', '.join(f'{leaf.name!r} {list(leaf.positions.shape)}' for leaf in leaves)}. Pass a region of "
                "those, or attribute to the inputs or to a layer that keeps their positions."
            )
        return [
            self.probes.region_mask(region, leaf.name, leaf.positions.shape).reshape(n, -1)
            if used
            else np.zeros((n, int(np.prod(leaf.positions.shape[1:], dtype=int))), bool)
            for leaf, used in zip(leaves, inside, strict=True)
        ]


def series_of(probes: ProbeSet) -> list[Series]:
    """The series that a probe set asks for: one, or two for target "both"."""
    target, labels = probes.target, probes.class_labels
    predicted = Series(probes, "", None, "the predicted class")
    if target == "predicted" if isinstance(target, str) else target is None:
        return [predicted]
    if not isinstance(target, str):
        return [Series(probes, "", target, _describe(target))]
    if labels is None:
        return [Series(probes, "", None, "the predicted class, or the output itself")]
    label = Series(probes, "", targets.Label(labels), "the label's class")
    if target == "both":
        label.name, predicted.name = "label", "predicted"
        return [label, predicted]
    return [label]


def attributed_leaves(attributed: Any, layer: Any, probes: ProbeSet) -> list[Leaf]:
    """The attributed leaves, their channels summed to positions.

    Args:
        attributed: a nest like `Attribution.values`.
        layer: as `Attribution.layer` names it.
        probes: what is explained.
    """
    layers, entries = (layer, attributed) if isinstance(layer, list) else ([layer], [attributed])
    leaves = []
    for layer, entry in zip(layers, entries, strict=True):
        names = (
            nest.names(entry) if layer is None else [f"{layer}/{part}".rstrip("/") for part in nest.names(entry, "")]
        )
        for name, values in zip(names, nest.flatten(entry), strict=True):
            if values is None:
                continue
            positions = probes.positions(values, name)
            own = name if layer is None else probes.subject
            shape = probes.position_shape(own)
            # Raw text has no positions of its own; the tokens are those of the layer.
            same = shape is None or shape == positions.shape[1:]
            leaves.append(Leaf(name, values, positions, own if layer is None or same else None))
    return leaves


def _means(stats: Mapping[str, NDArray[Any]], trusted: NDArray[np.bool_]) -> dict[str, float]:
    """Means over probes: of the errors over all that are finite, of what is measured over the trusted ones alone."""
    scalars = {name: _mean(stats[name], np.isfinite(stats[name])) for name in ("residual", "map_error")}
    scalars["drift"] = _mean(stats["drift"], trusted & np.isfinite(stats["drift"]))
    regions = [name for name in stats if name.startswith("region/")]
    for name in regions:
        key = "region_mass" if len(regions) == 1 else f"region_mass_{name.removeprefix('region/')}"
        scalars[key] = _mean(stats[name], trusted & np.isfinite(stats[name]))
    scalars["untrusted"] = float((~trusted).sum())
    return scalars


def _mean(values: NDArray[Any], used: NDArray[np.bool_]) -> float:
    return float(np.asarray(values, np.float64)[used].mean()) if used.any() else float("nan")


def explained_classes(attribution: Attribution) -> NDArray[Any] | None:
    """The explained class of each probe, where one index says it."""
    target = attribution.target
    while isinstance(target, Mapping):
        target = target["target"]
    return target if isinstance(target, np.ndarray) else None


def _describe(target: Any) -> str:
    if isinstance(target, int | np.integer):
        return f"class {int(target)}"
    if isinstance(target, targets.Output):
        return f"output {target.name!r}, {'its predicted class' if target.target is None else _describe(target.target)}"
    if isinstance(target, tuple | list | np.ndarray):
        return "given classes"
    return getattr(target, "__name__", type(target).__name__)
