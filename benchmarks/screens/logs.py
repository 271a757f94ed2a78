"""Logs of every kind of input, kept in a folder: those that are there are not written again.

python -m benchmarks.screens.logs FOLDER             # every kind, a quarter of an hour on two cores
python -m benchmarks.screens.logs FOLDER digits      # one of them
"""

from __future__ import annotations

import argparse
import os
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.models import Unavailable
from benchmarks.tab_logs import Log, write

from .photos import photos
from .trainings import TRAININGS


def mixed(folder: Path) -> None:
    """Several experiments in one folder: other inputs, other sets of probes."""
    for kind, runs in (("digits", ("tagged", "untagged")), ("tables8", ()), ("tokens", ("transformer",))):
        whole = written(kind, folder.parent)
        chosen = [whole / run for run in runs] or sorted(whole.iterdir())[:2]
        for run in chosen:
            shutil.copytree(run, folder / kind / run.name)


def many40(folder: Path) -> None:
    """Forty runs of 64 probes, with invented numbers."""
    write(Log(20, 64, (28, 28), runs=40), folder)


LOGS: dict[str, Callable[[Path], None]] = {**TRAININGS, "mixed": mixed, "many40": many40, "photos": photos}


def written(kind: str, folder: Path) -> Path:
    """The log of a kind below `folder`, written where it is not there.

    Raises:
        Unavailable: its data is not on this machine; the message is one sentence that says what.
    """
    place = folder / kind
    if place.exists():
        return place
    # Written beside and renamed: half a log is none.
    part = folder / f"{kind}.part-{os.getpid()}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        LOGS[kind](part)
        os.replace(part, place)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return place


def write_all(folder: Path, kinds: Iterable[str] = LOGS) -> dict[str, str]:
    """Writes logs and says on the way how it goes.

    Returns:
      By kind, why a log is not there.
    """
    missing = {}
    for kind in kinds:
        began = time.perf_counter()
        try:
            written(kind, folder)
            print(f"{kind}: {time.perf_counter() - began:.0f} seconds", flush=True)
        except Unavailable as reason:
            missing[kind] = str(reason)
            print(f"{kind}: {reason}", flush=True)
    return missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("kinds", nargs="*", choices=[[], *LOGS], help="all when none is named")
    options = parser.parse_args()
    write_all(options.folder, options.kinds or LOGS)


if __name__ == "__main__":
    main()
