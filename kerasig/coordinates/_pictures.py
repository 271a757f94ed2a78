"""Coordinates of pictures and volumes: mean colours, frequencies, profiles."""

import math
from dataclasses import dataclass
from typing import Literal, final

import numpy as np

from kerasig import _arguments as arguments
from kerasig._bases import Basis, NamedChannels, Shape, cycles_of
from kerasig.coordinates._bands import banded, by_channel, check_bands
from kerasig.coordinates._coordinates import Channels, Coordinates

_COLOURS: dict[int, list[str]] = {3: ["red", "green", "blue"], 4: ["red", "green", "blue", "alpha"]}


def _picture(shape: Shape, channels: Channels) -> tuple[list[int], int | None]:
    """The axes of one picture or volume that are positions, and that of its channels, where it has any."""
    if len(shape) == 2:
        return [0, 1], None
    if channels == "auto":
        channels = "first" if shape[0] <= 4 < min(shape[1:]) else "last"
    axis = 0 if channels == "first" else len(shape) - 1
    return [place for place in range(len(shape)) if place != axis], axis


def _colours(count: int) -> list[str]:
    return _COLOURS.get(count) or [f"channel {number}" for number in range(count)]


@final
@dataclass(frozen=True)
class MeanColour(Coordinates):
    """The mean of each channel over a picture or a volume, and all that deviates from it: where a tint shows.

    Contrast, the size of what deviates, is no coordinate of its own: it is not linear in the input. From a baseline of
    one colour, what the deviations add up to is the attribution of "all but the mean".

    Args:
        channels: see `Coordinates`.

    Example:
        >>> x = np.ones((1, 4, 4, 3), "float32")
        >>> kerasig.coordinates.MeanColour().names(x.shape[1:])
        ['mean red', 'mean green', 'mean blue', 'all but the mean']
    """

    _ranks = ((3, 4), (2,))
    _needs = "pictures [N, H, W] or [N, H, W, C], or volumes [N, D, H, W, C], channels first or last"

    def basis(self, shape: Shape) -> Basis:
        """Means, and the rest."""
        places, axis = _picture(shape, self.channels)
        count = 1 if axis is None else shape[axis]
        names = ["mean brightness"] if count == 1 else [f"mean {colour}" for colour in _colours(count)]
        groups = np.arange(count).reshape([1 if place in places else count for place in range(len(shape))])
        rest = [] if math.prod(shape[place] for place in places) == 1 else ["all but the mean"]
        of_groups = (*range(count), *[None] * len(rest))
        channels = NamedChannels(tuple(_colours(count)), of_groups, axis) if count > 1 else NamedChannels()
        return Basis(shape, dict.fromkeys(places, 1), groups, (*names, *rest), channels)


@final
@dataclass(frozen=True)
class Frequency(Coordinates):
    """Bands of a picture's or a volume's frequencies, from broad shades to fine grain: where blur and stripes show.

    A cosine transform (DCT-II), grouped by the distance from frequency 0 in cycles along the shorter side. The lowest
    band is all below 1 cycle; the others have edges of equal ratios. Bands that no coefficient is in are left out.

    Args:
        channels: see `Coordinates`.
        bands: how many at most; None leaves every coefficient by itself.
        per_channel: whether each channel has bands of its own, or they are summed.

    Example:
        >>> kerasig.coordinates.Frequency(bands=3).names((28, 28, 1))
        ['band 0: below 1 cycle per picture', 'band 1: 1 to 4.37 cycles', 'band 2: 4.37 cycles and more']
    """

    _ranks = ((3, 4), (2,))
    _needs = MeanColour._needs

    bands: int | None = 8
    per_channel: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bands(self.bands)
        arguments.flag("per_channel", self.per_channel)

    def basis(self, shape: Shape) -> Basis:
        """All cosines of all positions."""
        places, axis = _picture(shape, self.channels)
        count = 1 if axis is None else shape[axis]
        names = [""] if count == 1 else _colours(count)
        kept = {place: shape[place] for place in places}
        if self.bands is None:
            called = [_waves([index[place] for place in places], names, index, axis) for index in np.ndindex(*shape)]
            channels = NamedChannels()
            if axis is not None and count > 1:
                channels = NamedChannels(tuple(names), tuple(index[axis] for index in np.ndindex(*shape)), axis)
            return Basis(shape, kept, np.arange(len(called)).reshape(shape), tuple(called), channels)
        cycles = cycles_of([shape[place] for place in places])
        whole = "picture" if len(places) == 2 else "volume"
        bands, called = banded(cycles, self.bands, f"cycle per {whole}", 1.0)
        bands = bands if axis is None else np.expand_dims(bands, axis)
        return by_channel(shape, kept, bands, called, names if self.per_channel else [""], axis)


@final
@dataclass(frozen=True)
class Profile(Coordinates):
    """The mean of each column of a picture, or of each row, and all that deviates from it: where bars and edges show.

    Args:
        channels: see `Coordinates`.
        along: "horizontal" goes from left to right and has a mean for each column, "vertical" from the top to the
            bottom with one for each row. Channels are summed.

    Example:
        >>> kerasig.coordinates.Profile(along="vertical").names((2, 5, 3))
        ['row 0', 'row 1', 'all but the means of rows']
    """

    _ranks = ((3,), (2,))
    _needs = "pictures [N, H, W] or [N, H, W, C], channels first or last"

    along: Literal["horizontal", "vertical"] = "horizontal"

    def __post_init__(self) -> None:
        super().__post_init__()
        arguments.choice("along", self.along, ("horizontal", "vertical"))

    def basis(self, shape: Shape) -> Basis:
        """Means along one axis, and the rest."""
        (row, column), _ = _picture(shape, self.channels)
        line, meant, over = ("column", column, row) if self.along == "horizontal" else ("row", row, column)
        sizes = [1 if place == over else size for place, size in enumerate(shape)]
        along = np.arange(shape[meant]).reshape([size if place == meant else 1 for place, size in enumerate(sizes)])
        groups = np.broadcast_to(along, sizes)
        rest = [] if shape[over] == 1 else [f"all but the means of {line}s"]
        names = [f"{line} {number}" for number in range(shape[meant])] + rest
        return Basis(shape, {over: 1}, groups, tuple(names))


def _waves(index: list[int], names: list[str], whole: tuple[int, ...], axis: int | None) -> str:
    """A coefficient in words: how many cycles it has in each direction."""
    directions = ("down", "across") if len(index) == 2 else ("deep", "down", "across")
    told = ", ".join(f"{half / 2:g} {way}" for half, way in zip(index, directions, strict=True))
    name = "" if axis is None else names[whole[axis]]
    return f"{name}, cycles {told}" if name else f"cycles {told}"
