"""One series of a probe set over the steps of a training, read from its log."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from tensorboard.util.tensor_util import make_ndarray
from tensorboard_plugin_kerasig import schema

from kerasig._arguments import is_whole, shown
from kerasig._measures.table import BUILT_IN
from kerasig._reading.attributions import attribution_of
from kerasig._reading.audits import alert_of
from kerasig._reading.event_file import read_value
from kerasig._reading.inputs import probes_of
from kerasig._reading.run_index import RunIndex, TagIndex, blobs_of
from kerasig.alarms import Alert
from kerasig.attribution import Attribution
from kerasig.probes import ProbeSet

if TYPE_CHECKING:
    from pandas import DataFrame

# Columns whose mean says nothing: the numbers of classes, and what every probe of a record has in common.
_NO_MEAN = ("epoch", "class", "predicted")
UNTRUSTED = "untrusted"


class LoggedSet:
    """One series of a probe set in one run. Nothing is decoded before it is asked for.

    Args:
        run: the run's name.
        title: of the set.
        series: "", "label" or "predicted".
        index: of the run.

    Attributes:
        steps: of the training, ascending; those whose records are whole.
        epochs: [steps] how many were over at each; NaN outside `fit`.
        names: of the measures, as docs/internals/metrics.md defines them.
        scalars: a pandas table of the means over probes, a row for each step.
        alarms: that fired, in their order.
        probes: the set itself, as `kerasig.ProbeSet`.
    """

    def __init__(self, run: str, title: str, series: str, index: RunIndex) -> None:
        self.run, self.title, self.series = run, title, series
        self._index = index
        self._stats_tag = self._tag("stats")

    def __repr__(self) -> str:
        about = f"{self.title!r}" + (f", {self.series}" if self.series else "")
        ends = f", steps {self.steps[0]} to {self.steps[-1]}" if self.steps else ""
        return f"LoggedSet({about} of run {self.run!r}: {len(self.steps)} records{ends})"

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def steps(self) -> list[int]:
        """The steps that have a record, ascending."""
        return sorted(self._stats_tag.places)

    @property
    def names(self) -> list[str]:
        """The names of what was measured."""
        return list(self._stats_tag.content.names)

    @property
    def epochs(self) -> NDArray[np.float64]:
        """How many epochs were over at each step; NaN where the log does not say."""
        if "epoch" not in self.names:
            return np.full(len(self), np.nan)
        return np.array([table[0, self.names.index("epoch")] if len(table) else np.nan for table in self._tables])

    def column(self, name: str) -> NDArray[np.float64]:
        """One measure at every step, [steps, N]; a probe that a step does not have is NaN.

        Raises:
            KeyError: it was not measured.
        """
        if not isinstance(name, str) or name not in self.names:
            raise KeyError(f"{self!r} has no measure {shown(name)}. It has {', '.join(self.names)}.")
        at = self.names.index(name)
        found = np.full((len(self), max(map(len, self._tables), default=0)), np.nan)
        for row, table in zip(found, self._tables, strict=True):
            row[: len(table)] = table[:, at]
        return found

    def stats(self, step: int | None = None) -> dict[str, NDArray[np.float64]]:
        """Everything that was measured at a step, by name: one number for each probe.

        Args:
            step: of the training; None for the last one.

        Raises:
            KeyError: there is no record of that step.
        """
        table = self._tables[self.steps.index(self._step(step))]
        return {name: table[:, at] for at, name in enumerate(self.names)}

    def mean(self, name: str) -> NDArray[np.float64]:
        """A measure's mean over the probes at every step, [steps]: of what is measured on maps, over the trusted ones.

        Args:
            name: of the measure, or "untrusted": the share of the probes whose attributions cannot be trusted.

        Raises:
            KeyError: it was not measured.
        """
        if isinstance(name, str) and name == UNTRUSTED and name not in self.names and self._trusted_name is not None:
            return 1 - self.mean(self._trusted_name)
        values = self.column(name)
        used = np.isfinite(values)
        if self._is_on_maps(name) and (flags := self._trusted()) is not None:
            used &= flags == 1
        counts = used.sum(axis=1)
        sums = np.where(used, values, 0).sum(axis=1)
        return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)

    @property
    def mean_names(self) -> list[str]:
        """The names that `mean` takes, and the columns of `scalars`."""
        own = [name for name in self.names if name not in _NO_MEAN]
        return own + ([UNTRUSTED] if UNTRUSTED not in own and self._trusted_name is not None else [])

    @property
    def scalars(self) -> DataFrame:
        """The means over probes, a row for each step, whose index is the step.

        Raises:
            ImportError: pandas is not installed; `mean` needs none.
        """
        try:
            import pandas
        except ImportError:
            raise ImportError("scalars need pandas. Run: pip install pandas. mean(name) does without.") from None
        columns = {"epoch": self.epochs, **{name: self.mean(name) for name in self.mean_names}}
        return pandas.DataFrame(columns, index=pandas.Index(self.steps, name="step", dtype="int64"))

    @cached_property
    def alarms(self) -> list[Alert]:
        """The alarms that fired, in the order of their steps."""
        steps = self.steps
        if "alarms" in self.names:
            counts = self.column("alarms")
            steps = [step for step, row in zip(steps, counts, strict=True) if (row > 0).any()]
        tag = self._index.find("attributions", self.title, self.series)
        found = []
        for step in steps if tag is not None else []:
            header = self.record(step)
            alarms = header.get("alarms") or []
            found += [alert_of(entry, self.title, self.series, step, header.get("epoch")) for entry in alarms]
        return found

    @cached_property
    def probes(self) -> ProbeSet:
        """The probes of the set: floats to 1.5e-5 of each probe's largest, channels behind the positions.

        Raises:
            ValueError: the log does not have them, or they are damaged.
        """
        if self._inputs is None:
            raise ValueError(f"{self!r} has no inputs in its log.")
        return probes_of(self._inputs)

    def record(self, step: int | None = None) -> Mapping[str, Any]:
        """The header of a record, as the wire format has it: rule, target, duration, leaderboard and more.

        Args:
            step: of the training; None for the last one.

        Raises:
            KeyError: there is no record of that step.
            ValueError: it is damaged.
        """
        with self._telling(step := self._step(step)):
            return schema.decode_header(self._blobs("attributions", step)[0])

    def attribution(self, step: int | None = None) -> Attribution:
        """The attributions of a step.

        Values are those of positions, to 1.5e-5 of each probe's largest: where channels were summed, an axis of one
        stands for them. So are interior gradients; where these were logged, the path is too. What the log does not hold
        is None, as the baselines are, or NaN.

        Args:
            step: of the training; None for the last one.

        Raises:
            KeyError: there is no record of that step.
            ValueError: it is damaged.
        """
        with self._telling(step := self._step(step)):
            record = schema.decode_record(self._blobs("attributions", step))
            interior = self._index.find("interior", self.title, self.series)
            has_path = interior is not None and step in interior.places
            path = schema.decode_record(self._blobs("interior", step)) if has_path else None
            return attribution_of(record, path, self._inputs)

    def _step(self, step: int | None) -> int:
        steps = self.steps
        if step is None and steps:
            return steps[-1]
        if step is None or not is_whole(step) or step not in steps:
            is_step = step is not None and is_whole(step) and steps
            near = min(steps, key=lambda known: abs(known - int(step or 0))) if is_step else None
            known = f"Steps are {_listed(steps)}" + ("." if near is None else f"; the nearest is {near}.")
            raise KeyError(f"step must be one with a record. Received step={shown(step)}. {known}")
        return int(step)

    def _tag(self, kind: str) -> TagIndex:
        found = self._index.find(kind, self.title, self.series)
        if found is None:
            raise ValueError(f"Set {self.title!r} of run {self.run!r} has no {kind} in its log.")
        return found

    def _blobs(self, kind: str, step: int) -> list[bytes]:
        tag = self._tag(kind)
        if step not in tag.places:
            raise ValueError(f"its {kind} are missing.")
        return blobs_of(tag, step)

    @contextlib.contextmanager
    def _telling(self, step: int) -> Iterator[None]:
        """Errors of a record say whose it is."""
        try:
            yield
        except ValueError as error:
            raise ValueError(
                f"Step {step} of set {self.title!r} in run {self.run!r} is not readable: {error}"
            ) from error

    @cached_property
    def _inputs(self) -> schema.DecodedRecord | None:
        """The set's inputs as they were logged last; None where the log has none."""
        tag = self._index.find("inputs", self.title)
        if tag is None:
            return None
        return schema.decode_record(blobs_of(tag, list(tag.places)[-1]))

    @cached_property
    def _tables(self) -> list[NDArray[np.float64]]:
        tag, found = self._stats_tag, []
        for step in self.steps:
            tensor = read_value(tag.places[step], tag.tag).tensor
            try:
                table = np.asarray(make_ndarray(tensor))
            except (TypeError, ValueError) as error:
                raise ValueError(f"The stats of {self.title!r} at step {step} are damaged: {error}.") from error
            if table.ndim != 2 or table.shape[1] != len(self.names) or table.dtype.kind != "f":
                raise ValueError(
                    f"The stats of {self.title!r} at step {step} are damaged: shape {list(table.shape)} instead of "
                    f"[probes, {len(self.names)}]."
                )
            found.append(table.astype(np.float64))
        return found

    @property
    def _trusted_name(self) -> str | None:
        return next((name for name in ("trusted", "converged") if name in self.names), None)

    def _trusted(self) -> NDArray[np.float64] | None:
        return None if self._trusted_name is None else self.column(self._trusted_name)

    def _is_on_maps(self, name: str) -> bool:
        """Whether a measure means something only where the map is trusted; logs of earlier versions do not say."""
        measures = self._stats_tag.content.measures
        if measures:
            return bool(measures[self.names.index(name)].get("on_maps"))
        try:
            return BUILT_IN.of(name).on_maps
        except KeyError:
            return False


def _listed(steps: list[int]) -> str:
    if len(steps) <= 6:
        return ", ".join(map(str, steps)) or "none"
    return f"{', '.join(map(str, steps[:3]))}, ... {steps[-1]}"
