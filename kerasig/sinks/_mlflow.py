"""MLflow as a sink."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig.alarms import Alert
from kerasig.sinks._sink import Sink

_NO_NAME = re.compile(r"[^\w\-. /]")
# MLflow takes so many metrics at a time, and so many letters of a tag.
_MOST_METRICS, _MOST_LETTERS = 1000, 5000


class MLflow(Sink):
    """Writes records to a run of MLflow: scalars as metrics, pictures as images over the steps, alarms as tags.

    Without `run_id` that is the run which is active where the sink is made, as inside of `with mlflow.start_run():`.
    Where none is, it begins one of its own at the first record and ends it with the training. A run that was there
    before is left open.

    Args:
        run_id: of a run that there is; None as said above.
        experiment: the name of the experiment that an own run belongs to; None for the active one.
        tracking_uri: of the server or folder; None for the one that MLflow is set to.
        prefix: of all names, so that they stand apart from others.
        pictures: whether to write them.

    Raises:
        ImportError: MLflow is not installed.
        ValueError: an argument is of no meaning.

    Example:
        >>> with mlflow.start_run():  # doctest: +SKIP
        ...     callback = kerasig.IGCallback(probes, sinks=[kerasig.sinks.MLflow()])
        ...     model.fit(x, y, callbacks=[callback])
    """

    def __init__(
        self,
        run_id: str | None = None,
        *,
        experiment: str | None = None,
        tracking_uri: str | None = None,
        prefix: str = "kerasig/",
        pictures: bool = True,
    ) -> None:
        for name, value in [("run_id", run_id), ("experiment", experiment), ("tracking_uri", tracking_uri)]:
            if value is not None:
                arguments.string(name, value)
        self.experiment, self.tracking_uri = experiment, tracking_uri
        self.prefix, self.pictures = arguments.string("prefix", prefix), arguments.flag("pictures", pictures)
        mlflow = _mlflow()
        # Which run is active is known to the thread that has begun it, and that is not the one which writes.
        active = mlflow.active_run() if run_id is None and experiment is None and tracking_uri is None else None
        self.run_id = run_id if active is None else str(active.info.run_id)
        self._is_own = self.run_id is None
        self._client: Any = None

    def __repr__(self) -> str:
        return f"MLflow(run_id={self.run_id!r})"

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_client": None}

    @property
    def wants_pictures(self) -> bool:
        """Whether pictures are drawn for it."""
        return self.pictures

    def write_scalars(self, step: int, scalars: Mapping[str, float]) -> None:
        """Writes metrics, at the step of the training."""
        from mlflow.entities import Metric

        client, moment = self._opened(), _now()
        metrics = [Metric(self._name(name), value, moment, step) for name, value in scalars.items()]
        for first in range(0, len(metrics), _MOST_METRICS):
            client.log_batch(self.run_id, metrics=metrics[first : first + _MOST_METRICS])

    def write_picture(self, step: int, name: str, pixels: NDArray[np.uint8]) -> None:
        """Writes an image, which MLflow shows over the steps."""
        self._opened().log_image(self.run_id, pixels, key=self._name(name), step=step)

    def write_alarm(self, step: int, alert: Alert) -> None:
        """Writes a tag `alarm`, the latest sentence, and one for each alarm that fired."""
        client, sentence = self._opened(), str(alert)[:_MOST_LETTERS]
        client.set_tag(self.run_id, self._name("alarm"), sentence)
        client.set_tag(self.run_id, self._name(f"alarms/{alert.title}/{alert.name}"), sentence)

    def close(self) -> None:
        """Ends a run of its own."""
        if self._client is not None and self._is_own:
            self._client.set_terminated(self.run_id)
        self._client = None

    def _opened(self) -> Any:
        """The client; a run is begun where there is none, and goes on where it was ended."""
        if self._client is None:
            mlflow = _mlflow()
            client = mlflow.MlflowClient(tracking_uri=self.tracking_uri)
            if self.run_id is None:
                self.run_id = str(client.create_run(self._experiment_id(client)).info.run_id)
            elif self._is_own:
                client.update_run(self.run_id, status="RUNNING")
            self._client = client
        return self._client

    def _experiment_id(self, client: Any) -> str:
        if self.experiment is None:
            with contextlib.suppress(ImportError, AttributeError):
                from mlflow.tracking.fluent import _get_experiment_id

                return str(_get_experiment_id())
            return "0"
        known = client.get_experiment_by_name(self.experiment)
        return str(client.create_experiment(self.experiment) if known is None else known.experiment_id)

    def _name(self, name: str) -> str:
        """A name of letters that MLflow takes."""
        return _NO_NAME.sub("_", f"{self.prefix}{name}")


def _mlflow() -> Any:
    try:
        import mlflow
    except ImportError:
        raise ImportError("kerasig.sinks.MLflow needs MLflow. Run: pip install 'kerasig[mlflow]'") from None
    return mlflow


def _now() -> int:
    """Milliseconds since 1970."""
    return int(1000 * time.time())
