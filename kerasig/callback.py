"""IGCallback: logs integrated gradients of fixed probe inputs while a model trains."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig import callback_arguments, models
from kerasig.alarms import Alarm
from kerasig.backlog import LONGEST_WAIT
from kerasig.budget import Budget
from kerasig.engine.replicas import replicas_of
from kerasig.explainer import Explainer
from kerasig.probes import ProbeSet
from kerasig.quadrature import Adaptive, Fixed, resolve_steps
from kerasig.recorder import Recorder
from kerasig.steps import StepCounter

logger = logging.getLogger("kerasig")


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
    record or of its disk warns and lets training go on. On several workers a record that fails ends the training, for
    each of them waits for all; what the chief cannot write is a warning there too. Arguments that do not fit the model
    raise before training; for a model that its first batch builds, at its first record, so build such a model
    beforehand.

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
        probe_sets = callback_arguments.probe_sets(probes)
        self.log_dir = callback_arguments.log_dir(log_dir)
        options = {
            "layer": layer,
            "steps": resolve_steps(steps),
            "interior_alphas": None if interior_alphas is None or not np.size(interior_alphas) else interior_alphas,
            "batch_size": batch_size,
            "jit_compile": jit_compile,
        }
        # Arguments that need no model are judged now, on a function that has none of a model's demands.
        Explainer(tf.identity, **{**options, "layer": None})
        self._every = callback_arguments.every(every)
        if self._every is not None:
            # Set on the instance: a class that has this hook turns off Keras 3's asynchronous dispatch.
            self.on_train_batch_end = self._after_batch
        if on_error not in ("warn", "raise"):
            raise ValueError(f'on_error must be "warn" or "raise". Received on_error={on_error!r}.')
        self._budget = Budget(callback_arguments.share(max_overhead))
        self._on_error = on_error
        self._recorder = Recorder(probe_sets, self.log_dir, baselines, options, self._warn, alarms, self._alarm_failed)
        self._counter = StepCounter()
        # Batches that went by, in all fits and in this epoch; how many the training had when it was taken up; and how
        # often `every` fits into what went by at the last look.
        self._batches, self._epoch_batches, self._batches_before, self._multiple = 0, 0, 0, 0
        self._epoch = 0
        self._fit_begins, self._first_batch = False, False
        self._arguments_known = False
        self._told: set[str] = set()

    @property
    def history(self) -> list[dict[str, Any]]:
        """What was measured: one dict per record and series."""
        return self._recorder.history

    # Hooks.

    def on_train_begin(self, logs: Any = None) -> None:
        """Checks the arguments against the model."""
        self._fit_begins = True
        self._budget.begin(self._recorder.background_seconds)
        self._recorder.claim(self.params)
        try:
            self._follow(self.model)
            if not self._recorder.model.is_built():
                self._tell("The model is built by its first batch, so the first record comes after that.")
            elif not self._arguments_known:
                with self._budget.spending(record=False):
                    self._guard(self._check, arguments=True)
        except BaseException:
            self._recorder.release()
            raise

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Records the state before the first update."""
        self._epoch, self._epoch_batches = epoch, 0
        if self._fit_begins:
            self._fit_begins, self._first_batch = False, True
            self._guard(self._begin, arguments=not self._arguments_known)

    def _after_batch(self, batch: int, logs: Any = None) -> None:
        """Records past each multiple of `every` batches of the run."""
        if self._first_batch:
            # tf_keras's BackupAndRestore goes on in the middle of an epoch.
            self._first_batch = False
            self._epoch_batches = self._counter.before_restart(self._recorder.model.optimizer_iterations(), batch + 1)
        self._batches += batch + 1 - self._epoch_batches
        self._epoch_batches = batch + 1
        assert self._every is not None
        multiple = (self._batches_before + self._batches) // self._every
        if multiple > self._multiple:
            self._multiple = multiple
            total = (self.params or {}).get("steps")
            share = min(1.0, self._epoch_batches / total) if total else 0.0
            self._guard(lambda: self._scheduled(self._epoch + share), arguments=not self._arguments_known)
            self._report_writing()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Records, and puts the means into `logs`."""
        self._epoch = epoch + 1
        if self._every is None:
            self._batches += (self.params or {}).get("steps") or 1
            self._guard(lambda: self._scheduled(epoch + 1.0), arguments=not self._arguments_known)
        self._report_writing()
        if logs is not None:
            logs.update(self._recorder.logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Records the final state, unless it is recorded already, and waits until everything is written."""
        if self._fit_begins:
            # No epoch was left to train: what there is to record is where an earlier process ended.
            self._fit_begins = False
            self._guard(self._begin, arguments=not self._arguments_known)
        else:
            self._guard(lambda: self._record(self._step(), float(self._epoch), last=True), arguments=False)
        self._report_writing(LONGEST_WAIT)
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
            ValueError: the arguments do not fit the model, or it is not built.
        """
        step = int(step)
        self._recorder.claim(None)
        try:
            self._follow(model)
            if not self._recorder.model.is_built():
                raise ValueError(f"model must be built. Received {model!r:.80}. Call it on a batch beforehand.")
            self._recorder.begin(step)
            self._guard(lambda: self._write(step, None, last=True), arguments=not self._arguments_known)
            self._report_writing(LONGEST_WAIT)
        except BaseException:
            if self._recorder.step is None:
                self._recorder.release()
            raise
        return dict(self._recorder.logs)

    def _begin(self) -> None:
        step = self._counter.update(self._recorder.model.optimizer_iterations(), self._batches, begins=True)
        if self._recorder.began_at is None and self._every is not None:
            self._batches_before, self._multiple = step, step // self._every
        self._recorder.begin(step)
        if self._recorder.model.is_built():
            self._record(step, float(self._epoch))

    def _scheduled(self, epoch: float) -> None:
        if self._recorder.step is not None and self._over_budget():
            self._tell(
                f"Attributions would take more than {self._budget.share:.0%} of the training time; "
                "scheduled records are skipped until they would not."
            )
            return
        self._record(self._step(), epoch)

    def _record(self, step: int, epoch: float, *, last: bool = False) -> None:
        if not self._recorder.model.is_built():
            self._tell("The model is not built, though it is being trained: its call is not used. Nothing is recorded.")
        elif step != self._recorder.step:
            self._write(step, epoch, last=last)

    def _write(self, step: int, epoch: float | None, *, last: bool) -> None:
        """Measures, then hands over to be written: every worker measures, the chief alone writes."""
        self._arguments_known = True
        with self._budget.spending():
            measured = self._recorder.record(step, epoch)
            if any(alert.stop for _, measurement in measured for alert in measurement.alerts):
                self._stop_training()
            # What goes wrong here is no fault of the arguments.
            self._guard(lambda: self._recorder.write(measured, last=last), arguments=False, alone=True)

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

    def _step(self) -> int:
        return self._counter.update(self._recorder.model.optimizer_iterations(), self._batches)

    def _over_budget(self) -> bool:
        if self._budget.share is None:
            return False
        # Every worker has a clock of its own, and all must decide alike.
        return self._recorder.agreed(self._budget.excess(self._recorder.background_seconds)) > 0

    def _guard(self, action: Callable[[], Any], arguments: bool, alone: bool = False) -> None:
        """Runs what must not end a training run, unless the user asked for that or an argument was wrong.

        Args:
            action: what to run.
            arguments: whether a ValueError or TypeError means a wrong argument.
            alone: whether this process does it by itself, so that no worker waits for it.
        """
        try:
            action()
        except Exception as error:
            wrong = arguments and isinstance(error, ValueError | TypeError)
            if wrong or self._on_error == "raise" or (not alone and self._is_shared(error)):
                raise
            self._warn_of(error)

    def _report_writing(self, wait: float = 0.0) -> None:
        """Tells what went wrong on the writing thread, after waiting for it that long."""
        error = self._recorder.settle(wait)
        if error is not None and (self._on_error == "raise" or not isinstance(error, Exception)):
            raise error
        if error is not None:
            self._warn_of(error)

    def _warn_of(self, error: Exception) -> None:
        self._warn(
            f"failed: {type(error).__name__}",
            f"Attributions could not be recorded; training goes on. {type(error).__name__}: {error}",
        )

    def _alarm_failed(self, alarm: Alarm, how: str, error: Exception, alone: bool) -> None:
        if self._on_error == "raise" or (not alone and self._is_shared(error)):
            raise error
        self._warn(
            f"{alarm.name} {how}: {type(error).__name__}",
            f"The alarm {alarm.name} {how}; training goes on. {type(error).__name__}: {error}",
        )

    def _is_shared(self, error: Exception) -> bool:
        """Whether an error concerns more than this process, so that training cannot go on."""
        strategy = self._recorder.model.strategy()
        replicas = replicas_of(strategy)
        if replicas is not None and replicas.across_workers:
            error.add_note("No worker can leave out a record by itself: the others would wait for it for ever.")
            return True
        # Without a strategy nobody waits for a worker; file systems raise such errors too.
        return strategy is not None and isinstance(error, tf.errors.UnavailableError | tf.errors.AbortedError)

    def _warn(self, about: str, sentence: str) -> None:
        if about not in self._told:
            self._told.add(about)
            warnings.warn(f"{sentence} (Warned once.)", stacklevel=2)

    def _tell(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            logger.warning(sentence)
