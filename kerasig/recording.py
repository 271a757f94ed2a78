"""One probe set followed over training: what is measured at a record, and what of it is written."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import nest, targets
from kerasig.attribution import Attribution
from kerasig.explainer import Explainer
from kerasig.metrics import drift, region_mass
from kerasig.probes import ProbeSet
from kerasig.summary import encode_stats, schema

Records = list[tuple[str, str, str, Any, list[str]]]


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
    """

    step: int
    epoch: float | None
    duration: float
    attribution: Attribution
    leaves: list[Leaf]
    stats: dict[str, NDArray[Any]]
    scalars: dict[str, float]


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

    def measure(self, explainer: Explainer, baselines: Any, step: int, epoch: float | None) -> Measurement:
        """Explains the probes as the model is now."""
        began = time.perf_counter()
        attribution = explainer.explain(self.probes.inputs, self.target, baselines=baselines)
        leaves = attributed_leaves(attribution, self.probes)
        stats = self._stats(attribution, leaves, epoch)
        measurement = Measurement(
            step, epoch, time.perf_counter() - began, attribution, leaves, stats, _means(stats, attribution.converged)
        )
        self._previous = measurement
        return measurement

    def _stats(self, attribution: Attribution, leaves: list[Leaf], epoch: float | None) -> dict[str, NDArray[Any]]:
        n = len(self.probes)
        unknown = np.full(n, np.nan)
        classes = _classes(attribution)
        labels, predicted = self.probes.class_labels, attribution.predicted
        correct = unknown if labels is None or predicted is None else (predicted == labels).astype(float)
        flat = np.concatenate([leaf.positions.reshape(n, -1) for leaf in leaves], axis=1)
        with np.errstate(invalid="ignore"):
            stats = {
                "epoch": np.full(n, np.nan if epoch is None else epoch),
                **{name: getattr(attribution, name) for name in _ATTRIBUTION_COLUMNS},
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
        old = _classes(before.attribution)
        if classes is not None and old is not None:
            moved[classes != old] = np.nan
        moved[~before.attribution.converged] = np.nan
        return moved

    def _region(self, region: str, leaves: list[Leaf]) -> NDArray[np.float64]:
        """Share of the absolute attribution, over all leaves, inside the region."""
        n = len(self.probes)
        masks = [
            self.probes.region_mask(region, leaf.name, leaf.positions.shape).reshape(n, -1)
            if leaf.of_input is not None
            else np.zeros((n, int(np.prod(leaf.positions.shape[1:], dtype=int))), bool)
            for leaf in leaves
        ]
        flat = np.concatenate([leaf.positions.reshape(n, -1) for leaf in leaves], axis=1)
        return region_mass(flat, np.concatenate(masks, axis=1))

    def encode(self, measurement: Measurement, wall_time: float) -> Records:
        """The measurement in the wire format; stats last, because a step is listed once they are there."""
        title, attribution = self.probes.title, measurement.attribution
        classes = _classes(attribution)
        header = {
            "kind": "attributions",
            "title": title,
            "series": self.name,
            "probes": len(self.probes),
            "leaves": [_leaf_entry(leaf) for leaf in measurement.leaves],
            "step": measurement.step,
            "epoch": measurement.epoch,
            "wall_time": wall_time,
            "duration": measurement.duration,
            "rule": str(attribution.rule),
            "target": self.description,
            "classes": classes,
            "predicted": attribution.predicted,
            **{name: getattr(attribution, name) for name in _ATTRIBUTION_COLUMNS},
            "scalars": measurement.scalars,
        }
        values = [leaf.positions.astype(np.float32) for leaf in measurement.leaves]
        records: Records = [("attributions", title, self.name, schema.encode_record(header, values), [])]
        if attribution.interior is not None:
            records.append(("interior", title, self.name, self._interior(measurement, header), []))
        stats, names = encode_stats(measurement.stats)
        return [*records, ("stats", title, self.name, stats, names)]

    def _interior(self, measurement: Measurement, header: dict[str, Any]) -> list[bytes]:
        interior, path = measurement.attribution.interior, measurement.attribution.path
        assert interior is not None
        gradients = [leaf for leaf in nest.flatten(interior.gradients) if leaf is not None]
        reduced = []
        for leaf, gradient in zip(measurement.leaves, gradients, strict=True):
            n, count = gradient.shape[:2]
            merged = gradient.reshape(n * count, *gradient.shape[2:])
            positions = self.probes.positions(merged, leaf.name)
            reduced.append(positions.reshape(n, count, *positions.shape[1:]).astype(np.float32))
        profile = {name: getattr(path, name).reshape(len(self.probes), -1) for name in ("alphas", "scores", "slopes")}
        fields = {name: header[name] for name in ("title", "series", "probes", "leaves", "step", "epoch", "wall_time")}
        return schema.encode_record({**fields, "kind": "interior", "alphas": interior.alphas, "path": profile}, reduced)


_ATTRIBUTION_COLUMNS = (*("score", "baseline_score", "delta", "residual", "map_error", "converged", "n_evaluations"),)


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


def attributed_leaves(attribution: Attribution, probes: ProbeSet) -> list[Leaf]:
    """The attributed leaves, their channels summed to positions."""
    layers = attribution.layer if isinstance(attribution.layer, list) else [attribution.layer]
    entries = attribution.values if isinstance(attribution.layer, list) else [attribution.values]
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


def encode_inputs(probes: ProbeSet, leaves: list[Leaf], layer: Any) -> Records:
    """The probe set itself in the wire format."""
    attributed = {leaf.name for leaf in leaves}
    arrays = probes.leaves()
    names = [name for name, _ in arrays]
    regions = {}
    for region, masks in probes.regions.items():
        for leaf, mask in masks.items():
            regions[region] = {"leaf": names.index(leaf), **schema.encode_mask(mask)}
            # The format has one mask per region; the subject's is the one that is drawn.
            if leaf == probes.subject:
                break
    header = {
        "kind": "inputs",
        "title": probes.title,
        "probes": len(probes),
        "leaves": [
            {
                "name": name,
                "shape": list(array.shape[1:]),
                "full_shape": list(array.shape[1:]),
                "held": name not in attributed,
            }
            for name, array in arrays
        ],
        "probe_kind": probes.kind,
        "names": list(probes.names),
        "labels": None if probes.class_labels is None else probes.class_labels.tolist(),
        "class_names": probes.class_names,
        "feature_names": probes.feature_names,
        "tokens": probes.tokens,
        "edges": None if probes.edges is None else [edges.tolist() for edges in probes.edges],
        "regions": regions,
        "groups": probes.groups,
        "attributed": sorted(attributed),
        "layer": layer,
        "fingerprint": probes.fingerprint,
    }
    return [("inputs", probes.title, "", schema.encode_record(header, [array for _, array in arrays]), [])]


def _leaf_entry(leaf: Leaf) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": leaf.name,
        "shape": list(leaf.positions.shape[1:]),
        "full_shape": list(leaf.values.shape[1:]),
    }
    if leaf.of_input not in (None, leaf.name):
        entry["positions_of"] = leaf.of_input
    return entry


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


def _classes(attribution: Attribution) -> NDArray[Any] | None:
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
