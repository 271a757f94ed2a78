"""Which scalar of a model's output is explained.

A target has a part that is traced (what is done with the outputs) and a part that is data (class indices, labels), so
that other classes of the same kind run without a new trace.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

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
        target: what is explained of it, as `kerasig.explain` takes it, and `kerasig.export`; of labelled inputs, as
            those of a ProbeSet, also "auto", "label" and "predicted".

    Example:
        >>> kerasig.targets.Output("age", 0)  # class 0 of the output that is called "age"
        Output(name='age', target=0)
    """

    name: str | int
    target: Target | Literal["auto", "label", "predicted", "class_ids"] | None = None

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

    Example:
        >>> labels = np.array([2, 0, 1])
        >>> kerasig.targets.Label(labels)  # kerasig.explain(model, x, kerasig.targets.Label(labels))
        Label(y=int64 [3])
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
            which the mean over the other axes is taken. Of a nest of labels a function, which takes all outputs.

    Example:
        >>> kerasig.targets.Loss(np.array([2, 0, 1]), "sparse_categorical_crossentropy")
        Loss(y=int64 [3], loss='sparse_categorical_crossentropy')
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

    Example:
        >>> margin = kerasig.targets.PerExample(lambda outputs, at: outputs[:, 0] - at, np.array([0.5, 1.0], "float32"))
        >>> x = np.array([[2.0], [3.0]], "float32")
        >>> kerasig.explain(lambda x: x, x, margin).score
        array([1.5, 2. ], dtype=float32)
    """

    fn: Callable[[Any, Any], Any]
    data: Nest

    __repr__ = reprs.of_fields


# Whatever `target` may be, besides None.
Target: TypeAlias = Index | tuple[Index, ...] | Label | Loss | Output | PerExample | Callable[[Any], Any]
