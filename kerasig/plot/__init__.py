"""Plotly figures of an Attribution, for notebooks."""

from kerasig.plot.figures import path, plot
from kerasig.plot.highlight import highlight

__all__ = ["highlight", "path", "plot"]
