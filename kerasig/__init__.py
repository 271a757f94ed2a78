"""Integrated gradients that carry their own error, for Keras models, while they train."""

try:
    import tensorflow as _tensorflow  # noqa: F401
except ImportError as error:
    raise ImportError(
        "kerasig needs TensorFlow 2.16 or later, in any of its distributions. Run: pip install tensorflow"
    ) from error

from kerasig import baselines, metrics, targets
from kerasig._version import __version__
from kerasig.attribution import Attribution
from kerasig.callback import IGCallback
from kerasig.explainer import Explainer, explain
from kerasig.probes import ProbeSet
from kerasig.quadrature import Adaptive, Fixed

__all__ = [
    "Adaptive",
    "Attribution",
    "Explainer",
    "Fixed",
    "IGCallback",
    "ProbeSet",
    "__version__",
    "baselines",
    "explain",
    "metrics",
    "targets",
]
