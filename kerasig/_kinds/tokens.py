"""Tokens: words of a sequence, coordinates of their embeddings summed."""

from __future__ import annotations

from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from kerasig._arrays import is_text
from kerasig._kinds.kind import Kind, Shape, is_raw_text

# Rows of fewer integers are columns of a table, and shorter strings beside other inputs are categories.
_SHORTEST_SEQUENCE = 4
_SHORTEST_TEXT = 4


@final
class Tokens(Kind):
    """Ids or strings [N, T], vectors [N, T, D], or whole texts [N]."""

    name = "tokens"
    needs = "[N, T], [N, T, D] or strings [N]"
    axes = ("position", "unit")
    names = "tokens"
    sequence = True

    def fits(self, array: NDArray[Any]) -> bool:
        """Strings, or whatever has positions."""
        return is_text(array) or array.ndim >= 2

    def why(self, array: NDArray[Any], among_others: bool) -> str | None:
        """Rows of integers that are long enough, and texts of several words."""
        if is_text(array):
            return _why_text(array) if among_others else "strings"
        # uint8 rows are far more often flattened pictures than token ids.
        if array.ndim != 2 or array.dtype.kind not in "iu" or array.dtype == np.uint8:
            return None
        return "a row of integers per probe" if array.shape[1] >= _SHORTEST_SEQUENCE else None

    def preference(self, array: NDArray[Any]) -> tuple[int, ...]:
        """Token ids reach further than the masks, segment and position ids beside them."""
        largest = int(array.max()) if array.dtype.kind in "iu" and array.size else 0
        return (-is_text(array), -largest)

    def resembles(self, array: NDArray[Any], subject: NDArray[Any]) -> bool:
        """Whether it has as many positions."""
        return self.fits(array) and array.shape[1:2] == subject.shape[1:2]

    def summed(self, shape: Shape) -> Shape:
        """All but the positions."""
        return tuple(range(2, len(shape)))

    def summed_in_output(self, shape: Shape, inputs: Shape) -> Shape | None:
        """All but the positions; what was pooled over them has none, where it is known how many there are."""
        if len(shape) > 2:
            return tuple(range(2, len(shape)))
        known = inputs[1:2] not in ((), (1,))
        return () if len(shape) == 2 and (not known or shape[1] == inputs[1]) else None

    def features(self, rank: int) -> int | None:
        """None: units of an embedding have no names."""
        return None

    def masks(self, positions: Shape) -> list[Shape]:
        """[T]."""
        return [positions]


def _why_text(array: NDArray[Any]) -> str | None:
    """Strings beside other inputs: texts, words in their order, or else categories, as tables have them."""
    if not is_raw_text(array):
        return None if array.ndim == 2 and array.shape[1] < _SHORTEST_SEQUENCE else "strings"
    words = np.mean([len(text.split()) for text in array.ravel().tolist()])
    return None if words < _SHORTEST_TEXT else "texts of several words"
