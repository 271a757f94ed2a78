"""Where the panels of several examples stand in one figure, in pixels, and what all figures look like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from kerasig.plot._panels import Panel
from kerasig.plot._titles import broken

_TITLE, _GAP, _BOTTOM, _LEFT, _RIGHT = 76, 56, 60, 60, 30
_BAR = 110
# Of a heading over an example, or over one of its panels: a line, and the space below.
_LINE, _BELOW = 17, 6
# Of several examples that stand beside each other, and between them.
_WIDEST, _APART, _SMALLER = 930, 28, 0.58
# Lines that a page or a map behind them lets through.
_FAINT, _AXIS = "rgba(128, 128, 128, 0.25)", "rgba(128, 128, 128, 0.6)"


@dataclass(frozen=True)
class Cell:
    """One example in a figure.

    Args:
        panels: What is drawn of it.
        heading: Lines over it; none where the figure's title says it.
    """

    panels: Sequence[Panel]
    heading: Sequence[str] = ()


@dataclass(frozen=True)
class Grid:
    """The sizes of a figure of several examples in rows and columns.

    Args:
        cells: The examples.
        smaller: How much smaller panels with proportions of their own are than where one stands alone.
        columns: How many examples stand beside each other.
        width: Of one of them in pixels; None where it takes what there is.
    """

    cells: Sequence[Cell]
    smaller: float
    columns: int
    width: int | None

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> Grid:
        """Beside each other are those that have proportions of their own, as many as there is room for."""
        panels = [panel for cell in cells for panel in cell.panels]
        if any(panel.aspect is None for panel in panels):
            return cls(cells, 1, 1, None)
        smaller = _SMALLER if len(cells) > 1 else 1
        width = max(round((panel.aspect or 1) * smaller * panel.heights[0]) for panel in panels)
        width = min(max(width, 200), _WIDEST)
        columns = max(1, min(len(cells), (_WIDEST + _APART) // (width + _APART)))
        return cls(cells, smaller, columns, width)

    def heights(self, cell: Cell) -> list[int]:
        """The heights of the rows of one example."""
        return [round(self.smaller * height) for panel in cell.panels for height in panel.heights]

    def first_row(self, number: int) -> int:
        """The row of subplots that an example begins at, from 1."""
        return 1 + number // self.columns * len(self.heights(self.cells[0]))

    def column(self, number: int) -> int:
        """The column of subplots of an example, from 1."""
        return 1 + number % self.columns

    def figure(self) -> tuple[go.Figure, int]:
        """An empty figure with these subplots, and its height without margins."""
        rows = len(self.heights(self.cells[0]))
        groups = -(-len(self.cells) // self.columns)
        figure = make_subplots(rows=rows * groups, cols=self.columns)
        tops: list[tuple[float, float]] = []
        y = 0.0
        for group in range(groups):
            beside = self.cells[group * self.columns : (group + 1) * self.columns]
            y += (self._gap if group else 0) + max(self._above(cell) for cell in beside)
            for row, gap in enumerate(self._gaps(beside[0])):
                height = max(self.heights(cell)[row] for cell in beside)
                tops.append((y + gap, y + gap + height))
                y += gap + height
        apart = 0.0 if self.width is None else _APART / self._total_width()
        part = (1 - apart * (self.columns - 1)) / self.columns
        for row, (top, bottom) in enumerate(tops, start=1):
            for column in range(1, self.columns + 1):
                x = (column - 1) * (part + apart)
                place = figure.get_subplot(row, column)
                place.xaxis.domain, place.yaxis.domain = (x, x + part), (1 - bottom / y, 1 - top / y)
        return figure, round(y)

    @property
    def _gap(self) -> int:
        """Between examples: pictures have nothing at their axes."""
        return _GAP if self.width is None else _APART

    def _above(self, cell: Cell) -> int:
        """The room that an example's heading takes, and over it that of its first panel."""
        lines = len(cell.heading) + (len(cell.heading) > 0 and len(cell.panels) > 1)
        return lines * _LINE + (_BELOW if lines else 0)

    def _gaps(self, cell: Cell) -> list[int]:
        """The room above each row of an example."""
        inner = [[panel.gap] * (len(panel.heights) - 1) for panel in cell.panels]
        return [gap for i, within in enumerate(inner) for gap in (self._gap + _LINE if i else 0, *within)]

    def _total_width(self) -> int:
        assert self.width is not None
        return self.columns * self.width + (self.columns - 1) * _APART

    def finish(self, figure: go.Figure, height: int, heading: str) -> None:
        """Gives the figure its sizes and title, and hides the places that are left over."""
        for number in range(len(self.cells), -(-len(self.cells) // self.columns) * self.columns):
            for row in range(len(self.heights(self.cells[0]))):
                place = {"row": self.first_row(number) + row, "col": self.column(number)}
                figure.update_xaxes(visible=False, **place)
                figure.update_yaxes(visible=False, **place)
        if self.width is None:
            finish(figure, height, heading)
            return
        margins = {"l": 20, "r": _BAR, "b": 20}
        width = self._total_width() + margins["r"]
        lines = [line for part in heading.split("<br>") for line in _fitted(part, width)]
        margins["t"] = _TITLE + _LINE * (len(lines) - heading.count("<br>") - 1)
        finish(figure, height, "<br>".join(lines))
        figure.update_layout(
            width=width + margins["l"],
            height=height + margins["t"] + margins["b"],
            margin=margins,
            title_pad_l=margins["l"],
        )


def _fitted(said: str, width: int) -> list[str]:
    """A line of a figure's title in lines that fit: its letters are larger than a heading's, and small ones smaller."""
    if not (said.startswith("<sup>") and said.endswith("</sup>")):
        return broken(said, round(width * 0.8))
    return [f"<sup>{line}</sup>" for line in broken(said[len("<sup>") : -len("</sup>")], round(width * 1.1))]


def finish(figure: go.Figure, height: int, heading: str) -> None:
    """Gives a figure its height and title, and nothing behind it: zero is the colour of the page, whatever that is."""
    figure.update_layout(
        # Over the names of an axis, too, which may be so long that a title beside them has no room.
        title={"text": heading, "font_size": 15, "x": 0, "xref": "container", "y": 1, "yanchor": "top"},
        title_pad={"t": 18, "l": _LEFT},
        height=height + _TITLE + _BOTTOM,
        margin={"t": _TITLE, "b": _BOTTOM, "l": _LEFT, "r": _RIGHT},
        plot_bgcolor="rgba(0, 0, 0, 0)",
        bargap=0.15,
        # Beside the title, where neither curves nor the bar of colours are.
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
    )
    figure.update_xaxes(gridcolor=_FAINT, zerolinecolor=_AXIS)
    figure.update_yaxes(gridcolor=_FAINT, zerolinecolor=_AXIS)
