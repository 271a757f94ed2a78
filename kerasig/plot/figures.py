"""Plotly figures of an Attribution, for notebooks: the map of one example, and its path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from kerasig import nest
from kerasig.attribution import Attribution
from kerasig.plot.panels import FeaturePanel, ImagePanel, Panel, SequencePanel, SeriesPanel, text
from kerasig.plot.titles import title
from kerasig.probes import kinds

_TITLE_HEIGHT, _GAP, _BOTTOM = 76, 56, 60
# Stands out on light and dark, and is the colour of neither sign.
_LINE = "rgb(126, 104, 200)"


def plot(
    attribution: Attribution,
    probe: int = 0,
    kind: str = "auto",
    *,
    names: Sequence[str] | None = None,
    tokens: Sequence[Any] | None = None,
    feature_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
) -> go.Figure:
    """Draws the attribution of one example, with its error in the title.

    Images are signed heat maps over the picture in grey, tokens and graph nodes bars in their order, tabular inputs
    bars sorted by size, series lines with a heat strip. Channels are summed, so what is drawn sums to what was
    attributed. Every scale is symmetric around zero.

    Args:
        attribution: What `kerasig.explain` returned.
        probe: Index of the example.
        kind: "image", "tokens", "tabular", "series" or "graph"; "auto" decides from the shapes.
        names: What the N examples are called.
        tokens: Per example a list of strings, or one list for this example.
        feature_names: What the columns of tabular inputs or the channels of series are called.
        class_names: What the model's classes are called.

    Returns:
        A figure that takes on any of Plotly's templates, light or dark.

    Raises:
        ValueError: `probe` is no example, or an argument does not fit the attribution.
    """
    _check_probe(attribution, probe)
    drawn = list(_drawn(attribution, kind, tokens is not None))
    words = None if tokens is None else _words(tokens, probe, len(attribution))
    panels = _panels(drawn, probe, words, feature_names)
    rows = [height for panel in panels for height in panel.heights]
    total = sum(rows) + _GAP * (len(rows) - 1)
    spacing = _GAP / total if len(rows) > 1 else 0
    figure = make_subplots(rows=len(rows), cols=1, row_heights=rows, vertical_spacing=spacing)
    row = 1
    for panel in panels:
        panel.draw(figure, row)
        if len(panels) > 1:
            top = figure.get_subplot(row, 1).yaxis.domain[1]
            position = {"x": 0, "y": top, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
            figure.add_annotation(text=text(panel.title), showarrow=False, **position)
        row += len(panel.heights)
    _finish(figure, total, title(attribution, probe, names, class_names))
    return figure


def path(
    attribution: Attribution,
    probe: int = 0,
    *,
    names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
) -> go.Figure:
    """Draws score and slope along the path from the baseline to one example, with the residual in the title.

    The area under the slope is the score's change. Where several baselines were sampled, each has a line of its own.

    Args:
        attribution: What `kerasig.explain` returned.
        probe: Index of the example.
        names: What the N examples are called.
        class_names: What the model's classes are called.

    Raises:
        ValueError: `probe` is no example.
    """
    _check_probe(attribution, probe)
    profile = attribution.path
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06)
    alphas = np.atleast_2d(profile.alphas[probe])
    for row, (name, curves) in enumerate([("score", profile.scores), ("slope", profile.slopes)], start=1):
        for positions, curve in zip(alphas, np.atleast_2d(curves[probe]), strict=True):
            known = ~(np.isnan(positions) | np.isnan(curve))
            line = go.Scatter(
                x=positions[known],
                y=curve[known],
                name=name,
                mode="lines+markers",
                marker_size=5,
                line={"color": _LINE, "width": 1.5},
                fill="tozeroy" if name == "slope" and len(alphas) == 1 else None,
                opacity=1 if len(alphas) == 1 else max(0.15, 1 / len(alphas)),
                hovertemplate="alpha %{x:.4g}<br>" + name + " %{y:.5g}<extra></extra>",
                showlegend=False,
            )
            figure.add_trace(line, row=row, col=1)
        figure.update_yaxes(title_text=name, row=row, col=1)
    start, end = float(attribution.baseline_score[probe]), float(attribution.score[probe])
    for level, label in ((start, "baseline"), (end, "input")):
        figure.add_hline(level, line={"dash": "dot", "width": 1, "color": "gray"}, annotation_text=label, row=1, col=1)
    figure.update_xaxes(title_text="alpha, from the baseline to the input", range=[-0.02, 1.02], row=2, col=1)
    _finish(figure, 440, title(attribution, probe, names, class_names))
    return figure


@dataclass(frozen=True, eq=False)
class _Drawn:
    """One attributed leaf: values [N, ...] summed to positions, and the input leaf [N, ...] they belong to, if any."""

    name: str
    kind: str
    values: NDArray[Any]
    inputs: NDArray[Any] | None
    ids: NDArray[Any] | None = None


def _drawn(attribution: Attribution, kind: str, has_tokens: bool) -> Iterator[_Drawn]:
    leaves = list(_leaves(attribution))
    shown = {name: values if inputs is None else inputs for name, values, inputs in leaves}
    ids = {name: _ids(attribution, values) for name, values, inputs in leaves if inputs is None}
    if kind == "auto" and any(row is not None for row in ids.values()):
        kind = "tokens"
    layout = kinds.decide(shown, kind, tokens=has_tokens, edges=False)
    for name, values, inputs in leaves:
        leaf_kind = layout.leaf_kinds[name]
        is_image = inputs is not None and inputs.ndim == 4
        channels = kinds.channel_axis(values.shape) if is_image else 3
        positions = kinds.sum_to_positions(values, leaf_kind, channels)
        yield _Drawn(name, leaf_kind, positions, inputs, ids.get(name) if inputs is None else inputs)


def _leaves(attribution: Attribution) -> Iterator[tuple[str, NDArray[Any], NDArray[Any] | None]]:
    """Name, values and inputs of each attributed leaf; a layer's output has no inputs of its own."""
    layers = attribution.layer if isinstance(attribution.layer, list) else [attribution.layer]
    entries = attribution.values if isinstance(attribution.layer, list) else [attribution.values]
    for layer, values in zip(layers, entries, strict=True):
        names = nest.names(values, lone="inputs" if layer is None else layer)
        inputs = nest.flatten(attribution.inputs) if layer is None and attribution.inputs is not None else []
        for i, (name, leaf) in enumerate(zip(names, nest.flatten(values), strict=True)):
            if leaf is not None:
                full = name if layer is None or name == layer else f"{layer}/{name}"
                yield full, np.asarray(leaf), np.asarray(inputs[i]) if inputs else None


