"""The index of a run: which records each of its tags has, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass, field

from tensorboard_plugin_kerasig import schema

from kerasig._reading.event_file import Cut, RecordPlace, Restart, Value, read_value, scan

_PREFIXES = tuple(f"{kind}/" for kind in schema.KINDS)


@dataclass
class TagIndex:
    """The records of one tag.

    Args:
        tag: itself.
        content: what its metadata say.
        places: by step; of two records of a step the later one.
    """

    tag: str
    content: schema.Content
    places: dict[int, RecordPlace] = field(default_factory=dict)


@dataclass
class RunIndex:
    """The records of one run directory.

    Args:
        tags: by tag.
        faults: sentences about what could not be read.
        cut_files: that end within a record.
    """

    tags: dict[str, TagIndex] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    cut_files: list[str] = field(default_factory=list)

    def find(self, kind: str, title: str, series: str = "") -> TagIndex | None:
        """The records of a kind, if there are any."""
        found = self.tags.get(schema.tag(kind, title, series))
        return found if found is not None and found.places else None

    def of_kind(self, kind: str) -> list[TagIndex]:
        """All tags of a kind that have records, in the order in which they were begun."""
        return [tag for tag in self.tags.values() if tag.content.kind == kind and tag.places]


def index_of(files: list[str]) -> RunIndex:
    """Reads the event files of a run, in the order in which they were begun; no record is decoded."""
    index = RunIndex()
    for path in files:
        for found in scan(path, _PREFIXES):
            if isinstance(found, Value):
                _take(index, found)
            elif isinstance(found, Restart):
                for tag in index.tags.values():
                    tag.places = {step: place for step, place in tag.places.items() if step < found.step}
            elif isinstance(found, Cut):
                index.cut_files.append(found.path)
    return index


def blobs_of(tag: TagIndex, step: int) -> list[bytes]:
    """The blobs of a record, its header first.

    Raises:
        OSError, ValueError: it cannot be read, or holds none.
    """
    blobs = list(read_value(tag.places[step], tag.tag).tensor.string_val)
    if not blobs:
        raise schema.FormatError("A record holds no blobs: its header is missing.")
    return blobs


def is_ours(path: str, most: int = 64) -> bool:
    """Whether one of the first values of an event file is IGCallback's."""
    for count, found in enumerate(scan(path, ("",))):
        if isinstance(found, Value) and found.plugin == schema.PLUGIN_NAME:
            return True
        if count >= most:
            break
    return False


def _take(index: RunIndex, value: Value) -> None:
    if value.plugin != schema.PLUGIN_NAME:
        return
    known = index.tags.get(value.tag)
    # Of each tag it is the first event that describes its columns.
    if known is None or (known.content.kind == "stats" and not known.content.measures):
        try:
            content = schema.parse_plugin_content(value.content)
        except schema.FormatError as error:
            if str(error) not in index.faults:
                index.faults.append(str(error))
            return
        if known is None:
            known = index.tags[value.tag] = TagIndex(value.tag, content)
        elif content.measures and content.names == known.content.names:
            known.content = content
    # A record that is written again is the later one, in its order too.
    known.places.pop(value.step, None)
    known.places[value.step] = value.place
