"""Tabular inputs: columns without an order, and whatever no other kind fits."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from kerasig._arrays import is_text
from kerasig._kinds.kind import Kind, Shape, is_raw_text, numbers_first


@final
class Tabular(Kind):
    """Numbers and categories of any shape, each a position of its own."""

    name = "tabular"
    needs = "numbers or categories"
    axes = ("feature",)
    names = "features"
    ordered = False
    rank = 2

    def fits(self, array: NDArray[Any]) -> bool:
        """Always."""
        return True

    def why(self, array: NDArray[Any], among_others: bool) -> str | None:
        """Whatever no other kind takes."""
        if is_text(array):
            if is_raw_text(array):
                return "one short string per probe beside other inputs"
            return f"only {array.shape[1]} strings per probe"
        if array.ndim == 1:
            return "one value per probe"
        if array.ndim > 2:
            return "no other kind fits its shape, so it is shown as a flat list"
        is_short = array.dtype.kind in "iu" and array.dtype != np.uint8 and array.shape[1] >= 2
        return f"a row of only {array.shape[1]} integers per probe" if is_short else "a row of values per probe"

    def preference(self, array: NDArray[Any]) -> tuple[int, ...]:
        """Floats first."""
        return numbers_first(array)

    def resembles(self, array: NDArray[Any], subject: NDArray[Any]) -> bool:
        """Whether it has as many axes."""
        return array.ndim == subject.ndim

    def summed(self, shape: Shape) -> Shape:
        """None."""
        return ()

    def summed_in_output(self, shape: Shape, inputs: Shape) -> Shape | None:
        """The coordinates of each column's embedding; a row of units is a row of columns again."""
        if len(shape) > len(inputs) > 1 and shape[1 : len(inputs)] == inputs[1:]:
            return tuple(range(len(inputs), len(shape)))
        return () if len(shape) <= 2 or shape[1:] == inputs[1:] else None

    def features(self, rank: int) -> int | None:
        """The last axis."""
        return rank - 1

    def masks(self, positions: Shape) -> list[Shape]:
        """[F]."""
        return [positions]