def _ids(attribution: Attribution, values: NDArray[Any]) -> NDArray[Any] | None:
    """The ids or strings [N, T] that were fed to the model, where a layer's output [N, T, D] has their positions."""
    for leaf in nest.flatten(attribution.inputs):
        array = np.asarray(leaf)
        if values.ndim == 3 and array.dtype.kind in "iuOSU" and array.shape == values.shape[:2]:
            return array
    return None


def _panels(
    drawn: list[_Drawn], probe: int, words: list[str] | None, feature_names: Sequence[str] | None
) -> list[Panel]:
    panels: list[Panel] = []
    features: list[_Drawn] = []
    for leaf in drawn:
        values = leaf.values[probe]
        if leaf.kind == "image":
            panels.append(ImagePanel(leaf.name, values, _grey(leaf, probe)))
        elif leaf.kind in ("tokens", "graph"):
            panels.append(SequencePanel(leaf.name, values, _position_names(leaf, probe, words)))
        elif leaf.kind == "series":
            series = None if leaf.inputs is None else leaf.inputs[probe].reshape(len(values), -1)
            values = values.reshape(len(values), -1)
            panels.append(SeriesPanel(leaf.name, values, _feature_names(leaf, values.shape[1], feature_names), series))
        else:
            features.append(leaf)
    if features:
        # One chart for all of them: a table often comes as one leaf per column.
        labels: list[str] = []
        for leaf in features:
            own = _feature_names(leaf, leaf.values[probe].size, feature_names)
            many = len(features) > 1 and leaf.values[probe].size > 1
            labels += [f"{leaf.name}: {name}" for name in own] if many else own
        values = np.concatenate([leaf.values[probe].reshape(-1) for leaf in features])
        known = [leaf.inputs[probe].reshape(-1) for leaf in features if leaf.inputs is not None]
        inputs = np.concatenate(known) if len(known) == len(features) else None
        panels.append(FeaturePanel(", ".join(leaf.name for leaf in features), values, labels, inputs))
    if feature_names is not None and not any(leaf.values.shape[-1] == len(feature_names) for leaf in drawn):
        raise ValueError(
            f"feature_names must be one per feature. Received {len(feature_names)} names for values of shapes "
            f"{[list(leaf.values.shape) for leaf in drawn]}. Pass as many as the last axis is long."
        )
    return panels


