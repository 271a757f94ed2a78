"""IGCallback: logs integrated gradients of fixed probe inputs while a model trains."""

from __future__ import annotations

import logging
import numbers
import os
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig import models
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

    A failure of a record warns and lets training go on. On several workers it ends the training, for each of them waits
    for all; only what the chief cannot write is a warning there too. Arguments that do not fit the model raise before
    training; for a model that its first batch builds, at its first record, so build such a model beforehand.

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
            skipped, the first and the last never, nor those of `record()`. None for no limit.
        alarms: reserved; must be empty.
        on_error: "warn" lets training go on when a record fails; "raise" does not.

    Attributes:
        history: one dict per record and series: step, epoch, title, series, duration, the means over probes, and under
            "probes" the per-probe columns.
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
        probe_sets = _probe_sets(probes)
        self.log_dir = os.fspath(log_dir) if log_dir is not None else os.path.join("logs", _timestamp())
        options = {
            "layer": layer,
            "steps": resolve_steps(steps),
            "interior_alphas": None if interior_alphas is None or not np.size(interior_alphas) else interior_alphas,
            "batch_size": batch_size,
            "jit_compile": jit_compile,
        }
        # Arguments that need no model are judged now, on a function that has none of a model's demands.
        Explainer(tf.identity, **{**options, "layer": None})
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
        self._recorder = Recorder(probe_sets, self.log_dir, baselines, options, self._warn)
        self._counter = StepCounter()
        # Batches that went by, in all fits and in this epoch; how many the training had when it was taken up; and how
        # often `every` fits into what went by at the last look.
        self._batches, self._epoch_batches, self._batches_before, self._multiple = 0, 0, 0, 0
        self._epoch = 0
        self._fit_begins, self._first_batch = False, False
        self._arguments_known = False
        self._began, self._spent = 0.0, 0.0
        self._told: set[str] = set()

    @property
    def history(self) -> list[dict[str, Any]]:
        """What was measured: one dict per record and series."""
        return self._recorder.history

    # Hooks.

    def on_train_begin(self, logs: Any = None) -> None:
        """Checks the arguments against the model."""
        self._fit_begins = True
        self._began, self._spent = time.perf_counter(), 0.0
        self._recorder.claim(self.params)
        try:
            self._arguments_known &= not self._recorder.follow(self.model)
            if not self._recorder.model.is_built():
                self._tell("The model is built by its first batch, so the first record comes after that.")
            elif not self._arguments_known:
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

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Records, and puts the means into `logs`."""
        self._epoch = epoch + 1
        if self._every is None:
            self._batches += (self.params or {}).get("steps") or 1
            self._guard(lambda: self._scheduled(epoch + 1.0), arguments=not self._arguments_known)
        if logs is not None:
            logs.update(self._recorder.logs)

    def on_train_end(self, logs: Any = None) -> None:
        """Records the final state, unless it is recorded already."""
        if self._fit_begins:
            # No epoch was left to train: what there is to record is where an earlier process ended.
            self._fit_begins = False
            self._guard(self._begin, arguments=not self._arguments_known)
        else:
            self._guard(lambda: self._record(self._step(), float(self._epoch)), arguments=False)
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
            self._arguments_known &= not self._recorder.follow(model)
            if not self._recorder.model.is_built():
                raise ValueError(f"model must be built. Received {model!r:.80}. Call it on a batch beforehand.")
            self._recorder.begin(step)
            self._guard(lambda: self._write(step, None), arguments=not self._arguments_known)
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
                f"Attributions took more than {self._max_overhead:.0%} of the training time; "
                "scheduled records are skipped until they do not."
            )
            return
        self._record(self._step(), epoch)

    def _record(self, step: int, epoch: float) -> None:
        if not self._recorder.model.is_built():
            self._tell("The model is not built, though it is being trained: its call is not used. Nothing is recorded.")
        elif step != self._recorder.step:
            self._write(step, epoch)

    def _write(self, step: int, epoch: float | None) -> None:
        """Measures, then writes: every worker measures, the chief alone writes."""
        began = time.perf_counter()
        self._arguments_known = True
        try:
            measured = self._recorder.record(step, epoch)
            # What goes wrong here is no fault of the arguments.
            self._guard(lambda: self._recorder.write(measured), arguments=False, alone=True)
        finally:
            self._spent += time.perf_counter() - began

    def _check(self) -> None:
        self._recorder.check()
        self._arguments_known = True

    def _step(self) -> int:
        return self._counter.update(self._recorder.model.optimizer_iterations(), self._batches)

    def _over_budget(self) -> bool:
        if self._max_overhead is None:
            return False
        training = time.perf_counter() - self._began - self._spent
        # Every worker has a clock of its own, and all must decide alike.
        return self._recorder.agreed(self._spent - self._max_overhead * training) > 0

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
            self._warn(
                f"failed: {type(error).__name__}",
                f"Attributions could not be recorded; training goes on. {type(error).__name__}: {error}",
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
    if isinstance(every, bool) or not isinstance(every, numbers.Integral) or every < 1:
        raise ValueError(f'every must be "epoch" or a number of batches, at least 1. Received every={every!r}.')
    return int(every)


def _timestamp() -> str:
    return time.strftime("%Y%m%d-%H%M%S")
