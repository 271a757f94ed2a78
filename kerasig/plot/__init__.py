"""Plotly figures of an Attribution, for notebooks."""

from kerasig.plot._figures import plot
from kerasig.plot._highlight import highlight
from kerasig.plot._images import film_strip, images
from kerasig.plot._matrix import matrix
from kerasig.plot._molecules import molecules
from kerasig.plot._path import path
from kerasig.plot._pictures import green_and_red, signed_overlay, times_picture
from kerasig.plot._sheets import sheet

__all__ = [
    "film_strip",
    "green_and_red",
    "highlight",
    "images",
    "matrix",
    "molecules",
    "path",
    "plot",
    "sheet",
    "signed_overlay",
    "times_picture",
]

# As users import them.
for _name in __all__:
    globals()[_name].__module__ = __name__


def __dir__() -> list[str]:
    return __all__
