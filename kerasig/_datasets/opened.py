"""Reading the output of a data set: rows by key, columns, and an `Attribution` of any rows."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kerasig import _arguments as arguments
from kerasig._attribution.selection import rows_of
from kerasig._datasets.layout import KEY, LABEL, Columns, ShardLayout, attribution_of
from kerasig._datasets.manifest import Manifest, read_manifest
from kerasig._datasets.options import folder_of
from kerasig._datasets.shards import read_shard, rows_with_key
from kerasig._sentences import shown
from kerasig._storage import DamagedFileError
from kerasig._types import Index, Items, Nested
from kerasig.attribution import Attribution
from kerasig.probes._captions import as_text

if TYPE_CHECKING:
    from pandas import DataFrame

# Columns that are one number or text for each row, in the order of a table.
_MOST_IN_TABLE = 256
# So many keys are looked for one by one; of more there is an index.
_FEW_KEYS = 8
# Rows that are read at once by whoever reads all.
_AT_ONCE = 1024


def open_attributions(path: str | os.PathLike[str]) -> StoredAttributions:
    """The rows that `kerasig.explain_dataset` or `kerasig.beam.ExplainDataset` wrote to a folder; read when asked for.

    Args:
        path: of the folder; one that is not complete yet has the shards that are.

    Raises:
        FileNotFoundError: there is no such output.
        ValueError: it is of something else, damaged, or a later version's.

    Example:
        >>> x = np.random.default_rng(0).random((100, 3), dtype="float32")
        >>> kerasig.explain_dataset(lambda x: x[:, 0] * x[:, 1], x, output="products", format="npz").n
        100
        >>> opened = kerasig.open_attributions("products")
        >>> len(opened), opened[10:20].values.shape
        (100, (10, 3))
    """
    folder = folder_of(path, "path")
    manifest = read_manifest(folder, "path") if folder.is_dir() else None
    if manifest is None:
        raise FileNotFoundError(f"path must be an output of kerasig.explain_dataset. Received {str(folder)!r}.")
    return StoredAttributions(folder, manifest)


# As users import it.
open_attributions.__module__ = "kerasig"


class StoredAttributions:
    """Explained rows in a folder; numbered from 0 in the order of its shards.

    `opened[3]`, `opened[10:20]`, `opened[[4, 2]]` and `opened[mask]` are attributions of these rows, of which only they
    are read; iterating gives one attribution after another, `batches` several rows at once.

    Attributes:
        path: of the folder.
        complete: whether the data set was read to its end.
        columns: the names of the columns.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.path, self._manifest = folder, manifest
        self._paths = [folder / shard.file.name for shard in manifest.shards]
        self._ends = list(accumulate(shard.file.rows for shard in manifest.shards))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy in another process opens the folder there.
        return open_attributions, (self.path,)

    def __repr__(self) -> str:
        state = "" if self.complete else ", not complete"
        count = len(self._manifest.shards)
        return f"StoredAttributions of {len(self)} rows in {count} shard{'s' if count != 1 else ''}{state}: {self.path}"

    def __getitem__(self, index: Index | slice) -> Attribution:
        return attribution_of(self._columns_at(rows_of(index, len(self))), self._layout)

    def __iter__(self) -> Iterator[Attribution]:
        for batch in self.batches():
            yield from batch

    @property
    def complete(self) -> bool:
        """Whether the data set was read to its end."""
        return self._manifest.complete

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self._layout.names

    @cached_property
    def keys(self) -> NDArray[Any]:
        """The key of each row, [N]."""
        return self.column(KEY)

    @property
    def labels(self) -> NDArray[Any] | None:
        """The label of each row, [N, ...]; None where there were none."""
        return self.column(LABEL) if LABEL in self.columns else None

    def column(self, name: str) -> NDArray[Any]:
        """A column of all rows, [N, ...], as it is written: of values in int16 see the manifest's layout."""
        if name not in self.columns:
            raise ValueError(f"name must be that of a column: {', '.join(self.columns)}. Received {shown(name)}.")
        return self._read([name])[name]

    def row(self, key: int | str) -> Attribution:
        """The row of a key, as an attribution of one example.

        Raises:
            KeyError: no row has it, or several have.
        """
        return self.rows([key])

    def rows(self, keys: Items[int | str] | NDArray[Any]) -> Attribution:
        """The rows of some keys, in their order.

        Raises:
            KeyError: no row has one of them, or several have.
        """
        wanted = [key.item() if isinstance(key, np.generic) else key for key in arguments.items("keys", keys)]
        wanted = [as_text(key) if isinstance(key, bytes) else key for key in wanted]
        number_of = self._found if len(wanted) <= _FEW_KEYS else self._numbers.get
        return self[np.array([self._number_of(key, number_of) for key in wanted], np.int64)]

    def batches(self, size: int = _AT_ONCE) -> Iterator[Attribution]:
        """All rows in their order, so many at once; the last ones may be fewer.

        Args:
            size: how many.
        """
        size = arguments.whole("size", size, 1)
        for begin in range(0, len(self), size):
            yield self[begin : begin + size]

    def keyed_values(self) -> Iterator[tuple[NDArray[Any], Nested]]:
        """(keys, values) of all rows, some at once, as `kerasig.GlobalAttribution.difference` pairs them."""
        keys = self.keys
        for begin in range(0, len(self), _AT_ONCE):
            rows = slice(begin, begin + _AT_ONCE)
            yield keys[rows], self[rows].values

    def to_dataframe(self, columns: Collection[str] | None = None) -> DataFrame:
        """A pandas table with a row for each row, and its key as the index.

        Args:
            columns: their names; None is all that have one entry for each row, and values of at most 256 features, each
                in a column of its own.

        Raises:
            ImportError: pandas is not installed.
            ValueError: there is no such column.
        """
        import pandas as pd

        given = None if columns is None else arguments.texts("columns", columns)
        by_name = {column.name: column for column in self._layout.columns}
        if unknown := [name for name in given or () if name not in by_name]:
            raise ValueError(f"columns must be of {', '.join(by_name)}. Received {shown(unknown[0])}.")
        wide = {name for name, column in by_name.items() if np.prod(column.shape, dtype=int) > _MOST_IN_TABLE}
        names = [name for name in by_name if name not in wide] if given is None else given
        read = self._read({*names, KEY})
        table: dict[str, NDArray[Any]] = {}
        for name in names:
            if name == KEY:
                continue
            array = read[name].reshape(len(self), -1)
            if not by_name[name].shape:
                table[name] = array[:, 0]
                continue
            features = by_name[name].features or [str(place) for place in range(array.shape[1])]
            table |= {f"{name}/{feature}": array[:, place] for place, feature in enumerate(features)}
        return pd.DataFrame(table, index=pd.Index(read[KEY], name=KEY))

    @property
    def _layout(self) -> ShardLayout:
        if self._manifest.layout is None:
            raise ValueError(f"{str(self.path)!r} has no rows yet.")
        return self._manifest.layout

    @cached_property
    def _numbers(self) -> Mapping[Any, int]:
        """The number of the row of each key; -1 of one that several have."""
        found: dict[Any, int] = {}
        for number, key in enumerate(self.keys.tolist()):
            found[key] = -1 if key in found else number
        return found

    def _found(self, key: Any) -> int | None:
        """The number of the row of a key without an index of all; -1 where several have it."""
        (column,) = (column for column in self._layout.columns if column.name == KEY)
        if not isinstance(key, str if column.dtype == "str" else int):
            return None
        starts = [0, *self._ends]
        found: list[int] = []
        for shard, path in enumerate(self._paths):
            with _readable(path):
                found += (starts[shard] + rows_with_key(path, self._layout, key)).tolist()
        return None if not found else found[0] if len(found) == 1 else -1

    def _number_of(self, key: Any, number_of: Callable[[Any], int | None]) -> int:
        # Keys that are numbers are mostly those of the rows.
        if isinstance(key, int) and 0 <= key < len(self) and self._is_numbered:
            return key
        number = number_of(key)
        if number is None:
            raise KeyError(f"key must be that of a row. Received {shown(key)}; keys are such as {self._some_keys()}.")
        if number < 0:
            raise KeyError(f"key must be that of one row. Received {shown(key)}, which several have.")
        return number

    @cached_property
    def _is_numbered(self) -> bool:
        """Whether keys are the numbers of the rows."""
        return self._manifest.arguments.get("key", "") is None

    def _some_keys(self) -> str:
        return ", ".join(repr(key) for key in self.keys[:3].tolist())

    def _columns_at(self, rows: NDArray[np.int64]) -> Columns:
        """Every column of some rows, in their order; only the parts of shards that hold them are read."""
        shards = np.searchsorted(self._ends, rows, side="right")
        parts: list[Columns] = []
        places = np.empty(len(rows), np.int64)
        taken = 0
        for shard in np.unique(shards):
            inside = np.flatnonzero(shards == shard)
            own = rows[inside] - (self._ends[shard - 1] if shard else 0)
            begin, end = int(own.min()), int(own.max()) + 1
            columns = self._shard(int(shard), self._layout.names, slice(begin, end))
            parts.append({name: array[own - begin] for name, array in columns.items()})
            places[inside] = np.arange(taken, taken + len(inside))
            taken += len(inside)
        if not parts:
            return {column.name: np.empty((0, *column.shape), _dtype(column.dtype)) for column in self._layout.columns}
        return {name: np.concatenate([part[name] for part in parts])[places] for name in self._layout.names}

    def _read(self, names: Collection[str]) -> Columns:
        """Some columns of all rows."""
        parts = [self._shard(shard, names, None) for shard in range(len(self._ends))]
        wanted = [column for column in self._layout.columns if column.name in names]
        if not parts:
            return {column.name: np.empty((0, *column.shape), _dtype(column.dtype)) for column in wanted}
        return {column.name: np.concatenate([part[column.name] for part in parts]) for column in wanted}

    def _shard(self, number: int, names: Collection[str], rows: slice | None) -> Columns:
        path = self._paths[number]
        with _readable(path):
            return read_shard(path, self._layout, names=names, rows=rows)


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (DamagedFileError, OSError) as error:
        raise ValueError(f"{str(path)!r} cannot be read: {error}. Restore it, or explain again.") from error


# As users see them.
StoredAttributions.__module__ = "kerasig"


def _dtype(name: str) -> Any:
    return np.str_ if name == "str" else name
