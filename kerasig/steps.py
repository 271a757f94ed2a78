"""Which step of the training a record belongs to."""

from __future__ import annotations


class StepCounter:
    """Steps that rise over fits, recompiling and restarts.

    The step is the optimizer's iteration count plus an offset. The offset rises when iterations are reset, as a new
    optimizer's are; where iterations stand still while batches go by, batches count instead.
    """

    def __init__(self) -> None:
        self.step = 0
        self._offset = 0
        self._iterations: int | None = None
        self._batches = 0

    def update(self, iterations: int | None, batches: int) -> int:
        """The step now.

        Args:
            iterations: the optimizer's, None without one.
            batches: that this counter's callback has seen go by, over all fits.
        """
        went_by, self._batches = batches - self._batches, batches
        if iterations is None:
            self.step += went_by
        elif self._iterations is None:
            self.step = max(self.step, iterations)
            self._offset = self.step - iterations
        else:
            if iterations < self._iterations:
                self._offset = self.step
            moved = self._offset + iterations
            # Standing still: an optimizer of its own that we do not know of does the work.
            self.step = moved if moved > self.step else self.step + (went_by if iterations == self._iterations else 0)
            if moved < self.step:
                self._offset = self.step - iterations
        self._iterations = iterations
        return self.step
