"""Runs the benchmarks and prints their tables, then a line of pass or fail for whatever has a bar.

python -m benchmarks            # short versions of all
python -m benchmarks --smoke    # proves that they run
python -m benchmarks speed      # one of them
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from . import accuracy, dataset, memory, overhead, speed, tab, time_to_accuracy
from .report import Check
from .zoo import sweep

BENCHMARKS: dict[str, Callable[[accuracy.Size], tuple[list[str], list[Check]]]] = {
    "accuracy": accuracy.run,
    "speed": speed.run,
    "memory": memory.run,
    "dataset": dataset.run,
    "time_to_accuracy": time_to_accuracy.run,
    "overhead": overhead.run,
    "tab": tab.run,
    # All of it takes half an hour and a package of its own: python -m benchmarks.zoo
    "zoo": lambda size: sweep.run("smoke"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *BENCHMARKS], help="all when none is named")
    group = parser.add_mutually_exclusive_group()
    for size in ("smoke", "full"):
        group.add_argument(f"--{size}", dest="size", action="store_const", const=size, default="short")
    options = parser.parse_args()
    checks: list[Check] = []
    for name in options.names or BENCHMARKS:
        start = time.perf_counter()
        tables, found = BENCHMARKS[name](options.size)
        print(f"## {name}", *tables, f"{time.perf_counter() - start:.0f} seconds", sep="\n\n", end="\n\n", flush=True)
        checks += found
    print(*checks, sep="\n")
    passed, failed = (sum(check.passed is verdict for check in checks) for verdict in (True, False))
    print(f"\n{passed} of {len(checks)} hold, {failed} do not, {len(checks) - passed - failed} could not be seen here.")


if __name__ == "__main__":
    main()
