"""Series: one probe set followed over training, and its measurement at each record."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tensorboard_plugin_kerasig import schema

from kerasig import targets
from kerasig._explaining.explainer import Explainer
from kerasig._explaining.inputs import check_probes
from kerasig._measures.against_earlier import Past, Snapshot, explained_classes
from kerasig._measures.facts import Columns, Facts
from kerasig._measures.means import groups_of, mean, scalars_of
from kerasig._measures.positions import (
    Leaf,
    attributed_leaves,
    flat_positions,
    position_names,
    region_masks,
    token_positions,
)
from kerasig._measures.table import BUILT_IN, Table
from kerasig._models import adapt
from kerasig._recording.output_columns import OutputColumns
from kerasig._recording.outputs import OutputTraits
from kerasig.alarms import Alert
from kerasig.attribution import Attribution
from kerasig.metrics import _functions as metrics
from kerasig.probes import ProbeSet
from kerasig.probes._labels import without_word


@dataclass(frozen=True, eq=False)
class Measurement:
    """The measurement of one series at one record.

    Args:
        step: of the training.
        epoch: how many were over, fractions included; None outside `fit`.
        duration: seconds that the training stood still for the whole record, all its series included.
        attribution: as `kerasig.explain` returns it.
        leaves: the attributed leaves.
        stats: per-probe columns, each [N].
        scalars: means over probes, by name without prefix.
        leaderboard: the features or tokens with the largest mean |attribution|; None where positions have no names.
        groups: means by class, by correct or wrong and by the set's groups, each from group to column to mean.
        described: what the page needs to know of each column, by name.
        alerts: of the alarms that fired.
    """

    step: int
    epoch: float | None
    duration: float
    attribution: Attribution
    leaves: list[Leaf]
    stats: Columns
    scalars: dict[str, float]
    leaderboard: list[dict[str, Any]] | None
    groups: dict[str, dict[str, dict[str, float]]]
    described: Mapping[str, Mapping[str, Any]]
    alerts: tuple[Alert, ...] = ()


@dataclass(eq=False)
class Series:
    """A probe set explained for one target, record after record.

    Args:
        probes: the set.
        name: "" for a set's only series, else "label" or "predicted".
        target: as `kerasig.explain` takes it.
        description: of the target, for people.
        follows: the series of the same set that is measured right before, whose loss and entropy serve this one too.
        is_number: whether a number is explained that is no class, one of several.
    """

    probes: ProbeSet
    name: str
    target: Any
    description: str
    follows: Series | None = None
    is_number: bool = False
    _output_columns: OutputColumns = field(init=False)
    _past: Past = field(default_factory=Past)
    _shape: tuple[int, ...] = field(default=())
    _names: metrics.PositionNames | None = field(default=None)

    def __post_init__(self) -> None:
        self._output_columns = OutputColumns(self.probes) if self.follows is None else self.follows._output_columns

    @property
    def key(self) -> str:
        """Names the series within a run."""
        return schema.key(self.probes.title, self.name)

    @property
    def _target(self) -> Any:
        """The target of the set itself, whose names are to be known where it is explained."""
        return "predicted" if self.target is None else self.target

    def outputs(self, explainer: Explainer) -> tuple[OutputTraits, bool]:
        """The traits of the explained output, and whether that holds probabilities of classes for every probe."""
        return self._output_columns.explained_output(explainer)

    def check(self, explainer: Explainer, baselines: Any) -> None:
        """Raises ValueError or TypeError where the probes, the target, the baselines or a region do not fit."""
        check_probes(self.probes, adapt(explainer.model))
        attributed = explainer.check(self.probes, self._target, baselines=baselines)
        region_masks(self._leaves(attributed, explainer), self.probes)

    def described(self) -> Series:
        """The series without its measurements, and without a target that may hold a model."""
        return Series(self.probes, self.name, None, self.description)

    def measure(
        self, explainer: Explainer, baselines: Any, step: int, epoch: float | None, table: Table = BUILT_IN
    ) -> Measurement:
        """Explains the probes as the model is now, and measures what the table has."""
        began = time.perf_counter()
        attribution = explainer.explain(self.probes, self._target, baselines=baselines)
        leaves = self._leaves(attribution.values, explainer)
        positions = flat_positions(leaves)
        # As they were found already; several per example can only be found again.
        starts = attribution.baselines if attribution.path.alphas.ndim == 2 else baselines
        read = self._output_columns.latest if self.follows else self._output_columns.read(explainer, starts)
        facts = Facts(
            attribution,
            self.probes,
            positions,
            masks=region_masks(leaves, self.probes),
            present=token_positions(leaves, self.probes),
            earlier=self._past.records,
            training={
                "epoch": np.full(len(self.probes), np.nan if epoch is None else epoch),
                **self._classes(attribution),
                **read,
            },
            warn=explainer._warn,
        )
        stats, now = table.measure(facts), facts.snapshot
        leaderboard = self._leaderboard(leaves, now)
        self._past.remember(now, mean(read["loss"]))
        scalars, groups = scalars_of(stats, table), groups_of(stats, self.probes, table)
        duration = time.perf_counter() - began
        described = table.described([*stats, "alarms"])
        return Measurement(step, epoch, duration, attribution, leaves, stats, scalars, leaderboard, groups, described)

    def _leaves(self, attributed: Any, explainer: Explainer) -> list[Leaf]:
        return attributed_leaves(attributed, explainer.layer, self.probes, explainer.origins, explainer.groups)

    def _classes(self, attribution: Attribution) -> Columns:
        """The columns that say which class is explained, which predicted, and whether it is right."""
        unknown = np.full(len(self.probes), np.nan)
        if self.is_number:
            return {"class": unknown, "predicted": unknown, "correct": unknown}
        explained, predicted, labels = explained_classes(attribution), attribution.predicted, self.probes.class_labels
        if predicted is None and (decided := self._output_columns.decided) is not None:
            # A lone output decides between two classes, and is that of the second.
            predicted = decided
            explained = np.ones(len(self.probes)) if explained is None and is_of_output(self.target) else explained
            labels = labels if labels is not None and np.isin(labels, (0, 1)).all() else None
        correct = unknown
        if labels is not None and predicted is not None:
            correct = np.where(np.isfinite(predicted), predicted == labels, np.nan)
        return {
            "class": unknown if explained is None else explained.astype(float),
            "predicted": unknown if predicted is None else predicted.astype(float),
            "correct": correct,
        }

    def _leaderboard(self, leaves: Sequence[Leaf], now: Snapshot) -> list[dict[str, Any]] | None:
        if self._shape != now.positions.shape:
            self._shape, self._names = now.positions.shape, position_names(leaves, self.probes)
        if self._names is None:
            return None
        means = metrics.mean_by_name(now.positions, self._names, used=now.trusted)
        ranked = metrics.leaderboard(means, self._past.means)
        self._past.means = means
        return ranked


def series_of(probes: ProbeSet) -> list[Series]:
    """The series that a probe set asks for: one, or two for target "both"."""
    labels = probes.class_labels
    target = without_word(probes.target, labels)
    predicted = Series(probes, "", None, "the predicted class")
    if target == "predicted" if isinstance(target, str) else target is None:
        return [predicted]
    if not isinstance(target, str):
        return [Series(probes, "", target, _describe(target))]
    if labels is None:
        return [Series(probes, "", None, "the predicted class, or the output itself")]
    name = "label" if target == "both" else ""
    label = Series(probes, name, targets.Label(labels), "the label's class")
    if target == "both":
        return [label, Series(probes, "predicted", None, predicted.description, follows=label)]
    return [label]


def is_of_output(target: Any) -> bool:
    """Whether the score of a target is an output of the model itself, and nothing that is made of it."""
    if isinstance(target, targets.Output):
        return is_of_output(target.target)
    return target is None or isinstance(target, targets.Label | int | np.integer)


def _describe(target: Any) -> str:
    if isinstance(target, int | np.integer):
        return f"class {int(target)}"
    if isinstance(target, targets.Output):
        return f"output {target.name!r}, {'its predicted class' if target.target is None else _describe(target.target)}"
    if isinstance(target, targets.Label):
        return "the label's class"
    if isinstance(target, tuple | list | np.ndarray):
        return "given classes"
    return getattr(target, "__name__", type(target).__name__)
