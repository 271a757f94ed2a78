"""A figure of suspects: where each lies in the mean map of its class, and what transplants did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kerasig._suspects.boxes import bounds_of
from kerasig._suspects.suspect import Candidate

if TYPE_CHECKING:
    import plotly.graph_objects as go

_HEIGHT, _GAP = 190, 70
_MARK = "#0072b2"


def figure_of(suspects: Sequence[Candidate], heading: str) -> go.Figure:
    """A row for each suspect: its class's mean map with the region outlined, and three bars of the score's share.

    Args:
        suspects: those to draw.
        heading: over all of them.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    from kerasig.plot._colors import shade
    from kerasig.plot._grid import finish

    count = max(1, len(suspects))
    titles = [text for each in suspects for text in (f"{each.group}: {each.name}", "share of the class's lead")]
    figure = make_subplots(
        count, 2, subplot_titles=titles, column_widths=[0.55, 0.45], vertical_spacing=_GAP / (count * (_HEIGHT + _GAP))
    )
    for row, each in enumerate(suspects, start=1):
        _draw_map(figure, each, row)
        bars = {"matched places": float(each.matched.mean())} if len(each.matched) else {}
        bars |= {"put into others: rise": each.rise.mean, "replaced in its own: fall": each.fall.mean}
        strengths = [0.25, 0.9, 0.9][-len(bars) :]
        figure.add_trace(
            go.Bar(
                x=list(bars.values()),
                y=list(bars),
                orientation="h",
                marker_color=[shade(strength) for strength in strengths],
                text=[f"{value:.0%}" for value in bars.values()],
                textposition="outside",  # In the colour of the page's text: within, it is lost on faint bars.
                cliponaxis=False,
                showlegend=False,
            ),
            row=row,
            col=2,
        )
        figure.update_xaxes(tickformat=".0%", rangemode="tozero", row=row, col=2)
    finish(figure, count * _HEIGHT + (count - 1) * _GAP, heading)
    figure.update_layout(margin_t=110)
    return figure


def _draw_map(figure: go.Figure, suspect: Candidate, row: int) -> None:
    """The mean map: a picture where positions have two axes, else bars."""
    import plotly.graph_objects as go

    from kerasig.plot._colors import shade

    shares = suspect.mean_map
    if shares is None:
        figure.update_xaxes(visible=False, row=row, col=1)
        figure.update_yaxes(visible=False, row=row, col=1)
        return
    if shares.ndim == 2:
        scale = [[place, shade(place)] for place in np.linspace(0, 1, 16).tolist()]
        heat = go.Heatmap(z=shares, colorscale=scale, zmin=0, showscale=False, hovertemplate="%{z:.1%}<extra></extra>")
        figure.add_trace(heat, row=row, col=1)
        figure.update_yaxes(autorange="reversed", scaleanchor=f"x{2 * row - 1}" if row > 1 else "x", row=row, col=1)
        figure.update_yaxes(constrain="domain", showgrid=False, zeroline=False, row=row, col=1)
        figure.update_xaxes(constrain="domain", showgrid=False, zeroline=False, row=row, col=1)
        inside = suspect.region if suspect.region is not None and suspect.region.ndim == 2 else None
        if inside is not None and (box := bounds_of(inside)) is not None:
            (top, bottom), (left, right) = box
            figure.add_shape(
                type="rect",
                **{"x0": left - 0.5, "x1": right - 0.5, "y0": top - 0.5, "y1": bottom - 0.5},
                line={"color": _MARK, "width": 2},
                row=row,
                col=1,
            )
        return
    flat = shares.reshape(len(shares), -1).sum(axis=1)
    region = None if suspect.region is None or suspect.region.shape != shares.shape else suspect.region
    marked = np.zeros(len(flat), bool) if region is None else np.asarray(region.reshape(len(shares), -1).any(axis=1))
    colors = [_MARK if each else shade(0.6) for each in marked]
    figure.add_trace(go.Bar(y=flat, marker_color=colors, showlegend=False), row=row, col=1)
    figure.update_yaxes(tickformat=".0%", row=row, col=1)
