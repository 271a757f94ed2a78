"""Photographs twelve screens of the Attributions tab, and the same of an earlier revision beside them.

python -m benchmarks.screens OUT                     # as it is here
python -m benchmarks.screens OUT --before v0.1.0     # and as it was then, side by side in OUT/index.html
python -m benchmarks.screens OUT --only dark probe   # some of them
python -m benchmarks.screens OUT --logs FOLDER       # takes the logs that are there, and keeps those that are not

Logs that are absent are written first, by real trainings: a quarter of an hour on two cores. A screen whose data is not
on this machine is left out, and the page says why.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.models.case import cache_folder
from benchmarks.tab_browser import NoBrowser, chromium
from benchmarks.tab_server import tensorboard

from .album import file_name, write_album
from .camera import loaded, photograph
from .logs import write_all
from .revisions import HERE, NoRevision, check_served, checked_out, plugin_of


@dataclass(frozen=True)
class Screen:
    """What is photographed.

    Args:
        title: what it shows.
        log: kind of the log.
        state: fields of the address; without any, the tab opens as it does for somebody new.
        width: of the window, in pixels.
        dark: the theme.
    """

    title: str
    log: str
    state: Mapping[str, Any] = field(default_factory=dict)
    width: int = 1280
    dark: bool = False


SCREENS = {
    "overview": Screen("Overview of the demo, as it opens", "digits"),
    "photographs": Screen("Photographs", "photos", {"view": "gallery"}),
    "probe": Screen("One probe, two runs", "digits", {"view": "probe", "probe": 3}),
    "path": Screen("The path of one probe", "digits", {"view": "path", "probe": 3}),
    "timeline": Screen("Timeline", "digits", {"view": "timeline"}),
    "compare": Screen("Two runs compared", "digits", {"view": "compare"}),
    "tokens": Screen("Tokens", "tokens", {"view": "gallery"}),
    "tables": Screen("Tables with eight runs", "tables8", {"view": "gallery"}),
    "mixed": Screen("A folder of several experiments, as it opens", "mixed"),
    "alarms": Screen("Alarms, as it opens", "alarms"),
    "narrow": Screen("900 pixels wide, as it opens", "digits", width=900),
    "dark": Screen("Dark, as it opens", "digits", dark=True),
}


def take(
    out: Path,
    logs: Path,
    *,
    before: str | None = None,
    screens: Mapping[str, Screen] = SCREENS,
    absent: Mapping[str, str] | None = None,
) -> Path:
    """Photographs the screens into a folder.

    Args:
        out: the folder.
        logs: a folder with a log of each kind.
        before: a revision of git, to be photographed as well.
        screens: by name.
        absent: by kind of a log, why it is not there.

    Returns:
      The page with all of them.

    Raises:
        NoBrowser: there is no Chromium here.
        NoRevision: git has no such revision.
    """
    out.mkdir(parents=True, exist_ok=True)
    absent = absent or {}
    with ExitStack() as stack:
        trees = {"before": stack.enter_context(checked_out(before))} if before else {}
        trees["after"] = HERE
        browser = stack.enter_context(chromium())
        for side, tree in trees.items():
            for log in dict.fromkeys(screen.log for screen in screens.values() if screen.log not in absent):
                chosen = {name: screen for name, screen in screens.items() if screen.log == log}
                _photograph_log(browser, tree, logs / log, chosen, out, side)
    missing = {
        name: dict.fromkeys(trees, absent[screen.log]) for name, screen in screens.items() if screen.log in absent
    }
    return write_album(out, {name: screen.title for name, screen in screens.items()}, list(trees), missing)


def _photograph_log(browser: Any, tree: Path, log: Path, screens: Mapping[str, Screen], out: Path, side: str) -> None:
    with plugin_of(tree), tensorboard(log) as server:
        check_served(server.url, tree)
        loaded(server.url)
        for name, screen in screens.items():
            path = out / file_name(name, side)
            photograph(browser, server.url, screen.state, path, width=screen.width, dark=screen.dark)
            print(path, flush=True)


def _kinds(screens: Iterable[Screen]) -> list[str]:
    return list(dict.fromkeys(screen.log for screen in screens))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.screens", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="where the photographs and index.html go")
    parser.add_argument("--before", metavar="REVISION", help="of git, to be photographed as well")
    parser.add_argument("--logs", type=Path, help="where the logs are kept; else among the benchmarks' files")
    parser.add_argument("--only", nargs="+", choices=SCREENS, default=list(SCREENS), metavar="SCREEN")
    options = parser.parse_args()
    # What was started and checked out goes however this ends.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    logs = options.logs or cache_folder() / "logs"
    screens = {name: SCREENS[name] for name in options.only}
    absent = write_all(logs, _kinds(screens.values()))
    try:
        page = take(options.out, logs, before=options.before, screens=screens, absent=absent)
    except (NoBrowser, NoRevision) as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"All of them side by side: {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