def _grey(leaf: _Drawn, probe: int) -> NDArray[Any] | None:
    if leaf.inputs is None:
        return None
    picture: NDArray[Any] = leaf.inputs[probe].astype(np.float32)
    if picture.ndim == 2:
        return picture
    picture = np.moveaxis(picture, kinds.channel_axis(leaf.inputs.shape) - 1, -1)
    channels = picture.shape[-1]
    weights = np.array([0.2126, 0.7152, 0.0722]) if channels == 3 else np.full(channels, 1 / channels)
    picture = picture @ weights.astype(np.float32)
    return picture


def _position_names(leaf: _Drawn, probe: int, words: list[str] | None) -> list[str]:
    length = leaf.values.shape[1]
    if leaf.kind == "graph":
        return [f"node {i}" for i in range(length)]
    if words is not None:
        if len(words) > length:
            raise ValueError(
                f"tokens must fit the sequence. Received {len(words)} tokens for {length} positions. "
                f"Pass at most {length}."
            )
        return [*words, *[""] * (length - len(words))]
    if leaf.ids is not None and leaf.ids.ndim == 2 and leaf.ids.shape[1] == length and leaf.ids.dtype.kind != "f":
        return [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in leaf.ids[probe]]
    return [str(i) for i in range(length)]


def _feature_names(leaf: _Drawn, count: int, names: Sequence[str] | None) -> list[str]:
    if names is not None and len(names) == count:
        return list(map(str, names))
    if count == 1:
        return [leaf.name]
    return [f"{'channel' if leaf.kind == 'series' else 'feature'} {i}" for i in range(count)]


def _words(tokens: Sequence[Any], probe: int, n: int) -> list[str]:
    if len(tokens) and all(isinstance(token, str) for token in tokens):
        return list(tokens)
    if len(tokens) != n:
        raise ValueError(
            f"tokens must be a list of strings per example, or one for this example. Received {len(tokens)} entries "
            f"for {n} examples. Pass {n} lists of strings."
        )
    return list(map(str, tokens[probe]))


def _check_probe(attribution: Attribution, probe: int) -> None:
    if isinstance(probe, bool) or not isinstance(probe, int | np.integer) or not 0 <= probe < len(attribution):
        raise ValueError(
            f"probe must be the index of an example. Received probe={probe!r} for {len(attribution)} examples. "
            f"Pass 0 to {len(attribution) - 1}."
        )


def _finish(figure: go.Figure, height: int, heading: str) -> None:
    figure.update_layout(
        title={"text": heading, "font_size": 15, "x": 0.02, "xanchor": "left", "y": 1, "yanchor": "top", "pad_t": 18},
        height=height + _TITLE_HEIGHT + _BOTTOM,
        margin={"t": _TITLE_HEIGHT, "b": _BOTTOM, "l": 60, "r": 30},
        bargap=0.15,
    )
