"""Coordinates of series: their spectrum."""

from dataclasses import dataclass
from typing import final

import numpy as np

from kerasig import _arguments as arguments
from kerasig._bases import Basis, Shape, cycles_of
from kerasig.coordinates._bands import banded, by_channel, check_bands
from kerasig.coordinates._coordinates import Coordinates


@final
@dataclass(frozen=True)
class Spectrum(Coordinates):
    """Bands of the frequencies of a series, from its level to its fastest changes.

    A cosine transform (DCT-II) along time, grouped as in `Frequency`.

    Args:
        channels: see `Coordinates`; "auto" is "last".
        bands: how many at most; None leaves every coefficient by itself.
        per_channel: whether each channel has bands of its own, or they are summed.
        rate: time steps per second; names then have hertz.

    Example:
        >>> kerasig.coordinates.Spectrum(bands=2, rate=100).names((200,))
        ['band 0: below 0.5 Hz', 'band 1: 0.5 Hz and more']
    """

    _ranks = ((2,), (1,))
    _needs = "series [N, T] or [N, T, C], channels first or last"

    bands: int | None = 8
    per_channel: bool = True
    rate: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bands(self.bands)
        arguments.flag("per_channel", self.per_channel)
        if self.rate is not None:
            object.__setattr__(self, "rate", arguments.number("rate", self.rate, 0, above=True))

    def basis(self, shape: Shape) -> Basis:
        """All cosines along time."""
        first = self.channels == "first"
        time = 1 if first and len(shape) == 2 else 0
        axis = None if len(shape) == 1 else 1 - time
        count = 1 if axis is None else shape[axis]
        names = [""] if count == 1 else [f"channel {number}" for number in range(count)]
        cycles = cycles_of([shape[time]])
        factor, unit = (1.0, "cycle per series") if self.rate is None else (self.rate / shape[time], "Hz")
        bands, called = banded(cycles, shape[time] if self.bands is None else self.bands, unit, factor)
        if self.bands is None:
            word = "Hz" if self.rate is not None else "cycles"
            bands, called = np.arange(shape[time]), [f"{cycle * factor:.4g} {word}" for cycle in cycles]
        bands = bands if axis is None else np.expand_dims(bands, axis)
        return by_channel(shape, {time: shape[time]}, bands, called, names if self.per_channel else [""], axis)
