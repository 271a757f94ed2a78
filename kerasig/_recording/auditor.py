"""The audits of one model: its maps before the training, and what is found at each audit."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerasig._explaining.explainer import Explainer
from kerasig._explaining.inputs import check_probes
from kerasig._measures.positions import Leaf
from kerasig._models import adapt
from kerasig._recording.maps_before import MapsBefore
from kerasig._suspects.audit import Audit
from kerasig._suspects.judging import Thresholds
from kerasig._suspects.maps import AuditMaps, leaves_of, maps_of
from kerasig._suspects.margins import Margins
from kerasig._suspects.report import Suspects
from kerasig._suspects.search import found_in
from kerasig._suspects.suspect import Candidate
from kerasig._suspects.tracking import Track, Tracks
from kerasig.alarms import Alarm, Alert
from kerasig.alarms import Suspect as SuspectAlarm


@dataclass(frozen=True, eq=False)
class AuditMade:
    """One audit.

    Args:
        audit: whose examples were looked at.
        step: of the training.
        epoch: how many were over; None outside `fit`.
        maps: of the examples, as the model is now.
        before_step: the step of the maps that these are compared with; this one's own at the first audit.
        found: what was found; None at the first audit, which makes maps alone.
        tracks: of the candidates, in their order.
        layer: that was attributed to.
        duration: seconds that the training stood still for it.
        memory: where the maps of an earlier process go, if the log has them; None where they are not asked for.
        fired: the alarms that fired, and what they say.
    """

    audit: Audit
    step: int
    epoch: float | None
    maps: AuditMaps
    before_step: int
    found: Suspects | None
    tracks: Sequence[Track]
    layer: Any
    duration: float
    memory: MapsBefore | None = None
    fired: Sequence[tuple[Alarm, Alert]] = ()

    @property
    def alerts(self) -> list[Alert]:
        """The alerts of the alarms that fired."""
        return [alert for _, alert in self.fired]


@dataclass(eq=False)
class Auditor:
    """Audits one model.

    Args:
        audit: the examples.
        explainer: of the model, with few nodes.
        baselines: see `kerasig.explain`.
        alarms: that watch audits.

    Attributes:
        step: of the latest audit, None before any.
        is_checked: whether the audit is known to fit the model.
        handed_on: the suspects that an alarm fired on, by their name, whose regions are followed from then on.
    """

    audit: Audit
    explainer: Explainer
    baselines: Any
    alarms: Sequence[SuspectAlarm]
    step: int | None = None
    is_checked: bool = False
    handed_on: dict[str, Candidate] = field(default_factory=dict)
    _before: tuple[AuditMaps, int] | None = None
    _memory: MapsBefore | None = None
    _tracks: Tracks = field(default_factory=Tracks)

    def check(self) -> None:
        """Raises ValueError or TypeError where the audit does not fit the model, its target, baselines or layer."""
        explainer, probes = self.explainer, self.audit.probes
        check_probes(probes, adapt(explainer.model))
        attributed = explainer.check(probes, baselines=self.baselines)
        leaves_of(self.audit, attributed, explainer.layer, explainer.origins)
        Margins(explainer, self.audit)

    def go_back(self, step: int) -> None:
        """Notes that the training went back to an earlier step."""
        self._tracks.go_back(step)
        self.step = None if self.step is None or self.step >= step else self.step

    def look(self, step: int, epoch: float | None, began_at: int) -> AuditMade:
        """An audit of the model as it is now; the first one keeps the maps that others are compared with.

        Args:
            step: of the training.
            epoch: how many were over; None outside `fit`.
            began_at: the step at which this process began; beyond 0 the log may have maps of before.

        Raises:
            ValueError: every map is zero or not finite.
        """
        began = time.perf_counter()
        maps = maps_of(self.explainer, self.audit, self.baselines)
        found, tracks, fired, memory = None, list[Track](), list[tuple[Alarm, Alert]](), None
        if self._before is None:
            self._before = maps, step
            # Workers must all compare with the same maps, and the log is the chief's.
            if began_at > 0 and self.explainer._workers is None:
                self._memory = memory = MapsBefore()
        else:
            before, before_step = self._remembered()
            found = found_in(self.explainer, self.audit, maps, before, baselines=self.baselines, step=step)
            found = dataclasses.replace(found, before_step=before_step)
            found, tracks = self._tracks.take(found, step)
            fired = self._fired(found, tracks, epoch)
        self.step = step
        seconds, before_step = time.perf_counter() - began, self._before[1]
        layer = self.explainer.layer
        return AuditMade(self.audit, step, epoch, maps, before_step, found, tracks, layer, seconds, memory, fired)

    def shares(self, probes: Any, leaves: Sequence[Leaf], trusted: Any) -> dict[str, float]:
        """The share of the attribution in each region that was handed on, where these probes have such positions.

        Args:
            probes: the set.
            leaves: as they are attributed to now.
            trusted: [N], which probes' maps count; of those the ones of the suspect's class, if it is about one.
        """
        shares = {}
        for name, suspect in self.handed_on.items():
            inside = [leaf for leaf in leaves if _fits(leaf, suspect)]
            if len(inside) != 1:
                continue
            used = np.asarray(trusted, bool)
            if suspect.label is not None and probes.class_labels is not None:
                used = used & (np.asarray(probes.class_labels) == suspect.label)
            total = sum(np.abs(leaf.positions).reshape(len(used), -1).sum(axis=1) for leaf in leaves)
            part = np.abs(inside[0].positions)[:, suspect.region].sum(axis=1)
            with np.errstate(invalid="ignore", divide="ignore"):
                share = (part / total)[used]
            if np.isfinite(share).any():
                shares[f"suspect/{name}"] = float(share[np.isfinite(share)].mean())
        return shares

    def _remembered(self) -> tuple[AuditMaps, int]:
        """The maps to compare with: those of the training's true first record, where the log has them."""
        assert self._before is not None
        if self._memory is not None and (known := self._memory.wait()) is not None:
            for track in known.tracks:
                self._tracks.know(track)
            if known.maps is not None:
                self._before = known.maps, known.step
        self._memory = None
        return self._before

    def _fired(self, found: Suspects, tracks: Sequence[Track], epoch: float | None) -> list[tuple[Alarm, Alert]]:
        """The alarms that fire: each once for each stretch in which a suspect stands clear."""
        fired: list[tuple[Alarm, Alert]] = []
        for suspect, track in zip(found.candidates, tracks, strict=True):
            for number, alarm in enumerate(self.alarms):
                if track.streak >= alarm.patience and number not in track.fired:
                    # Of two windows on one mark the stronger speaks for both.
                    told = any(number in other.fired and other.touches(track) for other in tracks)
                    track.fired.add(number)
                    if told:
                        continue
                    self.handed_on.setdefault(f"{suspect.group}: {suspect.name}", suspect)
                    fired.append((alarm, _alert(alarm, suspect, found, self.audit.title, epoch)))
        return fired


def _alert(alarm: SuspectAlarm, suspect: Candidate, found: Suspects, title: str, epoch: float | None) -> Alert:
    lasting = f" This held at {alarm.patience} audits in a row." if alarm.patience > 1 else ""
    assert found.step is not None
    return Alert(
        name=alarm.name,
        message=suspect.sentence + lasting,
        metric="suspect",
        value=suspect.evidence,
        threshold=Thresholds().evidence,
        noise=0.0,
        effect=None,
        random_effect=None,
        step=found.step,
        epoch=epoch,
        title=title,
        series="",
        stop=alarm.stop,
        loud=alarm.loud,
        region=None,
    )


def _fits(leaf: Leaf, suspect: Candidate) -> bool:
    """Whether a leaf has the positions of a suspect's region."""
    region = suspect.region
    if leaf.groups is not None:
        return False
    return (
        region is not None and suspect.leaf in (leaf.of_input, leaf.name) and leaf.positions.shape[1:] == region.shape
    )
