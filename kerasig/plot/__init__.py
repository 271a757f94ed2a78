"""Plotly figures of an Attribution, for notebooks."""

from kerasig.plot.figures import path, plot
from kerasig.plot.highlight import highlight
from kerasig.plot.images import film_strip, images
from kerasig.plot.matrix import matrix
from kerasig.plot.pictures import green_and_red, signed_overlay, times_picture
from kerasig.plot.sheets import sheet

__all__ = [
    "film_strip",
    "green_and_red",
    "highlight",
    "images",
    "matrix",
    "path",
    "plot",
    "sheet",
    "signed_overlay",
    "times_picture",
]
