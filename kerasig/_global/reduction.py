"""Sums over the rows of a data set, and what they amount to."""

from __future__ import annotations

from typing import final

from kerasig._global.result import GlobalAttribution
from kerasig._global.sums import RowSums


@final
class Reduction(RowSums):
    """The rows of a data set, added up while they are computed: see `RowSums` for `add`, `merge` and `to_arrays`.

    reduction = Reduction(ReductionSettings(class_names=["cat", "dog"]))
    for attribution, labels in chunks:
        reduction.add(attribution, labels)
    found = reduction.result()
    """

    def result(self) -> GlobalAttribution:
        """All of it with its errors; rows that are added later do not change it."""
        return GlobalAttribution(Reduction.from_arrays(self.to_arrays()))
