"""The step of the training that a record belongs to."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from kerasig._arguments import shown


class StepCounter:
    """Steps that rise over fits, recompiling and restarts.

    They advance as the optimizer's iterations do, by the batches where those stand still or there is no optimizer, and
    not at all when iterations are reset, as a new optimizer's are.
    """

    def __init__(self) -> None:
        self.step = 0
        self._iterations: int | None = None
        self._batches = 0

    def update(self, iterations: int | None, batches: int, *, begins: bool = False) -> int:
        """The step now.

        Args:
            iterations: the optimizer's, None without one.
            batches: that this counter's callback has seen go by, over all fits.
            begins: whether a fit is about to begin. Iterations that have fallen, but not to 0, then say that an earlier
                state was restored, and the step falls with them.
        """
        went_by, self._batches = batches - self._batches, batches
        before, self._iterations = self._iterations, iterations
        if iterations is None or iterations == before:
            # Standing still: updates are accumulated, or an optimizer that nobody knows of does the work.
            self.step += went_by
        elif before is None:
            self.step = max(self.step, iterations)
        elif iterations > before:
            self.step += iterations - before
        elif begins and iterations > 0:
            self.step = max(0, self.step - (before - iterations))
        else:
            self.step += min(iterations, went_by)
        return self.step

    def before_restart(self, iterations: int | None, batches: int) -> int:
        """How many of a fit's first batches went by in an earlier process, whose epoch this one goes on with.

        Args:
            iterations: the optimizer's, after the first of them that this process saw; `update` saw those before it.
            batches: of the epoch, as the fit numbers them.
        """
        went_by = 0 if iterations is None or self._iterations is None else iterations - self._iterations
        return max(0, batches - went_by) if went_by > 0 else 0


def read_step(step: Any) -> int:
    """The step of a training loop of one's own, which may count in a variable, an array or a float.

    Raises:
        ValueError: it is no whole number, below 0, or 2**63 and more.
    """
    with contextlib.suppress(Exception):  # Numbers of somebody's own may raise anything.
        value = step.numpy() if hasattr(step, "numpy") else step
        given = np.asarray(value)
        # Event files have 64 bits for it. NumPy 1 makes a number of any array that holds one.
        if given.ndim == 0 and given.dtype != bool and 0 <= int(value) == value < 2**63:
            return int(value)
    raise ValueError(
        f"step must be a whole number, at least 0 and below 2**63. Received step={shown(step)}. "
        "Pass how many updates were made."
    )
