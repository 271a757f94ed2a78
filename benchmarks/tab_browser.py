"""The tab in a real Chromium: how long until something is on the screen."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .chromium import ARGUMENTS, found

# Two rows of cards, eight in each.
VIEWPORT = {"width": 1920, "height": 900}
_PATIENCE = 120_000  # In Playwright's milliseconds: a bound, not a pause.
_QUIET = 0.6  # Seconds without a reply: what is fetched ahead is there.

# In every frame before its own scripts. `painted` is when the view was on the screen, its pictures, and its charts
# with a line in each, counted from when the frame began to load; `stepTo` resolves to the milliseconds from a
# slider's event to the picture of the step. A message that is posted while a frame is made arrives after it was
# painted.
_PROBE = """
const afterPaint = (done) => requestAnimationFrame(() => {
  const channel = new MessageChannel();
  channel.port1.onmessage = done;
  channel.port2.postMessage(0);
});
const isReady = () => document.documentElement?.dataset.kerasig === "ready";
const until = (holds, done) => {
  const look = () => { if (holds()) { observer.disconnect(); afterPaint(() => done(performance.now())) } };
  const observer = new MutationObserver(look);
  observer.observe(document, { subtree: true, attributes: true, childList: true, characterData: true });
};
const areDrawn = () => {
  const charts = [...document.querySelectorAll("[data-chart]")];
  const expected = document.querySelector(".gallery") ? 1 : 0;
  return charts.length >= expected && charts.every((chart) => chart.querySelector(".curve")?.getAttribute("d"));
};
if (location.pathname.includes("plugin_entry")) {
  window.painted = null;
  until(() => isReady() && document.querySelector("#panel canvas") && areDrawn(), (now) => { window.painted = now });
  window.stepTo = (index) => new Promise((done) => {
    const slider = document.querySelector("input.slider");
    const wanted = `${index + 1}/${Number(slider.max) + 1}`;
    const began = performance.now();
    // A step that never comes counts as one that takes for ever.
    setTimeout(() => done(Infinity), 20000);
    until(() => isReady() && document.querySelector("[data-fact=record]").textContent === wanted,
          (now) => done(now - began));
    slider.value = index;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // How many probes anyone can see, in part at least.
  window.visibleProbes = () => [...document.querySelectorAll(".card")].filter((card) => {
    const box = card.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight && card.querySelector("canvas");
  }).length;
}
"""


class NoBrowser(Exception):
    """Why the tab cannot be looked at here."""


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    program = found()
    if program is None:
        raise NoBrowser("there is no Chromium here")
    try:
        from playwright import sync_api
    except ImportError:
        raise NoBrowser("Playwright is not installed here") from None
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


class Tab:
    """A page of TensorBoard with the tab in front, in a browser that never saw it before.

    Args:
        browser: from `chromium`.
        url: of TensorBoard.
        fragment: of the address, after #kerasig.
    """

    def __init__(self, browser: Any, url: str, fragment: str = ""):
        self._context = browser.new_context(viewport=VIEWPORT)
        self._context.add_init_script(_PROBE)
        self._page = self._context.new_page()
        self._page.set_default_timeout(_PATIENCE)
        self._last_reply = time.perf_counter()
        self._page.on("response", self._on_response)
        self._page.goto(f"{url}/#kerasig{fragment}")
        self._page.wait_for_selector("iframe", state="attached")
        self._frame = self._entry()
        self._frame.wait_for_function("() => window.painted !== null && window.painted !== undefined")

    def _on_response(self, _: Any) -> None:
        self._last_reply = time.perf_counter()

    def _entry(self) -> Any:
        while True:
            for frame in self._page.frames:
                if "plugin_entry.html" in frame.url:
                    return frame
            self._page.wait_for_timeout(20)

    @property
    def first_paint(self) -> float:
        """Milliseconds from the frame's start to the view with its pictures and charts."""
        return float(self._frame.evaluate("window.painted"))

    @property
    def visible(self) -> int:
        """How many probes are to be seen."""
        return int(self._frame.evaluate("window.visibleProbes()"))

    def step_to(self, index: int) -> float:
        """Milliseconds from the slider's event to the step's pictures."""
        return float(self._frame.evaluate("(index) => window.stepTo(index)", index))

    def steps_to(self, indices: Sequence[int], *, rest: bool = False) -> list[float]:
        """`step_to` for one step after the other; with `rest`, each when nothing is on its way any more."""
        seconds = []
        for index in indices:
            seconds.append(self.step_to(index))
            if rest:
                self.rest()
        return seconds

    @property
    def records(self) -> int:
        """How many steps the page knows of."""
        return int(self._frame.evaluate("Number(document.querySelector('.slider').max) + 1"))

    def rest(self, seconds: float = _QUIET) -> None:
        """Waits until nothing has come from the server for a while."""
        self._last_reply = time.perf_counter()
        while time.perf_counter() - self._last_reply < seconds:
            self._page.wait_for_timeout(50)

    def close(self) -> None:
        self._context.close()
