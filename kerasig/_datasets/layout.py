"""The columns of explained rows: how an `Attribution` becomes one row per example, and rows become one again.

A column has one entry for each row. Those of an attribution are named by its fields: "score", "status", "values", and
"values/age" for the leaf "age" of a nest. NumPy alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._attribution import file as attribution_file
from kerasig._attribution.fields import PER_EXAMPLE
from kerasig._types import Precision
from kerasig.attribution import Attribution, PathProfile
from kerasig.probes._captions import as_text

Columns = dict[str, NDArray[Any]]
KEY, LABEL = "key", "label"
# Behind the name of a column of int16: the largest |value| of each row.
SCALE = "#scale"
_FIELDS = ("values", *PER_EXAMPLE, "target", "predicted")
_LARGEST = np.iinfo(np.int16).max


@dataclass(frozen=True)
class ShardColumn:
    """One column of a shard.

    Args:
        name: of it.
        dtype: of its numbers, "str" for text of any length.
        shape: of one row's entry, () for a single one.
        features: the names of the features of each row, where each has a column of its own in tables: "values/age".
    """

    name: str
    dtype: str
    shape: tuple[int, ...] = ()
    features: tuple[str, ...] | None = None

    @property
    def is_of_values(self) -> bool:
        """Whether it has attributions."""
        return _is_of_values(self.name)

    @property
    def is_scale(self) -> bool:
        """Whether it has the scales of attributions in int16."""
        return self.name.startswith("values") and self.name.endswith(SCALE)

    @property
    def tables(self) -> list[str]:
        """The names of its columns in a table."""
        return [self.name] if self.features is None else [f"{self.name}/{feature}" for feature in self.features]


@dataclass(frozen=True)
class ShardLayout:
    """The columns of all shards of an output, and how they make an `Attribution`.

    Args:
        columns: by their order.
        fields: of the attribution: each a JSON value in which arrays are names of columns.
        rule: that rows were integrated by, as JSON.
        layer: see `Attribution.layer`.
        coordinates: see `Attribution.coordinates`, as JSON.
        precision: of the values.
    """

    columns: tuple[ShardColumn, ...]
    fields: Mapping[str, Any]
    rule: Mapping[str, Any]
    layer: Any
    coordinates: Any
    precision: Precision

    @classmethod
    def of(
        cls,
        attribution: Attribution,
        keys: NDArray[Any],
        labels: Any = None,
        *,
        precision: Precision = "float32",
        feature_names: Sequence[str] | None = None,
        with_inputs: bool = False,
    ) -> ShardLayout:
        """The layout of rows like these.

        Args:
            attribution: of some rows.
            keys: [n] whole numbers or text.
            labels: None, or an array [n, ...].
            precision: of the values.
            feature_names: of values [n, F], each of which gets a column of its own in tables.
            with_inputs: whether the inputs are kept as well.
        """
        fields, arrays = _documents(attribution, with_inputs)
        coordinates: dict[str, NDArray[Any]] = {}
        described = attribution_file.to_json(attribution.coordinates, "coordinates", coordinates)
        columns = [_column(KEY, np.asarray(keys))]
        columns += [] if labels is None else [_column(LABEL, np.asarray(labels))]
        for name, array in arrays.items():
            if not _is_of_values(name):
                columns.append(_column(name, array))
                continue
            # Groups have names of their own.
            has_groups = "coordinates" + name.removeprefix("values") in coordinates
            features = None if has_groups else _features(array, feature_names)
            columns.append(ShardColumn(name, precision, array.shape[1:], features))
            if precision == "int16":
                columns.append(ShardColumn(name + SCALE, "float32"))
        listed = {name: array.tolist() for name, array in coordinates.items()}
        rule, layer = attribution_file.rule_to_json(attribution.rule), attribution.layer
        return cls(tuple(columns), fields, rule, layer, {"document": described, "names": listed}, precision)

    def to_json(self) -> dict[str, Any]:
        """The layout as a manifest has it."""
        return asdict(self)

    @classmethod
    def from_json(cls, described: Mapping[str, Any]) -> ShardLayout:
        """The layout that `to_json` described."""
        columns = tuple(
            ShardColumn(
                column["name"],
                column["dtype"],
                tuple(column["shape"]),
                None if column["features"] is None else tuple(column["features"]),
            )
            for column in described["columns"]
        )
        return cls(**{**described, "columns": columns})

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]

    def row_bytes(self) -> int:
        """How many bytes the numbers of one row take."""
        sizes = ((8 if column.dtype == "str" else np.dtype(column.dtype).itemsize, column) for column in self.columns)
        return sum(size * int(np.prod(column.shape, dtype=int)) for size, column in sizes)


def columns_of(attribution: Attribution, keys: NDArray[Any], labels: Any, layout: ShardLayout) -> Columns:
    """The columns of some rows, values as exact as they were computed; `stored` makes them those of a shard.

    Raises:
        ValueError: the rows are others than those that the layout is of.
    """
    with_inputs = "inputs" in layout.fields
    fields, arrays = _documents(attribution, with_inputs)
    if fields != layout.fields:
        raise ValueError(f"Rows must have the fields of those before them, {layout.fields}. Received {fields}.")
    found: Columns = {KEY: np.asarray(keys)}
    if labels is not None:
        found[LABEL] = np.asarray(labels)
    found |= arrays
    names = [column.name for column in layout.columns if not column.is_scale]
    if list(found) != names:
        raise ValueError(f"Rows must have the columns {names}. Received {list(found)}.")
    ready: Columns = {}
    for column in layout.columns:
        if column.is_scale:
            continue
        array = found[column.name]
        if array.shape[1:] != column.shape:
            raise ValueError(
                f"Rows must have the shapes of those before them. Received {column.name} of shape "
                f"{list(array.shape[1:])} behind {list(column.shape)}."
            )
        if not column.is_of_values:
            _check_kind(column, array)
            array = _text(array) if column.dtype == "str" else array.astype(column.dtype, copy=False)
        ready[column.name] = array
    return ready


def _check_kind(column: ShardColumn, array: NDArray[Any]) -> None:
    """Raises ValueError where an array would lose what it says, such as 0.5 among whole numbers."""
    is_text = array.dtype.kind in "USO"
    if is_text == (column.dtype == "str") and (is_text or np.can_cast(array.dtype, column.dtype, "same_kind")):
        return
    now, before = "text" if is_text else array.dtype.name, "text" if column.dtype == "str" else column.dtype
    raise ValueError(
        f"Rows must have the kinds of those before them. Received {column.name} of {now} behind {before}. Give all of "
        "one kind."
    )


def stored(columns: Columns, layout: ShardLayout) -> Columns:
    """The columns of some rows as a shard has them: in its precision, with scales where it has any."""
    found: Columns = {}
    for column in layout.columns:
        if column.is_scale:
            continue
        array = columns[column.name]
        if column.is_of_values and layout.precision == "int16":
            found[column.name], found[column.name + SCALE] = _quantised(array)
        elif column.is_of_values:
            found[column.name] = _rounded(array) if layout.precision == "float16" else array.astype(np.float32)
        else:
            found[column.name] = array
    return found


def attribution_of(columns: Mapping[str, NDArray[Any]], layout: ShardLayout) -> Attribution:
    """The attribution of the rows of some columns, of a shard or of `columns_of`.

    The path has its two ends alone, and no baselines are known.
    """
    arrays: Columns = {}
    for column in layout.columns:
        if column.is_scale:
            continue
        array = columns[column.name]
        if array.dtype == np.int16 and column.is_of_values:
            scale = columns[column.name + SCALE].reshape(-1, *[1] * (array.ndim - 1))
            arrays[column.name] = array.astype(np.float32) * (scale / np.float32(_LARGEST))
        elif column.is_of_values:
            arrays[column.name] = array.astype(np.float32 if array.dtype.itemsize < 4 else array.dtype, copy=False)
        else:
            arrays[column.name] = array
    fields = {name: attribution_file.from_json(document, arrays) for name, document in layout.fields.items()}
    groups = {name: np.array(listed) for name, listed in layout.coordinates["names"].items()}
    scores = np.stack([fields["baseline_score"], fields["score"]], axis=1)
    ends = np.broadcast_to(np.array([0, 1], np.float32), scores.shape).copy()
    return Attribution(
        **fields,
        path=PathProfile(ends, scores, np.full(scores.shape, np.nan, np.float32)),
        rule=attribution_file.rule_from_json(layout.rule),
        layer=layout.layer,
        coordinates=attribution_file.from_json(layout.coordinates["document"], groups),
    )


def _documents(attribution: Attribution, with_inputs: bool) -> tuple[dict[str, Any], Columns]:
    """Each field as JSON, and its arrays by the names of their columns."""
    arrays: Columns = {}
    names = (*_FIELDS, "inputs") if with_inputs else _FIELDS
    fields = {name: attribution_file.to_json(getattr(attribution, name), name, arrays) for name in names}
    return fields, arrays


def _is_of_values(name: str) -> bool:
    return name == "values" or (name.startswith("values/") and not name.endswith(SCALE))


def _column(name: str, array: NDArray[Any]) -> ShardColumn:
    return ShardColumn(name, "str" if array.dtype.kind in "USO" else array.dtype.name, array.shape[1:])


def _features(array: NDArray[Any], names: Sequence[str] | None) -> tuple[str, ...] | None:
    return tuple(names) if names is not None and array.shape[1:] == (len(names),) else None


def _text(array: NDArray[Any]) -> NDArray[Any]:
    """Text as NumPy's own strings; bytes are read as UTF-8."""
    if array.dtype.kind == "U":
        return array
    return np.array([as_text(item) for item in array.ravel()], dtype=np.str_).reshape(array.shape)


def _rounded(array: NDArray[Any]) -> NDArray[Any]:
    """Values in float16; what is too large for it becomes its largest."""
    largest = np.finfo(np.float16).max
    with np.errstate(over="ignore"):
        return np.clip(array, -largest, largest).astype(np.float16)


def _quantised(array: NDArray[Any]) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """Values as shares of the largest |value| of their row, in int16, and that largest; NaN where one is not finite."""
    flat = array.reshape(len(array), -1)
    scale = np.abs(flat).max(axis=1, initial=0).astype(np.float32)
    finite = np.isfinite(scale)
    divisor = np.where(finite & (scale > 0), scale, 1).astype(np.float64)[:, None]
    shares = np.where(finite[:, None], flat, 0) / divisor
    return np.rint(shares * _LARGEST).astype(np.int16).reshape(array.shape), np.where(finite, scale, np.nan)
