"""A Chromium to look at pages with: an installed one, else Playwright's own, else Debian's package.

python -m benchmarks.chromium        says which one, after fetching it where there is none
"""

from __future__ import annotations

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Some machines reach a package registry alone; a download that hangs must not take the tests' time.
SECONDS = 240
# What Chromium needs where there is no screen and no room for shared memory, as in containers.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
REMEDY = "install one (Debian: apt-get install chromium), or: python -m playwright install chromium"


def installed() -> str | None:
    """The path of a Chromium that is there: on the search path, or Playwright's own."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None) or _of_playwright()


@functools.cache
def found() -> str | None:
    """The path of a Chromium, fetched where none is installed; None where none can be had."""
    return installed() or _fetched_by_playwright() or _installed_by_debian()


def _of_playwright() -> str | None:
    """The path of the browser that Playwright has downloaded."""
    if importlib.util.find_spec("playwright") is None:
        return None
    folder = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    for pattern in (
        "chromium*/chrome-*/headless_shell",
        "chromium*/chrome-*/chrome*",
        "chromium*/chrome-*/*/*/Chromium",
    ):
        for path in sorted(Path(folder).glob(f"chromium*/chrome-*/{pattern}"), reverse=True):
            if path.is_file() and os.access(path, os.X_OK):
                return str(path)
    return None


def _fetched_by_playwright() -> str | None:
    if importlib.util.find_spec("playwright") is None:
        return None
    _ran(sys.executable, "-m", "playwright", "install", "chromium")
    return _of_playwright()


def _installed_by_debian() -> str | None:
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    _ran("apt-get", "update", "-qq")
    _ran("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core")
    return installed()


def _ran(*command: str) -> None:
    """Runs a command for what it leaves behind; whether it did is looked at afterwards."""
    try:
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(command, capture_output=True, timeout=SECONDS, env=environment, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return


if __name__ == "__main__":
    print(found() or f"There is no Chromium, and none could be fetched: {REMEDY}.")
