"""A figure of single rows: a dot for each, one line of them for each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig._global import drawing
from kerasig._global.texts import counted
from kerasig.plot._colors import NEGATIVE, POSITIVE
from kerasig.plot._grid import finish

if TYPE_CHECKING:
    from kerasig._global.result import GlobalAttribution

Float = NDArray[np.float64]

# Dots of a line: more are one blot.
_MOST_DOTS = 400
_ROW = 34
# Places along a line in which dots are stacked.
_BINS = 120
# From low to high, readable on light and on dark, and none of the two colours that have a sign.
_LOW_TO_HIGH = [[0.0, "rgb(86, 60, 171)"], [0.5, "rgb(178, 82, 161)"], [1.0, "rgb(226, 178, 60)"]]


def swarm_of(found: GlobalAttribution, most: int) -> go.Figure:
    """Dots of a sample of the rows, coloured by what the feature was.

    Raises:
        ValueError: no sample was kept.
    """
    sample = found.sample
    if sample is None:
        raise ValueError(
            "kind must be of what was computed. Received kind='beeswarm', for which rows have too many positions. "
            "Pass kind='heat map' or kind='bar'."
        )
    values, inputs = sample.values[:_MOST_DOTS], sample.inputs[:_MOST_DOTS]
    order = found.order(found.size.value, most)
    figure = go.Figure()
    has_inputs = bool(np.isfinite(inputs[:, order]).any())
    for line, at in enumerate(order.tolist()):
        own, known = values[:, at].astype(np.float64), inputs[:, at]
        colors = ranks(known) if has_inputs else np.where(own < 0, 0.0, 1.0)
        marker: dict[str, Any] = {"size": 5, "opacity": 0.75, "color": colors, "cmin": 0, "cmax": 1}
        marker |= {"colorscale": _LOW_TO_HIGH if has_inputs else [[0, NEGATIVE], [1, POSITIVE]]}
        if has_inputs and not line:
            marker["colorbar"] = _BAR
        name = drawing.text(found.names[at])
        given = [f"{name}<br>input {value:.4g}" if np.isfinite(value) else name for value in known]
        figure.add_trace(
            go.Scatter(
                x=own,
                y=line + spread(own),
                mode="markers",
                marker=marker,
                customdata=given,
                hovertemplate="%{customdata}<br>attribution %{x:.4g}<extra></extra>",
                showlegend=False,
            )
        )
    colours = "Colour: the feature's own value." if has_inputs else "Orange raises the score, blue lowers it."
    heading = f"Attributions of {len(values):,} of {counted(found.n, 'row')}, a dot each<br><sup>{colours}</sup>"
    finish(figure, max(160, _ROW * len(order)), heading)
    drawing.named_rows(figure, [found.names[at] for at in order.tolist()])
    figure.update_xaxes(title_text="attribution, in units of the score")
    return figure


_BAR = {
    "tickvals": [0, 0.5, 1],
    "ticktext": ["lowest", "median", "highest"],
    "thickness": 12,
    "lenmode": "pixels",
    "len": 180,
    "y": 1,
    "yanchor": "top",
    "outlinewidth": 0,
}


def ranks(values: NDArray[np.float32]) -> Float:
    """The rank of each value among all, from 0 to 1; equal ones have one; what is no number is in the middle."""
    known = np.isfinite(values)
    _, at, counts = np.unique(values[known], return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    found = np.full(len(values), 0.5)
    found[known] = middle[at] / max(known.sum() - 1, 1)
    return found


def spread(values: Float) -> Float:
    """How far each dot of a line is moved out of it, so that dots at one place lie beside each other."""
    reach = float(np.ptp(values)) if len(values) else 0.0
    boxes = np.zeros(len(values), np.int64)
    if reach > 0:
        boxes = ((values - values.min()) / reach * (_BINS - 1)).astype(np.int64)
    moved, counts = np.zeros(len(values)), np.bincount(boxes, minlength=1)
    step = 0.8 / max(int(counts.max()), 12)
    for box in np.flatnonzero(counts).tolist():
        inside = np.flatnonzero(boxes == box)
        # From the line outwards, above and below in turn.
        turn = np.arange(len(inside))
        moved[inside] = ((turn + 1) // 2) * np.where(turn % 2, 1, -1) * step
    return moved
