"""The panel of tokens and of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._colors import signed_colors
from kerasig.plot._drawn import Drawn, position_names
from kerasig.plot._panels import Captions, Panel, Scale, Spot, limit, text


@final
@dataclass(frozen=True)
class SequencePanel(Panel):
    """Bars over tokens or nodes, in their order.

    Args:
        values: Attributions [T].
        labels: What is at each position.
    """

    has_lengths: ClassVar[bool] = True

    values: NDArray[Any]
    labels: Sequence[str]

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> SequencePanel:
        """The bars of one leaf."""
        (leaf,) = leaves
        labels = position_names(leaf, captions.probe, captions.words)
        return cls(leaf.name, leaf.values[captions.probe], labels)

    @property
    def heights(self) -> list[int]:
        """One row."""
        return [300]

    @property
    def scale(self) -> Scale:
        """Up to the longest bar."""
        return Scale(limit(self.values))

    def draw(self, place: Spot) -> None:
        """Adds the bars."""
        positions = np.arange(len(self.values))
        labels = [text(label) for label in self.labels]
        bars = go.Bar(
            x=positions,
            y=self.values,
            customdata=labels,
            marker_color=signed_colors(self.values),
            hovertemplate="%{customdata} (position %{x})<br>attribution %{y:.4g}<extra></extra>",
            showlegend=False,
        )
        place.add(bars)
        # Plotly thins out ticks that it places itself, but labels would then be numbers.
        every = max(1, -(-len(positions) // 60))
        ticks = {"tickvals": positions[::every], "ticktext": labels[::every], "showgrid": False, "zeroline": False}
        place.figure.update_xaxes(**ticks, **place.cell)
        place.figure.update_yaxes(title_text="attribution", **place.cell)
        if place.scale.is_common:
            place.figure.update_yaxes(range=[-1.05 * place.scale.end, 1.05 * place.scale.end], **place.cell)
