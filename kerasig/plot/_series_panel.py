"""The panel of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._drawn import Drawn
from kerasig.plot._panels import Captions, Panel, heat_map, text


@final
@dataclass(frozen=True)
class SeriesPanel(Panel):
    """The series as lines, and under them a heat strip per channel.

    Args:
        values: Attributions [T, C].
        labels: What the channels are called.
        inputs: The series itself [T, C], or None.
    """

    values: NDArray[Any]
    labels: Sequence[str]
    inputs: NDArray[Any] | None

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> SeriesPanel:
        """Lines and strips of one leaf."""
        (leaf,) = leaves
        values = leaf.values[captions.probe]
        series = None if leaf.inputs is None else leaf.inputs[captions.probe].reshape(len(values), -1)
        values = values.reshape(len(values), -1)
        return cls(leaf.name, values, captions.features(leaf, values.shape[1]), series)

    @property
    def heights(self) -> list[int]:
        """A row of lines, if there are any, and a row of strips."""
        strips = max(90, min(320, 22 * self.values.shape[1] + 40))
        return [strips] if self.inputs is None else [220, strips]

    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds lines and strips."""
        time = np.arange(len(self.values))
        labels = [text(label) for label in self.labels]
        if self.inputs is not None:
            for channel, label in zip(self.inputs.T, labels, strict=True):
                line = go.Scatter(x=time, y=channel, mode="lines", name=label, showlegend=len(labels) <= 12)
                figure.add_trace(line.update(line_width=1.2), row=row, col=1)
            figure.update_yaxes(title_text="input", row=row, col=1)
            figure.update_xaxes(showticklabels=False, matches=f"x{row + 1}", row=row, col=1)
            row += 1
        hover = "time %{x}, channel %{customdata}<br>attribution %{z:.4g}<extra></extra>"
        strips = heat_map(figure, row, self.values.T, x=time, name="attribution", hovertemplate=hover)
        channels = np.repeat(np.array(labels, dtype=object)[:, None], len(time), axis=1)
        figure.add_trace(strips.update(customdata=channels), row=row, col=1)
        ticks = {"tickvals": np.arange(len(labels)), "ticktext": labels} if len(labels) <= 16 else {}
        figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False, **ticks, row=row, col=1)
        figure.update_xaxes(title_text="time", showgrid=False, zeroline=False, row=row, col=1)
