"""Inputs as pictures in colour, and maps laid over them, as the tab draws both."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig.plot._colors import shades
from kerasig.plot._drawn import Drawn
from kerasig.plot._pictures import Pixels

# Beneath a map a drawing keeps to the dark, whatever its own light: on a bright stroke, the map's weak colours would be
# beige and grey. The second is what most of its lit pixels become.
_SOFT = (20, 72)
# What is no lit pixel, as a share of white; a picture that is darker than the second is not made brighter for it.
_DARK_BELOW, _LEAST_LIGHT = 0.1, 0.4
# Black and white of a photograph, which is recognised by its colours and its light: dimmed no more than its map needs.
_SOFT_LARGE = (16, 190)
# Values that reach further than this, up to 255, are taken for bytes.
_BYTES_BEYOND = 64


def channels_last(leaf: Drawn, probe: int) -> NDArray[np.float64] | None:
    """One example's input with one last axis of channels; None where it is not known."""
    if leaf.inputs is None:
        return None
    picture = leaf.inputs[probe].astype(np.float64)
    return picture[..., None] if not leaf.channels else np.moveaxis(picture, leaf.channels[0] - 1, -1)


def grey(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """The brightness of a picture [..., C], in the numbers of the input."""
    channels = picture.shape[-1]
    weights = np.array([0.2126, 0.7152, 0.0722]) if channels == 3 else np.full(channels, 1 / max(channels, 1))
    return np.asarray(picture @ weights)


def in_color(picture: NDArray[np.float64]) -> NDArray[np.float64]:
    """Red, green and blue [..., 3] from 0 to 1 of a picture [..., C]: of one or two channels the first, else three."""
    low, high = _ends(picture)
    chosen = picture[..., :3] if picture.shape[-1] >= 3 else np.repeat(picture[..., :1], 3, axis=-1)
    finite = np.nan_to_num(chosen, nan=low, posinf=high, neginf=low)
    return np.asarray(np.clip((finite - low) / ((high - low) or 1), 0, 1))


def as_it_is(colors: NDArray[np.float64]) -> Pixels:
    """Colours from 0 to 1 as pixels."""
    return np.round(255 * colors).astype(np.uint8)


def tone(picture: NDArray[np.float64], *, photograph: bool) -> tuple[float, float]:
    """Black and white of a picture [..., C] beneath its map, from 0 to 255."""
    if photograph:
        return _SOFT_LARGE
    low, high = _ends(picture)
    shares = (picture - low) / ((high - low) or 1)
    lit = np.sort(shares[shares > _DARK_BELOW], axis=None)
    light = lit[int(0.75 * lit.size)] if lit.size else 1.0
    black, bright = _SOFT
    return black, black + (bright - black) / max(_LEAST_LIGHT, float(light))


def beneath(colors: NDArray[np.float64], between: tuple[float, float]) -> Pixels:
    """Colours from 0 to 1 as the pixels that a map is laid over.

    Args:
        colors: [..., 3].
        between: what black and white become, of `tone`.
    """
    black, white = between
    return np.round(black + (white - black) * colors).astype(np.uint8)


def laid_over(pixels: Pixels, shares: NDArray[Any], gamma: float) -> Pixels:
    """A map of shares of the limit, [H, W] from -1 to 1, over pixels [H, W, 3]: the larger, the less shows through."""
    found = shades(shares, gamma)
    opacity = found[..., 3:]
    return np.round(pixels * (1 - opacity) + found[..., :3] * opacity).astype(np.uint8)


def _ends(picture: NDArray[np.float64]) -> tuple[float, float]:
    """Black and white, guessed from the usual ways to scale images."""
    finite = picture[np.isfinite(picture)]
    if not finite.size:
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    for black, white, beyond in ((0, 1, -np.inf), (0, 255, _BYTES_BEYOND), (-1, 1, -np.inf)):
        if low >= black and beyond < high <= white:
            return float(black), float(white)
    return low, high
