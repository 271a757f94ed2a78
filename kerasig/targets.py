"""Which scalar of a model's output is explained.

A target has a part that is traced (what is done with the outputs) and a part that is data (class indices, labels), so
that other classes of the same kind run without a new trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from kerasig import _reprs as reprs
from kerasig._types import Index, Nest

__all__ = ["Label", "Loss", "Output", "PerExample"]


def __dir__() -> list[str]:
    return __all__


@dataclass(frozen=True)
class Output:
    """One output of a model with several.

    Args:
        name: the output's key, name, or position.
        target: what is explained of it, as `kerasig.explain` takes it.
    """

    name: str | int
    target: Target | None = None

    __repr__ = reprs.of_fields


@dataclass(frozen=True, eq=False)
class Label:
    """The output of each example's own class; the value itself where the model has a single output.

    Of outputs with positions, such as (N, H, W, C) or (N, T, C), the mean over positions of the output of each one's
    own class, or the output at one position.

    Args:
        y: class indices, an int, (N,) or (N, 1); for outputs with positions also one each, (N, H, W) or (N, H, W, 1).
        where: which positions count: a boolean mask, (H, W) or (N, H, W), outside of which y may hold anything; or one
            position, an int or a tuple such as (row, column), each an int or (N,) ints. None is all that y has.
    """

    y: Index
    where: Index | tuple[Index, ...] | None = None

    __repr__ = reprs.of_fields


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of each example, so that what raises and lowers it is attributed.

    Args:
        y: labels, [N, ...] or a nest of such arrays.
        loss: a loss's name, a Keras loss object, or a function of (y_true, y_pred) that returns [N] or [N, ...], of
            which the mean over the other axes is taken.
    """

    y: Nest
    loss: str | Callable[[Any, Any], Any]

    __repr__ = reprs.of_fields


@dataclass(frozen=True, eq=False)
class PerExample:
    """A function of the outputs and of data that belongs to each example.

    Args:
        fn: called with (outputs, rows of data) of a microbatch of C rows; returns [C].
        data: nest of arrays, each [N, ...].
    """

    fn: Callable[[Any, Any], Any]
    data: Nest

    __repr__ = reprs.of_fields


# Whatever `target` may be, besides None.
Target: TypeAlias = Index | tuple[Index, ...] | Label | Loss | Output | PerExample | Callable[[Any], Any]
