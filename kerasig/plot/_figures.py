"""Plotly figures of an Attribution, for notebooks: the map of one example, and its path."""

from __future__ import annotations

from typing import Literal

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from kerasig import _arguments as arguments
from kerasig._attribution.data import AttributionData
from kerasig._types import Items, Kind, Names
from kerasig.plot._captions import captions_of
from kerasig.plot._drawn import attributed_leaves, check_probe, words_of
from kerasig.plot._panels import Captions, text
from kerasig.plot._panels_of_kinds import panels_of
from kerasig.plot._titles import title
from kerasig.probes import ProbeSet

_TITLE_HEIGHT, _GAP, _BOTTOM = 76, 56, 60
# Stands out on light and dark, and is the colour of neither sign.
_LINE = "rgb(126, 104, 200)"


def plot(
    attribution: AttributionData,
    probe: int = 0,
    kind: Kind | Literal["auto"] = "auto",
    *,
    names: Names | None = None,
    tokens: Names | Items[Names] | None = None,
    feature_names: Names | None = None,
    class_names: Names | None = None,
    probes: ProbeSet | None = None,
) -> go.Figure:
    """Draws the attribution of one example, with its error in the title.

    Images are signed heat maps over the picture in grey, volumes such maps of each slice with a slider, tokens and
    graph nodes bars in their order, tabular inputs bars sorted by size, series lines with a heat strip. Channels are
    summed, so what is drawn sums to what was attributed. Every scale is symmetric around zero.

    Args:
        attribution: What `kerasig.explain` returned.
        probe: Index of the example.
        kind: "image", "volume", "tokens", "tabular", "series" or "graph"; "auto" decides from the shapes.
        names: What the N examples are called.
        tokens: Per example a list of strings, or one list for this example.
        feature_names: What the columns of tabular inputs or the channels of series are called.
        class_names: What the model's classes are called.
        probes: The `ProbeSet` that was explained: its captions stand in for those that are left out here.

    Returns:
        A figure that takes on any of Plotly's templates, light or dark.

    Raises:
        ValueError: `probe` is no example, or an argument does not fit the attribution.

    Example:
        >>> attribution = kerasig.explain(lambda x: x[:, 0] * x[:, 1], np.ones((1, 2), "float32"))
        >>> figure = kerasig.plot.plot(attribution, feature_names=["age", "income"])
        >>> figure.write_html("age.html")  # doctest: +SKIP
    """
    check_probe(attribution, probe)
    said = captions_of(
        attribution,
        probes,
        kind=kind,
        names=names,
        tokens=tokens,
        feature_names=feature_names,
        class_names=class_names,
    )
    drawn = list(map(said.worded, attributed_leaves(attribution, said.kind, said.tokens is not None)))
    words = None if said.tokens is None else words_of(said.tokens, probe, len(attribution))
    features = None if said.feature_names is None else arguments.texts("feature_names", said.feature_names)
    # Those of a set may be of inputs, where a layer is drawn.
    if (
        features is not None
        and feature_names is not None
        and not any(leaf.values.shape[-1] == len(features) for leaf in drawn)
    ):
        raise ValueError(
            f"feature_names must be one per feature. Received {len(features)} names for values of shapes "
            f"{[list(leaf.values.shape) for leaf in drawn]}. Pass as many as the last axis is long."
        )
    panels = panels_of(drawn, Captions(probe, words, features))
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
    _finish(figure, total, title(attribution, probe, said.names, said.class_names))
    return figure


def path(
    attribution: AttributionData,
    probe: int = 0,
    *,
    names: Names | None = None,
    class_names: Names | None = None,
    probes: ProbeSet | None = None,
) -> go.Figure:
    """Draws score and slope along the path from the baseline to one example, with the residual in the title.

    The area under the slope is the score's change. Where several baselines were sampled, each has a line of its own.

    Args:
        attribution: What `kerasig.explain` returned.
        probe: Index of the example.
        names: What the N examples are called.
        class_names: What the model's classes are called.
        probes: The `ProbeSet` that was explained: its captions stand in for those that are left out here.

    Raises:
        ValueError: `probe` is no example.

    Example:
        >>> attribution = kerasig.explain(lambda x: x[:, 0] ** 3, np.ones((1, 1), "float32"))
        >>> figure = kerasig.plot.path(attribution)
    """
    check_probe(attribution, probe)
    said = captions_of(attribution, probes, names=names, class_names=class_names)
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
    _finish(figure, 440, title(attribution, probe, said.names, said.class_names))
    return figure


def _finish(figure: go.Figure, height: int, heading: str) -> None:
    figure.update_layout(
        title={"text": heading, "font_size": 15, "x": 0.02, "xanchor": "left", "y": 1, "yanchor": "top", "pad_t": 18},
        height=height + _TITLE_HEIGHT + _BOTTOM,
        margin={"t": _TITLE_HEIGHT, "b": _BOTTOM, "l": 60, "r": 30},
        bargap=0.15,
    )
