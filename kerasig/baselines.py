"""Inputs that count as "no input": where paths start.

A baseline is a scalar, an array, a nest like the inputs, a callable of the inputs, or one of the classes here.
"""

from __future__ import annotations

import numbers
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig import _nest as nest
from kerasig import _reprs as reprs
from kerasig._sentences import shown
from kerasig._types import Array, Inputs, Items, Nest

__all__ = ["AtInputs", "Mean", "Noise", "Samples"]


def __dir__() -> list[str]:
    return __all__


@dataclass(frozen=True, eq=False)
class Mean:
    """The mean over the first axis of an array, or of each array of a nest like the inputs.

    Args:
        array: [R, ...], for example the training inputs.

    Example:
        >>> x = np.array([[1.0], [3.0]], "float32")
        >>> kerasig.explain(lambda x: x[:, 0], x, baselines=kerasig.baselines.Mean(x)).values
        array([[-1.],
               [ 1.]], dtype=float32)
    """

    array: Nest

    __repr__ = reprs.of_fields

    def __post_init__(self) -> None:
        if all(leaf is None for leaf in nest.flatten(self.array)):
            raise ValueError(f"baselines.Mean needs rows. Received {shown(self.array)}. Pass an array of them.")


@dataclass(frozen=True)
class Noise:
    """Normal noise of mean 0, another draw for each example; example i gets the same draw whatever N is.

    Args:
        stddev: its standard deviation, in the inputs' units.
        seed: of a generator of its own; no global random number is drawn.

    Example:
        >>> kerasig.baselines.Noise(0.1, seed=3)
        Noise(stddev=0.1, seed=3)
    """

    stddev: float
    seed: int = 0

    def __post_init__(self) -> None:
        if isinstance(self.stddev, bool | np.bool_) or not isinstance(self.stddev, numbers.Real):
            raise TypeError(f"stddev must be a number. Received stddev={shown(self.stddev)}.")
        if not 0 <= self.stddev <= sys.float_info.max:
            raise ValueError(f"stddev must be finite and not negative. Received stddev={shown(self.stddev)}.")
        object.__setattr__(self, "stddev", float(self.stddev))
        arguments.check_seed(self.seed)


@dataclass(frozen=True, eq=False)
class Samples:
    """Several baselines, over which attributions are averaged; evaluations are summed over them.

    Args:
        array: [R, ...], or a nest like the inputs of such arrays.
        n: how many distinct rows are drawn, the same ones for every example; None takes all.
        seed: of the draw, from a generator of its own.

    Example:
        >>> kerasig.baselines.Samples(np.arange(12.0).reshape(6, 2), n=3).rows()
        array([3, 4, 5])
    """

    array: Nest
    n: int | None = None
    seed: int = 0

    __repr__ = reprs.of_fields

    def __post_init__(self) -> None:
        arguments.check_seed(self.seed)
        arrays = [arguments.baseline("baselines.Samples", leaf) for leaf in self._leaves()]
        sizes = {len(array) if array.ndim else 0 for array in arrays}
        if len(sizes) != 1 or not sizes.copy().pop():
            raise ValueError(f"baselines.Samples needs rows, as many in each array. Received {sorted(sizes)} rows.")
        (rows,) = sizes
        if self.n is None:
            return
        if isinstance(self.n, bool | np.bool_) or not isinstance(self.n, numbers.Integral):
            raise TypeError(f"n must be None or an int. Received n={shown(self.n)}.")
        if not 1 <= self.n <= rows:
            raise ValueError(f"n must lie between 1 and the number of rows, {rows}. Received n={shown(self.n)}.")

    def rows(self) -> NDArray[np.int64]:
        """The drawn rows, in increasing order."""
        total = len(arguments.baseline("baselines.Samples", self._leaves()[0]))
        if self.n is None:
            return np.arange(total)
        return np.sort(np.random.default_rng(self.seed).choice(total, self.n, replace=False))

    def _leaves(self) -> list[Any]:
        return [leaf for leaf in nest.flatten(self.array) if leaf is not None]


@dataclass(frozen=True, eq=False)
class AtInputs:
    """With `layer`: the layer's output at these inputs.

    Args:
        inputs: what the model takes; N rows, or one row for all examples.

    Example:
        >>> padding = np.zeros((1, 12), "int32")
        >>> kerasig.baselines.AtInputs(padding)  # with layer="embedding": what it looks up for the padding
        AtInputs(inputs=int32 [1, 12])
    """

    inputs: Inputs

    __repr__ = reprs.of_fields


# Whatever `baselines` may be for one leaf, besides None, and for all.
_Whole: TypeAlias = float | Array | Mean | Noise | Samples | AtInputs | Callable[[Any], Any]
if TYPE_CHECKING:
    _Nested: TypeAlias = float | Array | Mean | Noise | Samples | Mapping[Any, "_Nested"] | Items["_Nested"] | None
    Baselines: TypeAlias = _Whole | Mapping[Any, _Nested] | Items[_Nested]
else:
    Baselines: TypeAlias = _Whole | Mapping | Sequence
