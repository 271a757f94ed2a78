"""Figures of colours: means of features by class or slice, mean maps of pictures, and correlations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from kerasig._global import drawing
from kerasig._global.averages import Averages
from kerasig._global.texts import counted
from kerasig.plot._colors import diverging_scale
from kerasig.plot._grid import finish

if TYPE_CHECKING:
    from kerasig._global.result import GlobalAttribution

Float = NDArray[np.float64]

# Maps of a figure, and those of a row of it.
_MOST_MAPS, _IN_A_ROW, _SIDE, _GAP = 12, 4, 150, 34
# Groups beside each other that can be read.
_MOST_GROUPS = 30
_BAR_LENGTH = 220


def heat_of(found: GlobalAttribution, groups: Sequence[Averages], by: str, most: int) -> go.Figure:
    """Features by groups, the mean of each in its colour.

    Raises:
        ValueError: there are no groups.
    """
    groups = [each for each in groups if each.n][:_MOST_GROUPS]
    if not groups:
        words = "classes" if by == "class" else "slices"
        other = "slice" if by == "class" else "class"
        raise ValueError(
            f"by must be of groups that have rows. Received by={by!r}, and there are no {words}. Pass by={other!r}, or "
            f"explain with {'labels' if by == 'class' else 'slices='}."
        )
    order = found.order(np.max([each.size.value for each in groups], axis=0), most)
    means = np.stack([each.mean.value[order] for each in groups], axis=1)
    errors = drawing.WHISKER * np.nan_to_num(np.stack([each.mean.error[order] for each in groups], axis=1))
    end = float(np.abs(means).max()) or 1.0
    heat = go.Heatmap(
        z=means,
        customdata=np.stack([np.vectorize("{:.2g}".format)(errors), _rows_of(groups, len(order))], axis=2),
        colorscale=diverging_scale(),
        zmin=-end,
        zmax=end,
        xgap=1,
        ygap=1,
        colorbar=_bar(end),
        hovertemplate="%{y}, %{x}<br>mean attribution %{z:.4g} ± %{customdata[0]}<br>%{customdata[1]} rows"
        "<extra></extra>",
    )
    figure = go.Figure(heat)
    figure.update_layout(xaxis={"tickvals": list(range(len(groups)))})
    said = "class" if by == "class" else "slice"
    key = "Orange raises the score, blue lowers it; colours are of mean attributions."
    finish(figure, max(140, drawing.ROW * len(order)), f"Mean attributions by {said}<br><sup>{key}</sup>")
    drawing.named_rows(figure, [found.names[at] for at in order.tolist()])
    names = [f"{drawing.short(each.name)}<br>{counted(each.n, 'row')}" for each in groups]
    if len(groups) > _FEW:
        names = [drawing.short(each.name) for each in groups]
    figure.update_xaxes(ticktext=names, showgrid=False, zeroline=False, automargin=True)
    return figure


# Groups under which there is room for the number of their rows.
_FEW = 8


def _rows_of(groups: Sequence[Averages], count: int) -> NDArray[np.str_]:
    return np.tile([f"{each.n:,}" for each in groups], (count, 1))


def maps_of(found: GlobalAttribution, groups: Sequence[Averages]) -> go.Figure:
    """A mean map of all rows, and of each group."""
    shape, begin = found.picture
    shown = [found.all, *[each for each in groups if each.n]][:_MOST_MAPS]
    maps = [_flat(each.mean.value[begin : begin + math.prod(shape)].reshape(shape)) for each in shown]
    columns = min(_IN_A_ROW, len(maps))
    rows = -(-len(maps) // columns)
    height, width = maps[0].shape
    side = _SIDE * min(2.0, max(0.5, height / width))
    total = rows * side + (rows - 1) * _GAP
    titles = [f"{drawing.short(each.name)}, {each.n:,}" for each in shown]
    figure = make_subplots(
        rows,
        columns,
        subplot_titles=titles,
        vertical_spacing=_GAP / total if rows > 1 else 0,
        horizontal_spacing=0.03,
    )
    # One odd group must not make all others pale.
    ends = sorted(float(np.quantile(np.abs(each), 0.995)) for each in maps)
    end = ends[len(ends) // 2] or max(float(np.abs(each).max()) for each in maps) or 1.0
    for at, each in enumerate(maps):
        heat = go.Heatmap(
            z=each.astype(np.float32),
            coloraxis="coloraxis",
            hovertemplate="row %{y}, column %{x}<br>mean attribution %{z:.4g}<extra></extra>",
        )
        figure.add_trace(heat, row=at // columns + 1, col=at % columns + 1)
    for at in range(rows * columns):
        place = {"row": at // columns + 1, "col": at % columns + 1}
        if at >= len(maps):
            figure.update_xaxes(visible=False, **place)
            figure.update_yaxes(visible=False, **place)
            continue
        bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "constrain": "domain"}
        bare |= {"showline": True, "mirror": True, "linecolor": "rgba(128, 128, 128, 0.4)"}
        figure.update_xaxes(range=[-0.5, width - 0.5], **bare, **place)
        across = figure.get_subplot(place["row"], place["col"]).xaxis.plotly_name.replace("axis", "")
        figure.update_yaxes(range=[height - 0.5, -0.5], scaleanchor=across, **bare, **place)
    left = len(groups) + 1 - len(shown)
    more = f" {left} groups more are in by_class." if left > 0 else ""
    said = f"Orange raises the score, blue lowers it; beside each name its rows.{more}"
    finish(figure, int(total) + 20, f"Mean maps of {counted(found.n, 'row')}<br><sup>{said}</sup>")
    figure.update_annotations(font_size=12)
    bar = _bar(end)
    figure.update_layout(
        coloraxis={"colorscale": diverging_scale(), "cmin": -end, "cmax": end, "colorbar": bar},
        width=columns * (_SIDE + 20) + 150,
        margin={"l": 20, "t": 96},
    )
    return figure


def _flat(values: Float) -> Float:
    """A map of rows and columns; of a volume its slices summed."""
    return values if values.ndim == 2 else values.sum(axis=tuple(range(values.ndim - 2)))


def pairs_of(found: GlobalAttribution, most: int) -> go.Figure:
    """Correlations between the features that matter most.

    Raises:
        ValueError: they were not computed.
    """
    if (pairs := found.pairs) is None:
        raise ValueError(
            "kind must be of what was computed. Received kind='pairs' without pairs. Pass reduce=['pairs'] to "
            "explain_dataset, for at most 256 positions."
        )
    order = drawing.largest(found.size.value, most)
    shown = pairs.correlation[np.ix_(order, order)].copy()
    np.fill_diagonal(shown, np.nan)
    error = np.vectorize("{:.2g}".format)(drawing.WHISKER * pairs.error[np.ix_(order, order)])
    names = [found.names[at] for at in order.tolist()]
    labels = [drawing.text(name) for name in names]
    both = [[f"{one} and {two}" for two in labels] for one in labels]
    heat = go.Heatmap(
        z=shown,
        customdata=np.stack([both, error], axis=2),
        colorscale=diverging_scale(1.0),
        zmin=-1,
        zmax=1,
        xgap=1,
        ygap=1,
        colorbar=_bar(1.0),
        hoverongaps=False,
        hovertemplate="%{customdata[0]}<br>correlation %{z:.2f} ± %{customdata[1]}<extra></extra>",
    )
    figure = go.Figure(heat)
    key = "Correlations over rows. Orange: both raise the score together, or lower it. Blue: one raises, one lowers it."
    finish(figure, max(160, drawing.ROW * len(order)), f"Attributions that go together<br><sup>{key}</sup>")
    drawing.named_rows(figure, names)
    ticks: dict[str, Any] = {"tickvals": list(range(len(names))), "ticktext": list(map(drawing.short, names))}
    figure.update_xaxes(showgrid=False, zeroline=False, automargin=True, **ticks)
    return figure


def _bar(end: float) -> dict[str, Any]:
    """The bar of colours."""
    return {
        "thickness": 12,
        "lenmode": "pixels",
        "len": _BAR_LENGTH,
        "y": 1,
        "yanchor": "top",
        "tickvals": [-end, 0, end],
        "ticktext": [f"\u2212{end:.2g}", "0", f"{end:.2g}"],
        "outlinewidth": 1,
        "outlinecolor": "rgba(128, 128, 128, 0.6)",
    }
