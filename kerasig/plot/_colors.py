"""The signed colours: orange raises the score, blue lowers it, as in the tab (its `color.js` has the same numbers).

Both hues of Okabe and Ito's palette stay apart for colour-blind readers. They are mixed in OKLCH with one lightness for
both signs, so that equal size looks equally strong. Zero is transparent, hence neutral on any page and any picture.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

_POSITIVE_HUE, _NEGATIVE_HUE = 42, 252
# Lightness and chroma at zero and at the limit: far values get deeper, not only denser.
_FAINT, _STRONG = (0.7, 0.19), (0.6, 0.19)
# Attributions are heavy-tailed: an exponent below 1 lifts the many small ones.
GAMMA = 0.5
# Sums of neighbours are less heavy-tailed than pixels: weak ones need no lifting, and would hide the photograph.
PHOTOGRAPH_GAMMA = 1.0
MOST_OPAQUE = 0.96
_SHADES = 256
# Stops of a Plotly scale to either side of zero, as far apart in strength; between them it is straight.
_STOPS = 16


def oklch(lightness: float, chroma: float, hue: float) -> NDArray[np.float64]:
    """OKLCH in red, green and blue, 0 to 255, clipped to the gamut. Source: Ottosson 2020, bottosson.github.io."""
    a, b = chroma * np.cos(np.deg2rad(hue)), chroma * np.sin(np.deg2rad(hue))
    cones = np.array([[0.3963377774, 0.2158037573], [-0.1055613458, -0.0638541728], [-0.0894841775, -1.291485548]])
    linear = (
        np.array(
            [
                [4.0767416621, -3.3077115913, 0.2309699292],
                [-1.2684380046, 2.6097574011, -0.3413193965],
                [-0.0041960863, -0.7034186147, 1.707614701],
            ]
        )
        @ (lightness + cones @ [a, b]) ** 3
    )
    clipped = np.clip(linear, 0, 1)
    return np.asarray(255 * np.where(clipped <= 0.0031308, 12.92 * clipped, 1.055 * clipped ** (1 / 2.4) - 0.055))


@cache
def _ramp(hue: float, gamma: float) -> NDArray[np.float64]:
    """Red, green, blue (0 to 255) and opacity (0 to 1) of each shade."""
    (faint, weak), (strong, deep) = _FAINT, _STRONG
    strengths = np.linspace(0, 1, _SHADES) ** gamma
    colors = [oklch(faint + t * (strong - faint), weak + t * (deep - weak), hue) for t in strengths]
    return np.column_stack([np.array(colors), strengths * MOST_OPAQUE])


def shades(shares: NDArray[Any], gamma: float = GAMMA) -> NDArray[np.float64]:
    """Red, green, blue (0 to 255) and opacity (0 to 1) of shares of the limit, from -1 to 1; NaN counts as zero."""
    sizes = np.minimum(np.abs(np.nan_to_num(np.asarray(shares, np.float64), nan=0)), 1)
    places = np.floor(sizes * (_SHADES - 1) + 0.5).astype(np.int64)
    lowers = np.asarray(shares)[..., None] < 0
    return np.asarray(np.where(lowers, _ramp(_NEGATIVE_HUE, gamma)[places], _ramp(_POSITIVE_HUE, gamma)[places]))


def shade(share: float, deepest: float = MOST_OPAQUE, gamma: float = GAMMA) -> str:
    """The colour of a share of the largest size, from -1 to 1: transparent at zero, the deeper the larger.

    Args:
        share: signed; what is beyond 1 in size is drawn as 1, and what is no number as zero.
        deepest: the opacity at 1.
        gamma: the exponent from a share to how strong its colour is.
    """
    *rgb, opacity = shades(np.array(share), gamma)
    red, green, blue = (int(part + 0.5) for part in rgb)
    return f"rgba({red}, {green}, {blue}, {opacity * deepest / MOST_OPAQUE:.3f})"


def _plain(hue: float) -> str:
    red, green, blue = (int(part + 0.5) for part in oklch(*_STRONG, hue))
    return f"rgb({red}, {green}, {blue})"


POSITIVE, NEGATIVE = _plain(_POSITIVE_HUE), _plain(_NEGATIVE_HUE)


def diverging_scale(gamma: float = GAMMA) -> list[list[Any]]:
    """A Plotly scale symmetric around zero, which is transparent and so neutral on any background."""
    sizes = (np.arange(1, _STOPS + 1) / _STOPS) ** (1 / gamma)
    return [[0.5 + share / 2, shade(share, gamma=gamma)] for share in (*-sizes[::-1], 0.0, *sizes)]


def signed_colors(values: NDArray[Any]) -> list[str]:
    """The strongest colour of each value's sign."""
    return [NEGATIVE if value < 0 else POSITIVE for value in values]
