"""Coordinates: linear ones of inputs, grouped and named, whatever they are of."""

import abc
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._arrays import UnreadableError, as_array
from kerasig._bases import Basis, Shape
from kerasig._types import Array

Channels = Literal["auto", "last", "first"]
# Numbers that `attribute` transforms at once.
_PART = 2**20


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
