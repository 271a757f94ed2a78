"""The panels of a figure as static HTML: small PNGs, words on colours, features as bars, series as strips."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig.plot._colors import GAMMA, NEGATIVE, POSITIVE, shade, shades
from kerasig.plot._embedding import source
from kerasig.plot._feature_panel import FeaturePanel
from kerasig.plot._image_panel import ImagePanel
from kerasig.plot._panels import Panel
from kerasig.plot._photographs import beneath, in_color, laid_over
from kerasig.plot._png import data_uri
from kerasig.plot._sequence_panel import SequencePanel
from kerasig.plot._series_panel import SeriesPanel
from kerasig.plot._shrinking import means
from kerasig.plot._titles import share
from kerasig.plot._volume_panel import VolumePanel

# Pixels of a picture's longer side in the file, and on the screen.
_SIDE, _SHOWN_SIDE = 200, 200
# Letters of a picture's data: eight of them and what is around stay below 300,000.
_MOST_LETTERS = 34_000
_MOST_WORDS, _MOST_FEATURES, _MOST_CHANNELS, _MOST_LABEL = 100, 10, 6, 60
# Columns of a strip, and pixels: how wide a bar is to either side, how high a strip and a line are.
_COLUMNS, _BAR, _STRIP, _LINE = 400, 90, 16, 44
# Text keeps the colour of the page, and must stay legible on it.
_DEEPEST = 0.6


def escaped(value: Any) -> str:
    """Text in a page, without the meaning that its signs have there."""
    return escape(str(value))


def legend() -> str:
    """Two words on the colours that mean them."""
    raises, lowers = (_word(label, size, "") for label, size in (("raises the score", 0.6), ("lowers it", -0.6)))
    return f' <span style="font-size: 12px; margin-left: 8px">{raises}{lowers}</span>'


def markup(panel: Panel, title: str | None, end: float) -> str:
    """One panel, under its title if it has any, on a scale up to `end`."""
    heading = "" if title is None else f'<div style="font-size: 12px; opacity: 0.75">{escaped(title)}</div>'
    return heading + _drawn(panel, end)


@singledispatch
def _drawn(panel: Panel, end: float) -> str:
    return '<div style="opacity: 0.75">attribution.plot(...) draws this.</div>'


@_drawn.register
def _(panel: ImagePanel, end: float) -> str:
    height, width = panel.values.shape
    rows, columns = _smaller(height, width)
    shares = _resized(panel.shown, rows, columns) / end
    if panel.picture is None:
        uri = data_uri(transparent(shares, panel.gamma))
    else:
        colors = means(means(in_color(panel.picture), 0, rows), 1, columns)
        under = beneath(np.clip(colors, 0, 1), panel.tone)
        uri = source(laid_over(under, shares, panel.gamma), density=_MOST_LETTERS / (rows * columns))
    larger = _SHOWN_SIDE / max(height, width, 1)
    # Few pixels are shown as what they are.
    sharp = "; image-rendering: pixelated" if larger > 2 else ""
    alt = f"Attributions of {height} by {width} pixels over the picture"
    return (
        f'<img alt="{alt}" src="{uri}" style="display: block; width: {round(width * larger)}px; '
        f'height: {round(height * larger)}px{sharp}">'
    )


@_drawn.register
def _(panel: VolumePanel, end: float) -> str:
    sizes = np.abs(np.nan_to_num(panel.values, posinf=0, neginf=0)).sum(axis=(1, 2))
    place, whole = int(sizes.argmax()), sizes.sum()
    part = f", which has {share(sizes[place] / whole)} of all |attribution|" if whole else ""
    picture = None if panel.picture is None else panel.picture[place]
    said = f'<div style="font-size: 12px; opacity: 0.75">slice {place} of {len(sizes)}{escaped(part)}</div>'
    return said + _drawn(ImagePanel(panel.title, panel.values[place], picture), end)


@_drawn.register
def _(panel: SequencePanel, end: float) -> str:
    values, labels = panel.values, panel.labels
    last = _used(values, labels)
    shown = min(last, _MOST_WORDS)
    words = "".join(
        _word(label, value / end, f"position {place}, attribution {value:.4g}")
        for place, (label, value) in enumerate(zip(labels[:shown], values[:shown], strict=True))
    )
    left = []
    if last > shown:
        left.append(f"{last - shown} more, which sum to {values[shown:last].sum():.3g}")
    if len(values) > last:
        left.append(f"{len(values) - last} at the end with zero each")
    rest = f' <span style="font-size: 12px; opacity: 0.75">and {escaped(", and ".join(left))}</span>' if left else ""
    return f'<div style="line-height: 1.9; overflow-wrap: anywhere">{words}{rest}</div>'


@_drawn.register
def _(panel: FeaturePanel, end: float) -> str:
    # NaN counts as large: it must be seen.
    order = np.argsort(-np.nan_to_num(np.abs(panel.values), nan=np.inf), kind="stable")
    shown, others = order[:_MOST_FEATURES], order[_MOST_FEATURES:]
    rows = []
    for place in shown:
        known = "" if panel.inputs is None else f"{panel.inputs[place]:.4g}"
        rows.append(_bar(panel.labels[place], known, float(panel.values[place]), end))
    if len(others):
        rows.append(_bar(f"{len(others)} others", "", float(panel.values[others].sum()), end))
    return f'<div style="display: table; border-spacing: 8px 1px; margin-left: -8px">{"".join(rows)}</div>'


@_drawn.register
def _(panel: SeriesPanel, end: float) -> str:
    sizes = np.nan_to_num(np.abs(panel.values)).sum(axis=0)
    # The largest, in the order they have.
    shown = np.sort(np.argsort(-sizes, kind="stable")[:_MOST_CHANNELS])
    length = min(len(panel.values), _COLUMNS)
    values = means(np.nan_to_num(panel.values, posinf=0, neginf=0), 0, length)
    parts = []
    for channel in shown:
        total = f"{panel.values[:, channel].sum():.3g}"
        line = "" if panel.inputs is None else _line(panel.inputs[:, channel])
        colors = transparent((values[:, channel] / end)[None])
        strip = (
            f'<img alt="Attributions along {len(panel.values)} steps" src="{data_uri(colors)}" style="display: block; '
            f"width: 100%; height: {_STRIP}px; image-rendering: pixelated; "
            'outline: 1px solid rgba(128, 128, 128, 0.4)">'
        )
        parts.append(
            f'<div style="margin-bottom: 6px"><span style="font-size: 12px">{_cut(panel.labels[channel])} '
            f'<span style="opacity: 0.75">sum {total}</span></span>{line}{strip}</div>'
        )
    others = panel.values.shape[1] - len(shown)
    if others:
        rest = f"{panel.values.sum() - panel.values[:, shown].sum():.3g}"
        parts.append(
            f'<div style="font-size: 12px; opacity: 0.75">and {others} channels more, which sum to {rest}</div>'
        )
    return f'<div style="max-width: 720px">{"".join(parts)}</div>'


def _used(values: NDArray[Any], labels: Sequence[str]) -> int:
    """The length without padding: one label again and again at the end, with nothing attributed to it."""
    last = len(values)
    while last > 1 and values[last - 1] == 0 and labels[last - 1] == labels[-1]:
        last -= 1
    # A lone word with nothing attributed to it is no padding.
    return last if len(values) - last > 1 else len(values)


def _word(label: str, part: float, hint: str) -> str:
    title = f' title="{escaped(hint)}"' if hint else ""
    return (
        f'<span{title} style="background: {shade(part, deepest=_DEEPEST)}; padding: 2px 3px; border-radius: 3px; '
        f'margin-right: 4px">{_cut(label)}</span> '
    )


def _bar(label: str, known: str, value: float, largest: float) -> str:
    """A row of a table: name, input, a bar to the left or right of the middle, attribution."""
    length = _BAR * min(abs(value) / largest, 1) if np.isfinite(value) else _BAR
    left = _BAR - length if value < 0 else _BAR
    bar = (
        f'<span style="display: block; width: {length:.1f}px; height: 11px; margin-left: {left:.1f}px; '
        f'background: {NEGATIVE if value < 0 else POSITIVE}"></span>'
    )
    cells = [
        (_cut(label), "text-align: left; overflow-wrap: anywhere; max-width: 260px"),
        (escaped(known), "text-align: right; opacity: 0.75"),
        (bar, f"width: {2 * _BAR}px; vertical-align: middle; background: rgba(128, 128, 128, 0.12)"),
        (f"{value:.3g}", "text-align: right; font-variant-numeric: tabular-nums"),
    ]
    row = "".join(f'<span style="display: table-cell; {style}">{content}</span>' for content, style in cells)
    return f'<div style="display: table-row">{row}</div>'


def _line(series: NDArray[Any]) -> str:
    """A series as a line; of one that is longer than the screen is wide the least and largest of each part."""
    series = np.nan_to_num(np.asarray(series, np.float64), posinf=0, neginf=0)
    if len(series) > 2 * _COLUMNS:
        parts = np.array_split(series, _COLUMNS)
        series = np.array([end for part in parts for end in (part.min(), part.max())])
    low, high = series.min(initial=np.inf), series.max(initial=-np.inf)
    heights = np.full(len(series), 0.5) if not high > low else (high - series) / (high - low)
    points = " ".join(f"{x},{2 + (_LINE - 4) * y:.1f}" for x, y in enumerate(heights))
    return (
        f'<svg viewBox="0 0 {max(len(series) - 1, 1)} {_LINE}" preserveAspectRatio="none" style="display: block; '
        f'width: 100%; height: {_LINE}px"><polyline points="{points}" fill="none" stroke="currentColor" '
        'stroke-width="1.2" stroke-opacity="0.75" vector-effect="non-scaling-stroke"/></svg>'
    )


def _cut(label: Any) -> str:
    text = str(label)
    return escaped(text if len(text) <= _MOST_LABEL else text[: _MOST_LABEL - 1] + "…")


def transparent(shares: NDArray[Any], gamma: float = GAMMA) -> NDArray[np.uint8]:
    """The signed colours [H, W, 4] of shares [H, W] from -1 to 1, where there is no picture: nothing at zero."""
    return np.round(shades(shares, gamma) * [1, 1, 1, 255]).astype(np.uint8)


def _smaller(height: int, width: int) -> tuple[int, int]:
    """The pixels that a picture has in the page: no more than its share of the page is wide."""
    factor = min(1, _SIDE / max(height, width, 1))
    return max(1, round(factor * height)), max(1, round(factor * width))


def _resized(shown: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """A map with so many numbers: the mean of those that fall together, or what lies between two of fewer."""
    for axis, length in enumerate((rows, columns)):
        count = shown.shape[axis]
        if count > length:
            shown = means(shown, axis, length)
        elif count < length:
            at = np.clip((np.arange(length) + 0.5) * count / length - 0.5, 0, count - 1)
            low = np.floor(at).astype(int)
            part = (at - low)[:, None] if axis == 0 else at - low
            shown = shown.take(low, axis) * (1 - part) + shown.take(np.minimum(low + 1, count - 1), axis) * part
    return shown
