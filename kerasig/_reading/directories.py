"""The run directories below a log directory, and what each run is called."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from tensorboard_plugin_kerasig import schema

from kerasig._arguments import shown
from kerasig._reading.event_file import is_event_file
from kerasig._reading.run_index import is_ours

_OURS = re.compile(rf"{schema.RUN_SUFFIX}(?:-(\d+))?")
_LOGGED = "Pass the log_dir of kerasig.IGCallback, or a directory above it."


def as_log_dir(log_dir: Any) -> str:
    """The path of a log directory that is there.

    Raises:
        TypeError: it is no path.
        FileNotFoundError: there is none.
        NotADirectoryError: it is a file.
        ValueError: it is none of this machine.
    """
    try:
        path = os.fsdecode(log_dir)
    except TypeError:
        raise TypeError(f"log_dir must be a path. Received log_dir={shown(log_dir)}. {_LOGGED}") from None
    if "://" in path:
        raise ValueError(
            f"log_dir must be a directory of this machine. Received log_dir={shown(path)}. Copy it here first."
        )
    if not path or not os.path.exists(path):
        raise FileNotFoundError(f"log_dir must be a directory. Received log_dir={shown(path)}, which is not there.")
    if not os.path.isdir(path):
        raise NotADirectoryError(f"log_dir must be a directory. Received log_dir={shown(path)}, a file. {_LOGGED}")
    return path


def runs_below(log_dir: str) -> dict[str, list[str]]:
    """The event files of each run, by the name that the Attributions tab has for it.

    Raises:
        ValueError: there are none, or none of IGCallback's.
    """
    found: dict[str, list[str]] = {}
    others = 0
    for directory, files in _with_events(log_dir):
        relative = os.path.relpath(directory, log_dir)
        if _OURS.fullmatch(os.path.basename(os.path.abspath(directory))) or any(map(is_ours, files)):
            found[relative] = files
        else:
            others += 1
    if not found:
        held = (
            f"event files in {others} director{'y' if others == 1 else 'ies'}, none of kerasig's"
            if others
            else "no event files"
        )
        raise ValueError(f"log_dir must hold what kerasig.IGCallback logged. {log_dir!r} holds {held}. {_LOGGED}")
    return {name_of(relative): files for relative, files in sorted(found.items())}


def name_of(run: str) -> str:
    """A run's name: its directory without the one that kerasig adds; "." is the log directory itself."""
    base, last = os.path.split(run)
    match = _OURS.fullmatch(last)
    if match is None:
        return run.replace(os.sep, "/")
    base = (base or ".").replace(os.sep, "/")
    return f"{base} ({match[1]})" if match[1] else base


def _with_events(top: str) -> Iterator[tuple[str, list[str]]]:
    """Each directory with event files, in the order in which these were begun; links are followed, each once."""
    seen = set()
    for directory, below, names in os.walk(top, followlinks=True):
        place = os.path.realpath(directory)
        if place in seen:
            below.clear()
            continue
        seen.add(place)
        below.sort()
        files = [os.path.join(directory, name) for name in sorted(names) if is_event_file(name)]
        if files:
            yield directory, files
