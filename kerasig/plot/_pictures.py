"""Attributions of images as pictures, in the three ways of the papers: NumPy arrays of pixels.

Source: Sundararajan, Taly and Yan 2016, arXiv 1611.02639, and 2017, arXiv 1703.01365.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._types import Array, Style
from kerasig.plot._colors import NEGATIVE, POSITIVE

Pixels = NDArray[np.uint8]

_LUMINANCE = (0.2126, 0.7152, 0.0722)
# How bright the grey picture beneath colours is: bright enough to be recognised, dark enough for colours to stand out.
_DIMMED = 0.6


def times_picture(picture: Array, values: Array, *, percentile: float = 99.0) -> Pixels:
    """The picture where the attribution is large, black where it is small.

    pixel_i * min(1, s_i / p), with s_i the sum of |values| over the channels of pixel i and p a percentile of s.

    Args:
        picture: [H, W], [H, W, 1] or [H, W, 3]; floating pixels are stretched from their least to their largest.
        values: attributions [H, W] or [H, W, C]; what is not finite counts as zero.
        percentile: share of pixels, in percent, that are not at full brightness: few large values would otherwise
            leave the rest in the dark.

    Returns:
        [H, W, 3].

    Example:
        >>> picture, values = np.full((8, 8, 3), 0.5), np.eye(8)
        >>> kerasig.plot.times_picture(picture, values).shape
        (8, 8, 3)
    """
    size = _channels(values, np.abs)
    return _bytes(_colors(picture, size.shape) * _scaled(size, percentile)[..., None])


def signed_overlay(picture: Array, values: Array, *, percentile: float = 99.0) -> Pixels:
    """Attributions over the picture in grey: vermillion raises the score, blue lowers it.

    Values are summed over channels, so that both signs of a pixel cancel as they do in the score. The two colours stay
    apart for colour-blind readers. For the arguments see `times_picture`.

    Example:
        >>> picture, values = np.full((8, 8, 3), 0.5), np.eye(8)
        >>> kerasig.plot.signed_overlay(picture, values).shape
        (8, 8, 3)
    """
    return _overlay(picture, values, percentile, _rgb(POSITIVE), _rgb(NEGATIVE))


def green_and_red(picture: Array, values: Array, *, percentile: float = 99.0) -> Pixels:
    """Attributions over the picture in grey: green raises the score, red lowers it, as the paper drew retinas.

    Values are summed over channels. For the arguments see `times_picture`.

    Example:
        >>> picture, values = np.full((8, 8, 3), 0.5), np.eye(8)
        >>> kerasig.plot.green_and_red(picture, values).shape
        (8, 8, 3)
    """
    return _overlay(picture, values, percentile, (0, 1, 0), (1, 0, 0))


STYLES: dict[Style, Callable[..., Pixels]] = {
    "times_picture": times_picture,
    "signed_overlay": signed_overlay,
    "green_and_red": green_and_red,
}


def as_pixels(picture: Any) -> Pixels:
    """The picture itself as pixels [H, W, 3], of the range that `times_picture` says."""
    return _bytes(_colors(picture, None))


def _overlay(picture: Any, values: Any, percentile: float, positive: Any, negative: Any) -> Pixels:
    total = _channels(values, np.asarray)
    strength = _scaled(np.abs(total), percentile)[..., None]
    color = np.where(total[..., None] > 0, np.asarray(positive, float), np.asarray(negative, float))
    grey = _DIMMED * (_colors(picture, total.shape) @ _LUMINANCE)[..., None]
    return _bytes(grey * (1 - strength) + color * strength)


def _channels(values: Any, each: Callable[..., NDArray[Any]]) -> NDArray[np.float64]:
    """`each` of the values, summed over the channels if there are any: [H, W]."""
    array = np.nan_to_num(arguments.numbers("values", values, "[H, W] or [H, W, C]", axes=0), nan=0, posinf=0, neginf=0)
    if array.ndim not in (2, 3):
        raise ValueError(f"values must be [H, W] or [H, W, C]. Received shape {array.shape}. Pass those of one image.")
    # So far from the largest number that no sum is infinite.
    array = np.clip(array, -1e300, 1e300)
    total: NDArray[np.float64] = each(array) if array.ndim == 2 else each(array).sum(axis=-1)
    return total


def _scaled(size: NDArray[np.float64], percentile: float) -> NDArray[np.float64]:
    """`size` in units of its percentile, at most 1; in units of the largest where the percentile is zero."""
    percentile = arguments.number("percentile", percentile, 0, 100, above=True)
    unit = (np.percentile(size, percentile) if size.size else 0) or size.max(initial=0) or 1.0
    return np.minimum(size / unit, 1)


def _colors(picture: Any, shape: tuple[int, ...] | None) -> NDArray[np.float64]:
    """The picture [H, W, 3] from 0 to 1; of the values' `shape`, where there are any."""
    numbers = arguments.numbers("picture", picture, "[H, W], [H, W, 1] or [H, W, 3]", axes=0)
    array = np.asarray(picture) if np.asarray(picture).dtype == np.uint8 else numbers
    if array.ndim == 2:
        array = array[..., None]
    shape = array.shape[:2] if shape is None else shape
    if array.shape[:2] != shape or array.ndim != 3 or array.shape[2] not in (1, 3):
        raise ValueError(
            f"picture must be [H, W], [H, W, 1] or [H, W, 3] of the values' H and W. Received shape "
            f"{np.shape(picture)} for {shape}."
        )
    if array.dtype == np.uint8:
        colors = array / 255
    else:
        colors = np.clip(np.nan_to_num(array.astype(np.float64), nan=0, posinf=0, neginf=0), -1e300, 1e300)
        low, high = colors.min(initial=np.inf), colors.max(initial=-np.inf)
        colors = (colors - low) / (high - low) if high > low else np.clip(colors, 0, 1)
    return np.broadcast_to(colors, (*shape, 3))


def _bytes(colors: NDArray[np.float64]) -> Pixels:
    return np.round(255 * colors).astype(np.uint8)


def _rgb(color: str) -> tuple[float, ...]:
    """Plotly's "rgb(1, 2, 3)" from 0 to 1."""
    return tuple(int(part) / 255 for part in color.removeprefix("rgb(").removesuffix(")").split(","))
