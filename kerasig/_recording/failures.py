"""Failures of a training's records: who is told of them, and which of them end the training."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from typing import Any

from kerasig import _sentences as sentences
from kerasig._engine.workers import is_lost
from kerasig._explaining.undefined import UndefinedError
from kerasig.alarms import Alarm

logger = logging.getLogger("kerasig")


def tells_of_settings(error: Exception) -> bool:
    """Whether an error says that a setting does not fit the model, which may also fail while it runs, on its own."""
    return isinstance(error, ValueError | TypeError) and not isinstance(error, UndefinedError)


class Failures:
    """The one rule about which failures of a training's records end the training.

    These do: one that says that a setting does not fit the model, which is a ValueError or TypeError for as long as
    neither a check nor a record has shown that the settings fit; that of workers who have lost each other; and every
    failure, where the user asked for that. All others are warned of, once for each kind, and the training goes on.

    Args:
        on_error: "warn" or "raise".

    Attributes:
        settings_fit: whether the settings are known to fit the model that is followed.
        is_under_way: whether a training goes on with another model than it began with; that settings do not fit such a
            one is warned of.
    """

    def __init__(self, on_error: str) -> None:
        self.settings_fit = self.is_under_way = False
        self._raises = on_error == "raise"
        self._told: set[str] = set()

    @property
    def judges_settings(self) -> bool:
        """Whether what fails now may be a setting that does not fit, and ends the training."""
        return not (self.settings_fit or self.is_under_way)

    def guard(self, action: Callable[[], Any]) -> None:
        """Runs an action, and raises its failure if that ends the training."""
        # As it is before: with the first record of a model its settings are judged too.
        judges_settings = self.judges_settings
        try:
            action()
        except Exception as error:
            if (judges_settings and tells_of_settings(error)) or self._ends_training(error):
                raise
            self._warn_of(error)

    def report(self, error: BaseException | None) -> None:
        """Tells of an error of the writing thread, if there is one; one that is no Exception is raised."""
        if error is None:
            return
        if self._raises or not isinstance(error, Exception):
            raise error
        self._warn_of(error)

    def of_alarm(self, alarm: Alarm, how: str, error: Exception) -> None:
        """Tells of an alarm that failed.

        Args:
            alarm: which.
            how: in which of its tasks.
            error: its error.
        """
        self._outlive(f"{alarm.name} {how}", f"The alarm {alarm.name} {how}", error)

    def of_audit(self, title: str, error: Exception) -> None:
        """Tells of an audit that failed.

        Args:
            title: of the audit.
            error: its error.
        """
        self._outlive("audit failed", f"The audit {title!r} could not be made", error)

    def of_watcher(self, error: Exception) -> None:
        """Tells that records could not be shown, which are in the log all the same.

        Args:
            error: of who shows them.
        """
        self._outlive("not shown", "The records could not be shown", error)

    def _outlive(self, about: str, what: str, error: Exception) -> None:
        """Warns that the training goes on, or raises what ends it."""
        if self._ends_training(error):
            raise error
        self.warn(f"{about}: {type(error).__name__}", f"{what}; training goes on. {sentences.described(error)}")

    def warn(self, about: str, sentence: str) -> None:
        """Warns, once for each thing that it may be about; logs where a warning would end the training."""
        if about in self._told:
            return
        self._told.add(about)
        try:
            warnings.warn(f"{sentence} (Warned once.)", stacklevel=2)
        except Exception:  # Warnings are errors, as by `python -W error`.
            logger.warning("%s", sentence)

    def tell(self, sentence: str, about: str | None = None) -> None:
        """Logs, once, a thing that is no failure but should be known; `about` names it where sentences differ."""
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
            f"Attributions could not be recorded; training goes on. {sentences.described(error)}",
        )

    def _ends_training(self, error: Exception) -> bool:
        return self._raises or is_lost(error)
