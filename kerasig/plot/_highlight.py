"""Sentences with each token on the colour of its attribution, as readers of text look at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._attribution.data import AttributionData
from kerasig._types import Items, Names
from kerasig.plot._captions import captions_of
from kerasig.plot._colors import shade
from kerasig.plot._drawn import check_words, checked, chosen_examples, position_names, token_leaves, words_at, words_of
from kerasig.plot._panels import limit, text
from kerasig.plot._titles import caption
from kerasig.probes import ProbeSet

# Plotly draws no background behind part of a text, so that each token is an annotation, and stands where the widths of
# those before it end. Only in a monospaced font are they known: every common one is 0.6 em wide or a little less.
_FONT = "DejaVu Sans Mono, Menlo, Consolas, Courier New, monospace"
_SIZE, _EM = 14, 0.602
_PADDING, _GAP, _LINE, _CAPTION, _BETWEEN = 2, 5, 24, 22, 14
_MARGIN, _WIDEST = 20, 20_000
# The text keeps the colour of the template, and must stay legible on it.
_DEEPEST = 0.6


def highlight(
    attribution: AttributionData,
    examples: Sequence[int] | int | None = None,
    *,
    tokens: Names | Items[Names] | None = None,
    names: Names | None = None,
    class_names: Names | None = None,
    probes: ProbeSet | None = None,
    common_scale: bool = False,
    width: int = 900,
) -> go.Figure:
    """Draws sentences whose tokens stand on the colour of their attribution, one example below the other.

    Coordinates of an embedding are summed. Orange raises the explained score, blue lowers it; the deepest colour is the
    largest size of the example. Each token's number is shown where the pointer rests on it.

    Args:
        attribution: What `kerasig.explain` returned, of tokens.
        examples: Indices of the examples, or one; None is all.
        tokens: Per example a list of strings, or one list where a single example is drawn; without them, the ids.
        names: What the N examples are called.
        class_names: What the model's classes are called.
        probes: The `ProbeSet` that was explained: its captions stand in for those that are left out here.
        common_scale: Whether the deepest colour is the largest size of all drawn examples, which can then be compared.
        width: Of the figure, in pixels; lines break there.

    Returns:
        A figure that takes on any of Plotly's templates, light or dark.

    Raises:
        ValueError: `examples` are none, several leaves or none hold tokens, or `tokens` do not fit.

    Example:
        >>> attribution = kerasig.explain(lambda x: x[:, 0] * x[:, 1], np.ones((1, 2), "float32"))
        >>> figure = kerasig.plot.highlight(attribution, tokens=[["how", "many"]])
    """
    chosen = chosen_examples(checked(attribution), examples)
    said = captions_of(attribution, probes, names=names, tokens=tokens, class_names=class_names)
    width, common_scale = arguments.whole("width", width, 100, _WIDEST), arguments.flag("common_scale", common_scale)
    leaves = token_leaves(attribution, said.tokens is not None)
    if len(leaves) != 1:
        raise ValueError(
            f"highlight draws one leaf of tokens. Received {[leaf.name for leaf in leaves]}. "
            "Explain with layer= the one embedding whose tokens are to be shown."
        )
    check_words(tokens, chosen, len(attribution))
    leaf = said.worded(leaves[0])
    values = leaf.values
    largest = limit(values[chosen]) if common_scale else None
    figure = go.Figure()
    # Given all at once: Plotly reads all earlier ones again for each that is added.
    written: list[dict[str, Any]] = []
    top = 0
    for probe in chosen:
        words = None if said.tokens is None else words_of(said.tokens, probe, len(attribution))
        words = words_at(leaf, probe, words)
        labels = position_names(leaf, probe, words)
        # Padding that `tokens` leave out has no label, and nothing is drawn for it.
        shown = len(labels) if words is None else len(words)
        heading = caption(attribution, probe, said.names, said.class_names)
        written.append(_annotation(heading, 0, top, font={"size": 12}))
        top += _CAPTION
        scale = largest or limit(values[probe])
        placed = list(_placed(values[probe][:shown], labels[:shown], width - 2 * _MARGIN))
        written += [_highlighted(token, top, scale) for token in placed]
        top += (placed[-1].line + 1 if placed else 1) * _LINE + _BETWEEN
    written += _legend(top)
    top += _LINE
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(
        annotations=written,
        width=width,
        height=top + 2 * _MARGIN,
        plot_bgcolor="rgba(0, 0, 0, 0)",
        margin={"t": _MARGIN, "b": _MARGIN, "l": _MARGIN, "r": _MARGIN},
    )
    return figure


@dataclass(frozen=True)
class _Token:
    """Where one token stands: its left end in pixels, and its line."""

    label: str
    value: float
    position: int
    left: float
    line: int


def _placed(values: NDArray[Any], labels: Sequence[str], width: float) -> Iterator[_Token]:
    left, line = 0.0, 0
    for position, (value, label) in enumerate(zip(values, labels, strict=True)):
        taken = len(label) * _SIZE * _EM + 2 * _PADDING
        if left > 0 and left + taken > width:
            left, line = 0.0, line + 1
        yield _Token(label, float(value), position, left, line)
        left += taken + _GAP


def _highlighted(token: _Token, top: float, largest: float) -> dict[str, Any]:
    """The annotation of a token in lines that begin at `top`."""
    return _annotation(
        text(token.label),
        token.left,
        top + token.line * _LINE,
        font={"family": _FONT, "size": _SIZE},
        bgcolor=shade(token.value / largest, deepest=_DEEPEST),
        borderpad=_PADDING,
        hovertext=f"{text(token.label)} (position {token.position})<br>attribution {token.value:.4g}",
    )


def _annotation(label: str, left: float, top: float, **options: Any) -> dict[str, Any]:
    place = {"x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left", "yanchor": "top"}
    return {"text": label, **place, "xshift": left, "yshift": -top, "showarrow": False, "align": "left", **options}


def _legend(top: float) -> list[dict[str, Any]]:
    return [
        _annotation(label, left, top, font={"size": 12}, bgcolor=shade(size, deepest=_DEEPEST), borderpad=_PADDING)
        for left, label, size in ((0, "raises the score", 0.6), (130, "lowers it", -0.6))
    ]
