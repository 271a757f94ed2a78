"""The tab photographed in a real Chromium, once it shows what its address asks for."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEIGHT = 800
_PATIENCE = 60_000  # In Playwright's milliseconds: a bound, not a pause.
_QUIET = 0.6  # Seconds in which nothing comes.
_MOST_PHOTOGRAPHS = 20  # Of one screen, until two in a row are alike.
_READY = (
    "/^(ready|empty|error)$/.test(document.documentElement.dataset.kerasig)"
    " && !document.documentElement.hasAttribute('data-waits')"
)
# Early pages drew their charts after everything else.
_CHARTED = "![...document.querySelectorAll('div.plot')].some((plot) => !plot.childElementCount)"


def loaded(url: str, seconds: float = 120) -> None:
    """Waits until TensorBoard has read its log, that is until it has told the same of it for three seconds."""
    deadline = time.monotonic() + seconds
    answer, since = b"", time.monotonic()
    while time.monotonic() < deadline:
        with urllib.request.urlopen(f"{url}/data/plugin/kerasig/runs", timeout=60) as response:
            latest = response.read()
        if latest != answer or not json.loads(latest)["runs"]:
            answer, since = latest, time.monotonic()
        elif time.monotonic() - since > 3:
            return
        time.sleep(0.2)
    raise RuntimeError(f"TensorBoard did not read its log within {seconds:.0f} seconds.")


def photograph(browser: Any, url: str, state: Mapping[str, Any], path: Path, *, width: int, dark: bool) -> None:
    """Photographs the tab as it first shows a state, in a browser that never saw it before."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHT})
    try:
        page = context.new_page()
        page.set_default_timeout(_PATIENCE)
        traffic = _Traffic(page)
        fields = "".join(f"&p.kerasig.{name}={value}" for name, value in state.items())
        page.goto(f"{url}/?darkMode={str(dark).lower()}#kerasig{fields}")
        page.wait_for_selector("iframe", state="attached")
        _entry(page).wait_for_function(_READY)
        _entry(page).wait_for_function(_CHARTED)
        traffic.wait_for_quiet()
        path.write_bytes(_still(page))
    finally:
        context.close()


class _Traffic:
    """What a page has asked for and not got."""

    def __init__(self, page: Any):
        self._page = page
        self._open: set[Any] = set()
        self._last = time.monotonic()
        page.on("request", lambda request: self._open.add(request))
        page.on("requestfinished", self._on_end)
        page.on("requestfailed", self._on_end)

    def _on_end(self, request: Any) -> None:
        self._open.discard(request)
        self._last = time.monotonic()

    def wait_for_quiet(self) -> None:
        """Waits until everything is there, and nothing more is asked for."""
        deadline = time.monotonic() + _PATIENCE / 1000
        while (self._open or time.monotonic() - self._last < _QUIET) and time.monotonic() < deadline:
            self._page.wait_for_timeout(50)


def _entry(page: Any) -> Any:
    """The tab's own frame."""
    deadline = time.monotonic() + _PATIENCE / 1000
    while time.monotonic() < deadline:
        for frame in page.frames:
            if "plugin_entry.html" in frame.url:
                return frame
        page.wait_for_timeout(20)
    raise RuntimeError("TensorBoard opened no frame for the plugin.")


def _still(page: Any) -> bytes:
    """A photograph that is like the one before it: charts may follow after the page."""
    before = b""
    for _ in range(_MOST_PHOTOGRAPHS):
        latest = bytes(page.screenshot(animations="disabled"))
        if latest == before:
            return latest
        before = latest
        page.wait_for_timeout(250)
    return before
