"""The log of a training's records: which parts of a record are written, and where, on the writing thread."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from tensorboard_plugin_kerasig import schema

from kerasig import _nest as nest
from kerasig._measures.positions import named_groups
from kerasig._recording import maps_file
from kerasig._recording.audit_encoding import encode_audit
from kerasig._recording.auditor import AuditMade
from kerasig._recording.encoding import alarm_texts, encode_inputs, encode_measurement, texts_of
from kerasig._recording.event_writer import Entries, EventWriter, writer_for
from kerasig._recording.maps_before import Remembered
from kerasig._recording.series import Measurement, Series


@dataclass(frozen=True, eq=False)
class PendingRecord:
    """A record as it is handed to the writing thread: arrays and numbers, nothing of the model that they are of.

    Args:
        step: of the training.
        began_at: the step at which the training, or this process's part of it, began.
        restarts_at: the step to which the training went back since the record before, or None.
        model: stands for the model.
        measured: every series with its measurement.
        wall_time: when, in seconds since 1970.
        audit: that was made with it, or after it.
        audits: fingerprints of the examples that are audited in this training, by title.
    """

    step: int
    began_at: int
    restarts_at: int | None
    model: Hashable
    measured: list[tuple[Series, Measurement]]
    wall_time: float
    audit: AuditMade | None = None
    audits: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of the arrays that grow with probes, features and nodes."""
        arrays = []
        for _, measurement in self.measured:
            attribution = measurement.attribution
            arrays += [leaf.positions for leaf in measurement.leaves] + nest.flatten(attribution.values)
            arrays += [attribution.path.alphas, attribution.path.scores, attribution.path.slopes]
            arrays += nest.flatten(attribution.interior.gradients) if attribution.interior is not None else []
        if self.audit is not None:
            arrays += list(self.audit.maps.shares.values())
        return sum(array.nbytes for array in arrays if array is not None)


class RecordLog:
    """One recorder's records in event files.

    Args:
        log_dir: they go under it.

    Attributes:
        failure: the first error that nobody was told of, or None.
        seconds: of the processor that the work took.
    """

    def __init__(self, log_dir: str) -> None:
        self.failure: BaseException | None = None
        self.seconds = 0.0
        self._log_dir = log_dir
        self._writer: EventWriter | None = None

    def write(self, record: PendingRecord) -> None:
        """Writes a record; an error is kept in `failure`."""
        began = time.thread_time()
        try:
            self._write(record)
        except BaseException as error:
            self.failure = self.failure or error
        self.seconds += time.thread_time() - began

    def _write(self, record: PendingRecord) -> None:
        if self._writer is None:
            fingerprints = {series.probes.title: series.probes.fingerprint for series, _ in record.measured}
            fingerprints |= record.audits
            columns = {series.probes.title: list(measurement.stats) for series, measurement in record.measured}
            self._writer = writer_for(self._log_dir, record.model, fingerprints, record.began_at, columns)
        elif record.restarts_at is not None:
            self._writer.restart(record.restarts_at)
        self._writer.look()
        entries: Entries = []
        for series, measurement in record.measured:
            earlier = self._writer.earlier.get(series.probes.title)
            layer = measurement.attribution.layer
            grouped = named_groups(measurement.attribution.coordinates, layer) or None
            alike = earlier is not None and (earlier.layer, earlier.coordinates) == (layer, grouped)
            known = series.probes.title in self._writer.shown or alike
            if series.name in ("", "label") and not known:
                entries += encode_inputs(series.probes, measurement.leaves, layer)
            # A restarted process finds the record of the state that it begins with.
            if earlier is None or record.step != record.began_at or record.step not in earlier.steps[series.name]:
                entries += encode_measurement(series, measurement, record.wall_time)
        scalars = scalars_of_record(record)
        texts = alarm_texts(record.measured)
        if record.audit is not None:
            entries += self._of_audit(record, record.audit)
            # What an alarm says of it is among the record's, if there is one.
            texts |= {} if record.measured else texts_of(record.audit.audit.title, record.audit.alerts)
        self._writer.write(record.step, entries, scalars, texts)
        if record.audit is not None and record.audit.found is None:
            self._keep_maps(record, record.audit)
        self._writer.shown.update(series.probes.title for series, _ in record.measured)

    def _of_audit(self, record: PendingRecord, made: AuditMade) -> Entries:
        """The audit's own entry, unless an earlier process made it of the same state."""
        assert self._writer is not None
        earlier = self._writer.earlier.get(made.audit.title)
        if earlier is not None and record.step == record.began_at and record.step in earlier.steps[""]:
            return []
        return [("suspects", made.audit.title, "", encode_audit(made, record.wall_time), {})]

    def _keep_maps(self, record: PendingRecord, made: AuditMade) -> None:
        """Keeps the maps that later audits are compared with, or finds those that an earlier process kept."""
        assert self._writer is not None
        known = None
        try:
            if made.memory is not None:
                known = maps_file.recall(self._writer.directory, made)
        finally:
            if made.memory is not None:
                earlier = self._writer.earlier.get(made.audit.title)
                # What was found beyond the state that this process began with is not there any more.
                kept = None if earlier is None else earlier.cut(record.began_at + 1)
                tracks = [] if kept is None else kept.tracks
                maps, step = known or (None, made.step)
                made.memory.give(Remembered(maps, step, tracks))
        if known is None:
            maps_file.keep(self._writer.directory, made)


def scalars_of_record(record: PendingRecord) -> dict[str, float]:
    """The means over probes of a record, and how many suspects stand clear, by tag; NaN where nothing is known."""
    scalars = {f"{s.key}/{name}": value for s, m in record.measured for name, value in m.scalars.items()}
    return scalars if record.audit is None else scalars | _audit_scalars(record.audit)


def _audit_scalars(made: AuditMade) -> dict[str, float]:
    return {} if made.found is None else {f"{schema.key(made.audit.title)}/suspects": float(len(made.found))}
