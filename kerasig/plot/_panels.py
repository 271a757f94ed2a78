"""A panel of a figure: it draws the attributions of one example in the form that suits their kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from kerasig.plot._colors import GAMMA, diverging_scale
from kerasig.plot._drawn import Drawn
from kerasig.plot._smoothing import end_of_scale

# Lines of the input, seen on light and on dark: colours are left to attributions.
INK = "rgb(128, 128, 128)"
# Numbers of a panel that are kept as they are.
_MOST_EXACT = 5_000


def limit(values: NDArray[Any]) -> float:
    """The largest finite size among `values`, 1 if all are zero: the end of a symmetric scale."""
    return end_of_scale(values, photograph=False) or 1.0


def numbers(values: NDArray[Any], count: int) -> NDArray[Any]:
    """Values as a figure holds them: of many, seven digits are enough for a pointer, and take half of the room.

    Args:
        values: of any shape.
        count: how many there are of them in the panel.
    """
    return values if count <= _MOST_EXACT else values.astype(np.float32)


def text(label: Any) -> str:
    """`label` for Plotly, which would take "<unk>" for markup."""
    return escape(str(label), quote=False)


@dataclass(frozen=True)
class Captions:
    """The words of one example, and what joins or times its positions.

    Args:
        probe: Index of the example.
        words: Its tokens, or None.
        feature_names: Those of columns and channels, or None.
        edges: Pairs of nodes [E, 2], or None.
        rate: Time steps per second, or None.
    """

    probe: int
    words: list[str] | None = None
    feature_names: Sequence[str] | None = None
    edges: NDArray[Any] | None = None
    rate: float | None = None

    def features(self, leaf: Drawn, count: int) -> list[str]:
        """Names of `count` columns or channels of a leaf."""
        if self.feature_names is not None and len(self.feature_names) == count:
            return list(map(str, self.feature_names))
        if leaf.groups is not None:
            return list(leaf.groups)
        return [leaf.name] if count == 1 else [f"{leaf.kind.axes[-1]} {i}" for i in range(count)]


@dataclass(frozen=True)
class Scale:
    """The end of a symmetric scale.

    Args:
        end: The size of value that gets the strongest colour, or the longest bar.
        is_clipped: Whether there are larger ones.
        is_common: Whether several examples have it.
    """

    end: float
    is_clipped: bool = False
    is_common: bool = False


@dataclass(frozen=True)
class Spot:
    """The subplot that a panel begins at.

    Args:
        figure: The figure.
        row: Of its subplots, from 1.
        column: Of its subplots, from 1.
        scale: Of the panel's values.
        smaller: How much smaller the panel is than where an example stands alone.
    """

    figure: go.Figure
    row: int
    column: int
    scale: Scale
    smaller: float = 1

    @property
    def cell(self) -> dict[str, int]:
        """Which subplot, as Plotly's functions take it."""
        return {"row": self.row, "col": self.column}

    def below(self, rows: int = 1) -> Spot:
        """The same so many rows further down."""
        return Spot(self.figure, self.row + rows, self.column, self.scale, self.smaller)

    def add(self, trace: Any) -> None:
        """Adds a trace to the subplot."""
        self.figure.add_trace(trace, **self.cell)

    def axes(self) -> Any:
        """Its axes."""
        return self.figure.get_subplot(self.row, self.column)

    def marker_colors(self, values: NDArray[Any]) -> dict[str, Any]:
        """The signed colours for a trace of markers."""
        end = self.scale.end
        return {"color": values, "cmin": -end, "cmax": end, "colorscale": diverging_scale(), "showscale": False}


@dataclass(frozen=True)
class Panel(ABC):
    """One part of a figure. That of a new kind is a file beside this one and a line in `_panels_of_kinds.py`.

    Args:
        title: What it shows.
    """

    # Whether one panel shows all leaves of its kind: a table often comes as one leaf per column.
    is_shared: ClassVar[bool] = False
    # Whether values are lengths, which are read off, so that none may be cut.
    has_lengths: ClassVar[bool] = False

    title: str

    @classmethod
    @abstractmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> Panel:
        """The panel of one example's attributions: of one leaf, or of all of its kind where it is shared."""

    @property
    @abstractmethod
    def heights(self) -> list[int]:
        """Heights in pixels of the rows of subplots that the panel takes."""

    @property
    def gap(self) -> int:
        """Pixels between its rows, with what stands at their axes."""
        return 56

    @property
    def aspect(self) -> float | None:
        """Width by height where it has proportions of its own, and may stand beside others; None where it is wide."""
        return None

    @property
    @abstractmethod
    def scale(self) -> Scale:
        """Its own; 0 where all values are."""

    @abstractmethod
    def draw(self, place: Spot) -> None:
        """Adds traces and axes from a subplot on."""


def heat_map(place: Spot, values: NDArray[Any], gamma: float = GAMMA, **options: Any) -> go.Heatmap:
    """Values in the signed colours, up to the scale's end; the figure adds the bar that says what they mean."""
    end = place.scale.end
    scale = {"zmin": -end, "zmax": end, "colorscale": diverging_scale(gamma), "showscale": False}
    return go.Heatmap(z=values, hoverongaps=False, **scale, **options)
