"""Progress of a training in batches and epochs, as they are told of, and the records that are due for them."""

from __future__ import annotations

from collections.abc import Callable

from kerasig._recording.step_counter import StepCounter

_Iterations = Callable[[], int | None]


class Progress:
    """Counts batches and epochs, and tells when a record is due.

    Args:
        every: so many batches, or None for every epoch.
        iterations: gives the optimizer's, None without one.

    Attributes:
        epoch: how many are over.
    """

    def __init__(self, every: int | None, iterations: _Iterations) -> None:
        self.epoch = 0
        self._every, self._iterations = every, iterations
        self._counter = StepCounter()
        # Batches that went by, in all runs and in this epoch; how many the training had when it was taken up; and how
        # often `every` fits into what went by at the last look.
        self._batches, self._epoch_batches, self._batches_before, self._multiple = 0, 0, 0, 0
        self._first_batch = False
        self._ended: int | None = None

    def begin_run(self) -> None:
        """A run of the training begins; it may number its epochs as one before did."""
        self._ended = None

    def begin(self, *, taken_up: bool) -> int:
        """The step at which a run's batches begin.

        Args:
            taken_up: whether it is the first that is seen of the training.
        """
        self._first_batch = True
        step = self._counter.update(self._iterations(), self._batches, begins=True)
        if taken_up and self._every is not None:
            self._batches_before, self._multiple = step, step // self._every
        return step

    def begin_epoch(self, epoch: int) -> None:
        """An epoch begins."""
        self.epoch, self._epoch_batches = epoch, 0

    def end_batch(self, batch: int) -> bool:
        """A batch is over, the one of this number in its epoch; whether a multiple of `every` went by with it."""
        if self._every is None:
            # An epoch's batches are counted at its end.
            return False
        if self._first_batch:
            # tf_keras's BackupAndRestore goes on in the middle of an epoch.
            self._first_batch = False
            self._epoch_batches = self._counter.before_restart(self._iterations(), batch + 1)
        self._batches += batch + 1 - self._epoch_batches
        self._epoch_batches = batch + 1
        before, self._multiple = self._multiple, (self._batches_before + self._batches) // self._every
        return self._multiple > before

    def end_epoch(self, epoch: int, steps: int | None) -> bool:
        """An epoch is over; whether a record is due.

        Args:
            epoch: its number. A callback that is listed twice is told of it twice.
            steps: its batches, None where the run does not know.
        """
        again, self._ended = epoch == self._ended, epoch
        self.epoch, self._epoch_batches = epoch + 1, 0
        if self._every is not None or again:
            return False
        self._batches += steps or 1
        return True

    def epochs(self, steps: int | None) -> float:
        """How many are over, with the share of the one that is not, if its batches are known."""
        return self.epoch + (min(1.0, self._epoch_batches / steps) if steps else 0.0)

    def step(self) -> int:
        """The step now."""
        return self._counter.update(self._iterations(), self._batches)
