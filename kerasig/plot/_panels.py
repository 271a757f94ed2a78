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

from kerasig.plot._drawn import Drawn

# Vermillion and blue stay apart for colour-blind readers; the TensorBoard tab has the same.
POSITIVE, NEGATIVE = "rgb(216, 75, 0)", "rgb(0, 128, 236)"
_FAINT = {POSITIVE: (237, 132, 91), NEGATIVE: (94, 168, 249)}
_STRONG = {POSITIVE: (216, 75, 0), NEGATIVE: (0, 128, 236)}
# Attributions are heavy-tailed: an exponent below 1 lifts the many small ones.
_GAMMA = 0.6


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
class Captions:
    """The words of one example.

    Args:
        probe: Index of the example.
        words: Its tokens, or None.
        feature_names: Those of columns and channels, or None.
    """

    probe: int
    words: list[str] | None
    feature_names: Sequence[str] | None

    def features(self, leaf: Drawn, count: int) -> list[str]:
        """Names of `count` columns or channels of a leaf."""
        if self.feature_names is not None and len(self.feature_names) == count:
            return list(map(str, self.feature_names))
        return [leaf.name] if count == 1 else [f"{leaf.kind.axes[-1]} {i}" for i in range(count)]


@dataclass(frozen=True)
class Panel(ABC):
    """One part of a figure. That of a new kind is a file beside this one and a line in `_panels_of_kinds.py`.

    Args:
        title: What it shows.
    """

    # Whether one panel shows all leaves of its kind: a table often comes as one leaf per column.
    is_shared: ClassVar[bool] = False

    title: str

    @classmethod
    @abstractmethod
    def of(cls, leaves: Sequence[Drawn], captions: Captions) -> Panel:
        """The panel of one example's attributions: of one leaf, or of all of its kind where it is shared."""

    @property
    @abstractmethod
    def heights(self) -> list[int]:
        """Heights in pixels of the rows of subplots that the panel takes."""

    @abstractmethod
    def draw(self, figure: go.Figure, row: int) -> None:
        """Adds traces and axes from subplot `row` on."""


def heat_map(figure: go.Figure, row: int, values: NDArray[Any], **options: Any) -> go.Heatmap:
    low, high = figure.get_subplot(row, 1).yaxis.domain
    bar = {"thickness": 12, "len": high - low, "y": (low + high) / 2, "exponentformat": "power"}
    largest = limit(values)
    return go.Heatmap(
        z=values, zmin=-largest, zmax=largest, colorscale=diverging_scale(), colorbar=bar, hoverongaps=False, **options
    )


def signed_colors(values: NDArray[Any]) -> list[str]:
    return [NEGATIVE if value < 0 else POSITIVE for value in values]
