"""Claims on the series of a log directory: of two trainings that write the same one, neither could be read."""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Sequence
from typing import Any

# Claims that are held, by directory and title.
_held: weakref.WeakValueDictionary[tuple[str, str], Claim] = weakref.WeakValueDictionary()


class Claim:
    """A training's claim on the probe sets that it records into a directory, held while it runs.

    Args:
        log_dir: the directory, as the user calls it.
        titles: of the probe sets.
    """

    def __init__(self, log_dir: str, titles: Sequence[str]) -> None:
        self._log_dir = log_dir
        place = os.path.realpath(log_dir)
        self._keys = [(place, title) for title in titles]
        self._run: Any = None

    def take(self, run: Any) -> None:
        """Takes the claim.

        Args:
            run: of the training, the same object for all who record it; None where nobody says when it ends.

        Raises:
            ValueError: another one holds a part of it.
        """
        if any(self._is_rival(_held.get(key), run) for key in self._keys):
            gc.collect()  # One that nobody holds any more may be waiting to be collected.
        for key in self._keys:
            if self._is_rival(_held.get(key), run):
                raise ValueError(
                    f"Another IGCallback writes {key[1]!r} to {self._log_dir!r}. "
                    "Pass another log_dir, or a ProbeSet with another title."
                )
        self._run = run
        for key in self._keys:
            _held[key] = self

    def release(self) -> None:
        """Gives the claim up."""
        for key in self._keys:
            if _held.get(key) is self:
                del _held[key]

    def _is_rival(self, other: Claim | None, run: Any) -> bool:
        if other is None or other is self:
            return False
        # A run that was interrupted never said that it ended. It is a rival in that very run only.
        return other._run is None or other._run is run
