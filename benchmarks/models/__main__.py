"""Prints what each case is, how good its model is, and how long it took to build: python -m benchmarks.models."""

from __future__ import annotations

import argparse
import time

from . import REGISTRY, Unavailable, build


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="cases; all when none is named")
    parser.add_argument("--examples", type=int, help="how many examples of each")
    parser.add_argument("--cache", help="folder for trained weights")
    options = parser.parse_args()
    print(f"{'case':34} {'parameters':>10} {'accuracy':>8} {'score':>6} {'seconds':>7}")
    for name in options.names or REGISTRY:
        start = time.perf_counter()
        try:
            case = build(name, options.examples, cache=options.cache)
        except Unavailable as error:
            print(f"{name:34} skipped: {error}")
            continue
        seconds = time.perf_counter() - start
        # The median of the explained scalar; near 1 a softmax is saturated.
        scores = case.model.predict(case.inputs, verbose=0)[range(len(case.target)), case.target]
        score = sorted(scores)[len(scores) // 2]
        print(f"{name:34} {case.model.count_params():10,} {case.accuracy:8.1%} {score:6.3f} {seconds:7.1f}")


if __name__ == "__main__":
    main()
