"""The event files of an earlier process, and the probe sets that they hold."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard_plugin_kerasig import schema

from kerasig._reading.event_file import is_event_file
from kerasig._suspects.tracking import Track


@dataclass
class Earlier:
    """One probe set of a run directory.

    Args:
        fingerprint: of the set, empty where its inputs cannot be read.
        layer: that was attributed to.
        coordinates: by attributed leaf, the names of its groups; None where all have their own coordinates.
        steps: by series, those that have a complete record.
        shown_at: the step at which its inputs are.
        columns: of its stats, none where it has no stats.
        tracks: of an audit, the suspects that it found, with the steps at which each first stood clear.
    """

    fingerprint: str = ""
    layer: Any = None
    coordinates: Any = None
    steps: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    shown_at: int = 0
    columns: tuple[str, ...] = ()
    tracks: list[Track] = field(default_factory=list)

    def cut(self, step: int) -> Earlier | None:
        """The part of it that readers keep where a training begins again at a step; None for nothing."""
        if self.shown_at >= step:
            return None
        kept = {series: {made for made in steps if made < step} for series, steps in self.steps.items()}
        tracks = [track for track in self.tracks if track.first is not None and track.first < step]
        return replace(self, steps=defaultdict(set, kept), tracks=tracks)


def event_files(directory: str) -> list[str]:
    """Paths of a run directory's event files, in the order in which they were begun."""
    # No glob: brackets in a name are no pattern. `tf.io.gfile` also knows gs:// and its like.
    names = tf.io.gfile.listdir(directory) if tf.io.gfile.isdir(directory) else []
    paths = [os.path.join(directory, name) for name in names if is_event_file(name)]
    # A folder may have such a name, too.
    return sorted(path for path in paths if not tf.io.gfile.isdir(path))


def read_earlier(directory: str) -> dict[str, Earlier]:
    """The probe sets of a run directory, by title. A file that was cut short is read up to there."""
    found: dict[str, Earlier] = defaultdict(Earlier)
    for event in _events(directory):
        if event.HasField("session_log") and event.session_log.status == SessionLog.START:
            cut = {title: probes.cut(event.step) for title, probes in found.items()}
            found = defaultdict(Earlier, {title: probes for title, probes in cut.items() if probes is not None})
        for value in event.summary.value:
            plugin = value.metadata.plugin_data
            if plugin.plugin_name != schema.PLUGIN_NAME:
                continue
            try:
                content = schema.parse_plugin_content(plugin.content)
                if content.kind == "inputs":
                    header = schema.decode_header(value.tensor.string_val[0])
                    found[content.title].fingerprint = str(header.get("fingerprint", ""))
                    found[content.title].layer = header.get("layer")
                    found[content.title].coordinates = header.get("coordinates")
                    found[content.title].shown_at = event.step
                elif content.kind == "suspects":
                    header = schema.decode_suspects_header(value.tensor.string_val[0])
                    _take_audit(found, content.title, event.step, header)
            except (schema.FormatError, IndexError):
                continue
            if content.kind == "stats":
                found[content.title].steps[content.series].add(event.step)
                found[content.title].columns = found[content.title].columns or content.names
    return dict(found)


def _take_audit(found: dict[str, Earlier], title: str, step: int, header: Mapping[str, Any]) -> None:
    """Takes in an audit, which is a set of one series; what its examples are is in each of them."""
    if title not in found:
        found[title].shown_at = step
    audit = found[title]
    audit.fingerprint, audit.layer = str(header.get("fingerprint", "")), header.get("layer")
    audit.steps[""].add(step)
    for suspect in header["suspects"]:
        first, mask = suspect.get("first"), suspect.get("mask")
        known = {(track.label, track.family, track.name) for track in audit.tracks}
        label = suspect.get("label")
        if first is not None and (label, suspect["family"], suspect["name"]) not in known:
            positions = None if mask is None else frozenset(mask)
            audit.tracks.append(Track(label, suspect["family"], suspect["name"], positions, first))


def _events(directory: str) -> Iterator[Event]:
    for path in event_files(directory):
        for raw in RawEventFileLoader(path).Load():
            try:
                yield Event.FromString(raw)
            except DecodeError:
                continue
