"""IGCallback: logs integrated gradients of fixed probe inputs while a model trains."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasig import _models as models
from kerasig._explaining.explainer import Explainer
from kerasig._recording import arguments, reasons
from kerasig._recording.backlog import LONGEST_WAIT
from kerasig._recording.budget import Budget
from kerasig._recording.failures import Failures
from kerasig._recording.progress import Progress
from kerasig._recording.readiness import is_hopeless, why_not
from kerasig._recording.recorder import Recorder
from kerasig._recording.series import Measurement, Series
from kerasig._recording.subject import Subject
from kerasig._types import Array, Every, Items, Layer, Model, OnError
from kerasig.alarms import Alarm
from kerasig.baselines import Baselines
from kerasig.probes import ProbeSet
from kerasig.steps import Steps, resolve_steps

# What a copy has of its original.
_SETTINGS = ("log_dir", "_every", "_share", "_on_error", "_given", "_explained")


class IGCallback(models.callback_base()):  # type: ignore[misc]
    """Logs integrated and interior gradients of fixed probe inputs during training, for TensorBoard's Attributions tab.

    Works in the `fit` of Keras 3 and of tf_keras, and with `record()` in loops of one's own. It records at the first
    epoch's begin (where the weights are there by then), then at every epoch's end or every so many batches, and at the
    end of training. The weights that training ends in are the same with and without it, bit for bit.

    Where `fit` trains a model that holds the one to explain, such as a GAN or a VAE, `model` says which that is; steps,
    epochs and batches are the training's.

    `logs` gets `ig_residual`, `ig_map_error`, `ig_drift` and, with a region, `ig_region_mass` (of several regions
    followed by "_" and the region's name; with several sets or series followed by "_" and the set's title, "_" and the
    series). docs/metrics.md says how each is computed. History and the progress bar see them wherever the callback
    stands in the list; CSVLogger and EarlyStopping only when they are listed after it.

    Records are written on a thread of their own; `fit` waits for them at its end, 30 seconds at most. A failure of a
    record or of its disk warns and lets training go on; of several workers, where a record fails on one it is left out
    on all. Arguments that do not fit the model raise before training; for a model that its first batch builds, after
    that. A model that cannot be explained at all, such as one without `call()`, is told of by a warning.

    Args:
        probes: a `ProbeSet`, or a list of them with distinct titles.
        log_dir: event files go into its folder `kerasig`; None is `logs/<date-time>`.
        model: what is explained: None for the model that `fit` trains (or `record` is given), another model or layer,
            such as gan.discriminator, or a function of the trained model that returns a model, layer or callable of the
            inputs, such as lambda trained: trained.encoder. A function also serves copies of the callback.
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
        on_error: "warn" lets training go on when a record fails, or none can be made; "raise" does not.

    Attributes:
        history: one dict per record and series: step, epoch, title, series, duration (seconds of the whole record),
            the means over probes, "reasons" (how many probes did not converge, by `Attribution.status`), and under
            "probes" the per-probe columns, "status" among them.
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
        model: Model | None = None,
        baselines: Baselines | None = None,
        layer: Layer | None = None,
        steps: Steps | None = None,
        interior_alphas: Items[float] | Array | None = (0.02, 0.1, 0.3, 1.0),
        every: Every | int = "epoch",
        batch_size: int | None = None,
        jit_compile: bool | None = None,
        max_overhead: float | None = None,
        alarms: Sequence[Alarm] = (),
        on_error: OnError = "warn",
    ) -> None:
        super().__init__()
        probe_sets = arguments.probe_sets(probes)
        self.log_dir = arguments.log_dir(log_dir)
        given = [] if interior_alphas is None else interior_alphas
        options: dict[str, Any] = {
            "layer": layer,
            "steps": resolve_steps(steps),
            "interior_alphas": interior_alphas if np.asarray(given).size else None,
            "batch_size": batch_size,
            "jit_compile": jit_compile,
        }
        # Arguments that need no model are judged now, on a function that has none of a model's demands.
        Explainer(tf.identity, **{**options, "layer": None})
        self._every = arguments.every(every)
        self._share, self._on_error = arguments.share(max_overhead), arguments.on_error(on_error)
        self._given = probe_sets, baselines, options, alarms
        self._explained = model
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
        self._subject = Subject(self._explained)
        self._progress = Progress(self._every, self._iterations)
        self._fit_begins = False
        self._arguments_known = False
        # Batches that began since the model turned out to be built by the first of them; None where none is waited for.
        self._batches_begun: int | None = None

    # A copy, as tuners make for each of their trainings, has the same settings and has not begun.

    def __getstate__(self) -> dict[str, Any]:
        settings = {name: vars(self)[name] for name in _SETTINGS}
        fresh = IGCallback.__new__(IGCallback)
        fresh.__setstate__(settings)
        # Besides the settings there is what subclasses add.
        return {name: value for name, value in vars(self).items() if name not in vars(fresh)} | settings

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self.__dict__.update(state)
        self._make_ready()

    def __deepcopy__(self, memo: dict[int, Any]) -> IGCallback:
        # A layer is one of a model, which is not copied, nor is the model.
        memo |= {id(kept): kept for kept in [*tf.nest.flatten(self._given[2]["layer"]), self._explained]}
        copied = memo[id(self)] = type(self).__new__(type(self))
        copied.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return copied

    @property
    def history(self) -> list[dict[str, Any]]:
        """What was measured: one dict per record and series."""
        return self._recorder.history

    # Hooks.

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Checks the arguments against the model."""
        self._fit_begins = True
        self._progress.begin_fit()
        self._budget.begin(self._recorder.background_seconds)
        self._recorder.claim(self.params)
        try:
            self._follow(self.model)
            self._batches_begun = None
            self._guard(lambda: self._meet(trained=False))
        except BaseException:
            self._recorder.release()
            raise

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Records the state before the first update."""
        self._progress.begin_epoch(epoch)
        if self._fit_begins:
            self._fit_begins = False
            self._guard(self._begin)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Checks the arguments against a model that the first batch has built."""
        # At a batch's begin, for Keras 3 may do what follows a batch on another thread, beside the next.
        if self._batches_begun is None:
            return
        self._batches_begun += 1
        if self._batches_begun > 1:
            self._batches_begun = None
            self._guard(lambda: self._meet(trained=True))

    def _after_batch(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Records past each multiple of `every` batches of the run."""
        self._guard(lambda: self._end_batch(batch), alone=True)

    def _end_batch(self, batch: int) -> None:
        if self._progress.end_batch(batch):
            self._guard(self._scheduled)
            self._failures.report(self._recorder.settle())

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Records, and puts the means into `logs`."""
        if self._progress.end_epoch(epoch, (self.params or {}).get("steps")):
            self._guard(self._scheduled)
        self._failures.report(self._recorder.settle())
        if logs is not None:
            logs.update(self._recorder.logs)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Records the final state, unless it is recorded already, and waits until everything is written."""
        if self._fit_begins:
            # No epoch was left to train: what there is to record is where an earlier process ended.
            self._fit_begins = False
            self._guard(self._begin)
        else:
            self._guard(lambda: self._record(self._progress.step(), last=True))
        self._failures.report(self._recorder.settle(LONGEST_WAIT))
        self._recorder.release()

    def _implements_train_batch_hooks(self) -> bool:
        # tf_keras asks before a training; a coordinator's batches are over later than they seem.
        strategy = getattr(self.model, "distribute_strategy", None)
        ahead = isinstance(strategy, tf.distribute.ParameterServerStrategy)
        return self._every is not None or not (ahead or getattr(self.model, "built", True))

    def _implements_test_batch_hooks(self) -> bool:
        return False

    def _implements_predict_batch_hooks(self) -> bool:
        return False

    # Records.

    def record(self, model: Model, step: int) -> dict[str, float]:
        """Records a model's state in a training loop of one's own.

        Record step 0 before the first update: it tells a new training from one that goes on, and so what is in
        `log_dir` already from what belongs to this training.

        Args:
            model: any model that `kerasig.explain` takes, built; of it the callback's `model` is explained.
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
            if not self._recorder.can_call():
                raise ValueError(
                    f"model must be built, and have a call(). Received {self._recorder.model.model!r:.80}. "
                    "Call it on a batch beforehand."
                )
            self._recorder.begin(step)
            self._guard(lambda: self._write(step, None, last=True))
            self._failures.report(self._recorder.settle(LONGEST_WAIT))
        except BaseException:
            if self._recorder.step is None:
                self._recorder.release()
            raise
        return dict(self._recorder.logs)

    def _begin(self) -> None:
        step = self._progress.begin(taken_up=self._recorder.began_at is None)
        self._recorder.begin(step)
        if self._recorder.can_call():
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
        self._meet(trained=True)
        if self._arguments_known and step != self._recorder.step:
            self._write(step, self._progress.epochs((self.params or {}).get("steps")), last=last)

    def _write(self, step: int, epoch: float | None, *, last: bool) -> None:
        """Measures, then hands over to be written: every worker measures, the chief alone writes."""
        with self._budget.spending():
            measured = self._recorder.record(step, epoch)
            self._arguments_known = True
            self._tell_reasons(measured)
            if any(alert.stop for _, measurement in measured for alert in measurement.alerts):
                self._stop_training()
            # What goes wrong here is no fault of the arguments.
            self._failures.guard(lambda: self._recorder.write(measured, last=last), judges_arguments=False, alone=True)

    def _tell_reasons(self, measured: list[tuple[Series, Measurement]]) -> None:
        for series, measurement in measured if self._recorder.is_chief() else []:
            for reason, sentence in reasons.sentences(measurement.attribution, series.probes.title).items():
                self._failures.tell(sentence, reason)

    def _guard(self, action: Callable[[], None], *, alone: bool = False) -> None:
        self._failures.guard(action, judges_arguments=not self._arguments_known, alone=alone)

    def _follow(self, trained: Any) -> None:
        if self._recorder.follow(self._subject.of(trained), trained):
            self._arguments_known = False
            self._budget.forget()
        self._subject.judge(trained, self._failures.warn)

    def _stop_training(self) -> None:
        model = self._recorder.trained.model
        # A callable of one's own has no such attribute, and gets none.
        if hasattr(model, "stop_training"):
            model.stop_training = True

    def _meet(self, *, trained: bool) -> None:
        """Checks the arguments as soon as the model can be called, and tells where it cannot; `trained` by a batch."""
        if self._arguments_known:
            return
        recorder = self._recorder
        if recorder.can_call():
            with self._budget.spending(record=False):
                recorder.check()
            self._arguments_known = True
        elif trained or is_hopeless(recorder.model):
            self._failures.nothing(why_not(recorder.model, recorder.trained))
        else:
            self._batches_begun = 0
            self._failures.tell("The model is built by its first batch, so the first record comes after that.")

    def _iterations(self) -> int | None:
        return self._recorder.trained.optimizer_iterations()

    def _over_budget(self) -> bool:
        if self._budget.share is None:
            return False
        # Every worker has a clock of its own, and all must decide alike.
        return self._recorder.agreed(self._budget.excess(self._recorder.background_seconds)) > 0

    def _together(self, action: Callable[[], Any]) -> Any:
        return self._recorder.together(action)


IGCallback.__module__ = "kerasig"
