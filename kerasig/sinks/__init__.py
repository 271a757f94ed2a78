"""Sinks: where `IGCallback(sinks=[...])` writes its records besides the event files. See docs/guides/sinks.md."""

from kerasig.sinks._mlflow import MLflow
from kerasig.sinks._sink import Sink
from kerasig.sinks._wandb import WeightsAndBiases

__all__ = ["MLflow", "Sink", "WeightsAndBiases"]

# As users import them.
for _name in __all__:
    globals()[_name].__module__ = __name__


def __dir__() -> list[str]:
    return __all__
