"""The panel of a volume: one slice at a time, chosen by a slider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._drawn import Drawn
from kerasig.plot._image_panel import GREYS, grey, square_pixels
from kerasig.plot._panels import NEGATIVE, POSITIVE, Captions, Panel, heat_map, limit


@final
@dataclass(frozen=True)
class VolumePanel(Panel):
    """A slice's signed heat map over its picture in grey, with what each slice sums to, and a slider below.

    Args:
        values: Attributions [D, H, W].
        picture: The volume in grey [D, H, W], or None where there is none of that size.
    """

    values: NDArray[Any]
    picture: NDArray[Any] | None

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> VolumePanel:
        """The slices of one leaf over its picture."""
        (leaf,) = leaves
        return cls(leaf.name, leaf.values[captions.probe], grey(leaf, captions.probe))

    @property
    def heights(self) -> list[int]:
        """A row for the slice, one for the sums, and one for the slider."""
        return [380, 90, 24]

    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds all slices, of which the one with most attribution is visible, the sums and the slider."""
        sizes = np.abs(np.nan_to_num(self.values)).sum(axis=(1, 2))
        first, shown = len(figure.data), int(sizes.argmax())
        largest, per_slice = limit(self.values), 1 if self.picture is None else 2
        for index, values in enumerate(self.values):
            self._add_slice(figure, row, index, values, largest, visible=index == shown)
        square_pixels(figure, row)
        self._add_sums(figure, row + 1)
        traces = list(range(first, first + per_slice * len(self.values)))
        steps = [
            {
                "label": str(index),
                "method": "restyle",
                "args": [{"visible": np.repeat(np.arange(len(self.values)) == index, per_slice).tolist()}, traces],
            }
            for index in range(len(self.values))
        ]
        x, y = figure.get_subplot(row + 1, 1).xaxis.domain, figure.get_subplot(row + 2, 1).yaxis.domain
        slider = go.layout.Slider(
            active=shown,
            steps=steps,
            x=x[0],
            len=x[1] - x[0],
            xanchor="left",
            y=y[1],
            yanchor="top",
            pad={"t": 0, "b": 0},
            currentvalue={"prefix": "slice ", "xanchor": "center", "offset": 8},
            minorticklen=0,
            ticklen=4,
        )
        figure.update_layout(sliders=[*figure.layout.sliders, slider])
        figure.update_xaxes(visible=False, row=row + 2, col=1)
        figure.update_yaxes(visible=False, row=row + 2, col=1)

    def _add_slice(
        self, figure: go.Figure, row: int, index: int, values: NDArray[Any], largest: float, *, visible: bool
    ) -> None:
        hover = f"slice {index}, " + "row %{y}, column %{x}<br>attribution %{z:.4g}"
        if self.picture is not None:
            # The whole volume's range: a slice of air stays dark.
            ends = {"zmin": self.picture.min(), "zmax": self.picture.max()}
            look = {"colorscale": GREYS, "showscale": False, "hoverinfo": "skip", "name": "input", "visible": visible}
            figure.add_trace(go.Heatmap(z=self.picture[index], **ends, **look), row=row, col=1)
            hover += "<br>input %{customdata:.4g}"
        heat = heat_map(
            figure, row, values, name="attribution", hovertemplate=hover + "<extra></extra>", visible=visible
        )
        heat.update(zmin=-largest, zmax=largest, customdata=None if self.picture is None else self.picture[index])
        figure.add_trace(heat, row=row, col=1)

    def _add_sums(self, figure: go.Figure, row: int) -> None:
        """The sums that raise and that lower the score in each slice."""
        for sign, color in ((1, POSITIVE), (-1, NEGATIVE)):
            bars = go.Bar(
                x=np.arange(len(self.values)),
                y=sign * np.maximum(sign * self.values, 0).sum(axis=(1, 2)),
                name="sum",
                marker_color=color,
                offsetgroup="slice",
                hovertemplate="slice %{x}<br>sum %{y:.4g}<extra></extra>",
                showlegend=False,
            )
            figure.add_trace(bars, row=row, col=1)
        figure.update_xaxes(title_text=None, showgrid=False, nticks=12, row=row, col=1)
        figure.update_yaxes(title_text="per slice", nticks=4, row=row, col=1)
