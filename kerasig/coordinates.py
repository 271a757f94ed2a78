"""Other coordinates for inputs: what has no place, such as a tint or a stripe, has a name of its own in them.

A straight path is linear, so that with x = B z the attribution of z_k is (z_k - z'_k) times the k-th entry of B^T
applied to the mean gradient on the path. These sum to the same score change as the pixels do, and take no further
gradient. NumPy only.
"""

from __future__ import annotations

import abc
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, final

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._arrays import UnreadableError, as_array
from kerasig._bases import Basis, Shape, cycles_of
from kerasig._sentences import shown
from kerasig._types import Array

__all__ = ["Coordinates", "Frequency", "MeanColour", "Profile", "Spectrum"]

Channels = Literal["auto", "last", "first"]
# Numbers that `attribute` transforms at once.
_PART = 2**20
_COLOURS: dict[int, list[str]] = {3: ["red", "green", "blue"], 4: ["red", "green", "blue", "alpha"]}


def __dir__() -> list[str]:
    return __all__


@dataclass(frozen=True)
class Coordinates(abc.ABC):
    """Linear coordinates of inputs, grouped and named; an orthonormal cosine transform along some of their axes.

    Args:
        channels: which axis of an example has its channels: "last", "first", or "auto", which decides from the shape.

    Example:
        >>> x = np.arange(8.0).reshape(1, 2, 4)
        >>> isinstance(kerasig.coordinates.Profile(), kerasig.coordinates.Coordinates)
        True
        >>> z = kerasig.coordinates.Profile().forward(x)
        >>> kerasig.coordinates.Profile().inverse(z).round(6).tolist() == x.tolist()
        True
    """

    # Axes of one example, those that are preferred first: of several inputs those of the first that any has are meant.
    _ranks: ClassVar[Sequence[tuple[int, ...]]]
    _needs: ClassVar[str]

    channels: Channels = field(default="auto", kw_only=True)

    def __post_init__(self) -> None:
        arguments.choice("channels", self.channels, ("auto", "last", "first"))

    def forward(self, x: Array) -> NDArray[Any]:
        """The coefficients z [N, ...] of inputs x [N, ...], in the shape of these.

        Raises:
            ValueError: x is not of floats, or of a shape that has no such coordinates.
        """
        array = self._read(x, "x")
        return self.basis(array.shape[1:]).forward(array).astype(array.dtype)

    def inverse(self, z: Array) -> NDArray[Any]:
        """The inputs x [N, ...] that have coefficients z [N, ...].

        Raises:
            ValueError: see `forward`.
        """
        array = self._read(z, "z")
        return self.basis(array.shape[1:]).inverse(array).astype(array.dtype)

    def groups(self, shape: Sequence[int]) -> NDArray[np.int64]:
        """The group of each coefficient of one example of `shape`, as an index into `names(shape)`."""
        return self.basis(self._checked_shape(shape)).all_groups()

    def names(self, shape: Sequence[int]) -> list[str]:
        """The names of the groups of one example of `shape`."""
        return list(self.basis(self._checked_shape(shape)).names)

    def attribute(self, x: Array, baseline: float | Array, mean_gradient: Array) -> NDArray[Any]:
        """Attributions [N, G] of the groups: sums of (z_k - z'_k) times the k-th entry of B^T applied to a gradient.

        Args:
            x: inputs [N, ...].
            baseline: that broadcasts to x; with sampled ones [n, ...], where the gradient is [N, n, ...].
            mean_gradient: the mean of the gradients on the path from baseline to x, like x.

        Raises:
            ValueError: x is not of floats, or the shapes do not fit.
        """
        array, gradient = self._read(x, "x"), _numbers(mean_gradient, "mean_gradient")
        start, basis = _numbers(baseline, "baseline"), self.basis(array.shape[1:])
        sampled = gradient.ndim == array.ndim + 1
        ends = array[:, None] if sampled else array
        try:
            moved = np.broadcast_to(ends.astype(np.float64) - start, gradient.shape)
        except ValueError:
            moved = None
        if moved is None or gradient.shape[-array.ndim + 1 :] != array.shape[1:] or len(gradient) != len(array):
            raise ValueError(
                f"mean_gradient and baseline must fit x. Received shapes {list(gradient.shape)} and "
                f"{list(start.shape)} for {list(array.shape)}. Pass a gradient like x, or [N, n, ...] for n baselines."
            )
        found = np.empty((*gradient.shape[: 1 + sampled], len(basis.names)))
        # A part at a time: the sums are made in float64.
        step = max(1, _PART // max(1, gradient[:1].size))
        for first in range(0, len(gradient), step):
            part = slice(first, first + step)
            found[part] = basis.attributions(moved[part], gradient[part])
        return (found.mean(axis=1) if sampled else found).astype(np.result_type(array.dtype, gradient.dtype))

    def _read(self, x: Any, name: str) -> NDArray[Any]:
        try:
            array = as_array(x, name)
        except UnreadableError as error:
            raise ValueError(str(error)) from None
        self.check(name, array.shape[1:] if array.ndim else (), array.dtype)
        return array

    def _checked_shape(self, shape: Sequence[int]) -> Shape:
        given = arguments.items("shape", shape, fits="the shape of one example")
        sizes = tuple(arguments.whole(f"shape[{axis}]", size) for axis, size in enumerate(given))
        self.check("inputs", sizes, np.dtype(np.float32))
        return sizes

    def check(self, name: str, shape: Shape, dtype: np.dtype[Any]) -> None:
        """Raises ValueError where an array of examples of this shape and dtype has no such coordinates."""
        kind = type(self).__name__
        if dtype.kind != "f":
            raise ValueError(
                f"coordinates.{kind} must be of inputs of floats. Received {name} of {dtype}: ids, categories and "
                "texts have no coordinates. Pass floats, or attribute to a layer after them."
            )
        if not any(len(shape) in ranks for ranks in self._ranks) or 0 in shape:
            raise ValueError(
                f"coordinates.{kind} needs {self._needs}. Received {name} of shape {['N', *shape]}. Pass such inputs, "
                "or coordinates by name for those inputs that have them.".replace("'N'", "N")
            )

    def fitting(self, leaves: Sequence[tuple[Shape, np.dtype[Any]]]) -> list[int]:
        """Which of several inputs, given by one example's shape and a dtype, these are coordinates of."""
        for ranks in self._ranks:
            found = [
                at
                for at, (shape, dtype) in enumerate(leaves)
                if dtype.kind == "f" and len(shape) in ranks and 0 not in shape
            ]
            if found:
                return found
        return []

    @abc.abstractmethod
    def basis(self, shape: Shape) -> Basis:
        """The basis of examples of a shape that fits."""


def _numbers(value: Any, name: str) -> NDArray[Any]:
    array = as_array(value, name)
    arguments.numbers(name, array[None])
    return array


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
        if math.prod(shape[place] for place in places) == 1:
            return Basis(shape, dict.fromkeys(places, 1), groups, tuple(names))
        return Basis(shape, dict.fromkeys(places, 1), groups, (*names, "all but the mean"))


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
        _check_bands(self.bands)
        arguments.flag("per_channel", self.per_channel)

    def basis(self, shape: Shape) -> Basis:
        """All cosines of all positions."""
        places, axis = _picture(shape, self.channels)
        count = 1 if axis is None else shape[axis]
        names = [""] if count == 1 else _colours(count)
        kept = {place: shape[place] for place in places}
        if self.bands is None:
            called = [_waves([index[place] for place in places], names, index, axis) for index in np.ndindex(*shape)]
            return Basis(shape, kept, np.arange(len(called)).reshape(shape), tuple(called))
        cycles = cycles_of([shape[place] for place in places])
        whole = "picture" if len(places) == 2 else "volume"
        bands, called = _banded(cycles, self.bands, f"cycle per {whole}", 1.0)
        bands = bands if axis is None else np.expand_dims(bands, axis)
        return _by_channel(shape, kept, bands, called, names if self.per_channel else [""], axis)


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
        _check_bands(self.bands)
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
        bands, called = _banded(cycles, shape[time] if self.bands is None else self.bands, unit, factor)
        if self.bands is None:
            word = "Hz" if self.rate is not None else "cycles"
            bands, called = np.arange(shape[time]), [f"{cycle * factor:.4g} {word}" for cycle in cycles]
        bands = bands if axis is None else np.expand_dims(bands, axis)
        return _by_channel(shape, {time: shape[time]}, bands, called, names if self.per_channel else [""], axis)


def _check_bands(bands: int | None) -> None:
    if bands is not None and (not arguments.is_whole(bands) or bands < 1):
        raise ValueError(f"bands must be a whole number of at least 1, or None. Received bands={shown(bands)}.")


def _banded(cycles: NDArray[np.float64], bands: int, unit: str, factor: float) -> tuple[NDArray[np.int64], list[str]]:
    """The band of each coefficient and the names of bands, whose edges are told in `unit` by `factor` to a cycle."""
    most = float(cycles.max())
    edges = [1.0] if most <= 1 or bands <= 2 else list(np.geomspace(1.0, most, bands)[:-1])
    edges = edges[: bands - 1]
    numbers = np.searchsorted(np.array(edges), cycles, side="right")
    present, compact = np.unique(numbers, return_inverse=True)
    short = unit.partition(" ")[0]
    short = f"{short}s" if short == "cycle" else short
    told = [f"{edge * factor:.3g}" for edge in edges]
    called = []
    for number, band in enumerate(present):
        if not edges:
            called.append("band 0: all")
        elif band == 0:
            called.append(f"band 0: below {told[0]} {unit}")
        elif band == len(edges):
            called.append(f"band {number}: {told[-1]} {short} and more")
        else:
            called.append(f"band {number}: {told[band - 1]} to {told[band]} {short}")
    return compact.reshape(cycles.shape), called


def _by_channel(
    shape: Shape, kept: dict[int, int], bands: NDArray[np.int64], called: list[str], names: list[str], axis: int | None
) -> Basis:
    """The basis whose groups are bands, once for all channels where these have one name, or for each."""
    if len(names) == 1:
        return Basis(shape, kept, np.broadcast_to(bands, shape), tuple(called))
    offsets = np.arange(len(names)).reshape([-1 if place == axis else 1 for place in range(len(shape))])
    return Basis(
        shape, kept, bands + len(called) * offsets, tuple(f"{name}, {band}" for name in names for band in called)
    )


def _waves(index: list[int], names: list[str], whole: tuple[int, ...], axis: int | None) -> str:
    """A coefficient in words: how many cycles it has in each direction."""
    directions = ("down", "across") if len(index) == 2 else ("deep", "down", "across")
    told = ", ".join(f"{half / 2:g} {way}" for half, way in zip(index, directions, strict=True))
    name = "" if axis is None else names[whole[axis]]
    return f"{name}, cycles {told}" if name else f"cycles {told}"
