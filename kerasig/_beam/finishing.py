"""The contents of a folder that a pipeline leaves: shards, each written whole, then their sums and the manifest."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from numpy.typing import NDArray

from kerasig._beam.shards import ExplainedShard
from kerasig._datasets.fingerprints import difference
from kerasig._datasets.manifest import NAME, Manifest, Shard, read_manifest
from kerasig._datasets.output import GLOBAL
from kerasig._datasets.shards import Written, shard_name, write_shard
from kerasig._datasets.whole_files import whole_file
from kerasig._global.reduction import Reduction
from kerasig._global.result import GlobalAttribution
from kerasig._storage import write_arrays


@dataclass(frozen=True, eq=False)
class WrittenShard:
    """A shard that lies in the folder.

    Args:
        number: of it.
        path: of it.
        file: as a manifest knows it.
        begun: the manifest that an output of such rows begins with.
        sums: over its rows.
    """

    number: int
    path: str
    file: Written
    begun: Manifest
    sums: dict[str, NDArray[Any]]


class WriteShard(beam.DoFn):
    """Writes each shard; a bundle that is tried again writes the same bytes again.

    Args:
        folder: of the output.
        failed: the tag of rows without an attribution.
    """

    def __init__(self, folder: str, failed: str) -> None:
        self._folder, self._failed = folder, failed

    def process(self, shard: ExplainedShard) -> Iterator[Any]:
        """The shard as it was written, and its rows that failed."""
        for key, failure in shard.failures:
            yield beam.pvalue.TaggedOutput(self._failed, (key, failure.reason))
        if not shard.columns:
            return
        with placed(self._folder) as there:
            check_begun(there.local, self._folder, shard.begun)
            name = shard_name(shard.number, shard.begun.format)
            assert shard.begun.layout is not None
            written = write_shard(there.local / name, shard.columns, shard.begun.layout, shard.begun.format)
            there.keep(name)
        yield WrittenShard(shard.number, f"{self._folder}/{name}", written, shard.begun, shard.sums)


class InOneList(beam.CombineFn):
    """The sums of all shards, which are merged in the order of the shards, however they come: to the bit the same."""

    def create_accumulator(self) -> list[WrittenShard]:
        """None yet."""
        return []

    def add_input(self, found: list[WrittenShard], shard: WrittenShard) -> list[WrittenShard]:
        """A further one."""
        return [*found, shard]

    def merge_accumulators(self, several: Iterable[list[WrittenShard]]) -> list[WrittenShard]:
        """Those of several workers."""
        return [shard for found in several for shard in found]

    def extract_output(self, found: list[WrittenShard]) -> list[WrittenShard]:
        """All by their numbers."""
        return sorted(found, key=lambda shard: shard.number)


def finished(shards: list[WrittenShard], folder: str) -> GlobalAttribution:
    """Writes the sums and the manifest of all shards, and returns what they amount to.

    Raises:
        ValueError: there is no row, or rows of one shard do not fit those of another.
    """
    if not shards:
        raise ValueError("There must be at least one row that can be explained. Received none: see the failed rows.")
    begun = shards[0].begun
    for shard in shards[1:]:
        if shard.begun != begun:
            raise ValueError(
                f"All workers must explain alike. Shard {shard.number} differs from shard {shards[0].number}: "
                f"{_difference(begun, shard.begun)} See that workers have one model and one version of kerasig."
            )
    sums = Reduction.from_arrays(shards[0].sums)
    for shard in shards[1:]:
        sums.merge(Reduction.from_arrays(shard.sums))
    with placed(folder) as there:
        with whole_file(there.local / GLOBAL) as file:
            write_arrays(file, sums.to_arrays())
        there.keep(GLOBAL)
        listed = tuple(Shard(shard.file) for shard in shards)
        replace(begun, shards=listed, complete=True).write(there.local)
        there.keep(NAME)
    return sums.result()


def check_begun(local: Path, folder: str, begun: Manifest) -> None:
    """Raises ValueError where a folder holds what was begun with something else."""
    if (found := read_manifest(local, "output")) is None:
        return
    for of, before, now in (("arguments", found.arguments, begun.arguments), ("model", found.model, begun.model)):
        if (differs := difference(before, now, of)) is not None:
            raise ValueError(f"output {folder!r} is of something else. {differs} Pass another folder.")


def check_folder(folder: str) -> None:
    """Raises ValueError where a folder of this machine holds what kerasig did not write."""
    if not is_local(folder) or not os.path.exists(folder):
        return
    if not os.path.isdir(folder):
        raise ValueError(f"output must be a folder. Received {folder!r}, which is a file.")
    others = [name for name in os.listdir(folder) if not name.startswith((".", "shard-"))]
    if others and read_manifest(Path(folder), "output") is None:
        raise ValueError(f"output must be a new or an empty folder. Received {folder!r}, which holds {others[0]!r}.")


def is_local(folder: str) -> bool:
    """Whether a folder is one of this machine's own file system, and no bucket."""
    return FileSystems.get_scheme(folder) is None


class placed:
    """A folder to write into: itself, or one of this machine whose files are copied to a bucket.

    Args:
        folder: by its path or address.
    """

    def __init__(self, folder: str) -> None:
        self._folder, self.is_local = folder, is_local(folder)
        self._temporary = None if self.is_local else tempfile.TemporaryDirectory()
        self.local = Path(folder if self._temporary is None else self._temporary.name)

    def __enter__(self) -> placed:
        if self.is_local:
            self.local.mkdir(parents=True, exist_ok=True)
        elif FileSystems.exists(manifest := FileSystems.join(self._folder, NAME)):
            with FileSystems.open(manifest, compression_type=CompressionTypes.UNCOMPRESSED) as file:
                (self.local / NAME).write_bytes(file.read())
        return self

    def __exit__(self, *_: object) -> None:
        if self._temporary is not None:
            self._temporary.cleanup()

    def keep(self, name: str) -> None:
        """Puts a file that was written where it belongs; in a bucket it is there whole or not at all."""
        if self.is_local:
            return
        if not FileSystems.exists(self._folder):
            FileSystems.mkdirs(self._folder)
        with FileSystems.create(
            FileSystems.join(self._folder, name), compression_type=CompressionTypes.UNCOMPRESSED
        ) as file:
            file.write((self.local / name).read_bytes())


def _difference(one: Manifest, other: Manifest) -> str:
    for of in ("arguments", "model"):
        if (differs := difference(getattr(one, of), getattr(other, of), of)) is not None:
            return differs
    return "their rows have other columns."
