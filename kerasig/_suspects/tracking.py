"""The same place over several audits: when it first stood clear, and how often in a row."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np

from kerasig._suspects.report import Suspects
from kerasig._suspects.suspect import Candidate

# Two regions that share more than this of the smaller one are one place: a window may move by a pixel between audits.
SAME = 0.5
# Audits that are remembered of a place, for its curve over the training.
REMEMBERED = 64


@dataclass(eq=False)
class Track:
    """One place, audit after audit.

    Args:
        label: the class that it is about.
        family: what kind of place it is.
        name: where it is, in words, as it was called last.
        positions: flat indices of its region; None where it has none for all examples alike.
        first: the step at which it first stood clear, None before that.
        streak: in how many audits in a row it has stood clear.
        fired: the alarms that have fired on it since it was last not clear, by their number.
        history: step, share and emphasis at each audit that tested it.
    """

    label: int | None
    family: str
    name: str
    positions: frozenset[int] | None
    first: int | None = None
    streak: int = 0
    fired: set[int] = field(default_factory=set)
    history: list[tuple[int, float, float]] = field(default_factory=list)

    def is_of(self, suspect: Candidate) -> bool:
        """Whether a suspect is this place."""
        if (self.label, self.family) != (suspect.label, suspect.family):
            return False
        own, other = self.positions, positions_of(suspect)
        if self.name == suspect.name or not own or not other:
            return self.name == suspect.name
        return len(own & other) > SAME * min(len(own), len(other))

    def touches(self, other: Track) -> bool:
        """Whether another place of the class has a position in common with this one."""
        return self.label == other.label and bool((self.positions or set()) & (other.positions or set()))


class Tracks:
    """The places that audits of one training have tested."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []

    def know(self, track: Track) -> None:
        """Takes in a place that an earlier process found clear; what this one has found is added to it."""
        for own in self._tracks:
            if (own.label, own.family, own.name) == (track.label, track.family, track.name):
                own.first = track.first
                return
        self._tracks.append(track)

    def go_back(self, step: int) -> None:
        """Forgets what was found at a step or later, for the training went back to it."""
        for track in self._tracks:
            track.streak, track.fired = 0, set()
            track.history = [point for point in track.history if point[0] < step]
            track.first = None if track.first is None or track.first >= step else track.first

    def take(self, found: Suspects, step: int) -> tuple[Suspects, list[Track]]:
        """Takes in an audit: the same with the first step of each candidate, and each candidate's track."""
        tracks: list[Track] = []
        dated = []
        for each in found.candidates:
            track = self._of(each, tracks)
            if each.stands_clear:
                track.first = step if track.first is None else track.first
            point = (step, float(each.share.mean), float(each.emphasis.mean))
            track.history = [*track.history, point][-REMEMBERED:]
            tracks.append(track)
            dated.append(dataclasses.replace(each, first_step=track.first))
        clear = [track for track, each in zip(tracks, found.candidates, strict=True) if each.stands_clear]
        for track in self._tracks:
            track.streak = track.streak + 1 if track in clear else 0
            if not track.streak:
                track.fired = set()
        return dataclasses.replace(found, candidates=dated, step=step), tracks

    def _of(self, suspect: Candidate, taken: list[Track]) -> Track:
        free = [track for track in self._tracks if track not in taken and track.is_of(suspect)]
        # One of the very same name before one that merely overlaps.
        for track in sorted(free, key=lambda track: track.name != suspect.name):
            track.name, track.positions = suspect.name, positions_of(suspect)
            return track
        made = Track(suspect.label, suspect.family, suspect.name, positions_of(suspect))
        self._tracks.append(made)
        return made


def positions_of(suspect: Candidate) -> frozenset[int] | None:
    """Flat indices of a suspect's region; None where it has none, or another one in each example."""
    region = suspect.region
    if region is None or suspect.mean_map is None or region.shape != suspect.mean_map.shape:
        return None
    return frozenset(np.flatnonzero(region).tolist())
