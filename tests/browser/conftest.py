"""One real browser for all tests, and pages that stay open between them: TensorBoard's own start takes seconds."""

import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright

from benchmarks.chromium import ARGUMENTS, REMEDY, found

sys.path.insert(0, str(Path(__file__).parents[1] / "plugin"))

# What TensorBoard's own page complains about; everything else is ours.
# The console does not say which resource failed to load: the response does, and is looked at.
KNOWN = re.compile(r"Multiple instances of Three\.js|Failed to load resource")
KNOWN_MISSING = re.compile(r"\.(woff2?|ttf)(\?|$)|/font-roboto/|favicon")
SECONDS = 20_000  # In Playwright's milliseconds: a bound, not a pause.


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for_browser = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in for_browser:
        item.add_marker("browser")
    if not for_browser or config.option.quick or config.option.collectonly:
        return
    # One sentence, and not as many skips as there are tests.
    if found() is None and not os.environ.get("KERASIG_REQUIRE_BROWSER"):
        items[:] = [item for item in items if item not in set(for_browser)]
        config.hook.pytest_deselected(items=for_browser)
        warnings.warn(f"{len(for_browser)} browser tests are left out, without a Chromium: {REMEDY}.", stacklevel=1)


class Tab:
    """The Attributions tab of one TensorBoard page, and everything that the page complained about."""

    def __init__(self, context: Any, url: str, *, dark: bool = False, fragment: str = ""):
        self.page = context.new_page()
        self.page.set_default_timeout(SECONDS)
        self.problems: list[str] = []
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("response", self._on_response)
        self.page.goto(f"{url}/?darkMode={str(dark).lower()}#kerasig{fragment}")
        self.settle()

    def _on_console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not KNOWN.search(message.text):
            self.problems.append(f"{message.type}: {message.text}")

    def _on_response(self, response: Any) -> None:
        if response.status >= 400 and not KNOWN_MISSING.search(response.url):
            self.problems.append(f"HTTP {response.status}: {response.url}")

    def begin(self) -> None:
        """In front, with neither focus nor pointer where the last test left them: what a key does depends on both."""
        self.page.bring_to_front()
        for frame in self.page.frames:
            frame.evaluate("document.activeElement?.blur()")
        self.page.mouse.move(0, 0)
        self.problems.clear()

    @property
    def frame(self) -> Any:
        # Asked for before every step of a test: the browser itself is asked only while there is none.
        for _ in range(200):
            frames = [frame for frame in self.page.frames if "plugin_entry.html" in frame.url]
            if frames:
                return frames[-1]
            self.page.wait_for_timeout(50)
        raise AssertionError("TensorBoard opened no frame for the plugin.")

    def settle(self, status: str = "ready|empty|error") -> str:
        """Waits until the page shows what it was asked for, beyond the window too, and returns which state that is."""
        self.frame.wait_for_function(
            # Between two documents, as while a page is loaded again, there is none.
            f"/^({status})$/.test(document.documentElement?.dataset.kerasig)"
            " && !document.documentElement.hasAttribute('data-waits')"
        )
        return self.frame.evaluate("document.documentElement.dataset.kerasig")

    @property
    def url(self) -> str:
        """The address, once the page has put its state into it."""
        self.frame.wait_for_function(
            "document.documentElement && document.documentElement.dataset.address === undefined"
        )
        return self.page.url

    def open(self, **state: Any) -> None:
        """Puts a state into the address, as a pasted link does, and waits until it is shown."""
        # These two are always there: an address without any of our fields is TensorBoard's own and is not read.
        fields = {"scale": "all", "view": "gallery", **state}
        fragment = "#kerasig" + "".join(f"&p.kerasig.{name}={value}" for name, value in fields.items())
        # The page hears of it in a task of its own, which may come late on a busy machine.
        self.page.evaluate(
            "(hash) => location.hash === hash || new Promise((heard) => {"
            " addEventListener('hashchange', heard, { once: true }); location.hash = hash }).then(() => true)",
            fragment,
        )
        self.frame.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.settle()

    def module(self, name: str, function: str, *arguments: Any) -> Any:
        """Calls a JavaScript function of (module, ...arguments) with one of the page's modules."""
        return self.frame.evaluate(
            "async ([name, source, args]) => (0, eval)(source)"
            "(await import(new URL(`plugin/kerasig/static/${name}`, location.href).href), ...args)",
            [name, function, list(arguments)],
        )

    def fact(self, name: str) -> str:
        return self.frame.inner_text(f".stepper [data-fact={name}]")

    def wait_for_step(self, step: int) -> None:
        self.frame.wait_for_function(
            "(step) => document.querySelector('.stepper [data-fact=step]')?.textContent === step"
            " && document.documentElement?.dataset.kerasig === 'ready'"
            " && !document.documentElement.hasAttribute('data-waits')",
            arg=f"{step:,}",
        )

    def watch(self, expression: str) -> Callable[[], list[Any]]:
        """Keeps what an expression gives at each change of the page: some states are gone before a test can look.

        The function that it returns says what was seen until then, each as often as it came anew.
        """
        self.frame.evaluate(
            "(source) => { const look = (0, eval)(`() => ${source}`); const seen = (window.watched = [look()]);"
            " window.watcher?.disconnect(); window.watcher = new MutationObserver(() => {"
            " const now = look(); if (now !== seen.at(-1)) seen.push(now) });"
            " const all = { attributes: true, characterData: true, childList: true, subtree: true };"
            " window.watcher.observe(document.documentElement, all) }",
            expression,
        )
        return lambda: self.frame.evaluate("window.watched")

    def wait_for_charts(self) -> None:
        """Until each has its line: they are on the page with the cards, their numbers may be on their way."""
        self.frame.wait_for_function(
            "() => { const all = [...document.querySelectorAll('.panels .plotted')];"
            " return all.length && all.every((chart) => chart.querySelector('.curve')?.getAttribute('d')) }"
        )

    def picture(self, selector: str) -> str:
        """What a canvas shows, to compare with."""
        return self.frame.evaluate("(selector) => document.querySelector(selector).toDataURL()", selector)

    def pixels(self, selector: str) -> list[int]:
        """All pixels of one canvas: red, green, blue, opacity."""
        return self.frame.evaluate(
            # Of a copy: a canvas that is read from again and again has the browser complain.
            "(selector) => { const canvas = document.querySelector(selector); const { width, height } = canvas;"
            " const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });"
            " copy.drawImage(canvas, 0, 0);"
            " return [...copy.getImageData(0, 0, width, height).data] }",
            selector,
        )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = found()
    # Where the browser must be there, as in CI, its absence is a failure; elsewhere these tests were not collected.
    assert program, f"there is no Chromium on this machine: {REMEDY}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def logdirs(tmp_path_factory) -> dict[str, Path]:
    from write_hostile_log import write_graphs, write_hostile
    from write_many_log import write_many
    from write_odd_log import write_broken, write_small
    from write_reasons_log import write_far, write_reasons
    from write_sample_log import write_log

    folders = {name: tmp_path_factory.mktemp(name) for name in ("data", "empty", "odd")}
    write_log(str(folders["data"]))
    for write in (write_hostile, write_graphs, write_broken, write_small, write_many, write_reasons, write_far):
        write(folders["odd"])
    return folders


