"""The audits of a training: which are due, whether there is time for them, and what the latest one found."""

from __future__ import annotations

import math
from typing import Any

from kerasig import _arguments as arguments
from kerasig._recording.auditor import AuditMade, Auditor
from kerasig._recording.budget import Budget
from kerasig._recording.failures import Failures, tells_of_settings
from kerasig._recording.recorder import Recorder
from kerasig._recording.settings import Settings
from kerasig._suspects.report import Suspects


class AuditSchedule:
    """The audits of a training. Without an audit in the settings none is ever due.

    Args:
        settings: of the records.
        recorder: of the training.
        budget: of its time, which audits share with records.
        failures: are told of an audit that fails.

    Attributes:
        latest: what the latest audit found; None before any that looked for suspects.
    """

    def __init__(self, settings: Settings, recorder: Recorder, budget: Budget, failures: Failures) -> None:
        self.latest: Suspects | None = None
        self._settings, self._recorder, self._budget, self._failures = settings, recorder, budget, failures
        # Of the audited model's records, the first one that an audit is due with.
        self._next = 1
        self._of: Auditor | None = None
        self._tried = False

    @property
    def counts(self) -> dict[str, float]:
        """How many suspects stand clear, as `logs` gets it: NaN before that is known."""
        if self._settings.audit is None:
            return {}
        return {"ig_suspects": math.nan if self.latest is None else float(len(self.latest))}

    def checked(self, asked: Any) -> bool | None:
        """The user's word on an audit now, None where there is none.

        Raises:
            ValueError: it is no such word, or there is no audit to ask for.
        """
        word = None if asked is None else arguments.flag("audit", asked)
        if word and self._settings.audit is None:
            raise ValueError(
                "audit must be None or False of a callback that has no audit. Received audit=True. Pass "
                "IGCallback(audit=kerasig.Audit(x, y))."
            )
        return word

    def check(self) -> None:
        """Checks the audit against the model, unless it is known to fit; another failure than these two is told.

        Raises:
            ValueError, TypeError: it does not fit, and no record has shown yet that the settings do.
        """
        followed = self._recorder.followed
        auditor = followed.auditor
        if auditor is None or auditor.is_checked:
            return
        try:
            followed.together(auditor.check)
            auditor.is_checked = True
        except Exception as error:
            if self._failures.judges_settings and tells_of_settings(error):
                raise
            self._failures.of_audit(auditor.audit.title, error)

    def lacks(self, step: int) -> bool:
        """Whether the model has an audit, and none of this step that looked for suspects."""
        auditor = self._recorder.followed.auditor
        return auditor is not None and self._tried and auditor is self._of and step != auditor.step

    def is_due(self, asked: bool | None = None) -> bool:
        """Whether an audit is due with the record that was just made.

        Args:
            asked: what the user said of it, who is always obeyed but at the first record.
        """
        auditor = self._recorder.followed.auditor
        if auditor is None:
            return False
        if auditor is not self._of:
            self._of, self._next, self._tried = auditor, 1, False
        if not self._tried:
            return True
        if asked is not None:
            return asked
        number = self._recorder.followed.records - 1
        if number < self._next:
            return False
        excess = self._budget.excess(self._recorder.outbox.log.seconds, "audit")
        if self._budget.share is not None and self._recorder.followed.agreed(excess) > 0:
            self._failures.tell(
                f"An audit would take more than what is left of the {self._budget.described} of the training time; "
                "audits are skipped until one would not. The last one is made in any case.",
                "audits skipped",
            )
            return False
        return True

    def look(self, step: int, epoch: float | None) -> AuditMade | None:
        """Makes an audit; None where it fails, which is told."""
        followed, began_at = self._recorder.followed, self._recorder.began_at
        auditor = followed.auditor
        assert auditor is not None
        self._tried, number = True, followed.records - 1
        every = self._settings.audit_every
        self._next = 1 << number.bit_length() if every is None else (number // every + 1) * every
        try:
            with self._budget.spending("audit"):
                made = followed.together(lambda: auditor.look(step, epoch, began_at or 0))
        except Exception as error:
            self._failures.of_audit(auditor.audit.title, error)
            return None
        self.latest = made.found if made.found is not None else self.latest
        return made
