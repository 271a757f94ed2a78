"""The manifest of an output: what it was begun with, and the shards that are done; written whole after each of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kerasig._datasets.layout import ShardLayout
from kerasig._datasets.shards import Written
from kerasig._datasets.whole_files import whole_file
from kerasig._sentences import shown
from kerasig._types import Format

NAME = "manifest.json"
VERSION = 1
# Stands for the argument `key` where rows come with keys.
OWN_KEYS = "of each row"
_WHAT = "kerasig attributions"


@dataclass(frozen=True)
class Shard:
    """A shard that is done.

    Args:
        file: as it was written.
        data: the fingerprints of its chunks, in their order; none where rows came in no order.
    """

    file: Written
    data: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """The state of an output.

    Args:
        format: of its shards.
        chunk_rows: how many rows are explained in one call.
        shard_rows: how many rows a shard has, the last one aside; None where rows came in no order.
        model: see `fingerprints.of_model`.
        arguments: see `fingerprints.of_arguments`.
        layout: of the shards; None before the first.
        shards: that are done.
        complete: whether the data set was read to its end.
        reduction: the file of what was reduced over these shards; None where nothing is.
    """

    format: Format
    chunk_rows: int
    shard_rows: int | None
    model: Mapping[str, Any]
    arguments: Mapping[str, Any]
    layout: ShardLayout | None = None
    shards: tuple[Shard, ...] = ()
    complete: bool = False
    reduction: str | None = None

    @property
    def rows(self) -> int:
        """How many rows are in shards."""
        return sum(shard.file.rows for shard in self.shards)

    def with_shard(self, shard: Shard, reduction: str | None) -> Manifest:
        """The same after a further shard."""
        return replace(self, shards=(*self.shards, shard), reduction=reduction)

    def write(self, folder: Path) -> None:
        """Puts it into the output, in the place of the one before."""
        described = {"is": _WHAT, "version": VERSION, "rows": self.rows, **asdict(self)}
        described["layout"] = None if self.layout is None else self.layout.to_json()
        with whole_file(folder / NAME) as file:
            file.write((json.dumps(described, indent=1) + "\n").encode())


def read_manifest(folder: Path, argument: str) -> Manifest | None:
    """The manifest of an output; None where there is none.

    Args:
        folder: of the output.
        argument: that names it, for messages.

    Raises:
        ValueError: it is of something else, damaged, or a later version's.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or found.pop("is", None) != _WHAT:
            raise ValueError(f"{argument} must be an output of kerasig. Received {str(folder)!r}, of something else.")
        if (version := found.pop("version")) != VERSION:
            raise ValueError(
                f"{str(folder)!r} has version {shown(version)}; this kerasig reads {VERSION}. Upgrade kerasig."
            )
        found.pop("rows")
        layout = None if found["layout"] is None else ShardLayout.from_json(found["layout"])
        shards = tuple(Shard(Written(**shard["file"]), tuple(shard["data"])) for shard in found["shards"])
        return Manifest(**{**found, "layout": layout, "shards": shards})
    except (KeyError, TypeError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{str(path)!r} is damaged: {shown(error)}. Restore it, or pass another folder.") from error
