"""The way of an earlier process's maps from the writing thread, which reads them, to the training's."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from kerasig._suspects.maps import AuditMaps
from kerasig._suspects.tracking import Track

# Seconds that an audit waits for them.
LONGEST_WAIT = 10.0


@dataclass(frozen=True, eq=False)
class Remembered:
    """The maps and suspects that an earlier process left.

    Args:
        maps: of its first audit; None where they are not there.
        step: of that audit.
        tracks: the suspects that it found, with their first steps.
    """

    maps: AuditMaps | None
    step: int
    tracks: Sequence[Track]


class MapsBefore:
    """The way of an earlier process's maps from the writing thread, which reads them, to the training's."""

    def __init__(self) -> None:
        self._ready = threading.Event()
        self._found: Remembered | None = None

    def give(self, found: Remembered | None) -> None:
        """Tells what is there, on the writing thread; None for nothing."""
        self._found = found
        self._ready.set()

    def wait(self) -> Remembered | None:
        """Waits for what is there; None for nothing, and where the disk does not tell in time."""
        return self._found if self._ready.wait(LONGEST_WAIT) else None
