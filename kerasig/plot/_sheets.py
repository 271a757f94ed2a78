"""Sheets of pictures as Plotly figures: rows and columns, with names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from kerasig import _arguments as arguments
from kerasig.plot._embedding import source
from kerasig.plot._panels import text
from kerasig.plot._pictures import Pixels

# Letters for each pixel: three pictures of 224 x 224 for each of four photographs stay below 300,000.
_DENSITY = 0.4
_TITLE, _COLUMN_NAMES, _NAMES, _GAP, _LARGEST = 52, 24, 22, 8, 20_000


def sheet(
    pictures: Sequence[Sequence[Pixels | None]],
    *,
    columns: Sequence[str] = (),
    names: Sequence[str] = (),
    title: str = "",
    side: int = 200,
) -> go.Figure:
    """Draws pictures in rows and columns, those above 64 pixels as JPEG.

    Args:
        pictures: rows of pixels [H, W, 3]; None leaves a place empty.
        columns: what stands over the columns.
        names: what stands over each row.
        title: of the sheet; Plotly's markup has its meaning.
        side: width of a picture on the screen, in pixels.

    Raises:
        ValueError: there are no pictures, rows differ in length, or names are not as many as what they name.

    Example:
        >>> pixels = kerasig.plot.times_picture(np.full((8, 8, 3), 0.5), np.eye(8))
        >>> figure = kerasig.plot.sheet([[pixels, pixels]], columns=["before", "after"])
    """
    rows = [arguments.items("pictures", row) for row in arguments.items("pictures", pictures, fits="a list of rows")]
    columns, names = arguments.texts("columns", columns), arguments.texts("names", names)
    side = arguments.whole("side", side, 1, _LARGEST)
    arguments.string("title", title)
    n_columns = _check(rows, columns, names)
    drawn = [[None if picture is None else _pixels(picture) for picture in row] for row in rows]
    shapes = [picture.shape for row in drawn for picture in row if picture is not None]
    height = round(side * max(shape[0] / shape[1] for shape in shapes))
    gap = _GAP + (_NAMES if names else 0)
    tall = max(len(drawn) * height + (len(drawn) - 1) * gap, 1)
    wide = n_columns * side + (n_columns - 1) * _GAP
    figure = make_subplots(
        rows=len(drawn),
        cols=n_columns,
        vertical_spacing=gap / tall if len(drawn) > 1 else 0,
        horizontal_spacing=_GAP / wide if n_columns > 1 else 0,
    )
    for i, row in enumerate(drawn, start=1):
        for j, picture in enumerate(row, start=1):
            if picture is not None:
                figure.add_trace(go.Image(source=source(picture, density=_DENSITY), hoverinfo="skip"), row=i, col=j)
    figure.update_xaxes(visible=False).update_yaxes(visible=False)
    above = {"showarrow": False, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
    for j, name in enumerate(columns):
        x = (j * (side + _GAP) + side / 2) / wide
        figure.add_annotation(text=text(name), x=x, y=1, yshift=_NAMES if names else 2, xanchor="center", **above)
    for i, name in enumerate(names):
        y = 1 - i * (height + gap) / tall
        figure.add_annotation(text=text(name), x=0, y=y, xanchor="left", font_size=11, **above)
    top = (_TITLE if title else _GAP) + (_COLUMN_NAMES if columns else 0) + (_NAMES if names else 0)
    figure.update_layout(
        title={"text": title, "font_size": 15, "x": 0, "xref": "paper", "y": 1, "yanchor": "top", "pad_t": 14},
        width=wide + 40,
        height=tall + top + 20,
        margin={"t": top, "b": 20, "l": 20, "r": 20},
    )
    return figure


def _check(pictures: Sequence[Sequence[Any]], columns: Sequence[str], names: Sequence[str]) -> int:
    lengths = {len(row) for row in pictures}
    if len(lengths) != 1 or 0 in lengths or all(picture is None for row in pictures for picture in row):
        raise ValueError(f"pictures must be rows of equal length. Received lengths {[len(row) for row in pictures]}.")
    (n_columns,) = lengths
    if len(columns) not in (0, n_columns) or len(names) not in (0, len(pictures)):
        raise ValueError(
            f"columns and names must be as many as what they name. Received {len(columns)} columns and {len(names)} "
            f"names for {len(pictures)} rows of {n_columns} pictures."
        )
    return n_columns


def _pixels(picture: Any) -> Pixels:
    array = arguments.numbers("pictures", picture, "[H, W, 3] in each place", axes=0)
    is_picture = array.ndim == 3 and array.shape[2] == 3 and array.size > 0
    if not is_picture or not ((array >= 0) & (array <= 255) & (array == np.floor(array))).all():
        raise ValueError(
            f"pictures must be pixels [H, W, 3] from 0 to 255, or None. Received {arguments.shown(picture)} among "
            "them. Pass what kerasig.plot.times_picture and its like return."
        )
    return array.astype(np.uint8)
