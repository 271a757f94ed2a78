"""Volumes: slices of rows and columns, channels summed: CT and MR scans, and videos, whose slices are frames."""

from __future__ import annotations

from typing import Any, final

from numpy.typing import NDArray

from kerasig._arrays import is_text
from kerasig._kinds.kind import (
    Kind,
    Shape,
    channel_axis_like,
    is_image_like,
    is_picture,
    numbers_first,
)


@final
class Volume(Kind):
    """Stacks of pictures [N, D, H, W] or [N, D, H, W, C], or evidently [N, C, D, H, W]."""

    name = "volume"
    needs = "[N, D, H, W] or [N, D, H, W, C]"
    axes = ("slice", "row", "column", "channel")
    rigid = True
    pictorial = True
    rank = 5

    def fits(self, array: NDArray[Any]) -> bool:
        """Numbers with slices, rows and columns."""
        return not is_text(array) and array.ndim in (4, 5)

    def why(self, array: NDArray[Any], among_others: bool) -> str | None:
        """Slices and few channels around rows and columns; [D, H, W] alone may as well be a picture with channels."""
        shape = array.shape[1:]
        if is_text(array) or len(shape) != 4:
            return None
        if channel_axis(array.shape) == 1:
            return "at most 4 channels, then slices of rows and columns"
        return "slices of rows and columns, and at most 4 channels" if _are_slices(*shape) else None

    def preference(self, array: NDArray[Any]) -> tuple[int, ...]:
        """Floats first."""
        return numbers_first(array)

    def resembles(self, array: NDArray[Any], subject: NDArray[Any]) -> bool:
        """Whether it has as many axes."""
        return self.fits(array) and array.ndim == subject.ndim

    def summed(self, shape: Shape) -> Shape:
        """The channels."""
        return (channel_axis(shape),) if len(shape) == 5 else ()

    def summed_in_output(self, shape: Shape, inputs: Shape) -> Shape | None:
        """The channels of feature maps; an output without slices is no volume."""
        if len(shape) == 5:
            axis = channel_axis(inputs) if len(inputs) == 5 else 4
            return (channel_axis_like(shape, inputs, axis),)
        return () if len(shape) == len(inputs) == 4 else None

    def features(self, rank: int) -> int | None:
        """The last axis: channels have names."""
        return rank - 1

    def masks(self, positions: Shape) -> list[Shape]:
        """[D, H, W]."""
        return [positions]


def channel_axis(shape: Shape) -> int:
    """The channel axis of volumes of `shape` [N, D, H, W, C]; 1 where they are evidently [N, C, D, H, W]."""
    first = shape[1] <= 4 < min(shape[2:]) and is_image_like(*shape[3:]) and not _are_slices(*shape[1:])
    return 1 if first else 4


def _are_slices(slices: int, height: int, width: int, channels: int) -> bool:
    return channels <= 4 and slices >= 2 and (is_image_like(height, width) or is_picture(height, width, channels))
