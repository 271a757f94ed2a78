"""The command: `python -m benchmarks.zoo`."""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import zoo
from .sweep import run

MARKER = "<!-- The rest is written by: python -m benchmarks.zoo --write docs/models.md -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=zoo.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="those whose names hold one of these")
    parser.add_argument("--smoke", dest="size", action="store_const", const="smoke", default="full")
    parser.add_argument("--seconds", type=float, help="that a dense integral may take (default: 10)")
    parser.add_argument("--write", type=Path, metavar="MD", help="put the tables behind the marker in this file")
    options = parser.parse_args()
    tables, checks = run(options.size, options.only, options.seconds)
    text = "\n\n".join(tables)
    print(text, *checks, sep="\n")
    if options.write:
        kept, marker, _ = options.write.read_text().partition(MARKER)
        options.write.write_text(f"{kept}{marker or MARKER}\n\n{text}\n")


if __name__ == "__main__":
    main()
