"""Integrated gradients that carry their own error, for Keras models, while they train."""

import importlib as _importlib
import typing as _typing

# Names are looked up when they are asked for, so that importing takes no time, and what needs no TensorFlow none.
_HOMES = {
    "Adaptive": "kerasig.steps",
    "Attribution": "kerasig.attribution",
    "Audit": "kerasig._suspects.audit",
    "Explainer": "kerasig._explaining.explainer",
    "Fixed": "kerasig.steps",
    "GlobalAttribution": "kerasig._global.result",
    "IGCallback": "kerasig.callback",
    "ProbeSet": "kerasig.probes",
    "__version__": "kerasig._version",
    "explain": "kerasig._explaining.explain",
    "explain_dataset": "kerasig._datasets.dataset",
    "export": "kerasig._explaining.export",
    "logits": "kerasig._models.before_activation",
    "open_attributions": "kerasig._datasets.opened",
    "read_log": "kerasig._reading.log",
    "report": "kerasig._report.report",
    "show": "kerasig._report.show",
    "suspects": "kerasig._suspects.search",
}
_MODULES = ("alarms", "baselines", "beam", "coordinates", "metrics", "plot", "sinks", "targets", "tfma", "typing")

__all__ = [
    "Adaptive",
    "Attribution",
    "Audit",
    "Explainer",
    "Fixed",
    "GlobalAttribution",
    "IGCallback",
    "ProbeSet",
    "__version__",
    "alarms",
    "baselines",
    "beam",
    "coordinates",
    "explain",
    "explain_dataset",
    "export",
    "logits",
    "metrics",
    "open_attributions",
    "plot",
    "read_log",
    "report",
    "show",
    "sinks",
    "suspects",
    "targets",
    "tfma",
    "typing",
]

if _typing.TYPE_CHECKING:
    from kerasig import alarms, baselines, beam, coordinates, metrics, plot, sinks, targets, tfma, typing
    from kerasig._datasets.dataset import explain_dataset
    from kerasig._datasets.opened import open_attributions
    from kerasig._explaining.explain import explain
    from kerasig._explaining.explainer import Explainer
    from kerasig._explaining.export import export
    from kerasig._global.result import GlobalAttribution
    from kerasig._models.before_activation import logits
    from kerasig._reading.log import read_log
    from kerasig._report.report import report
    from kerasig._report.show import show
    from kerasig._suspects.audit import Audit
    from kerasig._suspects.search import suspects
    from kerasig._version import __version__
    from kerasig.attribution import Attribution
    from kerasig.callback import IGCallback
    from kerasig.probes import ProbeSet
    from kerasig.steps import Adaptive, Fixed
else:  # Type checkers would take every misspelt name for one that is looked up.

    def __getattr__(name: str) -> _typing.Any:
        if name in _MODULES:
            return _importlib.import_module(f"kerasig.{name}")
        if name not in _HOMES:
            raise AttributeError(f"module 'kerasig' has no attribute {name!r}")
        try:
            module = _importlib.import_module(_HOMES[name])
        except ModuleNotFoundError as error:
            if "tensorflow" not in (error.name or str(error)):
                raise
            raise ImportError(
                f"kerasig.{name} needs TensorFlow 2.16 or later, in any of its distributions. "
                "Run: pip install tensorflow"
            ) from error
        found = globals()[name] = getattr(module, name)
        return found


def __dir__() -> list[str]:
    return __all__
