"""The rows of a batch as they come from a pipeline: told apart, read, and put together where they have one shape."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _nest as nest
from kerasig._arrays import as_array, is_text
from kerasig._beam.results import Failure, failure_of


@dataclass(frozen=True, eq=False)
class Row:
    """One example, read.

    Args:
        inputs: a nest of arrays, without an axis of examples.
        label: a nest of arrays, or None.
    """

    inputs: Any
    label: Any

    @property
    def kind(self) -> Hashable:
        """Equal for rows that can be put together."""
        return (
            nest.describe(self.inputs),
            nest.describe(self.label),
            *map(_kind, nest.flatten((self.inputs, self.label))),
        )

    def shown(self) -> str:
        """Structure and shapes, in a message."""
        return str(nest.map_structure(lambda leaf: list(leaf.shape), self.inputs))


@dataclass(frozen=True, eq=False)
class LikeRows:
    """Rows that fit together.

    Args:
        places: of the rows, in their batch.
        rows: of them.
    """

    places: list[int]
    rows: list[Row]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def inputs(self) -> Any:
        """A nest of arrays [N, ...]."""
        return _stacked([row.inputs for row in self.rows])

    @property
    def labels(self) -> Any:
        """A nest of arrays [N, ...], or None."""
        return None if self.rows[0].label is None else _stacked([row.label for row in self.rows])

    def part(self, part: slice) -> LikeRows:
        """Some of the rows."""
        return LikeRows(self.places[part], self.rows[part])


def grouped(batch: Sequence[Any]) -> tuple[list[LikeRows], dict[int, Failure]]:
    """The rows of a batch by what fits together, and those that are none, by their place."""
    groups: dict[Hashable, LikeRows] = {}
    failures: dict[int, Failure] = {}
    for place, element in enumerate(batch):
        try:
            row = read(element)
            group = groups.setdefault(row.kind, LikeRows([], []))
        except Exception as error:  # Objects of a user's own may raise anything.
            failures[place] = failure_of(error)
            continue
        group.places.append(place)
        group.rows.append(row)
    return list(groups.values()), failures


def read(element: Any) -> Row:
    """A row from an element: inputs, (inputs, label) or (inputs, label, weight).

    Raises:
        ValueError: a leaf is no array.
    """
    given, label = _parts(element)
    names = nest.labels(given, "the row's inputs")
    if not names:
        raise ValueError(f"A row must have inputs. Received {nest.describe(given)}. Pass at least one array.")
    leaves = [as_array(leaf, name) for leaf, name in zip(nest.flatten(given), names, strict=True)]
    return Row(nest.pack(given, leaves), None if label is None else nest.map_structure(_label, label))


def not_finite(inputs: Any) -> str | None:
    """A sentence about what is NaN or infinite in the inputs of a row; None where nothing is."""
    for leaf, name in zip(nest.flatten(inputs), nest.labels(inputs, "the row's inputs"), strict=True):
        if leaf.dtype.kind == "f" and not (finite := np.isfinite(leaf)).all():
            count = int(leaf.size - finite.sum())
            return (
                f"{name} must be finite. Received {count} of {leaf.size} numbers that are NaN or infinite. "
                "Fill them or leave the row out."
            )
    return None


def size_of(element: Any) -> int:
    """About how many bytes a row takes; of what is none, it is told where it is read."""
    try:
        return sum(_size(leaf) for leaf in nest.flatten(element))
    except Exception:  # Objects of a user's own may raise anything.
        return 0


def _parts(element: Any) -> tuple[Any, Any]:
    """Inputs and label, as Keras reads an element of a data set: a list is a tuple."""
    if not isinstance(element, tuple | list) or hasattr(element, "_fields"):
        return element, None
    if not 1 <= len(element) <= 3:
        raise ValueError(
            f"A row must be inputs, (inputs, label) or (inputs, label, weight). Received {nest.describe(element)}. "
            "Pass a list of numbers as an array, and several inputs as one tuple or dict: ((x1, x2), y)."
        )
    return element[0], element[1] if len(element) > 1 else None


def _label(leaf: Any) -> NDArray[Any]:
    return as_array(leaf, "the row's label")


def _kind(leaf: NDArray[Any] | None) -> Hashable:
    if leaf is None:
        return None
    return leaf.shape, "text" if is_text(leaf) else leaf.dtype.str


def _stacked(nests: list[Any]) -> Any:
    return nest.map_structure(lambda *leaves: np.stack(leaves), *nests)


def _size(leaf: Any) -> int:
    if isinstance(leaf, str | bytes):
        return len(leaf)
    return int(getattr(leaf, "nbytes", 8)) if leaf is not None else 0
