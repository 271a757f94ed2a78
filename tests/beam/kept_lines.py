"""Lines that a pipeline leaves in a folder, from whichever process: a file for each."""

import os
import uuid
from pathlib import Path

import apache_beam as beam


def keep(folder: Path) -> beam.PTransform:
    """A step that writes each line to a file."""
    folder.mkdir()
    return beam.Map(_write, str(folder))


def kept(folder: Path) -> list[str]:
    """The lines that were written, in no order."""
    return [path.read_text("utf-8") for path in folder.iterdir()]


def _write(line: str, folder: str) -> None:
    Path(os.path.join(folder, uuid.uuid4().hex)).write_text(line, "utf-8")
