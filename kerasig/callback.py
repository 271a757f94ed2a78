"""IGCallback: logs integrated gradients of fixed probe inputs while a model trains."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tensorflow as tf

from kerasig import _models as models
from kerasig import _sentences as sentences
from kerasig._recording.settings import read_settings
from kerasig._recording.training import Training
from kerasig._suspects.audit import Audit
from kerasig._suspects.report import Suspects
from kerasig._types import Array, Every, Items, Layer, Model, OnError
from kerasig.alarms import Alarm
from kerasig.attribution import Attribution
from kerasig.baselines import Baselines
from kerasig.coordinates import Coordinates
from kerasig.metrics import Measure
from kerasig.probes import ProbeSet
from kerasig.sinks import Sink
from kerasig.steps import Steps


class IGCallback(models.callback_base()):  # type: ignore[misc]
    """Logs integrated and interior gradients of fixed probe inputs during training, for TensorBoard's Attributions tab.

    Works in the `fit` of Keras 3 and of tf_keras, and with `record()` in loops of one's own. It records at the first
    epoch's begin (where the weights are there by then), then at every epoch's end or every so many batches, and at the
    end of training. The weights that training ends in are the same with and without it, bit for bit.

    A step is recorded once. Weights that take the place of the trained ones as `fit` ends, as an optimizer's averages
    (`use_ema`) and what `restore_best_weights` brings back, have no record where the last step has one by then, as it
    has with `every="epoch"`: `kerasig.explain(model, x)` after `fit` explains them.

    Where `fit` trains a model that holds the one to explain, such as a GAN or a VAE, `model` says which that is; steps,
    epochs and batches are the training's.

    `logs` gets `ig_residual`, `ig_map_error`, `ig_drift` and, with a region, `ig_region_mass` (of several regions
    followed by "_" and the region's name; with several sets or series followed by "_" and the set's title, "_" and the
    series), and with an audit `ig_suspects`, how many stand clear. docs/internals/metrics.md says how each is computed.
    History and the progress bar see them wherever the callback stands in the list; CSVLogger and EarlyStopping only
    when they are listed after it.

    Records are written on a thread of their own; `fit` waits for them at its end, 30 seconds at most. A failure of a
    record or of its disk warns and lets training go on; of several workers, where a record fails on one it is left out
    on all. Arguments that do not fit the model raise before training; for a model that its first batch builds, after
    that. A model that cannot be explained at all, such as one without `call()`, is told of by a warning.

    Args:
        probes: a `ProbeSet`, or a list of them with distinct titles; None where there is an audit alone.
        log_dir: event files go into its folder `kerasig`; None is `logs/<date-time>`.
        model: what is explained: None for the model that `fit` trains (or `record` is given), another model or layer,
            such as gan.discriminator, or a function of the trained model that returns a model, layer or callable of the
            inputs, such as lambda trained: trained.encoder, or kerasig.logits. A function is asked before each record
            which part that is by then, unless it makes a model of its own, and also serves copies of the callback.
        baselines: see `kerasig.explain`.
        layer: see `kerasig.explain`.
        steps: see `kerasig.explain`.
        coordinates: see `kerasig.explain`. Records then have groups such as the mean of red in place of what has such
            coordinates, and no regions and no interior gradients there; an audit is explained as without.
        interior_alphas: where interior gradients are logged; None or empty for none, as by default with coordinates.
        every: "epoch", or a number of batches.
        batch_size: see `kerasig.explain`.
        jit_compile: see `kerasig.explain`.
        max_overhead: share of the training time that records may take, such as 0.05; scheduled records that would
            take more are skipped, the first and the last never, nor those of `record()`. None for no limit.
        alarms: a list of `kerasig.alarms`, such as [kerasig.alarms.RegionLift("tag", above=5)].
        metrics: a list of measures of one's own, each a number for each probe: functions of an `Attribution` and its
            `ProbeSet`, or `kerasig.metrics.Measure`. They are in the history, in `logs` and in the tab, and alarms may
            read them, like those that are built in.
        audit: a `kerasig.Audit`: labelled training examples, in which suspects are looked for while the model trains.
            Its maps at the first record are what later ones are compared with; it looks for suspects at some of the
            records and at the end, within `max_overhead`.
        audit_every: at every so many records; None for the records 1, 2, 4, 8, ... after the first.
        sinks: where scalars, alarms and pictures are written to as well, such as [kerasig.sinks.MLflow()]; what fails
            there is told once and never ends the training, whatever `on_error` is.
        on_error: "warn" lets training go on when a record fails, or none can be made; "raise" does not.

    Attributes:
        history: one dict per record and series: step, epoch, title, series, duration (seconds of the whole record),
            the means over probes, "reasons" (how many probes did not converge, by `Attribution.status`), and under
            "probes" the per-probe columns, "status" among them. What compares with the record before, such as drift, is
            NaN in the first.
        log_dir: where to, known from construction.
        suspects: what the latest audit found, as `kerasig.suspects` returns it; None before any.

    Raises:
        AttributeError: an argument is assigned to, such as callback.log_dir = "elsewhere": it is read once.
        TypeError: probes are no ProbeSet, or another argument is of no meaning.
        ValueError: an argument is out of range, two sets share a title, or log_dir is a file.

    Example:
        >>> probes = kerasig.ProbeSet(np.zeros((8, 4), "float32"), np.arange(8) % 2)
        >>> callback = kerasig.IGCallback(probes, log_dir="logs", alarms=[kerasig.alarms.Drift(above=0.5)])
        >>> model.fit(x, y, callbacks=[callback])  # doctest: +SKIP
    """

    # tf_keras: logs may stay tensors, and no hook is called per batch unless `every` asks for it.
    _supports_tf_logs = True

    def __init__(
        self,
        probes: ProbeSet | Sequence[ProbeSet] | None = None,
        log_dir: str | os.PathLike[str] | None = None,
        *,
        model: Model | None = None,
        baselines: Baselines | None = None,
        layer: Layer | None = None,
        steps: Steps | None = None,
        coordinates: Coordinates | Mapping[str, Coordinates | None] | None = None,
        interior_alphas: Items[float] | Array | None = (0.02, 0.1, 0.3, 1.0),
        every: Every | int = "epoch",
        batch_size: int | None = None,
        jit_compile: bool | None = None,
        max_overhead: float | None = None,
        alarms: Sequence[Alarm] = (),
        metrics: Sequence[Measure | Callable[[Attribution, ProbeSet], Array | Items[float]]] = (),
        audit: Audit | None = None,
        audit_every: int | None = None,
        sinks: Sequence[Sink] = (),
        on_error: OnError = "warn",
    ) -> None:
        super().__init__()
        self._settings = read_settings(
            probes=probes,
            log_dir=log_dir,
            model=model,
            baselines=baselines,
            layer=layer,
            coordinates=coordinates,
            steps=steps,
            interior_alphas=interior_alphas,
            every=every,
            batch_size=batch_size,
            jit_compile=jit_compile,
            max_overhead=max_overhead,
            alarms=alarms,
            metrics=metrics,
            audit=audit,
            audit_every=audit_every,
            sinks=sinks,
            on_error=on_error,
        )
        self._make_ready()

    def _make_ready(self) -> None:
        """Sets up what changes from the first training on."""
        if self._settings.every is not None:
            # Set on the instance: a class that has this hook turns off Keras 3's asynchronous dispatch.
            own = getattr(self, "on_train_batch_end", None)
            self.on_train_batch_end = functools.partial(self._after_batch, own)
        self._training = Training(self._settings)

    # A copy, as tuners make for each of their trainings, has the same settings and has not begun.

    def __getstate__(self) -> dict[str, Any]:
        settings = {"_settings": self._settings}
        fresh = IGCallback.__new__(IGCallback)
        fresh.__setstate__(settings)
        # Besides the settings there is what subclasses add.
        return {name: value for name, value in vars(self).items() if name not in vars(fresh)} | settings

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__init__()
        self.__dict__.update(state)
        self._make_ready()

    def __setattr__(self, name: str, value: Any) -> None:
        # A subclass may have attributes of its own by such a name.
        if name in _GIVEN and type(self) is IGCallback and name != "log_dir":
            raise _is_read(name, value)
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return self._settings.described()

    @property
    def log_dir(self) -> str:
        """The directory that event files go into, in a folder `kerasig`."""
        return self._settings.log_dir

    @log_dir.setter
    def log_dir(self, log_dir: str | os.PathLike[str]) -> None:
        # Subclasses may note it before they pass it on, or after.
        is_path = isinstance(log_dir, str | os.PathLike)
        if "_settings" in vars(self) and not (is_path and os.fspath(log_dir) == self.log_dir):
            raise _is_read("log_dir", log_dir)

    @property
    def history(self) -> list[dict[str, Any]]:
        """The records that were made: one dict per record and series."""
        return self._training.history

    @property
    def suspects(self) -> Suspects | None:
        """The suspects of the latest audit; None before any that looked for them."""
        return self._training.suspects

    # Hooks.

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Checks the arguments against the model."""
        self._training.begin(self.model, run=self.params, batches=(self.params or {}).get("steps"))

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Records the state before the first update."""
        self._training.begin_epoch(epoch)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Checks the arguments against a model that the first batch has built."""
        # At a batch's begin, for Keras 3 may do what follows a batch on another thread, beside the next.
        self._training.begin_batch()
        super().on_train_batch_begin(batch, logs)

    def _after_batch(self, own: Callable[..., None] | None, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Records past each multiple of `every` batches of the run, then calls the class's own hook, if it has one."""
        self._training.end_batch(batch)
        if own is not None:
            own(batch, logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Records, and puts the means into `logs`."""
        self._training.end_epoch(epoch)
        if logs is not None:
            logs.update(self._training.means)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Records the final state, unless it is recorded already, and waits until everything is written."""
        self._training.end()

    def _implements_train_batch_hooks(self) -> bool:
        # tf_keras asks before a training; a coordinator's batches are over later than they seem.
        strategy = getattr(self.model, "distribute_strategy", None)
        ahead = isinstance(strategy, tf.distribute.ParameterServerStrategy)
        own = self._has_own("on_batch", "on_train_batch")
        return own or self._settings.every is not None or not (ahead or getattr(self.model, "built", True))

    def _implements_test_batch_hooks(self) -> bool:
        return self._has_own("on_test_batch")

    def _implements_predict_batch_hooks(self) -> bool:
        return self._has_own("on_predict_batch")

    def _has_own(self, *hooks: str) -> bool:
        """Whether a subclass has one of these hooks."""
        names = [f"{hook}_{at}" for hook in hooks for at in ("begin", "end")]
        return any(getattr(type(self), name, None) is not getattr(IGCallback, name, None) for name in names)

    # A loop of one's own.

    def record(self, model: Model, step: int, *, audit: bool | None = None) -> dict[str, float]:
        """Records a model's state in a training loop of one's own.

        Record step 0 before the first update: it tells a new training from one that goes on, and so what is in
        `log_dir` already from what belongs to this training.

        Args:
            model: any model that `kerasig.explain` takes, built; of it the callback's `model` is explained.
            step: of the training.
            audit: whether to look for suspects now, as after the last update; None where `audit_every` says so.

        Returns:
            The means that `logs` gets in `fit`.

        Raises:
            ValueError: step is no whole number or below 0, the arguments do not fit the model, or it is not built.
        """
        return self._training.record(model, step, audit)


# Keras assigns `model`, the one that is trained.
_GIVEN = frozenset(inspect.signature(IGCallback.__init__).parameters) - {"self", "model"}


def _is_read(name: str, value: Any) -> AttributeError:
    """The error of an assignment that would change nothing."""
    return AttributeError(
        f"{name} must be given to IGCallback, which reads it once, when it is made. {sentences.received(value)}, "
        f"assigned later. Make a new one: kerasig.IGCallback({name}=...)."
    )


# As users import it.
IGCallback.__module__ = "kerasig"
