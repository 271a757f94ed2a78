"""What goes wrong in a training's records: who is told of it, and what ends the training."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

from kerasig._engine.workers import is_lost
from kerasig.alarms import Alarm

logger = logging.getLogger("kerasig")


class Failures:
    """Lets a training go on where a record fails, unless the user asked otherwise or its workers have lost each other.

    Args:
        on_error: "warn" or "raise".
        together: calls what all workers do; where it fails on one of them, it fails on all.
    """

    def __init__(self, on_error: str, together: Callable[[Callable[[], Any]], Any]) -> None:
        self._raises, self._together = on_error == "raise", together
        self._told: set[str] = set()

    def guard(self, action: Callable[[], Any], *, judges_arguments: bool, alone: bool = False) -> None:
        """Runs what must not end a training run, unless the user asked for that or an argument was wrong.

        Args:
            action: what to run.
            judges_arguments: whether a ValueError or TypeError means a wrong argument.
            alone: whether this process does it by itself, so that no worker waits for it.
        """
        try:
            if alone:
                action()
            else:
                self._together(action)
        except Exception as error:
            wrong = judges_arguments and isinstance(error, ValueError | TypeError)
            if wrong or self._ends_training(error):
                raise
            self._warn_of(error)

    def report(self, error: BaseException | None) -> None:
        """Tells of an error of the writing thread, if there is one; what is none of Exception's is raised."""
        if error is None:
            return
        if self._raises or not isinstance(error, Exception):
            raise error
        self._warn_of(error)

    def of_alarm(self, alarm: Alarm, how: str, error: Exception) -> None:
        """Tells of an alarm that failed.

        Args:
            alarm: which.
            how: at what.
            error: its error.
        """
        if self._ends_training(error):
            raise error
        self.warn(
            f"{alarm.name} {how}: {type(error).__name__}",
            f"The alarm {alarm.name} {how}; training goes on. {_described(error)}",
        )

    def warn(self, about: str, sentence: str) -> None:
        """Warns, once for each thing that it may be about."""
        if about not in self._told:
            self._told.add(about)
            warnings.warn(f"{sentence} (Warned once.)", stacklevel=2)

    def tell(self, sentence: str, about: str | None = None) -> None:
        """Logs what is no failure but should be known, once; `about` is what it is about, where sentences differ."""
        if (about or sentence) not in self._told:
            self._told.add(about or sentence)
            logger.warning(sentence)

    def nothing(self, sentence: str) -> None:
        """Tells that nothing can be recorded, and why.

        Raises:
            ValueError: the user asked for that.
        """
        if self._raises:
            raise ValueError(sentence)
        self.warn(sentence, sentence)

    def _warn_of(self, error: Exception) -> None:
        self.warn(
            f"failed: {type(error).__name__}",
            f"Attributions could not be recorded; training goes on. {_described(error)}",
        )

    def _ends_training(self, error: Exception) -> bool:
        return self._raises or is_lost(error)


def _described(error: Exception) -> str:
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # Its own words fail.
        return type(error).__name__
