"""Plotly figures of an Attribution, for notebooks: the maps of examples of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import plotly.graph_objects as go

from kerasig import _arguments as arguments
from kerasig._attribution.data import AttributionData
from kerasig._types import Edges, Items, Kind, Names
from kerasig.plot._captions import AllCaptions, captions_of
from kerasig.plot._drawn import Drawn, attributed_leaves, check_words, checked, chosen_examples, words_of
from kerasig.plot._grid import Cell, Grid
from kerasig.plot._panels import Captions, Panel, Scale, Spot, text
from kerasig.plot._panels_of_kinds import panels_of
from kerasig.plot._titles import broken, caption, title
from kerasig.probes import ProbeSet
from kerasig.probes._captions import as_edges

# Examples that are drawn where none are named.
FIRST = 4
_MOST_BAR = 320


def plot(
    attribution: AttributionData,
    examples: Sequence[int] | int | None = None,
    kind: Kind | Literal["auto"] = "auto",
    *,
    names: Names | None = None,
    tokens: Names | Items[Names] | None = None,
    feature_names: Names | None = None,
    class_names: Names | None = None,
    edges: Edges | None = None,
    rate: float | None = None,
    probes: ProbeSet | None = None,
    common_scale: bool = True,
) -> go.Figure:
    """Draws the attributions of some examples as the TensorBoard tab does, that of a single one with its error.

    Images stand beside the signed map over them, that of a photograph smoothed: docs/internals/drawing.md has the rule.
    Volumes are such maps of each slice with a slider, tokens bars in their order, tabular inputs bars sorted by size,
    series lines on the colours of their moments with a strip for each channel, graphs nodes and edges in their colours.
    Orange raises the explained score, blue lowers it. Channels are summed, so what is drawn sums to the attribution.

    Args:
        attribution: What `kerasig.explain` returned.
        examples: Indices of the examples, or one; None is the first four.
        kind: "image", "volume", "tokens", "tabular", "series" or "graph"; "auto" decides from the shapes.
        names: What the N examples are called.
        tokens: Per example a list of strings, or one list where a single example is drawn.
        feature_names: What the columns of tabular inputs or the channels of series are called.
        class_names: What the model's classes are called.
        edges: Of graphs, an int array [E, 2] of node indices per example, or one for all; without any, nodes are bars.
        rate: Of series, how many time steps make a second; their axis then has seconds.
        probes: The `ProbeSet` that was explained: its captions stand in for those that are left out here.
        common_scale: Whether colours and bars of all drawn examples have one scale, so that they can be compared. Of
            colours it is the middle one of the examples' own; larger values have the strongest colour.

    Returns:
        A figure that takes on any of Plotly's templates, light or dark.

    Raises:
        ValueError: `examples` are none, or an argument does not fit the attribution.

    Example:
        >>> attribution = kerasig.explain(lambda x: x[:, 0] * x[:, 1], np.ones((1, 2), "float32"))
        >>> figure = kerasig.plot.plot(attribution, feature_names=["age", "income"])
        >>> figure.write_html("age.html")  # doctest: +SKIP
    """
    n = len(checked(attribution))
    chosen = chosen_examples(attribution, list(range(min(n, FIRST))) if examples is None else examples)
    common_scale = arguments.flag("common_scale", common_scale)
    said = captions_of(
        attribution,
        probes,
        kind=kind,
        names=names,
        tokens=tokens,
        feature_names=feature_names,
        class_names=class_names,
        edges=edges,
        rate=rate,
    )
    check_words(tokens, chosen, n)
    leaves = attributed_leaves(attribution, said.kind, said.tokens is not None, edges is not None)
    drawn = list(map(said.worded, leaves))
    captions = _captions(said, drawn, chosen, n, must_fit=feature_names is not None)
    shown = [panels_of(drawn, captions_of_one) for captions_of_one in captions]
    alone = len(chosen) == 1
    cells = []
    for probe, panels in zip(chosen, shown, strict=True):
        heading = caption(attribution, probe, said.names, said.class_names)
        width = Grid.of([Cell(panels), Cell(panels)]).width
        cells.append(Cell(panels, [] if alone else broken(heading, width or 900)))
    grid = Grid.of(cells)
    figure, height = grid.figure()
    together = scales(shown) if common_scale else None
    for number, cell in enumerate(cells):
        _draw(figure, grid, number, cell, together or scales([cell.panels]))
    heading = title(attribution, chosen[0], said.names, said.class_names) if alone else _of_several(chosen, n, together)
    grid.finish(figure, height, heading)
    if together or alone:
        _add_bar(figure, height, (together or scales(shown))[0])
    return figure


def _captions(
    said: AllCaptions, drawn: list[Drawn], chosen: Sequence[int], n: int, *, must_fit: bool
) -> list[Captions]:
    """The words of each example that is drawn, checked against its shapes."""
    features = None if said.feature_names is None else arguments.texts("feature_names", said.feature_names)
    # Those of a set may be of inputs, where a layer is drawn.
    if features is not None and must_fit and not any(leaf.values.shape[-1] == len(features) for leaf in drawn):
        raise ValueError(
            f"feature_names must be one per feature. Received {len(features)} names for values of shapes "
            f"{[list(leaf.values.shape) for leaf in drawn]}. Pass as many as the last axis is long."
        )
    nodes = next((leaf for leaf in drawn if leaf.kind.joined), drawn[0])
    edges = as_edges(said.edges, nodes.values, nodes.kind)
    return [
        Captions(
            probe,
            None if said.tokens is None else words_of(said.tokens, probe, n),
            features,
            None if edges is None else edges[probe],
            said.rate,
        )
        for probe in chosen
    ]


def scales(shown: Sequence[Sequence[Panel]]) -> tuple[Scale, Scale]:
    """The scales of colours and of bars that examples have together.

    Of colours the middle one of the examples' own, as in the tab: one odd example must not make all others pale. A
    bar's length is read off, so none may be cut.
    """
    colored = [[panel.scale for panel in panels if not panel.has_lengths] for panels in shown]
    ends = sorted(max(scale.end for scale in own) for own in colored if own)
    ends = [end for end in ends if end > 0] or [1.0]
    middle, is_common = ends[len(ends) // 2], len(shown) > 1
    is_clipped = any(scale.is_clipped for own in colored for scale in own) or ends[-1] > middle
    lengths = [panel.scale.end for panels in shown for panel in panels if panel.has_lengths]
    return Scale(middle, is_clipped, is_common), Scale(max(lengths, default=1.0), False, is_common)


def _draw(figure: go.Figure, grid: Grid, number: int, cell: Cell, of: tuple[Scale, Scale]) -> None:
    """Draws one example in its place."""
    row, column = grid.first_row(number), grid.column(number)
    top = figure.get_subplot(row, column).yaxis.domain[1]
    is_titled = len(cell.panels) > 1
    if cell.heading:
        _annotate(figure, row, column, top, "<br>".join(cell.heading), above=23 if is_titled else 5)
    for panel in cell.panels:
        place = Spot(figure, row, column, of[panel.has_lengths], grid.smaller)
        if is_titled:
            _annotate(figure, row, column, figure.get_subplot(row, column).yaxis.domain[1], text(panel.title), above=2)
        panel.draw(place)
        row += len(panel.heights)


def _annotate(figure: go.Figure, row: int, column: int, y: float, said: str, *, above: int) -> None:
    left = figure.get_subplot(row, column).xaxis.domain[0]
    place = {"x": left, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "bottom"}
    figure.add_annotation(text=said, showarrow=False, align="left", font_size=12, yshift=above, **place)


def _of_several(chosen: Sequence[int], n: int, together: tuple[Scale, Scale] | None) -> str:
    """The heading of several examples."""
    left = "" if len(chosen) == n else f" of {n}"
    scale = "" if together else ", each on a scale of its own"
    return f"{len(chosen)}{left} examples<br><sup>Orange raises the explained score, blue lowers it{scale}.</sup>"


def _add_bar(figure: go.Figure, height: int, scale: Scale) -> None:
    """Says what the colours mean, beside the first map."""
    maps = [trace for trace in figure.data if getattr(_colored(trace), "colorscale", None)]
    if not maps:
        return
    first = [trace for trace in maps if (trace.xaxis, trace.yaxis) == (maps[0].xaxis, maps[0].yaxis)]
    # Beside the map, below what is said over it.
    top = maps[0].yaxis or "y"
    y = figure.layout[f"yaxis{top[1:]}"].domain[1]
    more, less = (" or more", " or less") if scale.is_clipped else ("", "")
    end = scale.end
    words = [f"\u2212{end:.2g}{less}<br>lowers", f"\u2212{end / 2:.2g}", "0", f"{end / 2:.2g}"]
    bar = {
        "thickness": 12,
        "lenmode": "pixels",
        "len": min(round(height * y), _MOST_BAR),
        "y": y,
        "yanchor": "top",
        "tickvals": [-end, -end / 2, 0, end / 2, end],
        "ticktext": [*words, f"{end:.2g}{more}<br>raises"],
        "outlinewidth": 1,
        "outlinecolor": "rgba(128, 128, 128, 0.6)",
    }
    # Of a volume one slice is seen, whichever it is.
    for trace in first:
        _colored(trace).update(showscale=True, colorbar=bar)


def _colored(trace: Any) -> Any:
    """The part of a trace that has its colours."""
    return trace.marker if isinstance(trace, go.Scatter) else trace
