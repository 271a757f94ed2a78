"""The panel of a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._colors import shade
from kerasig.plot._drawn import Drawn
from kerasig.plot._image_panel import square_pixels
from kerasig.plot._panels import INK, Captions, Panel, Scale, Spot, limit
from kerasig.plot._sequence_panel import SequencePanel
from kerasig.plot._springs import places

# The part that stays free around the nodes, and in pixels the size of the largest and the smallest node.
_EDGE, _LARGEST, _SMALLEST = 0.08, 34, 8
# Of more nodes than this, their numbers would not be read.
_MOST_NUMBERED = 60


@final
@dataclass(frozen=True)
class GraphPanel(Panel):
    """Nodes in their colours, joined by edges, which have their own colours where something is attributed to them.

    Args:
        values: Attributions [nodes], without those that a graph was filled up with.
        edges: Pairs of nodes [E, 2].
        along: Attributions of the edges [E], or None.
    """

    values: NDArray[Any]
    edges: NDArray[np.int64]
    along: NDArray[Any] | None = None

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> Panel:
        """The graph of one leaf, the first of those given; bars of its nodes where no edges are known."""
        leaf, *others = leaves
        edges, probe = captions.edges, captions.probe
        if edges is None:
            return SequencePanel.of([leaf], captions)
        values = leaf.values[probe]
        given = None if leaf.inputs is None else leaf.inputs[probe].reshape(len(values), -1).sum(axis=1)
        count = _count(values, given, edges)
        along = None
        if len(edges) and len(edges) != len(values):
            of_edges = [other.values[probe] for other in others if other.values.shape[1:2] == (len(edges),)]
            along = of_edges[0].reshape(len(edges), -1).sum(axis=1) if of_edges else None
        return cls(leaf.name, values[:count], edges, along)

    @property
    def heights(self) -> list[int]:
        """One row."""
        return [360]

    @property
    def aspect(self) -> float:
        """As wide as high."""
        return 1.0

    @property
    def scale(self) -> Scale:
        """Up to the largest of nodes and edges."""
        parts = [self.values] if self.along is None else [self.values, self.along]
        return Scale(limit(np.concatenate(parts)))

    def draw(self, place: Spot) -> None:
        """Adds edges and nodes."""
        count = len(self.values)
        at = places(self.edges, count)
        height = place.smaller * self.heights[0]
        size = float(np.clip(height / (2.6 * max(count, 1) ** 0.5), _SMALLEST, _LARGEST * place.smaller))
        # Nodes are see-through near zero: lines end where they begin.
        radius = size / 2 / height * (1 + 2 * _EDGE)
        self._add_edges(place, at, radius)
        nodes = go.Scatter(
            x=at[:, 0],
            y=at[:, 1],
            mode="markers+text" if count <= _MOST_NUMBERED else "markers",
            marker={"size": size, "line": {"color": INK, "width": 1}, **place.marker_colors(self.values)},
            text=[str(node) for node in range(count)],
            textfont_size=max(8, min(12, 0.4 * size)),
            customdata=[_others(self.edges, node) for node in range(count)],
            name="attribution",
            cliponaxis=False,
            hovertemplate="node %{text}<br>attribution %{marker.color:.4g}<br>joined to %{customdata}<extra></extra>",
            showlegend=False,
        )
        place.add(nodes)
        square_pixels(place, [-_EDGE, 1 + _EDGE], [1 + _EDGE, -_EDGE])

    def _add_edges(self, place: Spot, at: NDArray[np.float64], radius: float) -> None:
        end, ends = place.scale.end or 1.0, []
        for number, (a, b) in enumerate(self.edges.tolist()):
            along = at[b] - at[a]
            length = float(np.linalg.norm(along))
            if length <= 2 * radius:
                continue
            start, stop = at[a] + along * radius / length, at[b] - along * radius / length
            ends += [start, stop, np.full(2, np.nan)]
            if self.along is not None:
                line = {"color": shade(self.along[number] / end), "width": 8}
                xy = {"x": [start[0], stop[0]], "y": [start[1], stop[1]]}
                place.add(go.Scatter(**xy, mode="lines", line=line, hoverinfo="skip", showlegend=False, name="edge"))
        lines = np.array(ends).reshape(-1, 2)
        strokes = {"mode": "lines", "line": {"color": INK, "width": 1.2}, "hoverinfo": "skip", "showlegend": False}
        place.add(go.Scatter(x=lines[:, 0], y=lines[:, 1], name="edges", **strokes))
        if self.along is not None:
            middles = (at[self.edges[:, 0]] + at[self.edges[:, 1]]) / 2
            said = [f"edge {a} to {b}" for a, b in self.edges.tolist()]
            hover = {"hovertemplate": "%{text}<br>attribution %{customdata:.4g}<extra></extra>", "showlegend": False}
            marker = {"size": 10, "color": "rgba(0, 0, 0, 0)"}
            points = {"x": middles[:, 0], "y": middles[:, 1], "text": said, "customdata": self.along, "marker": marker}
            place.add(go.Scatter(**points, mode="markers", name="values of edges", **hover))


def _count(values: NDArray[Any], given: NDArray[Any] | None, edges: NDArray[np.int64]) -> int:
    """How many nodes there are, without those at the end that only fill the array up."""
    count, least = len(values), int(edges.max(initial=-1)) + 1
    while count > max(least, 1) and values[count - 1] == 0 and (given is None or given[count - 1] == 0):
        count -= 1
    return count


def _others(edges: NDArray[np.int64], node: int) -> str:
    """The nodes that one is joined to."""
    found = {int(b) for a, b in edges if a == node} | {int(a) for a, b in edges if b == node}
    return ", ".join(map(str, sorted(found))) or "none"
