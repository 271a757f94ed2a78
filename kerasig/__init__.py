"""Integrated gradients that carry their own error, for Keras models, while they train."""

import importlib as _importlib
from typing import Any as _Any

try:
    import tensorflow as _tensorflow  # noqa: F401
except ImportError as error:
    raise ImportError(
        "kerasig needs TensorFlow 2.16 or later, in any of its distributions. Run: pip install tensorflow"
    ) from error

from kerasig import alarms, baselines, metrics, targets
from kerasig._explaining.explainer import Explainer, explain
from kerasig._version import __version__
from kerasig.attribution import Attribution
from kerasig.callback import IGCallback
from kerasig.probes import ProbeSet
from kerasig.steps import Adaptive, Fixed

__all__ = [
    "Adaptive",
    "Attribution",
    "Explainer",
    "Fixed",
    "IGCallback",
    "ProbeSet",
    "__version__",
    "alarms",
    "baselines",
    "explain",
    "metrics",
    "plot",
    "targets",
]


def __getattr__(name: str) -> _Any:
    # Plotly is imported when a figure is drawn, and not before.
    if name == "plot":
        return _importlib.import_module("kerasig.plot")
    raise AttributeError(f"module 'kerasig' has no attribute {name!r}")
