"""Measurements and probe sets in the plugin's wire format."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tensorboard_plugin_kerasig import schema

from kerasig import _nest as nest
from kerasig._measures.map_measures import FIELDS
from kerasig._measures.positions import Leaf
from kerasig._recording.event_writer import Entries, encode_stats
from kerasig._recording.reasons import remedies_of
from kerasig._recording.series import Measurement, Series
from kerasig.alarms import Alert
from kerasig.probes import ProbeSet


def encode_measurement(series: Series, measurement: Measurement, wall_time: float) -> Entries:
    """One record of one series; stats last, because a step is listed once they are there."""
    title, attribution = series.probes.title, measurement.attribution
    judge = attribution.rule.judge
    header = {
        "kind": "attributions",
        "title": title,
        "series": series.name,
        "probes": len(series.probes),
        "leaves": [_leaf_entry(leaf) for leaf in measurement.leaves],
        "step": measurement.step,
        "epoch": measurement.epoch,
        "wall_time": wall_time,
        "duration": measurement.duration,
        "rule": str(attribution.rule),
        "tolerances": {"residual": judge.tolerance, "map_error": judge.map_tolerance},
        "target": series.description,
        "classes": _classes(measurement.stats["class"]),
        "predicted": _classes(measurement.stats["predicted"]),
        **{field.name: getattr(attribution, field.name) for field in FIELDS},
        "statuses": attribution.status.tolist(),
        "remedies": remedies_of(attribution),
        "scalars": measurement.scalars,
        "leaderboard": measurement.leaderboard,
        "alarms": [alert.entry() for alert in measurement.alerts],
    }
    values = [leaf.positions.astype(np.float32) for leaf in measurement.leaves]
    entries: Entries = [("attributions", title, series.name, schema.encode_record(header, values), {})]
    if attribution.interior is not None:
        entries.append(("interior", title, series.name, _interior(measurement, header), {}))
    described = {name: measurement.described[name] for name in measurement.stats}
    return [*entries, ("stats", title, series.name, encode_stats(measurement.stats), described)]


def alarm_texts(measured: Sequence[tuple[Series, Measurement]]) -> dict[str, str]:
    """Texts of the alarms that fired at a record, by tag of the Text tab: one per probe set, in Markdown."""
    alerts: dict[str, list[Alert]] = {}
    for series, measurement in measured:
        alerts.setdefault(series.probes.title, []).extend(measurement.alerts)
    return {tag: text for title, fired in alerts.items() for tag, text in texts_of(title, fired).items()}


def texts_of(title: str, alerts: Sequence[Alert]) -> dict[str, str]:
    """The text of what a set's or an audit's alarms say, by tag of the Text tab; none where none fired."""
    words = []
    for alert in alerts:
        # Names are the user's, and stay as they are: what HTML and Markdown would read as markup is escaped.
        escaped = html.escape(" ".join(str(alert).split()), quote=False)
        words.append(re.sub(r"([\\`*_{}\[\]()#+\-.!|~])", r"\\\1", escaped))
    return {f"{schema.key(title)}/alarms": "\n\n".join(words)} if words else {}


def _interior(measurement: Measurement, header: dict[str, Any]) -> list[bytes]:
    interior, path = measurement.attribution.interior, measurement.attribution.path
    assert interior is not None
    gradients = [leaf for leaf in nest.flatten(interior.gradients) if leaf is not None]
    reduced = []
    for leaf, gradient in zip(measurement.leaves, gradients, strict=True):
        n, count = gradient.shape[:2]
        merged = gradient.reshape(n * count, *gradient.shape[2:])
        positions = leaf.place.sum(merged)
        reduced.append(positions.reshape(n, count, *positions.shape[1:]).astype(np.float32))
    profile = {name: getattr(path, name).reshape(header["probes"], -1) for name in ("alphas", "scores", "slopes")}
    fields = {name: header[name] for name in ("title", "series", "probes", "leaves", "step", "epoch", "wall_time")}
    return schema.encode_record({**fields, "kind": "interior", "alphas": interior.alphas, "path": profile}, reduced)


def encode_inputs(probes: ProbeSet, leaves: list[Leaf], layer: Any) -> Entries:
    """The probe set itself."""
    attributed = {leaf.name for leaf in leaves}
    shown_as = {leaf.kind.name for leaf in leaves} if all(leaf.groups is not None for leaf in leaves) else set()
    kinds = {probes.places.layout.kind, *map(probes.places.kind, probes.places.leaves), *(leaf.kind for leaf in leaves)}
    # The page draws channels where most models have them.
    arrays = [(name, probes.places.channels_last(name)) for name in probes.places.leaves]
    names = [name for name, _ in arrays]
    regions = {}
    for region, masks in probes.regions.items():
        # The format has one mask per region; the subject's is the one that is drawn.
        leaf = probes.subject if probes.subject in masks else next(iter(masks))
        regions[region] = schema.encode_mask(masks[leaf], leaf=names.index(leaf))
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
                "kind": probes.leaf_kind(name),
            }
            for name, array in arrays
        ],
        "probe_kind": probes.kind,
        "shown_as": shown_as.pop() if shown_as else None,
        "kinds": {kind.name: kind.traits() for kind in sorted(kinds, key=lambda kind: kind.name)},
        "subject": names.index(probes.subject),
        "names": list(probes.names),
        "labels": None if probes.class_labels is None else probes.class_labels.tolist(),
        "class_names": probes.class_names,
        "feature_names": probes.feature_names,
        "tokens": probes.tokens,
        "leaf_tokens": _leaf_tokens(probes),
        "edges": None if probes.edges is None else [edges.tolist() for edges in probes.edges],
        "rate": probes.rate,
        "regions": regions,
        "groups": probes.groups,
        "attributed": sorted(attributed),
        "layer": layer,
        "coordinates": {leaf.name: list(leaf.groups) for leaf in leaves if leaf.groups is not None} or None,
        "fingerprint": probes.fingerprint,
    }
    return [("inputs", probes.title, "", schema.encode_record(header, [array for _, array in arrays]), {})]


def _classes(column: NDArray[Any]) -> NDArray[np.int64] | None:
    """A column of classes as integers; None where there are none."""
    return column.astype(np.int64) if np.isfinite(column).all() else None


def _leaf_tokens(probes: ProbeSet) -> dict[str, Any] | None:
    """Tokens by leaf, where more than one has its own."""
    tokens = {leaf: probes.tokens_of(leaf) for leaf, _ in probes.leaves() if probes.tokens_of(leaf) is not None}
    return tokens if len(tokens) > 1 else None


def _leaf_entry(leaf: Leaf) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": leaf.name,
        "shape": list(leaf.positions.shape[1:]),
        "full_shape": list(leaf.values.shape[1:]),
        "kind": leaf.kind.name,
    }
    if leaf.groups is not None:
        entry["grouped"] = True
    if leaf.of_input not in (None, leaf.name):
        entry["positions_of"] = leaf.of_input
    return entry
