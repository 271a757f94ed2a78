"""The panel of an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._colors import GAMMA, PHOTOGRAPH_GAMMA
from kerasig.plot._drawn import Drawn
from kerasig.plot._embedding import source
from kerasig.plot._panels import Captions, Panel, Scale, Spot, heat_map, numbers
from kerasig.plot._photographs import as_it_is, beneath, channels_last, grey, in_color, tone
from kerasig.plot._smoothing import end_of_scale, is_photograph, smoothed, width_for

_HIDDEN = {"showticklabels": False, "showgrid": False, "zeroline": False, "constrain": "domain"}
# Between the input and the map, as a share of the width.
_APART = 0.05


@final
@dataclass(frozen=True)
class ImagePanel(Panel):
    """The input, and beside it the signed map over the input in colour.

    Args:
        values: Attributions [H, W].
        picture: The input [H, W, C], or None where there is none of that size.
    """

    values: NDArray[Any]
    picture: NDArray[np.float64] | None

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> ImagePanel:
        """The map of one leaf over its picture."""
        (leaf,) = leaves
        return cls(leaf.name, leaf.values[captions.probe], channels_last(leaf, captions.probe))

    @property
    def heights(self) -> list[int]:
        """One row."""
        return [360]

    @property
    def aspect(self) -> float:
        """That of the map, with the input beside it."""
        height, width = self.values.shape
        return (width if self.picture is None else (2 + _APART) * width) / max(height, 1)

    @property
    def is_photograph(self) -> bool:
        """Whether it is looked at as a whole, not pixel by pixel."""
        return is_photograph(*self.values.shape)

    @property
    def gamma(self) -> float:
        """The exponent from a share of the scale to how strong its colour is."""
        return PHOTOGRAPH_GAMMA if self.is_photograph else GAMMA

    @property
    def tone(self) -> tuple[float, float]:
        """Black and white of the picture beneath the map."""
        return (0, 255) if self.picture is None else tone(self.picture, photograph=self.is_photograph)

    @cached_property
    def shown(self) -> NDArray[np.float64]:
        """The map as it is drawn: that of a photograph is smoothed, each number the mean of some pixels."""
        return smoothed(self.values)

    @property
    def scale(self) -> Scale:
        """Up to the largest; of a photograph all but a hundredth of it."""
        return Scale(end_of_scale(self.shown, photograph=self.is_photograph), self.is_photograph)

    def draw(self, place: Spot) -> None:
        """Adds the input, and the map over it."""
        height, width = self.values.shape
        left = 0.0
        if self.picture is not None:
            left = left_of(width)
            colors = in_color(self.picture)
            for x, pixels in ((left, as_it_is(colors)), (0, beneath(colors, self.tone))):
                look = {"hoverinfo": "skip", "name": "input", "zsmooth": zsmooth(self.is_photograph)}
                place.add(go.Image(source=source(pixels), x0=x, **look))
        heat = heat_map(
            place, numbers(self.shown, self.shown.size), self.gamma, name="attribution", hovertemplate=self._hover()
        )
        stretched(heat, (height, width), photograph=self.is_photograph)
        if not self.is_photograph and self.picture is not None:
            heat.update(customdata=grey(self.picture).astype(np.float32))
        place.add(heat)
        square_pixels(place, [left - 0.5, width - 0.5], [height - 0.5, -0.5])

    def _hover(self) -> str:
        if self.is_photograph:
            wide = width_for(*self.values.shape)
            return hover_of_photograph(wide)
        value = "" if self.picture is None else "<br>input %{customdata:.4g}"
        return "row %{y}, column %{x}<br>attribution %{z:.4g}" + value + "<extra></extra>"


def left_of(width: int) -> float:
    """Where an input begins that stands to the left of its map, whose rows and columns count from 0."""
    return -width - max(1, _APART * width)


def zsmooth(photograph: bool) -> str | bool:
    """How Plotly draws the pixels of an input: of a small one as squares."""
    return "fast" if photograph else False


def stretched(heat: go.Heatmap, size: tuple[int, ...], *, photograph: bool) -> go.Heatmap:
    """A map over as many rows and columns as its input has."""
    (height, width), (rows, columns) = size, heat.z.shape
    dx, dy = width / columns, height / rows
    smooth = "best" if photograph else False
    return heat.update(x0=dx / 2 - 0.5, dx=dx, y0=dy / 2 - 0.5, dy=dy, zsmooth=smooth)


def hover_of_photograph(width: int) -> str:
    """The words at a place of a smoothed map, for Plotly."""
    return (
        "around row %{y:.0f}, column %{x:.0f}<br>attribution %{z:.4g} of each pixel"
        f"<br>smoothed over {width} pixels<extra></extra>"
    )


def square_pixels(place: Spot, x: list[float], y: list[float]) -> None:
    """Draws a subplot as high as wide for each pixel, from its upper left corner, and nothing at its axes."""
    xaxis = place.axes().xaxis.plotly_name.replace("axis", "")
    place.figure.update_xaxes(**_HIDDEN, range=x, constraintoward="left", **place.cell)
    place.figure.update_yaxes(**_HIDDEN, range=y, scaleanchor=xaxis, constraintoward="top", **place.cell)
