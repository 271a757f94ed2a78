"""The path of one example, as a Plotly figure."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from kerasig._attribution.data import AttributionData
from kerasig._types import Names
from kerasig.plot._captions import captions_of
from kerasig.plot._drawn import check_probe
from kerasig.plot._grid import finish
from kerasig.plot._titles import title
from kerasig.probes import ProbeSet

# Stands out on light and dark, and is the colour of neither sign.
_LINE = "rgb(126, 104, 200)"


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
    finish(figure, 440, title(attribution, probe, said.names, said.class_names))
    return figure
