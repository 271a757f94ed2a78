"""A figure of a difference: an interval for each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from kerasig._global import drawing
from kerasig.plot._colors import signed_colors
from kerasig.plot._grid import finish

if TYPE_CHECKING:
    from kerasig._global.difference import Difference


def figure_of(found: Difference, most: int) -> go.Figure:
    """Dots with their intervals; features that did not move are grey."""
    order = found.order[:most]
    values = found.value[order]
    moved = found.moved[order]
    colors = np.where(moved, signed_colors(values), drawing.WHISKER_GREY)
    names = [found.names[at] for at in order.tolist()]
    figure = go.Figure()
    for line, at in enumerate(order.tolist()):
        said = (
            f"{drawing.text(found.names[at])}<br>{found.first[at]:.4g} to {found.second[at]:.4g}"
            f"<br>difference {found.value[at]:.4g}, from {found.low[at]:.4g} to {found.high[at]:.4g}"
        )
        figure.add_trace(
            go.Scatter(
                x=[found.value[at]],
                y=[line],
                mode="markers",
                marker={"size": 8, "color": colors[line]},
                error_x={
                    "type": "data",
                    "array": [np.nan_to_num(found.high[at] - found.value[at])],
                    "thickness": 2,
                    "width": 4,
                    "color": colors[line],
                },
                customdata=[said],
                hovertemplate="%{customdata}<extra></extra>",
                showlegend=False,
            )
        )
    figure.add_vline(x=0, line_width=1, line_color=drawing.WHISKER_GREY)
    first, second = map(drawing.text, found.called)
    key = f"{100 * found.confidence:.4g}% intervals for all features together. Grey: nothing is shown to have moved."
    heading = f"{second} less {first}: {int(found.moved.sum())} of {len(found):,} features moved<br><sup>{key}</sup>"
    finish(figure, max(120, drawing.ROW * len(order)), heading)
    drawing.named_rows(figure, names)
    figure.update_xaxes(title_text=f"difference in {found.what}")
    return figure
