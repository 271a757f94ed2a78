"""The command: `python -m benchmarks.zoo`."""

from __future__ import annotations

import argparse

from .. import zoo
from .sweep import run


def main() -> None:
    parser = argparse.ArgumentParser(description=zoo.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="those whose names hold one of these")
    parser.add_argument("--smoke", dest="size", action="store_const", const="smoke", default="full")
    options = parser.parse_args()
    tables, checks = run(options.size, options.only)
    print("\n\n".join(tables), *checks, sep="\n")


if __name__ == "__main__":
    main()
