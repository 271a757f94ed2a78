"""Plotly figures of a global attribution: which there are, and those of bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go

from kerasig import _arguments as arguments
from kerasig._global import drawing
from kerasig._global.drawing import Bars
from kerasig._global.map_figure import heat_of, maps_of, pairs_of
from kerasig._global.swarm_figure import swarm_of
from kerasig._global.texts import counted

if TYPE_CHECKING:
    from kerasig._global.result import GlobalAttribution

PLOTS = ("bar", "beeswarm", "heat map", "words", "pairs")


def figure_of(found: GlobalAttribution, kind: str, most: int, by: str) -> go.Figure:
    """The figure of a kind; see `GlobalAttribution.plot`.

    Raises:
        ValueError: there is nothing to be drawn so.
    """
    kind = arguments.choice("kind", kind, ("auto", *PLOTS))
    by = arguments.choice("by", by, ("class", "slice"))
    if not found.n:
        raise ValueError("plot needs rows. Received a GlobalAttribution of none. Explain a data set that has some.")
    if kind == "auto":
        kind = "words" if found.words else "heat map" if found.is_pictorial else "bar"
    if kind == "bar":
        return _features(found, most)
    if kind == "words":
        return _words(found, most)
    if kind == "heat map":
        groups = list((found.by_class if by == "class" else found.slices).values())
        return maps_of(found, groups) if found.is_pictorial else heat_of(found, groups, by, most)
    if kind == "pairs":
        return pairs_of(found, most)
    return swarm_of(found, most)


def _features(found: GlobalAttribution, most: int) -> go.Figure:
    """Bars of the features that matter most."""
    order, noun = found.order(found.size.value, most), found.noun
    said = f"{len(order)} of {len(found.names):,} {noun}" if len(order) < len(found.names) else noun.capitalize()
    names = [found.names[at] for at in order.tolist()]
    details = [f"integration error {value:.2g}" for value in found.size.integration[order]]
    bars = Bars(names, found.mean, found.size, order, details)
    return bars.figure(f"{said} by mean |attribution| over {counted(found.n, 'row')}")


def _words(found: GlobalAttribution, most: int) -> go.Figure:
    """Bars of the words that matter most, of those that are in enough rows to tell."""
    if not found.words:
        raise ValueError(
            "kind must be of what was computed. Received kind='words' without words. Attribute to the layer after the "
            "ids, with layer= of explain_dataset."
        )
    place, words = max(found.words.items(), key=lambda each: len(each[1]))
    told = np.flatnonzero(words.rows >= min(_FEWEST_ROWS, words.rows.max(initial=0)))
    order = told[drawing.largest(words.size.value[told], most)]
    names: Sequence[str] = [words.words[at] for at in order.tolist()]
    details = [f"{counted(words.occurrences[at], 'time')} in {counted(words.rows[at], 'row')}" for at in order.tolist()]
    bars = Bars(names, words.mean, words.size, order, details)
    few = "" if len(told) == len(words) else f", of those in {_FEWEST_ROWS} rows or more"
    return bars.figure(f"Words of {drawing.text(place)} by mean |attribution| over {counted(found.n, 'row')}{few}")


# A word in fewer rows is not drawn beside those whose means are known.
_FEWEST_ROWS = 5
