"""The folder that explained rows go to: a journal of chunks, which become shards, which a manifest lists.

A chunk is in the journal before the next but one is explained; a whole shard takes the place of its chunks. What was
written can be used whenever the process ends, and the same call goes on behind it: every file has its name once it is
whole, and has the same bytes however often it is written.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kerasig._datasets.chunks import RowChunk
from kerasig._datasets.destination import Destination, Reduce, merged
from kerasig._datasets.fingerprints import difference
from kerasig._datasets.layout import Columns, ShardLayout, attribution_of, columns_of
from kerasig._datasets.manifest import Manifest, Shard, read_manifest
from kerasig._datasets.shards import shard_name, write_shard
from kerasig._datasets.whole_files import is_unfinished, whole_file
from kerasig._global.reduction import Reduction
from kerasig._global.result import GlobalAttribution
from kerasig._locks import DirectoryLock
from kerasig._storage import DamagedFileError, read_arrays, write_arrays
from kerasig.attribution import Attribution

JOURNAL = "journal"
GLOBAL = "global.npz"
# In the journal, beside the columns of a chunk: the fingerprint of its rows.
_DATA = "data"


@dataclass(frozen=True, eq=False)
class _Explained:
    """A chunk of the shard that is not whole yet.

    Args:
        columns: of its rows.
        data: the fingerprint of the rows.
    """

    columns: Columns
    data: str

    @classmethod
    def of(cls, arrays: dict[str, NDArray[Any]]) -> _Explained:
        """A file of the journal."""
        return cls({name: array for name, array in arrays.items() if name != _DATA}, str(arrays[_DATA]))


class OutputFolder(Destination):
    """An output while it is made.

    Args:
        folder: of it.
        begun: the manifest of one that is begun now.
        layout_of: the layout of rows like those of a first chunk.
        reduce: the sums of a chunk.

    Raises:
        ValueError: the folder holds something else, or was begun with something else.
        OSError: it cannot be written, or another process writes into it.
    """

    def __init__(
        self,
        folder: Path,
        begun: Manifest,
        layout_of: Callable[[RowChunk, Attribution], ShardLayout],
        reduce: Reduce,
    ) -> None:
        super().__init__()
        self._folder, self._journal = folder, folder / JOURNAL
        self._layout_of, self._reduce = layout_of, reduce
        self._lock = DirectoryLock()
        self._open: list[_Explained] = []
        try:
            self._manifest = self._found(begun)
            self._sums = self._read_sums()
            self._journaled = self._read_journal()
        except BaseException:
            # Whoever keeps the error does not keep others out.
            self._lock.release()
            raise

    @property
    def manifest(self) -> Manifest:
        """The state of the output."""
        return self._manifest

    @property
    def rows_done(self) -> int:
        """How many rows are in shards or in the journal."""
        return self._manifest.rows + sum(len(part.columns["key"]) for part in self._journaled.values())

    @property
    def complete(self) -> bool:
        """Whether the data set was read to its end."""
        return self._manifest.complete

    def __exit__(self, of: object, raised: BaseException | None, where: object) -> None:
        try:
            super().__exit__(of, raised, where)
        finally:
            self._lock.release()

    def has(self, chunk: RowChunk) -> bool:
        """Whether a chunk is in a shard or in the journal."""
        shard_rows, chunk_rows = self._manifest.shard_rows or 1, self._manifest.chunk_rows
        shard, place = chunk.first // shard_rows, (chunk.first % shard_rows) // chunk_rows
        if shard < len(self._manifest.shards):
            data = self._manifest.shards[shard].data
            self._check_rows(chunk, data[place] if place < len(data) else None)
            return True
        explained = self._journaled.pop(chunk.first, None)
        if explained is None:
            return False
        self._check_rows(chunk, explained.data)
        # In its turn, behind those that are being written.
        self._later(partial(self._append, chunk, explained))
        return True

    def finish(self) -> GlobalAttribution:
        """Ends the last shard, writes the sums, and removes the journal."""
        self._settle()
        if not self._manifest.complete:
            if self._open:
                self._end_shard()
            assert self._sums is not None
            with self._told(), whole_file(self._folder / GLOBAL) as file:
                write_arrays(file, self._sums.to_arrays())
            self._write(replace(self._manifest, complete=True, reduction=None))
        shutil.rmtree(self._journal, ignore_errors=True)
        return GlobalAttribution.load(self._folder / GLOBAL)

    def check_end(self, rows: int) -> None:
        """Raises ValueError where the data set has fewer rows than were done before."""
        if rows < self.rows_done:
            raise self._other_rows(f"It has {self.rows_done} rows already, and dataset ends after {rows}")

    def add(self, chunk: RowChunk, attribution: Attribution) -> None:
        """Writes a chunk to the journal, so that it is never explained again; the rest is done on the thread."""
        if self._manifest.layout is None:
            self._write(replace(self._manifest, layout=self._layout_of(chunk, attribution)))
        assert self._manifest.layout is not None
        columns = columns_of(attribution, chunk.keys, chunk.label_column, self._manifest.layout)
        explained = _Explained(columns, chunk.fingerprint())
        with self._told(), whole_file(self._in_journal(chunk.first), durable=False) as file:
            write_arrays(file, {_DATA: np.array(explained.data), **columns}, compressed=False)
        self._later(partial(self._append, chunk, explained))

    def _append(self, chunk: RowChunk, explained: _Explained) -> None:
        assert self._manifest.layout is not None
        # Of the columns, as they may come from the journal; of these rows the inputs are always at hand.
        attribution = replace(attribution_of(explained.columns, self._manifest.layout), inputs=chunk.inputs)
        self._sums = merged(self._sums, self._reduce(chunk, attribution))
        self._open.append(explained)
        if (chunk.first + len(chunk)) % (self._manifest.shard_rows or 1) == 0:
            self._end_shard()

    def _end_shard(self) -> None:
        """Makes a shard of the open chunks, then says so, then removes them from the journal."""
        manifest, parts = self._manifest, self._open
        assert manifest.layout is not None
        number = len(manifest.shards)
        columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns}
        assert self._sums is not None
        sums = f"sums-{number:05d}.npz"
        with self._told():
            written = write_shard(
                self._folder / shard_name(number, manifest.format), columns, manifest.layout, manifest.format
            )
            with whole_file(self._journal / sums) as file:
                write_arrays(file, self._sums.to_arrays())
        self._write(manifest.with_shard(Shard(written, tuple(part.data for part in parts)), sums))
        self._open = []
        # By their names: the next chunk may be there already, or be on its way.
        for path in self._journal.glob("rows-*.npz"):
            if path.name < self._in_journal(self._manifest.rows).name:
                path.unlink(missing_ok=True)
        for path in self._journal.glob("sums-*.npz"):
            if path.name != sums:
                path.unlink(missing_ok=True)

    def _found(self, begun: Manifest) -> Manifest:
        """The manifest of what is in the folder, which is made where there is none."""
        folder = self._folder
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"output must be a folder. Received {str(folder)!r}, which is a file.")
        found = read_manifest(folder, "output") if folder.exists() else None
        there = [] if found is not None or not folder.exists() else list(folder.iterdir())
        if any(path.name != JOURNAL and not is_unfinished(path) for path in there):
            raise ValueError(
                "output must be a new or an empty folder, or one that this call was begun in. Received "
                f"{str(folder)!r}, which holds other files."
            )
        with self._told():
            self._journal.mkdir(parents=True, exist_ok=True)
        # Whoever waits for the other process finds here what it has done.
        if not self._lock.take(str(folder)):
            raise OSError(f"Another process writes into {str(folder)!r}. Wait for it, or pass another output.")
        found = found and read_manifest(folder, "output")
        for path in (*folder.iterdir(), *self._journal.iterdir()):
            if is_unfinished(path):
                path.unlink(missing_ok=True)
        if found is None or found.layout is None:
            # Begun without a row, as by a call whose arguments did not fit: there is nothing to go on with.
            with self._told():
                begun.write(folder)
            return begun
        pairs = (("arguments", found.arguments, begun.arguments), ("model", found.model, begun.model))
        for of, before, now in pairs:
            if (differs := difference(before, now, of)) is not None:
                raise ValueError(
                    f"output {str(folder)!r} cannot go on. {differs} Pass what it was begun with, or another folder."
                )
        return found

    def _read_sums(self) -> Reduction | None:
        name = self._manifest.reduction
        try:
            return None if name is None else Reduction.from_arrays(read_arrays(str(self._journal / name)))
        except (DamagedFileError, OSError) as error:
            raise ValueError(
                f"output {str(self._folder)!r} cannot go on: {str(self._journal / str(name))!r} is damaged ({error}). "
                "Pass another folder."
            ) from error

    def _read_journal(self) -> dict[int, _Explained]:
        """The chunks of the journal, by their first row; what was cut by a crash of the machine is left out."""
        found: dict[int, _Explained] = {}
        for path in sorted(self._journal.glob("rows-*.npz")):
            with contextlib.suppress(DamagedFileError, KeyError, ValueError):
                found[int(path.stem.removeprefix("rows-"))] = _Explained.of(read_arrays(str(path)))
        return {first: explained for first, explained in found.items() if first >= self._manifest.rows}

    def _in_journal(self, first: int) -> Path:
        return self._journal / f"rows-{first:012d}.npz"

    def _write(self, manifest: Manifest) -> None:
        with self._told():
            manifest.write(self._folder)
        self._manifest = manifest

    def _check_rows(self, chunk: RowChunk, data: str | None) -> None:
        if chunk.fingerprint() != data:
            last = chunk.first + len(chunk) - 1
            raise self._other_rows(f"Rows {chunk.first} to {last} of dataset are others than it was begun with")

    def _other_rows(self, how: str) -> ValueError:
        return ValueError(
            f"output {str(self._folder)!r} cannot go on. {how}. Pass the same data in the same order, without "
            "shuffling, or another folder."
        )

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Says what an error of the disk is about, and that nothing is lost."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
            raise OSError(
                error.errno,
                f"output cannot be written: {reason}. What was finished stays; the same call goes on behind it",
                error.filename or str(self._folder),
            ) from error
