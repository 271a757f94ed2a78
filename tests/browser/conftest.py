"""One real browser for all tests, and pages that stay open between them: TensorBoard's own start takes seconds."""

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attributions_tab import Tab
from playwright.sync_api import sync_playwright

from benchmarks.chromium import ARGUMENTS, REMEDY, found

sys.path.insert(0, str(Path(__file__).parents[1] / "plugin"))


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
