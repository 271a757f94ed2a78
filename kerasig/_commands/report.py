"""`python -m kerasig report`: a log as one HTML file."""

from __future__ import annotations

import argparse
import os
import sys
from types import ModuleType

from kerasig._commands.main import FINE, as_typed

DESCRIPTION = """Writes one HTML file that shows what kerasig.IGCallback logged, as TensorBoard's tab does.
Whoever opens it needs no server, no network and nothing installed. Where all records would be too many, the
file has the maps of some, and says so, and the numbers of all."""

EXAMPLES = """examples:
  python -m kerasig report logs -o report.html
  python -m kerasig report logs -o report.html --run tagged --run untagged --title "With the tag, and without"
  python -m kerasig report logs -o small.html --megabytes 2"""

# The arguments of `kerasig.report`, and what they are typed as.
_TYPED = {"what": "LOGDIR", "path": "--output", "runs": "--run", "title": "--title", "megabytes": "--megabytes"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    parser.add_argument("log_dir", metavar="LOGDIR", help="the callback's log_dir, or a directory above several runs")
    parser.add_argument("-o", "--output", metavar="FILE", help="kerasig-report.html in this directory where left out")
    parser.add_argument("--title", help="at the top; the directory's name where left out")
    parser.add_argument("--run", action="append", metavar="NAME", help="this run alone; may be given again")
    parser.add_argument("--megabytes", type=float, default=5.0, help="the file's size at most; 5")


def run(options: argparse.Namespace) -> int:
    """Writes the report, and prints where it lies."""
    if "://" not in options.log_dir:
        _without_tensorflow()
    from kerasig._report.report import report

    chosen, most = options.run, options.megabytes
    try:
        path = report(options.log_dir, options.output, title=options.title, runs=chosen, megabytes=most)
    except ValueError as error:
        raise ValueError(as_typed(str(error), _TYPED)) from error
    print(f"{path}: {os.path.getsize(path) / 1e6:.1f} MB")
    return FINE


def _without_tensorflow() -> None:
    """Has TensorBoard read by itself, as where no TensorFlow is installed, which takes seconds to import."""
    if not {"tensorflow", "tensorboard.compat"} & {*sys.modules}:
        sys.modules["tensorboard.compat.notf"] = ModuleType("notf")
