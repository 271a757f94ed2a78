"""The panel of a series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._drawn import Drawn
from kerasig.plot._panels import INK, Captions, Panel, Scale, Spot, heat_map, limit, numbers, text

# Channels that are drawn as lines, told apart by their dashes: colours are left to attributions.
_DASHES = ("solid", "9px,6px", "2px,5px", "10px,4px,2px,4px")
# Light around lines, which would be lost on strong colours.
_HALO = {"color": "rgba(255, 255, 255, 0.6)", "width": 5}


@final
@dataclass(frozen=True)
class SeriesPanel(Panel):
    """The series as lines on the colours of its moments, and under them a heat strip per channel.

    Args:
        values: Attributions [T, C].
        labels: What the channels are called.
        inputs: The series itself [T, C], or None.
        rate: Time steps per second, or None.
    """

    values: NDArray[Any]
    labels: Sequence[str]
    inputs: NDArray[Any] | None
    rate: float | None = None

    @classmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> SeriesPanel:
        """Lines and strips of one leaf."""
        (leaf,) = leaves
        values = leaf.values[captions.probe]
        series = None if leaf.inputs is None else leaf.inputs[captions.probe].reshape(len(values), -1)
        values = values.reshape(len(values), -1)
        return cls(leaf.name, values, captions.features(leaf, values.shape[1]), series, captions.rate)

    @property
    def heights(self) -> list[int]:
        """A row of lines, if there are any, and a row of strips."""
        strips = max(90, min(320, 22 * self.values.shape[1] + 40))
        return [strips] if self.inputs is None else [220, strips]

    @property
    def gap(self) -> int:
        """Strips stand close under their lines."""
        return 12

    @property
    def scale(self) -> Scale:
        """Up to the largest of all channels, which their sum behind the lines may pass."""
        end = limit(self.values)
        is_beyond = self.inputs is not None and bool(np.any(np.abs(self.values.sum(axis=1)) > end))
        return Scale(end, is_beyond)

    @property
    def time(self) -> dict[str, float]:
        """The moments of a trace: seconds from the first on where the rate is known, else steps."""
        return {"x0": 0, "dx": 1 if self.rate is None else 1 / self.rate}

    def draw(self, place: Spot) -> None:
        """Adds lines and strips."""
        labels = [text(label) for label in self.labels]
        moment = "time step %{x}" if self.rate is None else "%{x:.4g} s"
        if self.inputs is not None:
            self._add_lines(place, labels, moment)
            matched = place.below().axes().xaxis.plotly_name.replace("axis", "")
            place.figure.update_yaxes(title_text="input", **place.cell)
            place.figure.update_xaxes(
                showticklabels=False, showgrid=False, zeroline=False, matches=matched, **place.cell
            )
            place = place.below()
        hover = f"{moment}, %{{y}}<br>attribution %{{z:.4g}}<extra></extra>"
        strips = heat_map(
            place, numbers(self.values.T, self.values.size), **self.time, y=_distinct(labels), name="attribution"
        )
        place.add(strips.update(hovertemplate=hover))
        names = {"type": "category", "autorange": "reversed", "showgrid": False, "zeroline": False, "automargin": True}
        place.figure.update_yaxes(**names, **place.cell)
        title = "time step" if self.rate is None else "seconds"
        place.figure.update_xaxes(title_text=title, showgrid=False, zeroline=False, **place.cell)

    def _add_lines(self, place: Spot, labels: list[str], moment: str) -> None:
        """Lines, on the attributions of all channels together."""
        assert self.inputs is not None
        finite = self.inputs[np.isfinite(self.inputs)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        margin = 0.05 * (high - low) or 0.5
        total = numbers(self.values.sum(axis=1)[None], self.values.size)
        hover = f"{moment}<br>attribution of all channels %{{z:.4g}}<extra></extra>"
        band = heat_map(place, total, **self.time, name="all channels", hovertemplate=hover)
        place.add(band.update(y0=(low + high) / 2, dy=high - low + 2 * margin))
        sizes = np.nan_to_num(np.abs(self.values), posinf=0, neginf=0).sum(axis=0)
        # Those with most attribution, in the order they have.
        shown = np.sort(np.argsort(-sizes, kind="stable")[: len(_DASHES)])
        for channel, dash in zip(shown, _DASHES, strict=False):
            named = {"name": labels[channel], "showlegend": len(labels) > 1 and place.row == 1}
            series = numbers(self.inputs[:, channel], self.inputs.size)
            for line, look in ((_HALO, {"showlegend": False}), ({"color": INK, "width": 2}, named)):
                look = {"line": line | {"dash": dash}, "hoverinfo": "skip"} | look
                place.add(go.Scatter(**self.time, y=series, mode="lines", **look))
        place.figure.update_yaxes(range=[low - margin, high + margin], showgrid=False, zeroline=False, **place.cell)


def _distinct(labels: Sequence[str]) -> list[str]:
    """Names of channels, numbered where several have the same."""
    return [f"{label} ({i})" if labels.count(label) > 1 else label for i, label in enumerate(labels)]
