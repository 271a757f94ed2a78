"""Parts of figures of means: bars with whiskers, the order of features, and how wide names are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig._global.measured import Measured
from kerasig.plot._colors import NEGATIVE, POSITIVE
from kerasig.plot._grid import finish
from kerasig.plot._panels import text as text

Float = NDArray[np.float64]

# Standard errors on either side that make 95% of a normal number.
WHISKER = 1.96
ROW = 24
_LONGEST = 34
# Grey that is seen on light and on dark.
_GREY, WHISKER_GREY = "rgba(128, 128, 128, 0.45)", "rgba(128, 128, 128, 0.9)"


def largest(sizes: Float, most: int) -> NDArray[np.int64]:
    """The places of the largest, the largest first."""
    return np.argsort(-np.nan_to_num(sizes, nan=-1.0), kind="stable")[:most]


def short(name: str) -> str:
    """A name for an axis: cut in its middle where it is long, with what Plotly would take for markup escaped."""
    half = _LONGEST // 2
    return text(name if len(name) <= _LONGEST else f"{name[: half - 1]}…{name[-half:]}")


@dataclass(frozen=True)
class Bars:
    """Bars of mean |attributions|, and in each of them that of the signed mean.

    Args:
        names: of the rows, the first one at the top.
        mean: of everything, signed.
        size: of everything, |attributions|.
        order: which of these the rows are.
        details: what else is said of each row under a pointer.
    """

    names: Sequence[str]
    mean: Measured
    size: Measured
    order: NDArray[np.int64]
    details: Sequence[str]

    def figure(self, heading: str) -> go.Figure:
        """Both with 95% whiskers: a bar of the size, and a dot at the mean, in the colour of its sign."""
        figure, count = go.Figure(), len(self.names)
        places = np.arange(count)
        values, errors = self._of(self.size)
        bars = go.Bar(
            x=values,
            y=places,
            orientation="h",
            marker_color=_GREY,
            **self._look("mean |attribution|", places, errors, WHISKER_GREY, 1.3),
        )
        figure.add_trace(bars)
        values, errors = self._of(self.mean)
        for color, chosen in ((POSITIVE, ~(values < 0)), (NEGATIVE, values < 0)):
            rows = np.flatnonzero(chosen)
            dots = go.Scatter(
                x=values[rows],
                y=rows,
                mode="markers",
                marker={"size": 8, "color": color},
                **self._look("mean attribution", rows, errors[rows], color, 2),
            )
            figure.add_trace(dots)
        finish(figure, max(120, ROW * count), f"{heading}<br><sup>{_KEY}</sup>")
        named_rows(figure, self.names)
        figure.update_xaxes(title_text="attribution, in units of the score")
        return figure

    def _of(self, measured: Measured) -> tuple[Float, Float]:
        """The means that are drawn, and how far their whiskers reach."""
        return measured.value[self.order], np.nan_to_num(WHISKER * measured.error[self.order])

    def _look(self, said: str, rows: NDArray[np.int64], errors: Float, color: str, thickness: float) -> dict[str, Any]:
        """Whiskers, and words under a pointer."""
        shown = [
            [text(self.names[row]), f"{error:.2g}", self.details[row]]
            for row, error in zip(rows.tolist(), errors.tolist(), strict=True)
        ]
        template = f"%{{customdata[0]}}<br>{said} %{{x:.4g}} ± %{{customdata[1]}}<br>%{{customdata[2]}}<extra></extra>"
        whiskers = {"type": "data", "array": errors, "thickness": thickness, "width": 3, "color": color}
        return {"customdata": shown, "hovertemplate": template, "error_x": whiskers, "showlegend": False}


_KEY = "Bar: mean |attribution|. Dot: mean with its sign, orange raises the score, blue lowers it. Whiskers: 95%."


def named_rows(figure: go.Figure, names: Sequence[str]) -> None:
    """Names on the axis of rows, the first one at the top."""
    ticks = {"tickvals": list(range(len(names))), "ticktext": list(map(short, names)), "automargin": True}
    figure.update_yaxes(range=[len(names) - 0.5, -0.5], showgrid=False, zeroline=False, **ticks)
