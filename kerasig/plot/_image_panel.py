"""The panel of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._drawn import Drawn
from kerasig.plot._panels import Captions, Panel, heat_map

# Neither end of the scale, so that both signs stand out from the picture beneath.
GREYS = [[0, "rgb(44, 44, 44)"], [1, "rgb(214, 214, 214)"]]
_HIDDEN = {"showticklabels": False, "showgrid": False, "zeroline": False, "constrain": "domain"}


@final
@dataclass(frozen=True)
class ImagePanel(Panel):
    """A signed heat map over the picture in grey.

    Args:
        values: Attributions [H, W].
        picture: The picture in grey [H, W], or None where there is none of that size.
    """

    values: NDArray[Any]
    picture: NDArray[Any] | None

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> ImagePanel:
        """The map of one leaf over its picture."""
        (leaf,) = leaves
        return cls(leaf.name, leaf.values[captions.probe], grey(leaf, captions.probe))

    @property
    def heights(self) -> list[int]:
        """One row."""
        return [400]

    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds the picture and the heat map."""
        hover = "row %{y}, column %{x}<br>attribution %{z:.4g}"
        if self.picture is not None:
            grey = go.Heatmap(z=self.picture, colorscale=GREYS, showscale=False, hoverinfo="skip", name="input")
            figure.add_trace(grey, row=row, col=1)
            hover += "<br>input %{customdata:.4g}"
        heat = heat_map(figure, row, self.values, name="attribution", hovertemplate=hover + "<extra></extra>")
        figure.add_trace(heat.update(customdata=self.picture), row=row, col=1)
        square_pixels(figure, row)


def grey(leaf: Drawn, probe: int) -> NDArray[Any] | None:
    """One example's input in grey, without channels; None where it is not known."""
    if leaf.inputs is None:
        return None
    picture: NDArray[Any] = leaf.inputs[probe].astype(np.float32)
    if not leaf.channels:
        return picture
    picture = np.moveaxis(picture, leaf.channels[0] - 1, -1)
    channels = picture.shape[-1]
    weights = np.array([0.2126, 0.7152, 0.0722]) if channels == 3 else np.full(channels, 1 / channels)
    picture = picture @ weights.astype(np.float32)
    return picture


def square_pixels(figure: go.Figure, row: int) -> None:
    """Draws subplot `row` with rows from the top, as high as wide, and nothing at its axes."""
    xaxis = figure.get_subplot(row, 1).xaxis.plotly_name.replace("axis", "")
    figure.update_xaxes(**_HIDDEN, row=row, col=1)
    figure.update_yaxes(**_HIDDEN, autorange="reversed", scaleanchor=xaxis, row=row, col=1)
