"""Plotly figures of an Attribution, for notebooks."""

from kerasig.plot.figures import path, plot

__all__ = ["path", "plot"]
