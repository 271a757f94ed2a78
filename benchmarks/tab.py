"""The Attributions tab: how long until something is on the screen, and what it takes from the machine.

python -m benchmarks.tab            # both logs, some minutes
python -m benchmarks.tab --smoke    # proves that it runs: small logs
python -m benchmarks.tab --logs D   # keeps the logs in a folder, and takes those that are there

TensorBoard serves generated logs, and a real Chromium looks at them. Times are those of the browser's own clock: to
when the view was painted, its charts included, not to when it was asked for. On a machine that others use they say
little.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Literal

from tensorboard_plugin_kerasig import schema

from .report import Check, at_most, table
from .tab_browser import NoBrowser, Tab, chromium
from .tab_logs import Log, write
from .tab_server import Server, tensorboard

Size = Literal["smoke", "short", "full"]
LOGS = {"digits": Log(1000, 64, (28, 28)), "photos": Log(200, 16, (224, 224, 3))}
SMALL = {"digits": Log(24, 64, (28, 28)), "photos": Log(12, 16, (96, 96, 3))}
MEBIBYTE = 1 << 20
MANY, FEW = Log(10, 64, (28, 28), runs=40), Log(3, 64, (28, 28), runs=40)
# Milliseconds, MiB, and kB.
FIRST_PAINT = {"digits": 500, "photos": 700}
FIRST_PAINT_OF_MANY, UNCACHED, CACHED, MEMORY, START, LOADED = 1500, 100, 16, 200, 50, 150
# What comes before anything is to be seen.
FIRST_ROUTES = ("linked/page.js", "linked/page.css", "runs")
# Where steps are taken, and what is charted; the tab may open elsewhere.
GALLERY = "&p.kerasig.view=gallery"
HEADER = ("log", "on disk", "as it opens", "gallery", "step, uncached", "step, cached", "probes seen", "memory")


def run(size: Size, logs: Path | None = None) -> tuple[list[str], list[Check]]:
    """Measures everything; what cannot be seen here is said in the checks."""
    opens, steps, starts = {"smoke": (2, 3, 1), "short": (10, 12, 5), "full": (10, 30, 10)}[size]
    rows, checks, more = [], [], []
    with tempfile.TemporaryDirectory(prefix="kerasig-tab-") as scratch:
        folder = logs or Path(scratch)
        try:
            with chromium() as browser:
                for name, log in (SMALL if size == "smoke" else LOGS).items():
                    place = folder / (f"small-{name}" if size == "smoke" else name)
                    row, found = _measure(browser, log, place, opens, steps, FIRST_PAINT[name])
                    rows.append(row)
                    checks += found
                log, place = (FEW, "small-many") if size == "smoke" else (MANY, "many")
                text, found = _many(browser, log, folder / place, opens)
                checks += found
                more.append(text)
        except NoBrowser as missing:
            checks.append(Check("the tab's speed", str(missing), "a browser", None))
        empty = Path(scratch) / "empty"
        empty.mkdir()
        text, check = _starts(empty, starts)
    tables = [*([table(HEADER, rows)] if rows else []), *more, text]
    return tables, [*checks, check]


def _measure(
    browser: Any, log: Log, folder: Path, opens: int, steps: int, bar: float
) -> tuple[Sequence[object], list[Check]]:
    size = _written(log, folder) / MEBIBYTE
    with tensorboard(folder) as server:
        _loaded(browser, server, log)
        first, paints = [], []
        for i in range(opens):
            first.append(_painted(browser, server, ""))
            tab = Tab(browser, server.url, GALLERY)
            paints.append(tab.first_paint)
            if i < opens - 1:
                tab.close()
        tab.rest()
        visible = tab.visible
        # Far from each other, so that none was fetched ahead of.
        spread = list(range(4, log.records - 4, 5))
        uncached = tab.steps_to(random.Random(0).sample(spread, min(steps, len(spread))), rest=True)
        there = log.records // 2
        tab.steps_to([there, there + 1, there], rest=True)
        cached = []
        for index in [there + 1, there, there - 1, there] * (steps // 4 + 1):
            cached.append(tab.step_to(index))
            tab.rest(0.2)
        memory = server.resident()
        tab.close()
    name = str(log)
    row = (
        *(name, f"{size:.0f} MiB", f"{median(first):.0f} ms", f"{median(paints):.0f} ms", f"{median(uncached):.0f} ms"),
        *(f"{median(cached):.1f} ms", visible, f"{memory:.0f} MiB"),
    )
    return row, [
        at_most(f"{name}: first view painted, median of {opens}", median(first), bar, " ms"),
        at_most(f"{name}: gallery painted, charts included, median of {opens}", median(paints), bar, " ms"),
        at_most(f"{name}: slider step, uncached, median of {len(uncached)}", median(uncached), UNCACHED, " ms"),
        at_most(f"{name}: slider step, cached, median of {len(cached)}", median(cached), CACHED, " ms"),
        at_most(f"{name}: server memory beyond the log's size", memory - size, MEMORY, " MiB"),
    ]


def _many(browser: Any, log: Log, folder: Path, opens: int) -> tuple[str, list[Check]]:
    """A folder of many runs: as it opens, with all of them chosen, and what a browser loads before."""
    _written(log, folder)
    with tensorboard(folder) as server:
        while not _is_read(server, log):
            time.sleep(1)
        loaded = {route: len(server.get(route)) / 1000 for route in FIRST_ROUTES}
        chosen = ",".join(f"{name}/{schema.RUN_SUFFIX}" for name in log.names())
        views = {"as it opens": "", "all runs chosen": f"&p.kerasig.runs={chosen}"}
        paints = {view: [_painted(browser, server, fragment) for _ in range(opens)] for view, fragment in views.items()}
    rows = [(f"{view}, painted, median of {opens}", f"{median(found):.0f} ms") for view, found in paints.items()]
    rows += [(f"{route}, gzipped", f"{size:.1f} kB") for route, size in loaded.items()]
    return table((str(log), "first view"), rows), [
        *(at_most(f"{log}, {view}", median(found), FIRST_PAINT_OF_MANY, " ms") for view, found in paints.items()),
        at_most("loaded before anything is seen, gzipped", sum(loaded.values()), LOADED, " kB"),
    ]


def _painted(browser: Any, server: Server, fragment: str) -> float:
    tab = Tab(browser, server.url, fragment)
    found = tab.first_paint
    tab.close()
    return found


def _is_read(server: Server, log: Log) -> bool:
    """Whether TensorBoard has read all runs to their end."""
    runs = json.loads(gzip.decompress(server.get("runs")))["runs"]
    return len(runs) == log.runs and all(run["sets"] and run["sets"][0]["steps"] == log.records for run in runs)


def _written(log: Log, folder: Path) -> int:
    if not folder.exists():
        return write(log, folder)
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _loaded(browser: Any, server: Server, log: Log) -> None:
    """Waits until TensorBoard has read the log to its end, and asked for each thing once."""
    while True:
        tab = Tab(browser, server.url)
        records = tab.records
        tab.rest()
        tab.close()
        if records == log.records:
            return
        time.sleep(1)


def _starts(folder: Path, rounds: int) -> tuple[str, Check]:
    """TensorBoard's start on an empty folder, with and without the plugin, in turn."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(rounds):
        for plugin, found in seconds.items():
            with tensorboard(folder, plugin=plugin) as server:
                found.append(server.seconds)
    differences = [1000 * (a - b) for a, b in zip(seconds[True], seconds[False], strict=True)]
    rows = [(name, f"{median(seconds[plugin]):.2f} s") for plugin, name in ((True, "with it"), (False, "without"))]
    text = table(("TensorBoard's start", f"median of {rounds}"), rows)
    return text, at_most("TensorBoard's start, later by", median(differences), START, " ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group()
    for size in ("smoke", "full"):
        group.add_argument(f"--{size}", dest="size", action="store_const", const=size, default="short")
    parser.add_argument("--logs", type=Path, help="a folder for the generated logs")
    options = parser.parse_args()
    tables, checks = run(options.size, options.logs)
    print(*tables, *checks, sep="\n\n")


if __name__ == "__main__":
    main()
