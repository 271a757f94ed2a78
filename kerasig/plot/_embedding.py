"""Pixels in a page: small pictures as they are, photographs as JPEG, as good as their share of the page allows."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from kerasig.plot._jpeg import jpeg
from kerasig.plot._png import data_uri
from kerasig.plot._smoothing import LARGE_ABOVE

# From what no eye tells from the original to what is always small enough.
_QUALITIES = (92, 88, 82, 75, 65, 50, 35, 20, 10, 5)
# Letters for each pixel: two pictures of 224 x 224 for each of four photographs leave room for their maps in 300,000,
# with the slashes that Plotly writes as six letters.
_DENSITY = 0.3
# What a file of any size needs.
_LEAST = 1_500


def source(pixels: NDArray[np.uint8], *, density: float = _DENSITY) -> str:
    """A data URI of pixels [H, W, 3].

    Args:
        pixels: red, green and blue.
        density: the most letters for each pixel of a photograph.
    """
    height, width = pixels.shape[:2]
    if max(height, width) <= LARGE_ABOVE:
        return data_uri(pixels)
    found = ""
    for quality in _QUALITIES:
        found = "data:image/jpeg;base64," + base64.b64encode(jpeg(pixels, quality)).decode()
        if len(found) <= _LEAST + density * height * width:
            break
    return found
