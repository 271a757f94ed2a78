"""Series: time steps by channels, or by places whose features are summed."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from kerasig._arrays import is_text
from kerasig._kinds.kind import Kind, Shape, numbers_first


@final
class TimeSeries(Kind):
    """Signals [N, T], [N, T, C] or [N, T, places, C]."""

    name = "series"
    needs = "[N, T], [N, T, C] or [N, T, places, C]"
    axes = ("position", "channel")
    names = "features"
    timed = True
    rigid = True
    rank = 3

    def fits(self, array: NDArray[Any]) -> bool:
        """Numbers with time steps."""
        return not is_text(array) and array.ndim in (2, 3, 4)

    def why(self, array: NDArray[Any], among_others: bool) -> str | None:
        """Two axes or three that are no image."""
        if is_text(array) or array.ndim not in (3, 4):
            return None
        if array.ndim == 3:
            return "time steps by channels"
        return "time steps by places by features, too unlike in length for rows and columns"

    def preference(self, array: NDArray[Any]) -> tuple[int, ...]:
        """Floats first."""
        return numbers_first(array)

    def resembles(self, array: NDArray[Any], subject: NDArray[Any]) -> bool:
        """Whether it has as many axes."""
        return self.fits(array) and array.ndim == subject.ndim

    def summed(self, shape: Shape) -> Shape:
        """The features of places."""
        return tuple(range(3, len(shape)))

    def summed_in_output(self, shape: Shape, inputs: Shape) -> Shape | None:
        """As of inputs, also where steps were merged; a row is a series only where it has the inputs' time steps."""
        if len(shape) > 2:
            return tuple(range(3, len(shape)))
        return () if shape[1:] == inputs[1:2] else None

    def features(self, rank: int) -> int | None:
        """The channels, or the places, whose features are summed."""
        return 2 if rank == 4 else rank - 1

    def masks(self, positions: Shape) -> list[Shape]:
        """[T, C], or [T] for all channels."""
        return [positions, positions[:1]] if len(positions) == 2 else [positions]
