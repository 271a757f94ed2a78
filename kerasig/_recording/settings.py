"""The settings of a training's records: what the user asked for, judged once, when it is asked for."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import numbers
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig import _reprs as reprs
from kerasig import _sentences as sentences
from kerasig._explaining.explainer import Explainer
from kerasig._measures.table import Table
from kerasig._measures.users import read_measures, table_of
from kerasig._suspects.audit import Audit
from kerasig._suspects.maps import LOOSE
from kerasig._types import Array, Items
from kerasig.alarms import Alarm
from kerasig.metrics import Measure
from kerasig.probes import ProbeSet
from kerasig.sinks import Sink
from kerasig.steps import Adaptive, Fixed, resolve_steps

INTERIOR_ALPHAS = (0.02, 0.1, 0.3, 1.0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Settings:
    """The settings of a training's records; `read_settings` makes them of what a user passed.

    A deep copy means the same model and the same layer, which are not copied, and copies the rest.

    Args:
        probe_sets: with distinct titles.
        log_dir: event files go under it.
        model: see `Subject`.
        baselines: see `kerasig.explain`.
        layer: see `kerasig.explain`.
        coordinates: see `kerasig.explain`; None for the inputs' own.
        steps: the rule that integrates.
        interior_alphas: where interior gradients are recorded; None for none.
        batch_size: see `kerasig.explain`.
        jit_compile: see `kerasig.explain`.
        every: so many batches, or None for every epoch.
        max_overhead: share of the training time that records may take; None for no limit.
        alarms: that watch the records.
        metrics: measures of the user's own.
        on_error: "warn" or "raise".
        audit: in which suspects are looked for; None for none.
        audit_every: so many records, or None for the records 1, 2, 4, 8, ...
        sinks: that records are written to besides the event files.
    """

    probe_sets: Sequence[ProbeSet]
    log_dir: str
    model: Any
    baselines: Any
    layer: Any
    coordinates: Any
    steps: Fixed | Adaptive
    interior_alphas: Items[float] | Array | None
    batch_size: int | None
    jit_compile: bool | None
    every: int | None
    max_overhead: float | None
    alarms: Sequence[Alarm]
    metrics: Sequence[Measure]
    on_error: str
    audit: Audit | None = None
    audit_every: int | None = None
    sinks: Sequence[Sink] = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Settings:
        # A layer is one of a model.
        # A sink is one place, however many write to it.
        memo |= {id(kept): kept for kept in [*nest.flatten(self.layer), self.model, *self.sinks]}
        fields = [field.name for field in dataclasses.fields(self)]
        return Settings(**{name: copy.deepcopy(getattr(self, name), memo) for name in fields})

    @property
    def table(self) -> Table:
        """The measures of every record, a new table each time: it has functions that no copy or pickle takes along."""
        return table_of(self.metrics)

    def described(self) -> str:
        """The settings as they would be given, those that are not None; arrays by dtype and shape."""
        given = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        sets = given.pop("probe_sets")
        given |= {"every": self.every or "epoch", "alarms": list(self.alarms) or None}
        given |= {"metrics": list(self.metrics) or None, "sinks": list(self.sinks) or None}
        settings = {name: value for name, value in given.items() if value is not None}
        return reprs.call("IGCallback", sets[0] if len(sets) == 1 else list(sets) or None, **settings)

    def explainer(self, model: Any, warn: Callable[[str, str], None]) -> Explainer:
        """An explainer of a model, which calls `warn` with what a finding is about and a sentence.

        Raises:
            TypeError, ValueError: a setting is of no meaning, or there is no such layer.
        """
        return self._explainer(model, self.layer, warn)

    def auditing_explainer(self, model: Any, warn: Callable[[str, str], None]) -> Explainer:
        """An explainer for audits, whose maps are means over many examples: with few nodes for each."""
        options = {"layer": self.layer, "batch_size": self.batch_size, "jit_compile": self.jit_compile}
        return Explainer(model, steps=LOOSE, progress=False, warn=warn, **options)

    @property
    def all_sets(self) -> list[ProbeSet]:
        """All examples that the model is called with: the probe sets, and those of the audit."""
        return [*self.probe_sets, *([] if self.audit is None else [self.audit.probes])]

    def _explainer(self, model: Any, layer: Any, warn: Callable[[str, str], None] | None) -> Explainer:
        return Explainer(
            model,
            layer=layer,
            coordinates=self.coordinates,
            steps=self.steps,
            interior_alphas=self.interior_alphas,
            batch_size=self.batch_size,
            jit_compile=self.jit_compile,
            # A training has a bar of its own.
            progress=False,
            warn=warn,
        )


def read_settings(
    *,
    probes: Any,
    log_dir: Any,
    model: Any,
    baselines: Any,
    layer: Any,
    coordinates: Any,
    steps: Any,
    interior_alphas: Any,
    every: Any,
    batch_size: Any,
    jit_compile: Any,
    max_overhead: Any,
    alarms: Any,
    metrics: Any,
    on_error: Any,
    audit: Any = None,
    audit_every: Any = None,
    sinks: Any = (),
) -> Settings:
    """The settings that a user's arguments make; see `IGCallback` for those.

    Raises:
        TypeError: an argument is of no meaning.
        ValueError: an argument is out of range, two sets share a title, or log_dir is a file.
    """
    settings = Settings(
        probe_sets=[] if probes is None and audit is not None else _probe_sets(probes),
        log_dir=_log_dir(log_dir),
        model=model,
        baselines=baselines,
        layer=layer,
        coordinates=coordinates,
        steps=resolve_steps(steps),
        interior_alphas=_interior_alphas(interior_alphas, coordinates),
        batch_size=batch_size,
        jit_compile=jit_compile,
        every=_every(every),
        max_overhead=_share(max_overhead),
        alarms=alarms,
        metrics=read_measures(metrics),
        on_error=_on_error(on_error),
        audit=audit,
        audit_every=_audit_every(audit_every),
        sinks=_sinks(sinks),
    )
    _check_audit(settings)
    if audit is not None:
        names = {probes.class_names for probes in settings.probe_sets} - {None}
        settings = dataclasses.replace(settings, audit=audit.named_as(names.pop() if len(names) == 1 else None))
    # Settings of an explainer are judged now, on a function that has none of a model's demands.
    settings._explainer(tf.identity, None, None)
    return settings


def _interior_alphas(alphas: Any, coordinates: Any) -> Any:
    """Where interior gradients are recorded: None for none, and, unless others are asked for, with coordinates."""
    by_default = isinstance(alphas, tuple) and alphas == INTERIOR_ALPHAS
    nowhere = alphas is None
    with contextlib.suppress(Exception):  # Whatever has no length is judged where it is read.
        nowhere = nowhere or len(alphas) == 0
    return None if nowhere or (by_default and coordinates is not None) else alphas


def _probe_sets(probes: Any) -> list[ProbeSet]:
    """The sets as a list."""
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


def _check_audit(settings: Settings) -> None:
    """Raises TypeError or ValueError where the audit is none, or shares a name with something else."""
    audit = settings.audit
    if audit is None:
        return
    if not isinstance(audit, Audit):
        raise TypeError(f"audit must be a kerasig.Audit. Received {type(audit).__name__}. Pass kerasig.Audit(x, y).")
    if audit.title in [probes.title for probes in settings.probe_sets]:
        raise ValueError(
            f"audit must have a title that no probe set has. Received {audit.title!r}. "
            "Pass kerasig.Audit(..., title=...)."
        )
    if any(measure.name == "suspects" for measure in settings.metrics):
        raise ValueError('metrics must have other names than "suspects", which the audit has in logs. Rename it.')


def _audit_every(every: Any) -> int | None:
    """A number of records; None for those whose numbers are powers of two."""
    if every is not None and (isinstance(every, bool) or not isinstance(every, numbers.Integral) or every < 1):
        received = arguments.shown(every)
        raise ValueError(
            f"audit_every must be None or a number of records, at least 1. Received audit_every={received}."
        )
    return None if every is None else int(every)


def _sinks(sinks: Any) -> Sequence[Sink]:
    """Sinks as a tuple."""
    found = sinks if isinstance(sinks, list | tuple) else [sinks]
    for sink in found:
        if not isinstance(sink, Sink):
            raise TypeError(
                f"sinks must be a list of kerasig.sinks. {sentences.received(sink)}. "
                "Pass [kerasig.sinks.MLflow()] or a kerasig.sinks.Sink of your own."
            )
    return tuple(found)


def _every(every: Any) -> int | None:
    """A number of batches; None for every epoch."""
    if isinstance(every, str) and every == "epoch":
        return None
    if isinstance(every, bool) or not isinstance(every, numbers.Integral) or every < 1:
        received = arguments.shown(every)
        raise ValueError(f'every must be "epoch" or a number of batches, at least 1. Received every={received}.')
    return int(every)


def _log_dir(log_dir: str | os.PathLike[str] | None) -> str:
    """The log directory; None is one named after this moment. It need not be there yet."""
    if log_dir is None:
        return os.path.join("logs", time.strftime("%Y%m%d-%H%M%S"))
    wrong = f"log_dir must be a path. Received log_dir={arguments.shown(log_dir)}. Pass a string or None."
    try:
        path = os.fsdecode(log_dir)
    except Exception:  # A path of somebody's own may raise anything.
        raise TypeError(wrong) from None
    if "\0" in path:
        raise ValueError(wrong)
    there = path
    while there and not os.path.lexists(there) and there != os.path.dirname(there):
        there = os.path.dirname(there)
    if os.path.exists(there) and not os.path.isdir(there):
        raise ValueError(f"log_dir must be a directory, or become one. Received {path!r}, and {there!r} is a file.")
    return path


def _share(max_overhead: Any) -> float | None:
    """A share of the training time; None for no limit."""
    number = isinstance(max_overhead, numbers.Real) and not isinstance(max_overhead, bool)
    if max_overhead is not None and not (number and 0 < max_overhead <= 1):
        received = arguments.shown(max_overhead)
        raise ValueError(f"max_overhead must be None or a share from 0 to 1. Received max_overhead={received}.")
    return None if max_overhead is None else float(max_overhead)


def _on_error(on_error: Any) -> str:
    """The choice between going on where a record fails, and not."""
    if not isinstance(on_error, str) or on_error not in ("warn", "raise"):
        raise ValueError(f'on_error must be "warn" or "raise". Received on_error={arguments.shown(on_error)}.')
    return str(on_error)
