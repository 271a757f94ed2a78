"""Images: rows and columns, channels summed."""

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
class Image(Kind):
    """Pictures [N, H, W] or [N, H, W, C], or evidently [N, C, H, W]."""

    name = "image"
    needs = "[N, H, W] or [N, H, W, C]"
    axes = ("row", "column", "channel")
    rigid = True
    pictorial = True
    rank = 4

    def fits(self, array: NDArray[Any]) -> bool:
        """Numbers with rows and columns."""
        return not is_text(array) and array.ndim in (3, 4)

    def why(self, array: NDArray[Any], among_others: bool) -> str | None:
        """Rows and columns of like length, and channels: few of them, or any number where lengths are alike."""
        shape = array.shape[1:]
        if is_text(array) or len(shape) not in (2, 3):
            return None
        if len(shape) == 2:
            return "two axes of like length" if is_image_like(*shape) else None
        if shape[-1] <= 4 and is_picture(*shape):
            return "rows, columns and at most 4 channels"
        if channel_axis(array.shape) == 1:
            return "at most 4 channels, then rows and columns"
        return "rows and columns of like length, and channels" if is_image_like(*shape[:2]) else None

    def preference(self, array: NDArray[Any]) -> tuple[int, ...]:
        """Floats first."""
        return numbers_first(array)

    def resembles(self, array: NDArray[Any], subject: NDArray[Any]) -> bool:
        """Whether it has as many axes."""
        return self.fits(array) and array.ndim == subject.ndim

    def summed(self, shape: Shape) -> Shape:
        """The channels."""
        return (channel_axis(shape),) if len(shape) == 4 else ()

    def summed_in_output(self, shape: Shape, inputs: Shape) -> Shape | None:
        """The channels of feature maps; an output without rows and columns is no image."""
        if len(shape) == 4:
            axis = channel_axis(inputs) if len(inputs) == 4 else 3
            return (channel_axis_like(shape, inputs, axis),)
        return () if len(shape) == 3 else None

    def features(self, rank: int) -> int | None:
        """The last axis: channels have names."""
        return rank - 1

    def masks(self, positions: Shape) -> list[Shape]:
        """[H, W]."""
        return [positions]


def channel_axis(shape: Shape) -> int:
    """The channel axis of images of `shape` [N, H, W, C]; 1 where they are evidently [N, C, H, W]."""
    return 1 if shape[1] <= 4 < shape[3] and is_image_like(*shape[2:]) else 3
