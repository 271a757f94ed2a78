"""A measurement as alarms see it: what they read, and the model to ask what a region does to the score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig import targets
from kerasig._explaining.explainer import Explainer
from kerasig._measures.against_earlier import explained_classes
from kerasig._measures.positions import Leaf, flat_positions, region_masks, token_positions
from kerasig._recording.series import Measurement, Series
from kerasig.alarms import Alarm, Alert, Record
from kerasig.alarms._record import Region
from kerasig.alarms._watch import Watch


def watched(
    watch: Watch, series: Series, measurement: Measurement, explainer: Explainer, baselines: Any
) -> tuple[Measurement, list[tuple[Alarm, Alert]]]:
    """The measurement with what alarms make of it, and those that fired."""
    fired: list[tuple[Alarm, Alert]] = []
    if watch.concerns(series.probes):

        def scores(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
            spread = iter(_spread(measurement.leaves, masks))
            values = measurement.attribution.values
            given = [None if leaf is None else next(spread) for leaf in nest.flatten(values)]
            return explainer.scores(
                series.probes.inputs, series.target, baselines=baselines, replaced=nest.pack(values, given)
            )

        fired = watch.look(_record(series, measurement), scores)
    column = np.full(len(series.probes), float(len(fired)))
    alerts = tuple(alert for _, alert in fired)
    return replace(measurement, stats={**measurement.stats, "alarms": column}, alerts=alerts), fired


def _record(series: Series, measurement: Measurement) -> Record:
    probes, leaves = series.probes, measurement.leaves
    shapes = [leaf.positions.shape[1:] for leaf in leaves]
    ordered = [leaf.kind.rigid for leaf in leaves]
    sizes = np.abs(flat_positions(leaves))
    present = token_positions(leaves, probes)
    if present is None:
        present = np.ones_like(sizes, bool)
    return Record(
        step=measurement.step,
        epoch=measurement.epoch,
        probes=probes,
        series=series.name,
        columns={name: np.asarray(column, np.float64) for name, column in measurement.stats.items()},
        trusted=measurement.stats["trusted"],
        direction=_direction(series, measurement),
        sizes=sizes,
        regions={
            region: Region(inside, present, shapes, ordered) for region, inside in region_masks(leaves, probes).items()
        },
    )


def _direction(series: Series, measurement: Measurement) -> NDArray[np.float64]:
    """Where a larger score says more of what is explained, 1, and where a smaller one does, -1."""
    labels = series.probes.class_labels
    if explained_classes(measurement.attribution) is not None:
        return np.ones(len(series.probes))
    if isinstance(series.target, targets.Label) and labels is not None and np.isin(labels, (0, 1)).all():
        # One output for two classes.
        return 2.0 * labels - 1
    # Nothing is known of other scores; away from the baseline's is where attributions point.
    return np.sign(np.asarray(measurement.attribution.score - measurement.attribution.baseline_score, np.float64))


def _spread(leaves: list[Leaf], masks: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Masks [N, positions] of all leaves side by side as one mask per leaf that broadcasts to its values."""
    spread, first = [], 0
    for leaf in leaves:
        shape = leaf.positions.shape
        own = masks[:, first : first + leaf.count]
        first += leaf.count
        spread.append(leaf.place.spread(own.reshape(shape)))
    return spread
