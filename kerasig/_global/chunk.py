"""The rows of one chunk as they are added: finite ones alone, with their classes, slices and words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._attribution.data import AttributionData
from kerasig._global.moments import RowGroup
from kerasig._global.positions import PlacedLeaf, Positions, inputs_of
from kerasig._global.settings import ReductionSettings
from kerasig._measures.against_earlier import explained_classes

Float = NDArray[np.float64]
# Columns of categories whose words are told apart; a row of more is no table.
_MOST_COLUMNS = 256


@dataclass(frozen=True, eq=False)
class Chunk:
    """Rows that are finite.

    Args:
        values: [n, P] attributions.
        errors: [n, P] the expected sizes of their errors.
        deltas: [n] completeness errors.
        converged: [n].
        classes: [n]; -1 where there is none.
        slices: by name which rows are inside, [n].
        words: by place the ids or strings [n, T], and the columns of `values` where they stand.
        inputs: [n, P] what stands at the positions; NaN where it is no number or not known.
    """

    values: Float
    errors: Float
    deltas: Float
    converged: NDArray[np.bool_]
    classes: NDArray[np.int64]
    slices: Mapping[str, NDArray[np.bool_]]
    words: Mapping[str, tuple[NDArray[Any], slice]]
    inputs: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        attribution: AttributionData,
        positions: Positions,
        settings: ReductionSettings,
        labels: Any,
        slices: Any,
    ) -> Chunk:
        """The finite rows of an attribution.

        Raises:
            ValueError: something does not fit.
        """
        n = len(attribution)
        classes = _classes(attribution, labels)
        inside = _slices(slices, settings.slices, n)
        values, sizes = positions.rows(positions.arrays(attribution))
        finite = np.isfinite(values).all(axis=1) & np.isfinite(sizes).all(axis=1)
        finite &= np.isfinite(attribution.score) & np.isfinite(attribution.baseline_score)
        kept = slice(None) if finite.all() else finite
        with np.errstate(invalid="ignore"):
            errors = np.asarray(attribution.map_error, np.float64)[kept, None] * sizes[kept]
        # Of a row of zeros, such as of an input that is its baseline, a relative error says nothing.
        errors[sizes[kept] == 0] = 0
        inputs = {name: leaf for name, leaf in inputs_of(attribution).items() if len(leaf) == n}
        return cls(
            values[kept],
            errors,
            np.asarray(attribution.delta, np.float64)[kept],
            np.asarray(attribution.converged, bool)[kept],
            classes[kept],
            {name: mask[kept] for name, mask in inside.items()},
            _words(positions, inputs, kept, settings.tokens),
            _numbers(positions, inputs, n)[kept],
        )

    def group(self, inside: NDArray[np.bool_] | None = None) -> RowGroup:
        """The sums of all rows, or of some."""
        if inside is None:
            return RowGroup.of(self.values, self.errors, self.deltas, self.converged)
        return RowGroup.of(self.values[inside], self.errors[inside], self.deltas[inside], self.converged[inside])

    def arguments_of(self, part: str) -> tuple[NDArray[Any], ...]:
        """The arrays that a part of the sums adds."""
        if part == "leading":
            return np.abs(self.values), self.errors
        if part == "sample":
            return self.values, self.inputs, self.classes
        return (self.values,)


def class_source(attribution: AttributionData, labels: Any) -> str | None:
    """Where the classes of rows come from: "label", "explained", "predicted", or None where there are none."""
    if labels is not None:
        return "label"
    if _is_classes(explained_classes(attribution), len(attribution)):
        return "explained"
    return None if attribution.predicted is None else "predicted"


def _is_classes(found: Any, n: int) -> bool:
    return isinstance(found, np.ndarray) and found.shape == (n,) and found.dtype.kind in "iu"


def _classes(attribution: AttributionData, labels: Any) -> NDArray[np.int64]:
    """The class of each row, -1 where there is none."""
    n = len(attribution)
    source = class_source(attribution, labels)
    if source is None:
        return np.full(n, -1)
    if source == "explained":
        return np.asarray(explained_classes(attribution)).astype(np.int64)
    if source == "predicted":
        return np.asarray(attribution.predicted).reshape(-1).astype(np.int64)
    array = arguments.numbers("labels", labels, "[N], one class index per row")
    array = array[:, 0] if array.shape == (n, 1) else array
    known = np.isfinite(array)
    if array.shape != (n,) or (array[known] != np.floor(array[known])).any():
        raise ValueError(
            f"labels must be class indices, one per row. Received {arguments.shown(labels)} for {n} rows. Pass whole "
            f"numbers [{n}]."
        )
    return np.where(known, array, -1).astype(np.int64)


def _slices(slices: Any, names: tuple[str, ...], n: int) -> dict[str, NDArray[np.bool_]]:
    """Which rows are in each slice."""
    given = {} if slices is None else arguments.mapping("slices", slices, "from name to True or False per row")
    if set(given) != set(names):
        raise ValueError(
            f"slices must be those of the settings, {arguments.shown(list(names))}. Received "
            f"{arguments.shown(list(given))}. Pass True or False per row for each of them."
        )
    found = {}
    for name in names:
        mask = arguments.booleans(f"slices[{name!r}]", given[name], "True or False per row")
        mask = mask[:, 0] if mask.shape == (n, 1) else mask
        if mask.shape != (n,):
            raise ValueError(
                f"slices[{name!r}] must be one per row. Received shape {list(mask.shape)} for {n} rows. Pass True or "
                f"False for each of them, [{n}]."
            )
        found[name] = mask
    return found


def _words(
    positions: Positions, inputs: Mapping[str, NDArray[Any]], kept: Any, tokens: Any
) -> dict[str, tuple[NDArray[Any], slice]]:
    """The ids or strings at the positions of layers whose inputs are held, by place."""
    found: dict[str, tuple[NDArray[Any], slice]] = {}
    begin = 0
    for leaf in positions.leaves:
        own = slice(begin, begin + leaf.count)
        begin = own.stop
        items = _items(leaf, inputs)
        if items is None:
            continue
        if leaf.shows.names == "tokens":
            found[leaf.of_input or leaf.name] = items[kept], own
        elif leaf.count <= _MOST_COLUMNS:
            labels = leaf.labels(None, True) if leaf.count > 1 else [leaf.of_input or leaf.name]
            for at, label in enumerate(labels):
                found[label] = items[kept, at : at + 1], slice(own.start + at, own.start + at + 1)
    return found


def _items(leaf: PlacedLeaf, inputs: Mapping[str, NDArray[Any]]) -> NDArray[Any] | None:
    """The items at each position of a leaf [N, count], where these are integers or strings; else None."""
    array = None if leaf.of_input is None else inputs.get(leaf.of_input)
    if array is None or leaf.name == leaf.of_input or leaf.groups is not None:
        return None
    array = array.reshape(len(array), math.prod(array.shape[1:]))
    if array.shape[1] != leaf.count or array.dtype.kind not in "iuOSU":
        return None
    if array.dtype.kind in "OS":
        texts = [item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in array.ravel()]
        return np.array(texts, np.str_).reshape(array.shape)
    return array if array.dtype.kind == "U" else array.astype(np.int64)


def _numbers(positions: Positions, inputs: Mapping[str, NDArray[Any]], n: int) -> NDArray[np.float32]:
    """The numbers [N, P] that stand at the positions of inputs that are attributed to themselves."""
    parts = []
    for leaf in positions.leaves:
        array = inputs.get(leaf.name)
        if leaf.name == leaf.of_input and array is not None and not leaf.summed and array.dtype.kind in "biuf":
            flat = array.reshape(n, math.prod(array.shape[1:]))
            if flat.shape[1] == leaf.count:
                parts.append(flat.astype(np.float32))
                continue
        parts.append(np.full((n, leaf.count), np.nan, np.float32))
    return np.concatenate(parts, axis=1)
