"""IGCallback: logs integrated gradients of fixed probe inputs while a model trains."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig import models
from kerasig.alarms import Alarm
from kerasig.explainer import Explainer
from kerasig.probes import ProbeSet
from kerasig.quadrature import Adaptive, Fixed, resolve_steps
from kerasig.recording import arguments
from kerasig.recording.backlog import LONGEST_WAIT
from kerasig.recording.budget import Budget
from kerasig.recording.failures import Failures
from kerasig.recording.progress import Progress
from kerasig.recording.recorder import Recorder


class IGCallback(models.callback_base()):  # type: ignore[misc]
    """Logs integrated and interior gradients of fixed probe inputs during training, for TensorBoard's Attributions tab.

    Works in the `fit` of Keras 3 and of tf_keras, and with `record()` in loops of one's own. It records at the first
    epoch's begin (where the model is built by then), then at every epoch's end or every so many batches, and at the
    end of training. The weights that training ends in are the same with and without it, bit for bit.

    `logs` gets `ig_residual`, `ig_map_error`, `ig_drift` and, with a region, `ig_region_mass` (of several regions
    followed by "_" and the region's name; with several sets or series followed by "_" and the set's title, "_" and the
    series). docs/metrics.md says how each is computed. History and the progress bar see them wherever the callback
    stands in the list; CSVLogger and EarlyStopping only when they are listed after it.

    Records are written on a thread of their own; `fit` waits for them at its end, 30 seconds at most. A failure of a
    record or of its disk warns and lets training go on; of several workers, where a record fails on one it is left out
    on all. Arguments that do not fit the model raise before training; for a model that its first batch builds, at its
    first record, so build such a model beforehand.

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
        max_overhead: share of the training time that records may take, such as 0.05; scheduled records that would
            take more are skipped, the first and the last never, nor those of `record()`. None for no limit.
        alarms: a list of `kerasig.alarms`, such as [kerasig.alarms.RegionLift("tag", above=5)].
        on_error: "warn" lets training go on when a record fails; "raise" does not.

    Attributes:
        history: one dict per record and series: step, epoch, title, series, duration (seconds of the whole record),
            the means over probes, and under "probes" the per-probe columns.
        log_dir: where to, known from construction.

    Raises:
        TypeError: probes are no ProbeSet, or another argument is of no meaning.
        ValueError: an argument is out of range, two sets share a title, or log_dir is a file.
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
        alarms: Sequence[Alarm] = (),
        on_error: str = "warn",
    ) -> None:
        super().__init__()
        probe_sets = arguments.probe_sets(probes)
        self.log_dir = arguments.log_dir(log_dir)
        options = {
            "layer": layer,
            "steps": resolve_steps(steps),
            "interior_alphas": None if interior_alphas is None or not np.size(interior_alphas) else interior_alphas,
            "batch_size": batch_size,
            "jit_compile": jit_compile,
        }
        # Arguments that need no model are judged now, on a function that has none of a model's demands.
        Explainer(tf.identity, **{**options, "layer": None})
        self._every = arguments.every(every)
        self._share, self._on_error = arguments.share(max_overhead), arguments.on_error(on_error)
        self._given = probe_sets, baselines, options, alarms
        self._make_ready()

    def _make_ready(self) -> None:
        """Sets up what changes from the first training on."""
        if self._every is not None:
            # Set on the instance: a class that has this hook turns off Keras 3's asynchronous dispatch.
            self.on_train_batch_end = self._after_batch
        self._budget = Budget(self._share)
        self._failures = failures = Failures(self._on_error, self._together)
        probe_sets, baselines, options, alarms = self._given
        self._recorder = Recorder(
            probe_sets, self.log_dir, baselines, options, failures.warn, alarms, failures.of_alarm
        )
        self._progress = Progress(self._every, self._iterations)
        self._fit_begins = False
        self._arguments_known = False

    # A copy, as tuners make for each of their trainings, has the same settings and has not begun.

    def __getstate__(self) -> dict[str, Any]:
        settings = {name: vars(self)[name] for name in ("log_dir", "_every", "_share", "_on_error", "_given")}
        fresh = IGCallback.__new__(IGCallback)
        fresh.__setstate__(settings)
        # Besides the settings there is what subclasses add.
        return {name: value for name, value in vars(self).items() if name not in vars(fresh)} | settings

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self.__dict__.update(state)
        self._make_ready()

    def __deepcopy__(self, memo: dict[int, Any]) -> IGCallback:
        # A layer is one of a model, which is not copied.
        memo |= {id(layer): layer for layer in tf.nest.flatten(self._given[2]["layer"])}
        copied = memo[id(self)] = type(self).__new__(type(self))
        copied.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return copied

    @property
    def history(self) -> list[dict[str, Any]]:
        """What was measured: one dict per record and series."""
        return self._recorder.history

    # Hooks.

    def on_train_begin(self, logs: Any = None) -> None:
        """Checks the arguments against the model."""
        self._fit_begins = True
        self._progress.begin_fit()
        self._budget.begin(self._recorder.background_seconds)
        self._recorder.claim(self.params)
        try:
            self._follow(self.model)
            if not self._recorder.model.is_built():
                self._failures.tell("The model is built by its first batch, so the first record comes after that.")
            elif not self._arguments_known:
                with self._budget.spending(record=False):
                    self._failures.guard(self._check, judges_arguments=True)
        except BaseException:
            self._recorder.release()
            raise

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Records the state before the first update."""
        self._progress.begin_epoch(epoch)
        if self._fit_begins:
            self._fit_begins = False
            self._failures.guard(self._begin, judges_arguments=not self._arguments_known)

    def _after_batch(self, batch: int, logs: Any = None) -> None:
        """Records past each multiple of `every` batches of the run."""
        self._failures.guard(lambda: self._end_batch(batch), judges_arguments=not self._arguments_known, alone=True)

    def _end_batch(self, batch: int) -> None:
        if self._progress.end_batch(batch):
            self._failures.guard(self._scheduled, judges_arguments=not self._arguments_known)
            self._failures.report(self._recorder.settle())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Records, and puts the means into `logs`."""
        if self._progress.end_epoch(epoch, (self.params or {}).get("steps")):
            self._failures.guard(self._scheduled, judges_arguments=not self._arguments_known)
        self._failures.report(self._recorder.settle())
        if logs is not None:
            logs.update(self._recorder.logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Records the final state, unless it is recorded already, and waits until everything is written."""
        if self._fit_begins:
            # No epoch was left to train: what there is to record is where an earlier process ended.
            self._fit_begins = False
            self._failures.guard(self._begin, judges_arguments=not self._arguments_known)
        else:
            self._failures.guard(lambda: self._record(self._progress.step(), last=True), judges_arguments=False)
        self._failures.report(self._recorder.settle(LONGEST_WAIT))
        self._recorder.release()

    def _implements_train_batch_hooks(self) -> bool:
        return self._every is not None

    def _implements_test_batch_hooks(self) -> bool:
        return False

    def _implements_predict_batch_hooks(self) -> bool:
        return False

    # Records.

    def record(self, model: Any, step: int) -> dict[str, float]:
        """Records a model's state in a training loop of one's own.

        Record step 0 before the first update: it tells a new training from one that goes on, and so what is in
        `log_dir` already from what belongs to this training.

        Args:
            model: any model that `kerasig.explain` takes, built.
            step: of the training.

        Returns:
            The means that `logs` gets in `fit`.

        Raises:
            ValueError: step is no whole number or below 0, the arguments do not fit the model, or it is not built.
        """
        step = arguments.step(step)
        self._recorder.claim(None)
        try:
            self._follow(model)
            if not self._recorder.model.is_built():
                raise ValueError(f"model must be built. Received {model!r:.80}. Call it on a batch beforehand.")
            self._recorder.begin(step)
            self._failures.guard(lambda: self._write(step, None, last=True), judges_arguments=not self._arguments_known)
            self._failures.report(self._recorder.settle(LONGEST_WAIT))
        except BaseException:
            if self._recorder.step is None:
                self._recorder.release()
            raise
        return dict(self._recorder.logs)

    def _begin(self) -> None:
        step = self._progress.begin(taken_up=self._recorder.began_at is None)
        self._recorder.begin(step)
        if self._recorder.model.is_built():
            self._record(step)

    def _scheduled(self) -> None:
        if self._recorder.step is not None and self._over_budget():
            self._failures.tell(
                f"Attributions would take more than {self._budget.share:.0%} of the training time; "
                "scheduled records are skipped until they would not."
            )
            return
        self._record(self._progress.step())

    def _record(self, step: int, *, last: bool = False) -> None:
        if not self._recorder.model.is_built():
            self._failures.tell(
                "The model is not built, though it is being trained: its call is not used. Nothing is recorded."
            )
        elif step != self._recorder.step:
            self._write(step, self._progress.epochs((self.params or {}).get("steps")), last=last)

    def _write(self, step: int, epoch: float | None, *, last: bool) -> None:
        """Measures, then hands over to be written: every worker measures, the chief alone writes."""
        self._arguments_known = True
        with self._budget.spending():
            measured = self._recorder.record(step, epoch)
            if any(alert.stop for _, measurement in measured for alert in measurement.alerts):
                self._stop_training()
            # What goes wrong here is no fault of the arguments.
            self._failures.guard(lambda: self._recorder.write(measured, last=last), judges_arguments=False, alone=True)

    def _follow(self, model: Any) -> None:
        if self._recorder.follow(model):
            self._arguments_known = False
            self._budget.forget()

    def _stop_training(self) -> None:
        model = self._recorder.model.model
        # A callable of one's own has no such attribute, and gets none.
        if hasattr(model, "stop_training"):
            model.stop_training = True

    def _check(self) -> None:
        self._recorder.check()
        self._arguments_known = True

    def _iterations(self) -> int | None:
        return self._recorder.model.optimizer_iterations()

    def _over_budget(self) -> bool:
        if self._budget.share is None:
            return False
        # Every worker has a clock of its own, and all must decide alike.
        return self._recorder.agreed(self._budget.excess(self._recorder.background_seconds)) > 0

    def _together(self, action: Callable[[], Any]) -> Any:
        return self._recorder.together(action)
