"""The panels of a figure: each draws the attributions of one example in the form that suits its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

# Vermillion and blue stay apart for colour-blind readers; the TensorBoard tab has the same.
POSITIVE, NEGATIVE = "rgb(216, 75, 0)", "rgb(0, 128, 236)"
_FAINT = {POSITIVE: (237, 132, 91), NEGATIVE: (94, 168, 249)}
_STRONG = {POSITIVE: (216, 75, 0), NEGATIVE: (0, 128, 236)}
# Attributions are heavy-tailed: an exponent below 1 lifts the many small ones.
_GAMMA = 0.6
# Neither end of the scale, so that both signs stand out from the picture beneath.
_GREYS = [[0, "rgb(44, 44, 44)"], [1, "rgb(214, 214, 214)"]]
# Rows of a bar chart that can be read; the rest is summed into one more.
MOST_BARS = 30


def shade(share: float, deepest: float = 0.96) -> str:
    """The colour of a share of the largest size, from -1 to 1: transparent at zero, the deeper the larger.

    Args:
        share: signed; what is beyond 1 in size, or not finite, is drawn as 1.
        deepest: the opacity at 1.
    """
    sign = NEGATIVE if share < 0 else POSITIVE
    t = min(abs(share), 1.0) ** _GAMMA if np.isfinite(share) else 1.0
    rgb = [round(faint + t * (strong - faint)) for faint, strong in zip(_FAINT[sign], _STRONG[sign], strict=True)]
    return f"rgba({rgb[0]}, {rgb[1]}, {rgb[2]}, {deepest * t:.3f})"


def diverging_scale() -> list[list[Any]]:
    """A colour scale symmetric around zero, which is transparent and so neutral on any background."""
    return [[0.5 + share / 2, shade(share)] for share in np.linspace(-1, 1, 33)]


def limit(values: NDArray[Any]) -> float:
    """The largest finite size among `values`, 1 if all are zero: the end of a symmetric scale."""
    finite = np.abs(values[np.isfinite(values)])
    return float(finite.max()) if finite.size and finite.max() > 0 else 1.0


def text(label: Any) -> str:
    """`label` for Plotly, which would take "<unk>" for markup."""
    return escape(str(label), quote=False)


@dataclass(frozen=True)
class Panel(ABC):
    """One part of a figure.

    Args:
        title: What it shows.
    """

    title: str

    @property
    @abstractmethod
    def heights(self) -> list[int]:
        """Heights in pixels of the rows of subplots that the panel takes."""

    @abstractmethod
    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds traces and axes from subplot `row` on."""


