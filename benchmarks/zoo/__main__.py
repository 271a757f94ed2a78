"""The command: `python -m benchmarks.zoo`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import zoo
from .document import write
from .sweep import SUBJECTS, run


def main() -> None:
    parser = argparse.ArgumentParser(description=zoo.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="those whose names hold one of these")
    parser.add_argument("--smoke", dest="size", action="store_const", const="smoke", default="full")
    parser.add_argument("--seconds", type=float, help="that a dense integral may take (default: 10)")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the rows into the table of this file")
    options = parser.parse_args()
    tables, checks = run(options.size, options.only, options.seconds)
    print("\n\n".join(tables), *checks, sep="\n")
    if options.write:
        head, found, *_ = tables
        write(options.write, head, found, [subject.name for subject in SUBJECTS])


if __name__ == "__main__":
    main()
