"""Types of what users pass and get back, and the closed vocabularies of both. `kerasig.typing` has them for users.

A vocabulary is written down here and nowhere else: where words have meanings, a table is keyed by them, and a test
compares the two.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, SupportsIndex, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

_Item_co = TypeVar("_Item_co", covariant=True)


class Array(Protocol):
    """Anything that NumPy makes an array of: NumPy's own, a tensor, a variable, a column or frame of pandas."""

    def __array__(self) -> NDArray[Any]: ...


class Items(Protocol[_Item_co]):
    """A list or tuple, but no string, which is a sequence of strings without end."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[_Item_co]: ...
    def __getitem__(self, index: SupportsIndex, /) -> _Item_co: ...
    # What tells a string from a list: it can only be asked for strings.
    def __contains__(self, value: object, /) -> bool: ...


if TYPE_CHECKING:
    Nest: TypeAlias = Array | Mapping[Any, "Nest"] | Items["Nest"]
else:
    # Checkers follow a nest down to its leaves; whoever resolves types at run time would get lost in it.
    Nest: TypeAlias = Array | Mapping | Sequence


class Batches(Protocol):
    """A dataset that is asked for its batches by their numbers, as `keras.utils.PyDataset` is."""

    def __getitem__(self, index: int, /) -> object: ...


Dataset: TypeAlias = Iterable[Any] | Callable[[], Iterator[Any]] | Batches

# What comes back in the structure of the inputs: an array of one input, a dict or list of arrays of several. Which one,
# the call decides and no type can say; a union of them would have to be narrowed before `values.sum()`.
Nested: TypeAlias = Any

Inputs: TypeAlias = Nest
# Keras layers and models are called, and so is what stands for one: a function of the inputs.
Model: TypeAlias = Callable[..., object]
_LayerCall: TypeAlias = str | Model | tuple[str | Model, int]
Layer: TypeAlias = _LayerCall | Items[_LayerCall | None]
# Names of the layers that were attributed to; None stands for the floating inputs.
LayerNames: TypeAlias = str | list[str | None]

Index: TypeAlias = int | np.integer[Any] | Array | Items[int]
Mask: TypeAlias = Array | Items[bool]
Names: TypeAlias = Items[str] | Array
Tokens: TypeAlias = Items[Names] | Array | Mapping[str, Items[Names] | Array]
_RegionOfLeaf: TypeAlias = Mask | Items[str]
Regions: TypeAlias = Mapping[str, _RegionOfLeaf | Mapping[str, _RegionOfLeaf]]
Edges: TypeAlias = Array | Items[Array | Items[Items[int]]] | Items[Items[int]]

Kind = Literal["image", "volume", "tokens", "tabular", "series", "graph"]
Rule = Literal["gauss_legendre", "riemann_left", "riemann_right", "riemann_middle", "trapezoid"]
Series = Literal["auto", "label", "predicted", "both"]
Every = Literal["epoch"]
OnError = Literal["warn", "raise"]
# Of the output of a data set: how a shard is written, and how exact its values are.
Format = Literal["parquet", "npz"]
Precision = Literal["float32", "float16", "int16"]
Against = Literal["previous", "first", "best"]
Style = Literal["times_picture", "signed_overlay", "green_and_red"]
# From the best to the worst.
Status = Literal[
    "converged",
    "rounding",
    "out of steps",
    "jump at alpha",
    "jump at the baseline",
    "gradient cut",
    "not reproducible",
    "not finite",
]
