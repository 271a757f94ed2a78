"""The panel of a volume: one slice at a time, chosen by a slider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._colors import GAMMA, NEGATIVE, PHOTOGRAPH_GAMMA, POSITIVE
from kerasig.plot._drawn import Drawn
from kerasig.plot._embedding import source
from kerasig.plot._image_panel import hover_of_photograph, left_of, square_pixels, stretched, zsmooth
from kerasig.plot._panels import Captions, Panel, Scale, Spot, heat_map, numbers
from kerasig.plot._photographs import as_it_is, beneath, channels_last, in_color, tone
from kerasig.plot._smoothing import end_of_scale, is_photograph, smoothed, width_for


@final
@dataclass(frozen=True)
class VolumePanel(Panel):
    """A slice of the input, the signed map over it, what each slice sums to, and a slider below.

    Args:
        values: Attributions [D, H, W].
        picture: The volume [D, H, W, C], or None where there is none of that size.
    """

    values: NDArray[Any]
    picture: NDArray[np.float64] | None

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> VolumePanel:
        """The slices of one leaf over its picture."""
        (leaf,) = leaves
        return cls(leaf.name, leaf.values[captions.probe], channels_last(leaf, captions.probe))

    @property
    def heights(self) -> list[int]:
        """A row for the slice, one for the sums, and one for the slider."""
        return [380, 90, 24]

    @property
    def gap(self) -> int:
        """Room for the numbers of the slices."""
        return 30

    @property
    def is_photograph(self) -> bool:
        """Whether slices are looked at as a whole, not pixel by pixel."""
        return is_photograph(*self.values.shape[1:])

    @property
    def gamma(self) -> float:
        """The exponent from a share of the scale to how strong its colour is."""
        return PHOTOGRAPH_GAMMA if self.is_photograph else GAMMA

    @cached_property
    def tone(self) -> tuple[float, float]:
        """Black and white of the picture beneath the map: the whole volume's, so that a slice of air stays dark."""
        return (0, 255) if self.picture is None else tone(self.picture, photograph=self.is_photograph)

    @cached_property
    def shown(self) -> NDArray[np.float64]:
        """The maps of the slices as they are drawn: of large ones smoothed, each number the mean of some pixels."""
        return np.stack([smoothed(values) for values in self.values])

    @property
    def scale(self) -> Scale:
        """Up to the largest of all slices; of large ones all but a hundredth of it."""
        return Scale(end_of_scale(self.shown, photograph=self.is_photograph), self.is_photograph)

    def draw(self, place: Spot) -> None:
        """Adds all slices, of which the one with most attribution is visible, the sums and the slider."""
        figure = place.figure
        sizes = np.abs(np.nan_to_num(self.values)).sum(axis=(1, 2))
        first, shown = len(figure.data), int(sizes.argmax())
        per_slice = 1 if self.picture is None else 3
        # The whole volume's range: a slice of air stays dark.
        colors = None if self.picture is None else in_color(self.picture)
        for index in range(len(self.values)):
            self._add_slice(place, index, None if colors is None else colors[index], visible=index == shown)
        height, width = self.values.shape[1:]
        square_pixels(place, [(left_of(width) if colors is not None else 0) - 0.5, width - 0.5], [height - 0.5, -0.5])
        self._add_sums(place.below())
        traces = list(range(first, first + per_slice * len(self.values)))
        steps = [
            {
                "label": str(index),
                "method": "restyle",
                "args": [{"visible": np.repeat(np.arange(len(self.values)) == index, per_slice).tolist()}, traces],
            }
            for index in range(len(self.values))
        ]
        x, y = place.below().axes().xaxis.domain, place.below(2).axes().yaxis.domain
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
        figure.update_xaxes(visible=False, **place.below(2).cell)
        figure.update_yaxes(visible=False, **place.below(2).cell)

    def _add_slice(self, place: Spot, index: int, colors: NDArray[Any] | None, *, visible: bool) -> None:
        size = self.values.shape[1:]
        if colors is not None:
            look = {"hoverinfo": "skip", "name": "input", "visible": visible, "zsmooth": zsmooth(self.is_photograph)}
            for x, pixels in ((left_of(size[1]), as_it_is(colors)), (0, beneath(colors, self.tone))):
                place.add(go.Image(source=source(pixels), x0=x, **look))
        words = "row %{y}, column %{x}<br>attribution %{z:.4g}<extra></extra>"
        hover = f"slice {index}, {hover_of_photograph(width_for(*size)) if self.is_photograph else words}"
        values = numbers(self.shown[index], self.shown.size)
        heat = heat_map(place, values, self.gamma, name="attribution", hovertemplate=hover, visible=visible)
        place.add(stretched(heat, size, photograph=self.is_photograph))

    def _add_sums(self, place: Spot) -> None:
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
            place.add(bars)
        place.figure.update_xaxes(title_text=None, showgrid=False, zeroline=False, nticks=12, **place.cell)
        place.figure.update_yaxes(title_text="per slice", nticks=4, **place.cell)
