"""Common parts of the examples of the papers' systems: options, where data lies, and how findings are kept.

An example ends with `sys.exit(run(__doc__, work, add_options))`. `work` returns a `Finding`, which is printed, and kept
as JSON where `--json` says so: `python examples/papers/papers.py` makes docs/internals/papers.md of those.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

# Keras's progress bar, or a line an epoch where the output is kept.
VERBOSE = 1 if sys.stdout.isatty() else 2
# Options that say where something is put.
_PLACES = ("--json", "--out", "--log-dir", "--weights")


class Unavailable(Exception):
    """A file, a package or an option is missing; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Finding:
    """The findings of an example.

    Args:
        system: of the papers.
        claim: the papers' finding.
        substitute: what stands in here for closed data or models.
        numbers: what was measured, by name, as it should be read.
        seen: whether the finding was seen.
    """

    system: str
    claim: str
    substitute: str
    numbers: dict[str, str]
    seen: bool

    def __str__(self) -> str:
        width = max(map(len, self.numbers))
        lines = [f"  {name:{width}}  {number}" for name, number in self.numbers.items()]
        verdict = "The papers' finding was seen." if self.seen else "The papers' finding was NOT seen."
        return "\n".join([f"\n{self.system}: {self.claim}", *lines, verdict])


def run(
    about: str | None,
    work: Callable[[argparse.Namespace], Finding],
    add_options: Callable[[argparse.ArgumentParser], None] = lambda parser: None,
) -> int:
    """Runs an example as a command; returns its exit code: 2 where something is missing, in one sentence.

    Args:
        about: the example's docstring.
        work: from the options to what was found.
        add_options: adds those of the example. All have `--small` (seconds, for tests), `--out` and `--json`.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a version of seconds: less data, fewer epochs")
    parser.add_argument("--out", type=Path, default=Path("figures"), help="folder for the figures")
    parser.add_argument("--json", type=Path, help="file to keep the numbers in")
    add_options(parser)
    options = parser.parse_args()
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        found = work(options)
    except Unavailable as missing:
        print(missing, file=sys.stderr)
        return 2
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in ("kerasig", "examples", ""):
            raise
        print(f"This example needs {missing.name}: pip install '.[examples]' in kerasig's folder.", file=sys.stderr)
        return 2
    print(found)
    if options.json:
        command = " ".join(["python", *_without_places(sys.argv)])
        options.json.write_text(json.dumps(asdict(found) | {"command": command}, indent=1) + "\n")
    return 0


def _without_places(arguments: list[str]) -> list[str]:
    """A command's words without the options that change no number."""
    kept, skipped = [], False
    for word in arguments:
        option, equals, _ = word.partition("=")
        if not skipped and option not in _PLACES:
            kept.append(word)
        skipped = option in _PLACES and not equals
    return kept


def data_path(given: Path | None, *parts: str, remedy: str) -> Path:
    """The path that a user gave, or that of shared data below the folder that KERASIG_DATA names.

    Args:
        given: the value of an option, or None.
        parts: below the shared folder.
        remedy: how to get the data: an option and a URL or package, as one sentence.

    Raises:
        Unavailable: it is not there.
    """
    root = os.environ.get("KERASIG_DATA")
    path = given or (Path(root, *parts) if root else None)
    if path is None:
        raise Unavailable(f"{'/'.join(parts)} is not there: KERASIG_DATA names no folder. {remedy}")
    if not path.exists():
        raise Unavailable(f"{path} does not exist. {remedy}")
    return path


def write_figure(figure: Figure, folder: Path, name: str) -> Path:
    """Writes a figure as a page of its own, beside one plotly.min.js for all of the folder; says where."""
    path = folder / f"{name}.html"
    figure.write_html(path, include_plotlyjs="directory")
    print(f"Figure: {path}")
    return path