@dataclass(frozen=True)
class ImagePanel(Panel):
    """A signed heat map over the picture in grey.

    Args:
        values: Attributions [H, W].
        picture: The picture in grey [H, W], or None where there is none of that size.
    """

    values: NDArray[Any]
    picture: NDArray[Any] | None

    @property
    def heights(self) -> list[int]:
        """One row."""
        return [400]

    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds the picture and the heat map."""
        hover = "row %{y}, column %{x}<br>attribution %{z:.4g}"
        if self.picture is not None:
            grey = go.Heatmap(z=self.picture, colorscale=_GREYS, showscale=False, hoverinfo="skip", name="input")
            figure.add_trace(grey, row=row, col=1)
            hover += "<br>input %{customdata:.4g}"
        heat = _heat_map(figure, row, self.values, name="attribution", hovertemplate=hover + "<extra></extra>")
        figure.add_trace(heat.update(customdata=self.picture), row=row, col=1)
        xaxis = figure.get_subplot(row, 1).xaxis.plotly_name.replace("axis", "")
        hidden = {"showticklabels": False, "showgrid": False, "zeroline": False, "constrain": "domain"}
        figure.update_xaxes(**hidden, row=row, col=1)
        figure.update_yaxes(**hidden, autorange="reversed", scaleanchor=xaxis, row=row, col=1)


@dataclass(frozen=True)
class SequencePanel(Panel):
    """Bars over tokens or nodes, in their order.

    Args:
        values: Attributions [T].
        labels: What is at each position.
    """

    values: NDArray[Any]
    labels: Sequence[str]

    @property
    def heights(self) -> list[int]:
        """One row."""
        return [300]

    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds the bars."""
        positions = np.arange(len(self.values))
        labels = [text(label) for label in self.labels]
        bars = go.Bar(
            x=positions,
            y=self.values,
            customdata=labels,
            marker_color=_signed_colors(self.values),
            hovertemplate="%{customdata} (position %{x})<br>attribution %{y:.4g}<extra></extra>",
            showlegend=False,
        )
        figure.add_trace(bars, row=row, col=1)
        # Plotly thins out ticks that it places itself, but labels would then be numbers.
        every = max(1, -(-len(positions) // 60))
        figure.update_xaxes(tickvals=positions[::every], ticktext=labels[::every], showgrid=False, row=row, col=1)
        figure.update_yaxes(title_text="attribution", row=row, col=1)


@dataclass(frozen=True)
class FeaturePanel(Panel):
    """Bars of features, largest first.

    Args:
        values: Attributions [F].
        labels: What the features are called.
        inputs: The features themselves [F], or None.
    """

    values: NDArray[Any]
    labels: Sequence[str]
    inputs: NDArray[Any] | None

    @property
    def heights(self) -> list[int]:
        """One row, taller for more features."""
        return [max(160, 60 + 22 * min(len(self.values), MOST_BARS + 1))]

    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds the bars; what is beyond the largest is summed into one, so that all of them still sum to the whole."""
        # NaN counts as large: it must be seen.
        order = np.argsort(-np.nan_to_num(np.abs(self.values), nan=np.inf), kind="stable")
        shown, others = order[:MOST_BARS], order[MOST_BARS:]
        values, labels = self.values[shown], [text(self.labels[i]) for i in shown]
        inputs = [f"{self.inputs[i]:.4g}" if self.inputs is not None else "not known" for i in shown]
        if len(others):
            values = np.append(values, self.values[others].sum())
            labels.append(f"{len(others)} others")
            inputs.append("several")
        bars = go.Bar(
            x=values,
            y=np.arange(len(values)),
            orientation="h",
            customdata=np.stack([labels, inputs], axis=1),
            marker_color=_signed_colors(values),
            hovertemplate="%{customdata[0]}<br>input %{customdata[1]}<br>attribution %{x:.4g}<extra></extra>",
            showlegend=False,
        )
        figure.add_trace(bars, row=row, col=1)
        ticks = {"tickvals": np.arange(len(values)), "ticktext": labels, "showgrid": False, "automargin": True}
        figure.update_yaxes(autorange="reversed", **ticks, row=row, col=1)
        figure.update_xaxes(title_text="attribution", row=row, col=1)


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
        strips = _heat_map(figure, row, self.values.T, x=time, name="attribution", hovertemplate=hover)
        channels = np.repeat(np.array(labels, dtype=object)[:, None], len(time), axis=1)
        figure.add_trace(strips.update(customdata=channels), row=row, col=1)
        ticks = {"tickvals": np.arange(len(labels)), "ticktext": labels} if len(labels) <= 16 else {}
        figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False, **ticks, row=row, col=1)
        figure.update_xaxes(title_text="time", showgrid=False, zeroline=False, row=row, col=1)


def _heat_map(figure: go.Figure, row: int, values: NDArray[Any], **options: Any) -> go.Heatmap:
    low, high = figure.get_subplot(row, 1).yaxis.domain
    bar = {"thickness": 12, "len": high - low, "y": (low + high) / 2, "exponentformat": "power"}
    largest = limit(values)
    return go.Heatmap(
        z=values, zmin=-largest, zmax=largest, colorscale=diverging_scale(), colorbar=bar, hoverongaps=False, **options
    )


def _signed_colors(values: NDArray[Any]) -> list[str]:
    return [NEGATIVE if value < 0 else POSITIVE for value in values]
