"""Weights & Biases as a sink."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.alarms import Alert
from kerasig.sinks._sink import Sink


class WeightsAndBiases(Sink):
    """Writes records to a run of Weights & Biases: scalars and pictures over the training's steps, alarms as alerts.

    The run is the one that is active when it first writes, as after `wandb.init()`, which is left open; where none is,
    it begins one of its own and finishes it with the training. Charts have the training's step as their axis,
    `kerasig/step`, so that nothing else that is logged to the run has to know about it.

    Args:
        project: of a run of its own; None for that of the environment.
        name: of a run of its own.
        prefix: of all names, so that they stand apart from others.
        pictures: whether to write them.

    Raises:
        ImportError: wandb is not installed.
        ValueError: an argument is of no meaning.

    Example:
        >>> wandb.init(project="digits")  # doctest: +SKIP
        >>> callback = kerasig.IGCallback(probes, sinks=[kerasig.sinks.WeightsAndBiases()])  # doctest: +SKIP
    """

    def __init__(
        self,
        project: str | None = None,
        *,
        name: str | None = None,
        prefix: str = "kerasig/",
        pictures: bool = True,
    ) -> None:
        for argument, value in [("project", project), ("name", name)]:
            if value is not None:
                arguments.string(argument, value)
        self.project, self.name = project, name
        self.prefix, self.pictures = arguments.string("prefix", prefix), arguments.flag("pictures", pictures)
        _wandb()
        self._run: Any = None
        self._is_own = False

    def __repr__(self) -> str:
        return f"WeightsAndBiases(project={self.project!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_run": None, "_is_own": False}

    @property
    def wants_pictures(self) -> bool:
        """Whether pictures are drawn for it."""
        return self.pictures

    def write_scalars(self, step: int, scalars: Mapping[str, float]) -> None:
        """Logs numbers beside the step of the training."""
        self._log(step, {self.prefix + name: value for name, value in scalars.items()})

    def write_picture(self, step: int, name: str, pixels: NDArray[np.uint8]) -> None:
        """Logs an image beside the step of the training."""
        self._log(step, {f"{self.prefix}{name}/attributions": _wandb().Image(pixels)})

    def write_alarm(self, step: int, alert: Alert) -> None:
        """Sends an alert, and puts it into the run's summary."""
        wandb, run = _wandb(), self._opened()
        level = wandb.AlertLevel.WARN if alert.loud else wandb.AlertLevel.INFO
        run.alert(title=alert.name, text=str(alert), level=level)
        run.summary[f"{self.prefix}alarm"] = str(alert)

    def close(self) -> None:
        """Finishes a run of its own."""
        if self._run is not None and self._is_own:
            self._run.finish()
        self._run, self._is_own = None, False

    def _log(self, step: int, values: dict[str, Any]) -> None:
        self._opened().log({f"{self.prefix}step": step, **values})

    def _opened(self) -> Any:
        """The run, which is begun where none is active."""
        if self._run is None:
            wandb = _wandb()
            self._is_own = wandb.run is None
            self._run = wandb.init(project=self.project, name=self.name) if self._is_own else wandb.run
            self._run.define_metric(f"{self.prefix}step", hidden=True)
            self._run.define_metric(f"{self.prefix}*", step_metric=f"{self.prefix}step")
        return self._run


def _wandb() -> Any:
    try:
        import wandb
    except ImportError:
        raise ImportError("kerasig.sinks.WeightsAndBiases needs wandb. Run: pip install 'kerasig[wandb]'") from None
    return wandb
