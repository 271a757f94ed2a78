"""A matrix of output tokens by input tokens: which words of a sentence each word of its translation rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._attribution.data import AttributionData
from kerasig._types import Items, Names
from kerasig.plot._captions import captions_of
from kerasig.plot._colors import diverging_scale
from kerasig.plot._drawn import checked, chosen_examples, position_names, token_leaves, words_at, words_of
from kerasig.plot._panels import limit, text
from kerasig.probes import ProbeSet

_CELL, _SIZE, _EM = 34, 13, 0.62
_MARGIN, _TITLE, _BAR = 20, 40, 90
# Stands out on light and dark, and is the colour of neither sign.
_OUTLINE = "rgb(126, 104, 200)"


def matrix(
    attribution: AttributionData,
    examples: Sequence[int] | None = None,
    *,
    tokens: Names | Items[Names] | None = None,
    names: Names | None = None,
    probes: ProbeSet | None = None,
    outlined: NDArray[Any] | None = None,
    title: str = "",
) -> go.Figure:
    """Draws examples of one sentence as rows over its tokens, such as the output tokens of a translation.

    Coordinates of an embedding are summed. Orange raises the score of the row, blue lowers it; the deepest colour is
    the largest size of all rows, so that they can be compared.

    Args:
        attribution: What `kerasig.explain` returned, of tokens, with an example for each output token.
        examples: Indices of the examples that are the rows, from top to bottom; None is all.
        tokens: The sentence as a list of strings, or such a list for each example; without them, the ids.
        names: What the N examples are called, such as their output tokens.
        probes: The `ProbeSet` that was explained: its captions stand in for those that are left out here.
        outlined: [N, T] booleans, the cells to draw a line around, such as known links.
        title: Of the figure; Plotly's markup has its meaning.

    Returns:
        A figure that takes on any of Plotly's templates, light or dark.

    Raises:
        ValueError: `examples` are none or of different sentences, several leaves or none hold tokens, or another
            argument does not fit.

    Example:
        >>> tokens = np.ones((2, 3, 4), "float32")  # two output words of one sentence: three words, embedded
        >>> attribution = kerasig.explain(lambda x: x[:, 0, 0] * x[:, 1, 1], tokens)
        >>> figure = kerasig.plot.matrix(attribution, tokens=["how", "many", "cats"], names=["wie", "viele"])
    """
    rows, n = chosen_examples(checked(attribution), examples), len(attribution)
    said = captions_of(attribution, probes, names=names, tokens=tokens)
    arguments.string("title", title)
    leaves = token_leaves(attribution, said.tokens is not None)
    if len(leaves) != 1:
        raise ValueError(
            f"matrix draws one leaf of tokens. Received {[leaf.name for leaf in leaves]}. "
            "Explain with layer= the one embedding whose tokens are to be shown."
        )
    leaf = said.worded(leaves[0])
    called = None if said.names is None else arguments.texts("names", said.names, n)
    given = [None if said.tokens is None else words_of(said.tokens, probe, n) for probe in rows]
    words = [words_at(leaf, probe, own) for probe, own in zip(rows, given, strict=True)]
    columns = [position_names(leaf, probe, own) for probe, own in zip(rows, words, strict=True)]
    if any(own != columns[0] for own in columns):
        other = next(probe for probe, own in zip(rows, columns, strict=True) if own != columns[0])
        raise ValueError(
            f"examples must be of one sentence. Received {rows[0]} and {other}, whose tokens differ. "
            "Draw a matrix for each sentence."
        )
    # Padding that `tokens` leave out is not drawn.
    labels = columns[0] if words[0] is None else words[0]
    marked = _outlined(outlined, leaf.values.shape)[rows, : len(labels)]
    values = leaf.values[rows, : len(labels)]
    return _drawn(attribution, rows, values, labels, called, marked, title)


def _outlined(outlined: NDArray[Any] | None, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    if outlined is None:
        return np.zeros(shape, bool)
    array = arguments.booleans("outlined", outlined)
    if array.shape != shape:
        raise ValueError(
            f"outlined must have a cell for each example and position. Received shape {array.shape}. "
            f"Pass shape {shape}."
        )
    return array


def _drawn(
    attribution: AttributionData,
    rows: Sequence[int],
    values: NDArray[Any],
    labels: Sequence[str],
    names: Sequence[str] | None,
    marked: NDArray[np.bool_],
    title: str,
) -> go.Figure:
    called = [f"example {probe}" if names is None else names[probe] for probe in rows]
    # Padded with a space each side: of what stands at the axis, Plotly sets only one distance.
    left = [
        f"{text(name)}{'' if attribution.converged[probe] else ' · <b>not converged</b>'} "
        for probe, name in zip(rows, called, strict=True)
    ]
    hints = [
        f"{text(name)}: score {attribution.score[probe]:.4g}, {attribution.baseline_score[probe]:.4g} at the baseline, "
        f"residual {attribution.residual[probe]:.2g}"
        for probe, name in zip(rows, called, strict=True)
    ]
    largest, wide, tall = limit(values), len(labels), len(rows)
    heat = go.Heatmap(
        z=values,
        zmin=-largest,
        zmax=largest,
        colorscale=diverging_scale(),
        xgap=2,
        ygap=2,
        name="attribution",
        text=[[text(label) for label in labels]] * tall,
        customdata=[[hint] * wide for hint in hints],
        hovertemplate="%{text} (position %{x})<br>attribution %{z:.4g}<br>%{customdata}<extra></extra>",
        colorbar={"title": {"text": "attribution"}, "thickness": 12, "exponentformat": "power", "nticks": 5},
    )
    outline = {"type": "rect", "line": {"color": _OUTLINE, "width": 2}}
    figure = go.Figure(heat)
    # Given all at once: Plotly reads all earlier ones again for each that is added.
    figure.layout.shapes = [
        {"x0": column - 0.47, "x1": column + 0.47, "y0": row - 0.47, "y1": row + 0.47, **outline}
        for row, column in np.argwhere(marked)
    ]
    plain = {"showgrid": False, "zeroline": False, "ticks": "", "tickfont_size": _SIZE, "fixedrange": True}
    longest = max(map(len, labels), default=0)
    # Words that are wider than a cell stand at an angle.
    slanted = longest * _SIZE * _EM > _CELL
    figure.update_xaxes(
        tickvals=np.arange(wide),
        ticktext=[text(label) for label in labels],
        tickangle=-60 if slanted else 0,
        side="top",
        range=[-0.5, wide - 0.5],
        **plain,
    )
    figure.update_yaxes(
        tickvals=np.arange(tall), ticktext=left, range=[tall - 0.5, -0.5], title_standoff=0, automargin=True, **plain
    )
    above = round(longest * _SIZE * _EM * 0.87 if slanted else _SIZE) + 12 + (_TITLE if title else _MARGIN)
    unconverged = 0 if attribution.converged[list(rows)].all() else len(" · not converged")
    before = round((max(map(len, called)) + unconverged) * _SIZE * _EM) + _MARGIN
    figure.update_layout(
        title={"text": title, "font_size": 15, "x": 0, "xref": "container", "y": 1, "yanchor": "top"}
        | {"pad_t": 14, "pad_l": _MARGIN},
        width=max(before + wide * _CELL + _BAR, 300),
        height=max(above + tall * _CELL + _MARGIN, 200),
        margin={"t": above, "b": _MARGIN, "l": before, "r": _BAR},
        plot_bgcolor="rgba(0, 0, 0, 0)",
    )
    return figure