@pytest.fixture(scope="session")
def open_servers(chromium, logdirs, tensorboard_server) -> dict[str, Any]:
    """Both loaders, at the root and below a prefix, with data and without; all start at once."""
    return {
        "rust": tensorboard_server(logdirs["data"], load_fast=True),
        "python-prefix": tensorboard_server(logdirs["data"], load_fast=False, path_prefix="/a/b"),
        "rust-prefix-empty": tensorboard_server(logdirs["empty"], load_fast=True, path_prefix="/a/b"),
        "python-empty": tensorboard_server(logdirs["empty"], load_fast=False),
        "odd": tensorboard_server(logdirs["odd"], load_fast=True, reload_interval=1),
    }


@pytest.fixture(scope="session")
def open_tab(chromium, open_servers) -> Iterator[Callable[..., Tab]]:
    """`open_tab(server, dark=False)`: a tab of that server, kept open for the next test that asks for it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    tabs: dict[tuple[str, bool], Tab] = {}

    def get(server: str, *, dark: bool = False) -> Tab:
        if (server, dark) not in tabs:
            found = open_servers[server]
            if "empty" not in server:
                expected = 5 if server == "odd" else 2
                found.wait_until(lambda answer: len(answer["runs"]) >= expected and _all_steps(answer["runs"]))
            tabs[server, dark] = Tab(context, found.url, dark=dark)
        return tabs[server, dark]

    yield get
    context.close()


@pytest.fixture(scope="session")
def opened_long_tab(chromium, tensorboard_server, tmp_path_factory) -> Iterator[Tab]:
    from write_long_log import RECORDS, write_long

    logdir = tmp_path_factory.mktemp("long")
    write_long(logdir)
    server = tensorboard_server(logdir, load_fast=True)
    server.wait_until(lambda answer: answer["runs"] and answer["runs"][0]["sets"][0]["steps"] == RECORDS)
    context = chromium.new_context(viewport={"width": 900, "height": 700})
    yield Tab(context, server.url)
    context.close()


@pytest.fixture
def long_tab(opened_long_tab) -> Iterator[Tab]:
    """A tab on a training of many records, of few and small probes."""
    opened_long_tab.begin()
    yield opened_long_tab
    assert opened_long_tab.problems == []


def _all_steps(runs: list[dict[str, Any]]) -> bool:
    """Whether the two sample runs, where there are any, have been read to the end."""
    steps = {(run["run"], found["title"]): found["steps"] for run in runs for found in run["sets"]}
    if ("first/kerasig", "digits") in steps:
        return steps.get(("first/kerasig", "waves")) == steps.get(("second/kerasig", "people")) == 12
    last = {("graphs/kerasig", "molecules"), ("broken/kerasig", "no stats"), ("small/kerasig", "not finite")}
    last |= {("reasons/kerasig", "hostile")}
    return last <= steps.keys() and steps.get(("far/kerasig", "rows")) == 2 and steps.get(("many/kerasig", "many")) == 2


@pytest.fixture
def tab(open_tab) -> Iterator[Tab]:
    """The tab with the sample log's image probes of one run, at the newest step."""
    found = open_tab("rust")
    found.begin()
    found.open(runs="first/kerasig", set="digits")
    yield found
    assert found.problems == []


@pytest.fixture
def odd_tab(open_tab) -> Iterator[Tab]:
    """A tab on hostile, unreadable and unusual logs."""
    found = open_tab("odd")
    found.begin()
    yield found
    # The sentence about a broken record comes with HTTP 400 or 404.
    assert [problem for problem in found.problems if not problem.startswith("HTTP 4")] == []
