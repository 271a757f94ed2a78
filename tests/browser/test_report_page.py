"""The report of a log: one file that Chromium opens with the network off, with the tab's views and numbers."""

import json
from pathlib import Path
from typing import Any

import pytest

import kerasig
from kerasig._report.show import _FRAME

RUN = "first/kerasig"
VIEWS = {
    "overview": {},
    "gallery": {"runs": RUN},
    "probe": {"probe": 3, "pins": "3:digits"},
    "timeline": {"stat": "score"},
    "compare": {"runs": RUN},
}
READY = "html[data-kerasig=ready]:not([data-waits])"


class Opened:
    """A report, opened from the disk by a browser without a network, and everything that it complained about."""

    def __init__(self, chromium: Any, file: Path | str, *, dark: bool = False, ready: bool = True, **state: Any):
        scheme = "dark" if dark else "light"
        self.context = chromium.new_context(viewport={"width": 1280, "height": 800}, offline=True, color_scheme=scheme)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.problems.append(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(Path(file).as_uri() + fragment(**state))
        if ready:
            self.settle()

    def settle(self) -> None:
        # By a selector: the page's own policy forbids the strings that Playwright's other waits evaluate in it.
        self.page.wait_for_selector(READY, state="attached")

    def open(self, **state: Any) -> None:
        """Goes to another state, as a pasted link does."""
        self.page.evaluate(
            "(hash) => location.hash === hash || new Promise((heard) => {"
            " addEventListener('hashchange', heard, { once: true }); location.hash = hash }).then(() => true)",
            fragment(**state),
        )
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        self.settle()

    def saved(self, form: str = "csv") -> bytes:
        with self.page.expect_download() as found:
            self.page.click("details.menu summary")
            self.page.click(f"details.menu button:has-text('{form.upper()}')")
        return Path(found.value.path()).read_bytes()

    def close(self) -> None:
        """Closes it, with nothing complained about and nothing asked for but the file."""
        outside = [url for url in self.asked if not url.startswith(("file:", "blob:", "data:"))]
        self.context.close()
        assert (self.problems, outside) == ([], [])


def fragment(**state: Any) -> str:
    fields = {"scale": "all", "view": "gallery", **state}
    return "#kerasig" + "".join(f"&p.kerasig.{name}={value}" for name, value in fields.items())


def saved_in(tab) -> bytes:
    with tab.page.expect_download() as found:
        tab.frame.click("details.menu summary")
        tab.frame.click("details.menu button:has-text('CSV')")
    return Path(found.value.path()).read_bytes()


@pytest.fixture(scope="module")
def file(logdirs, tmp_path_factory) -> Path:
    """Of the log that the tab shows in the other tests."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    return Path(kerasig.report(logdirs["data"], path, title="What <b>two</b> runs saw"))


@pytest.fixture(scope="module")
def report(chromium, file):
    opened = Opened(chromium, file)
    yield opened
    opened.close()


@pytest.mark.parametrize("dark", [False, True])
def test_every_view_opens_silently_without_a_network(chromium, file, dark):
    opened = Opened(chromium, file, dark=dark)
    assert opened.page.title() == opened.page.inner_text(".report strong") == "What <b>two</b> runs saw"
    assert opened.page.locator("html.dark").count() == dark
    for view, state in VIEWS.items():
        opened.open(view=view, set="digits", **state)
        assert opened.page.get_attribute("#panel", "data-view") == view
        assert opened.page.locator("#panel canvas, #panel svg").count()
        assert not opened.page.locator(".notice").count()
    # Of paths nothing is in the file, and nothing of them is offered.
    assert opened.page.locator("#tab-path").count() == 0
    opened.close()


@pytest.mark.parametrize("view", VIEWS)
def test_numbers_are_those_of_the_tab(tab, report, view):
    for step in ("157", "942"):
        state = {"set": "digits", **VIEWS[view], "view": view, "step": step}
        tab.open(**state)
        report.open(**state)
        assert report.saved() == saved_in(tab)


@pytest.mark.parametrize(("title", "series"), [("digits", ""), ("questions", "predicted"), ("people", "")])
def test_the_files_of_a_probe_are_the_servers(report, open_servers, open_tab, title, series):
    open_tab("rust")
    report.open(view="probe", set=title, series=series or "label", runs=RUN, probe=1, step=157)
    for form in ("csv", "npy", "json"):
        with report.page.expect_download() as found:
            report.page.click(f".saving a:has-text('{form.upper()}') >> nth=0")
        asked = {"run": RUN, "set": title, "series": series, "step": 157, "probe": 1, "format": form}
        wanted = open_servers["rust"].get("export", **asked)
        name = wanted.headers["Content-Disposition"].split('"')[1]
        content = Path(found.value.path()).read_bytes()
        assert found.value.suggested_filename == name
        if form == "json":
            assert json.loads(content) == json.loads(wanted.body)
        else:
            assert content == wanted.body


def test_a_smaller_report_has_fewer_maps_the_same_numbers_and_says_so(chromium, tab, logdirs, tmp_path):
    path, limit = tmp_path / "small.html", 1.13
    kerasig.report(logdirs["data"], path, megabytes=limit)
    assert path.stat().st_size <= limit * 1e6
    state = {"set": "digits", "runs": RUN, "view": "timeline", "stat": "score"}
    opened = Opened(chromium, path, **state)
    drawn = int(opened.page.inner_text(".stepper [data-fact=record]").split("/")[1])
    assert 7 <= drawn < 12
    assert f"Maps of {drawn} of 12 records of each run, numbers of all" in opened.page.inner_text(".report")
    tab.open(**state)
    assert opened.saved() == saved_in(tab)
    # Forwards through all that are there: maps come with each, and the numbers beside them are the tab's.
    state = {"set": "digits", "runs": RUN, "view": "gallery"}
    opened.open(**state, step=0)
    for place in range(1, drawn + 1):
        opened.page.wait_for_selector(f".stepper [data-fact=record]:text-is('{place}/{drawn}')")
        opened.settle()
        assert not opened.page.locator(".notice, .broken").count()
        step = int(opened.page.inner_text(".stepper [data-fact=step]").replace(",", ""))
        if place in (1, 4):
            tab.open(**state, step=step)
            assert opened.saved() == saved_in(tab)
        opened.page.keyboard.press("ArrowRight")
    opened.settle()
    opened.close()


def test_paper_is_light_and_has_no_controls(chromium, file):
    opened = Opened(chromium, file, dark=True, view="gallery", set="digits")
    assert opened.page.locator("html.dark").count() == 1
    opened.page.emulate_media(media="print", color_scheme="dark")
    opened.page.wait_for_selector("html:not(.dark)", state="attached")
    for hidden in (".tabs", ".stepper .buttons", ".rail", ".toolbar", ".charts > .chips", ".searching", "select"):
        assert not any(each.is_visible() for each in opened.page.locator(hidden).all()), hidden
    assert opened.page.locator(".legend").is_visible()
    # All cards, and not only those in the window.
    cards = opened.page.locator(".card")
    assert cards.count() == 8
    assert cards.first.evaluate("(card) => getComputedStyle(card).breakInside") == "avoid"
    assert opened.page.evaluate("document.documentElement.scrollHeight") > 800
    opened.page.emulate_media(media="screen", color_scheme="dark")
    opened.page.wait_for_selector("html.dark", state="attached")
    assert opened.page.pdf().startswith(b"%PDF")
    opened.close()


def test_terms_lead_to_definitions_that_are_in_the_file(report):
    report.open(view="probe", set="digits", runs=RUN)
    report.page.click(".key-facts .term >> nth=0")
    link = report.page.locator("a:has-text('How it is computed')")
    address = link.get_attribute("href")
    assert address.startswith("blob:")
    with report.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_load_state()
    assert "What is measured" in opened.value.title()
    opened.value.close()


def test_a_hostile_and_broken_log_is_shown_silently(chromium, logdirs, tmp_path):
    opened = Opened(chromium, kerasig.report(logdirs["odd"], tmp_path / "odd.html"), ready=False)
    opened.page.wait_for_selector(".content")
    for run in opened.page.locator(".sidebar .run input").all()[:3]:
        assert run.is_visible()
    opened.close()


def test_a_frame_shows_the_report_and_keeps_its_place(chromium, file, tmp_path):
    around = tmp_path / "notebook.html"
    quoted = file.read_text("utf-8").replace("&", "&amp;").replace('"', "&quot;")
    around.write_text(f'<body data-jp-theme-light="false">{_FRAME.format(page=quoted, height=700)}</body>', "utf-8")
    opened = Opened(chromium, around, ready=False)
    for expected in ("overview", "gallery"):
        frame = opened.page.frame_locator("iframe")
        frame.locator(READY).wait_for(state="attached")
        assert frame.locator("html.dark").count() == 1
        assert frame.locator("#panel").get_attribute("data-view") == expected
        frame.locator("#tab-gallery").click()
        frame.locator("html:not([data-address])").wait_for(state="attached")
        # As an update of the cell's output does.
        opened.page.evaluate("() => { const frame = document.querySelector('iframe'); frame.srcdoc = frame.srcdoc }")
    opened.close()
