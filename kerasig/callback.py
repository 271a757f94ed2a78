"""IGCallback: logs integrated gradients of fixed probe inputs while a model trains."""

from __future__ import annotations

import logging
import math
import os
import time
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kerasig import models
from kerasig.explainer import Explainer
from kerasig.models import AdaptedModel, adapt
from kerasig.probes import ProbeSet
from kerasig.quadrature import Adaptive, Fixed, resolve_steps
from kerasig.recording import Measurement, Series, encode_inputs, series_of
from kerasig.steps import StepCounter
from kerasig.summary import EventWriter, run_directory

logger = logging.getLogger("kerasig")

# Callbacks that write, by directory and title: two of them would write one series.
_writing: weakref.WeakValueDictionary[tuple[str, str], IGCallback] = weakref.WeakValueDictionary()


class IGCallback(models.callback_base()):  # type: ignore[misc]
    """Logs integrated and interior gradients of fixed probe inputs during training, for TensorBoard's Attributions tab.

    Works in the `fit` of Keras 3 and of tf_keras, and with `record()` in loops of one's own. It records at the first
    epoch's begin (where the model is built by then), then at every epoch's end or every so many batches, and at the
    end of training. The weights that training ends in are the same with and without it, bit for bit.

    `logs` gets `ig_residual`, `ig_map_error`, `ig_drift` and, with a region, `ig_region_mass` (of several
    regions followed by "_" and the region's name; with several series, followed by "_" and the set's title or the series). History and the progress bar see them wherever
    the callback stands in the list; CSVLogger and EarlyStopping only when they are listed after it.

    Args:
        probes: a `ProbeSet`, or a list of them with distinct titles.
        log_dir: event files go into its folder `kerasig`; None is `logs/<date-time>`.
        baselines: see `kerasig.explain`.
        layer: see `kerasig.explain`.
        steps: see `kerasig.explain`.
        interior_alphas: where interior gradients are logged; None or empty for none.
        every: "epoch", or a number of batches.
        batch_size: see `kerasig.explain`.
        jit_compile: see `kerasig.explain`.
        max_overhead: share of the training time that records may take, such as 0.05; scheduled records beyond it are
            skipped, the first and the last never. None for no limit.
        alarms: reserved; must be empty.
        on_error: "warn" lets training go on when a record fails; "raise" does not.

    Attributes:
        history: one dict per record and series: step, epoch, title, series, duration, the means that `logs` gets, and
            the per-probe columns.
        log_dir: where to, known from construction.

    Raises:
        TypeError: probes are no ProbeSet, or another argument is of no meaning.
        ValueError: an argument is out of range, or two sets share a title.
    """

    # tf_keras: logs may stay tensors, and no hook is called per batch unless `every` asks for it.
    _supports_tf_logs = True

    def __init__(
        self,
        probes: ProbeSet | Sequence[ProbeSet],
        log_dir: str | os.PathLike[str] | None = None,
        *,
        baselines: Any = None,
        layer: Any = None,
        steps: int | Fixed | Adaptive | None = None,
        interior_alphas: Sequence[float] | None = (0.02, 0.1, 0.3, 1.0),
        every: str | int = "epoch",
        batch_size: int | None = None,
        jit_compile: bool | None = None,
        max_overhead: float | None = None,
        alarms: Sequence[Any] = (),
        on_error: str = "warn",
    ) -> None:
        super().__init__()
        self._series = [series for probe_set in _probe_sets(probes) for series in series_of(probe_set)]
        self.log_dir = os.fspath(log_dir) if log_dir is not None else os.path.join("logs", _timestamp())
        self._baselines = baselines
        interior_alphas = None if interior_alphas is None or not len(interior_alphas) else interior_alphas
        self._options = {
            "layer": layer,
            "steps": resolve_steps(steps),
            "interior_alphas": interior_alphas,
            "batch_size": batch_size,
            "jit_compile": jit_compile,
        }
        # Arguments that need no model are judged now, on a function that has none of a model's demands.
        Explainer(tf.identity, **{**self._options, "layer": None})
        self._every = _checked_every(every)
        if self._every is not None:
            # Set on the instance: a class that has this hook turns off Keras 3's asynchronous dispatch.
            self.on_train_batch_end = self._after_batch
        if max_overhead is not None and not 0 < max_overhead <= 1:
            raise ValueError(f"max_overhead must be None or a share from 0 to 1. Received max_overhead={max_overhead}.")
        if len(alarms):
            raise ValueError(f"alarms must be empty in this version. Received {alarms!r}.")
        if on_error not in ("warn", "raise"):
            raise ValueError(f'on_error must be "warn" or "raise". Received on_error={on_error!r}.')
        self._max_overhead = max_overhead
        self._on_error = on_error
        self.history: list[dict[str, Any]] = []
        self._explainer: Explainer | None = None
        self._adapted: AdaptedModel | None = None
        self._writer: EventWriter | None = None
        self._counter = StepCounter()
        self._batches, self._epoch_batches = 0, 0
        self._epoch, self._next_batch = 0, 0
        self._recorded: int | None = None
        self._logs: dict[str, float] = {}
        self._began, self._spent = 0.0, 0.0
        self._told: set[str] = set()

    # Hooks.

    def on_train_begin(self, logs: Any = None) -> None:
        """Checks the arguments against the model."""
        self._follow(self.model)
        self._claim(in_fit=True)
        self._began, self._spent = time.perf_counter(), 0.0
        self._recorded = None
        if self._adapted is not None and self._adapted.is_built():
            self._guard(self._check, arguments=True)
        else:
            self._tell("The model is built by its first batch, so the first record comes after that.")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Records the state before the first update."""
        self._epoch, self._epoch_batches = epoch, 0
        self._in_fit_now = True
        if self._recorded is None and self._adapted is not None and self._adapted.is_built():
            self._guard(lambda: self._record_now(float(epoch)), arguments=True)

    def _after_batch(self, batch: int, logs: Any = None) -> None:
        """Records past each multiple of `every` batches of the run."""
        self._batches += batch + 1 - self._epoch_batches
        self._epoch_batches = batch + 1
        assert self._every is not None
        if self._batches >= self._next_batch + self._every:
            self._next_batch = self._batches - self._batches % self._every
            total = (self.params or {}).get("steps")
            share = min(1.0, self._epoch_batches / total) if total else 0.0
            self._guard(lambda: self._scheduled(self._epoch + share), arguments=self._recorded is None)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Records, and puts the means into `logs`."""
        if self._every is None:
            self._batches += (self.params or {}).get("steps") or 1
            self._guard(lambda: self._scheduled(epoch + 1.0), arguments=self._recorded is None)
        self._epoch = epoch + 1
        if logs is not None:
            logs.update(self._logs or dict.fromkeys(self._log_keys(), float("nan")))

    def on_train_end(self, logs: Any = None) -> None:
        """Records the final state, unless it is recorded already, and closes the event file."""
        if self._adapted is not None and self._adapted.is_built() and self._recorded != self._step():
            self._guard(lambda: self._record_now(float(self._epoch)), arguments=False)
        if self._writer is not None:
            self._guard(self._writer.close, arguments=False)
        for series in self._series:
            _writing.pop(self._claim_key(series), None)

    def _implements_train_batch_hooks(self) -> bool:
        return self._every is not None

    def _implements_test_batch_hooks(self) -> bool:
        return False

    def _implements_predict_batch_hooks(self) -> bool:
        return False

    # Records.

    def record(self, model: Any, step: int) -> dict[str, float]:
        """Records a model's state in a training loop of one's own.

        Args:
            model: any model that `kerasig.explain` takes.
            step: of the training.

        Returns:
            The means that `logs` gets in `fit`.

        Raises:
            ValueError: the arguments do not fit the model.
        """
        self._follow(model)
        self._claim(in_fit=False)
        self._guard(lambda: self._write(int(step), None), arguments=self._recorded is None)
        return dict(self._logs)

    def _scheduled(self, epoch: float) -> None:
        if self._recorded is not None and self._over_budget():
            self._tell(
                f"Attributions took more than {self._max_overhead:.0%} of the training time; "
                "scheduled records are skipped until they do not."
            )
            return
        self._record_now(epoch)

    def _record_now(self, epoch: float) -> None:
        self._write(self._step(), epoch)

    def _write(self, step: int, epoch: float | None) -> None:
        """Measures every series, then writes: every worker measures, the chief alone writes."""
        began = time.perf_counter()
        assert self._explainer is not None
        measured = [(s, s.measure(self._explainer, self._baselines, step, epoch)) for s in self._series]
        self._recorded = step
        self._remember(measured)
        if self._adapted is None or self._adapted.is_chief():
            # What goes wrong here is no fault of the arguments.
            self._guard(lambda: self._write_events(step, measured), arguments=False)
        self._spent += time.perf_counter() - began

    def _write_events(self, step: int, measured: list[tuple[Series, Measurement]]) -> None:
        wall_time = time.time()
        records = []
        if self._writer is None:
            directory, continued = run_directory(self.log_dir, fresh=step == 0)
            self._writer = EventWriter(directory)
            if not continued and directory.name != "kerasig":
                self._tell(f"{self.log_dir} holds another training's attributions; this one's go to {directory}.")
            for series, measurement in measured:
                if series.name in ("", "label"):
                    records += encode_inputs(series.probes, measurement.leaves, measurement.attribution.layer)
        for series, measurement in measured:
            records += series.encode(measurement, wall_time)
        self._writer.write(step, records)
        self._writer.scalars(step, {f"{s.key}/{name}": value for s, m in measured for name, value in m.scalars.items()})

    def _remember(self, measured: list[tuple[Series, Measurement]]) -> None:
        for series, measurement in measured:
            for name, value in measurement.scalars.items():
                if name not in self._log_names(series):
                    continue
                # Every epoch carries every key; what could not be measured repeats its last value.
                key = self._log_key(series, name)
                self._logs[key] = self._logs.get(key, value) if math.isnan(value) else value
            self.history.append(
                {
                    "step": measurement.step,
                    "epoch": measurement.epoch,
                    "title": series.probes.title,
                    "series": series.name,
                    "duration": measurement.duration,
                    **measurement.scalars,
                    "probes": dict(measurement.stats),
                }
            )

    def _log_key(self, series: Series, name: str) -> str:
        titles = {other.probes.title for other in self._series}
        parts = [f"ig_{name}"]
        if len(titles) > 1:
            parts.append(series.probes.title)
        if series.name:
            parts.append(series.name)
        return "_".join(parts)

    def _log_names(self, series: Series) -> list[str]:
        regions = list(series.probes.regions)
        mass = ["region_mass"] if len(regions) == 1 else [f"region_mass_{region}" for region in regions]
        return ["residual", "map_error", "drift", *mass]

    def _log_keys(self) -> list[str]:
        return [self._log_key(series, name) for series in self._series for name in self._log_names(series)]

    # Where and when.

    def _follow(self, model: Any) -> None:
        """Takes up a model; one that is followed already stays compiled."""
        if self._explainer is None or self._explainer.model is not model:
            self._explainer = Explainer(model, **self._options)
            self._adapted = adapt(model)

    def _check(self) -> None:
        assert self._explainer is not None
        for series in self._series:
            self._explainer.check(series.probes.inputs, series.target, baselines=self._baselines)

    def _step(self) -> int:
        assert self._adapted is not None
        return self._counter.update(self._adapted.optimizer_iterations(), self._batches)

    def _over_budget(self) -> bool:
        if self._max_overhead is None:
            return False
        training = time.perf_counter() - self._began - self._spent
        assert self._explainer is not None
        # Every worker has a clock of its own, and all must decide alike.
        return self._explainer.agreed(self._spent - self._max_overhead * training) > 0

    def _claim_key(self, series: Series) -> tuple[str, str]:
        return os.path.realpath(self.log_dir), series.probes.title

    def _claim(self, in_fit: bool) -> None:
        """Refuses to write a series that another callback is writing."""
        for series in self._series:
            key = self._claim_key(series)
            other = _writing.get(key)
            # One whose training was interrupted never ended; it is no rival once its first epoch had begun.
            if other is not None and other is not self and not (in_fit and other._in_fit_now):
                raise ValueError(
                    f"Another IGCallback writes {series.probes.title!r} to {self.log_dir!r}. "
                    "Pass another log_dir, or a ProbeSet with another title."
                )
            _writing[key] = self
        self._in_fit_now = False

    _in_fit_now = False

    def _guard(self, action: Callable[[], Any], arguments: bool) -> None:
        """Runs what must not end a training run, unless the user asked for that or an argument was wrong."""
        try:
            action()
        except Exception as error:
            wrong = arguments and isinstance(error, ValueError | TypeError)
            lost_worker = isinstance(error, tf.errors.UnavailableError | tf.errors.AbortedError)
            if wrong or lost_worker or self._on_error == "raise":
                raise
            warnings.warn(
                f"Attributions could not be recorded; training goes on. {type(error).__name__}: {error}", stacklevel=2
            )

    def _tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            logger.warning(sentence)


def _probe_sets(probes: Any) -> list[ProbeSet]:
    sets = [probes] if isinstance(probes, ProbeSet) else list(probes) if isinstance(probes, list | tuple) else []
    if not sets or not all(isinstance(item, ProbeSet) for item in sets):
        raise TypeError(
            f"probes must be a kerasig.ProbeSet or a list of them. Received {type(probes).__name__}. "
            "Pass kerasig.ProbeSet(inputs, labels)."
        )
    titles = [item.title for item in sets]
    if len(set(titles)) < len(titles):
        raise ValueError(f"probes must have distinct titles. Received {titles}. Pass title=... to ProbeSet.")
    return sets


def _checked_every(every: Any) -> int | None:
    if every == "epoch":
        return None
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise ValueError(f'every must be "epoch" or a number of batches, at least 1. Received every={every!r}.')
    return every


def _timestamp() -> str:
    return time.strftime("%Y%m%d-%H%M%S")
