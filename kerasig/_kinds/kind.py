"""A kind of input: what it shows, and what counts as one position of it.

An attribution has one number per input element; people think in pixels, words and nodes. A position is the smallest
thing that is pointed at: channels of a pixel, coordinates of an embedding and features of a node are summed, which
keeps completeness.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from kerasig._arrays import is_text

Shape = tuple[int, ...]
Names = Literal["tokens", "features", ""]


class Kind(ABC):
    """One kind of input. A new one is a file beside this one and a line in `registry.py`.

    Attributes:
        name: What users, records and the page call it.
        needs: The inputs that can be shown so, in words.
        axes: What the axes of one example are called, the first ones first.
        names: What the things at its positions may be called by: the set's tokens, its feature names, or nothing.
        joined: Whether edges join its positions.
        ordered: Whether positions are looked at in their order, or the largest first.
        timed: Whether the first axis of positions is time, so that a number of samples per second makes seconds of it.
        rigid: Whether positions lie in space or time, so that a region keeps its shape where it is moved.
        pictorial: Whether it is looked at as a picture, so that bytes are brightness.
        sequence: Whether positions are the first axis alone, and whatever follows it is summed.
        rank: The number of axes, with that of examples, of layers' outputs that look like this kind by themselves;
            None where none do.
    """

    name: ClassVar[str]
    needs: ClassVar[str]
    axes: ClassVar[tuple[str, ...]]
    names: ClassVar[Names] = ""
    joined: ClassVar[bool] = False
    ordered: ClassVar[bool] = True
    timed: ClassVar[bool] = False
    rigid: ClassVar[bool] = False
    pictorial: ClassVar[bool] = False
    sequence: ClassVar[bool] = False
    rank: ClassVar[int | None] = None

    @abstractmethod
    def fits(self, array: NDArray[Any]) -> bool:
        """Whether an input leaf [N, ...] can be shown so where that is asked for."""

    @abstractmethod
    def why(self, array: NDArray[Any], among_others: bool) -> str | None:
        """Why shape and dtype of an input leaf suggest this kind; None where they do not.

        Args:
            array: The leaf, [N, ...].
            among_others: Whether there are other leaves.
        """

    @abstractmethod
    def preference(self, array: NDArray[Any]) -> tuple[int, ...]:
        """How well a leaf of this kind serves as the subject of its set; the smallest serves best."""

    @abstractmethod
    def resembles(self, array: NDArray[Any], subject: NDArray[Any]) -> bool:
        """Whether another leaf of a set whose subject is of this kind is of this kind too."""

    @abstractmethod
    def summed(self, shape: Shape) -> Shape:
        """The axes of an input leaf of `shape` [N, ...] that are no positions."""

    @abstractmethod
    def summed_in_output(self, shape: Shape, inputs: Shape) -> Shape | None:
        """The axes of a layer's output that are no positions.

        Args:
            shape: Of the output, [N, ...].
            inputs: Of the input leaf of this kind that the output is made of, [N, ...].

        Returns:
            None where such an output is not of this kind any more.
        """

    @abstractmethod
    def features(self, rank: int) -> int | None:
        """The axis of an input leaf of `rank` that feature names are along; None where there is none."""

    @abstractmethod
    def masks(self, positions: Shape) -> list[Shape]:
        """The shapes that a region's mask of one example may have."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def traits(self) -> dict[str, Any]:
        """The facts that a page needs to write about positions of this kind, as JSON has them."""
        return {"axes": list(self.axes), "names": self.names, "ordered": self.ordered, "sequence": self.sequence}


def is_raw_text(array: NDArray[Any]) -> bool:
    """Whether `array` holds whole texts, [N] or [N, 1], whose positions only the model's own vectorizer makes."""
    return is_text(array) and (array.ndim == 1 or array.shape[1:] == (1,))


def numbers_first(array: NDArray[Any]) -> tuple[int, ...]:
    """The usual preference for a subject: floats before integers, those before booleans, and those before strings."""
    return (is_text(array), array.dtype.kind == "b", array.dtype.kind != "f")


def is_image_like(height: int, width: int) -> bool:
    """Whether two axes are of like length, as rows and columns are."""
    short, long = sorted((height, width))
    return short == long >= 4 or (short >= 16 and long <= 3 * short)


def is_picture(height: int, width: int, channels: int) -> bool:
    """Whether an array with so few channels may be a picture: long strips of few rows are time steps by places."""
    short, long = sorted((height, width))
    colored = channels > 2 and long <= 4 * short
    return short >= 16 or colored or (short >= 4 and 2 * long <= 3 * short)


def channel_axis_like(shape: Shape, inputs: Shape, axis: int) -> int:
    """The channel axis of a layer's output [N, ...] in a model of pictures or volumes.

    Channels come last, unless they come first in the inputs: then they come where the rest has the inputs' proportions,
    and first where both or neither do.

    Args:
        shape: Of the output.
        inputs: Of the input leaf, with a channel axis.
        axis: The inputs' channel axis.
    """
    last = len(shape) - 1
    if axis != 1 or len(shape) != len(inputs):
        return last
    places = inputs[2:]

    def distance(axes: Shape) -> float:
        shares = [size / max(1, place) for size, place in zip(axes, places, strict=True)]
        return float(np.ptp(np.log(np.maximum(shares, 1e-9))))

    return last if distance(shape[1:last]) < distance(shape[2:]) else 1
