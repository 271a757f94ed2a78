"""The tab in a real Firefox: every kind of log in every view, light and dark, keys, clicks, and the saved picture."""

import base64
import io
import json
import os
import time

import numpy as np
import pytest
from firefox import REMEDY, firefox, installed

import kerasig
from tests.volumes import N, balls, network

# Server, run and set of each kind.
KINDS = {
    "image": ("rust", "first/kerasig", "digits"),
    "two runs": ("rust", "first/kerasig,second/kerasig", "digits"),
    "tokens": ("rust", "first/kerasig", "questions"),
    "tabular": ("rust", "first/kerasig", "people"),
    "series": ("rust", "first/kerasig", "waves"),
    "graph": ("odd", "graphs/kerasig", "molecules"),
    "volume": ("volumes", "run/kerasig", "scans"),
}
SETTLED = """new Promise((done) => {
  const look = () => {
    // A frame has no element at all while it is loaded.
    const root = document.documentElement;
    const found = root?.dataset.kerasig ?? "";
    if (!/^(ready|empty|error)$/.test(found) || root.hasAttribute("data-waits")) return setTimeout(look, 20);
    if (root.dataset.address !== undefined) return setTimeout(look, 20);
    done(found);
  };
  look();
})"""
# How many colours the canvas has that has most of them: a picture that was not drawn has one, or none.
COLORS = """Math.max(0, ...[...document.querySelectorAll("canvas")].filter((c) => c.width && c.height).map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return new Set(new Uint32Array(data.buffer)).size;
}))"""


class Tab:
    """The Attributions tab in a page of Firefox, and what the tab itself complained about."""

    def __init__(self, browser, url, fragment="", *, dark=False):
        self.browser = browser
        self.top = browser.ask("browsingContext.create", type="tab")["context"]
        browser.ask("browsingContext.setViewport", context=self.top, viewport={"width": 1280, "height": 900})
        address = f"{url}/?darkMode={str(dark).lower()}#kerasig{fragment}"
        browser.ask("browsingContext.navigate", context=self.top, url=address, wait="complete")
        self.frame = self._frame()
        self.settle()

    def _frame(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            (tree,) = self.browser.ask("browsingContext.getTree", root=self.top)["contexts"]
            found = [child["context"] for child in tree["children"] if "plugin_entry.html" in child["url"]]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise AssertionError("TensorBoard opened no frame for the plugin.")

    def evaluate(self, expression):
        return self.browser.evaluate(self.frame, expression)

    def wait_for(self, expression):
        waits = f"const look = () => ({expression}) ? done(true) : setTimeout(look, 20)"
        return self.evaluate(f"new Promise((done) => {{ {waits}; look() }})")

    def settle(self):
        return self.evaluate(SETTLED)

    def open(self, **state):
        """Puts a state into the address, as a pasted link does, and waits until it is shown."""
        fields = {"scale": "all", **state}
        fragment = "#kerasig" + "".join(f"&p.kerasig.{name}={value}" for name, value in fields.items())
        change = f"location.hash = {json.dumps(fragment)}"
        heard = f'addEventListener("hashchange", () => done(true), {{ once: true }}); {change}'
        self.browser.evaluate(
            self.top, f"location.hash === {json.dumps(fragment)} || new Promise((done) => {{ {heard} }})"
        )
        self.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
        return self.settle()

    def press(self, *keys):
        """Presses keys, one after the other, as a keyboard does."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        source = {"type": "key", "id": "keyboard", "actions": actions}
        self.browser.ask("input.performActions", context=self.frame, actions=[source])

    def click(self, selector):
        """Clicks into the middle of an element, as a mouse does."""
        box = f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()"
        x, y = self.evaluate(f"(({{ x, y, width, height }}) => [x + width / 2, y + height / 2])({box})")
        moved = {"type": "pointerMove", "x": round(x), "y": round(y)}
        actions = [moved, *({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))]
        source = {"type": "pointer", "id": "mouse", "actions": actions}
        self.browser.ask("input.performActions", context=self.frame, actions=[source])

    def pixels(self):
        """What is seen of the tab itself: [height, width, 3]."""
        image = pytest.importorskip("PIL.Image")
        seen = np.asarray(image.open(io.BytesIO(self.screenshot())).convert("RGB")).astype(int)
        box = self.browser.evaluate(self.top, "document.querySelector('iframe').getBoundingClientRect()")
        top, left, bottom, right = (round(box[side]) for side in ("top", "left", "bottom", "right"))
        return seen[top:bottom, left:right]

    def screenshot(self):
        return base64.b64decode(self.browser.ask("browsingContext.captureScreenshot", context=self.top)["data"])

    @property
    def problems(self):
        """What the console of the tab's own frame says, and what the server refused to it."""
        # Whatever was said before this is answered has arrived.
        self.evaluate("1")
        found = []
        for event in self.browser.events:
            told = event["params"]
            if event["method"] == "log.entryAdded":
                if told["source"].get("context") == self.frame and told["level"] in ("error", "warn"):
                    found.append(f"{told['level']}: {told['text']}")
            elif told["response"]["status"] >= 400 and "/plugin/kerasig/" in told["response"]["url"]:
                found.append(f"HTTP {told['response']['status']}: {told['response']['url']}")
        return found


@pytest.fixture(scope="module")
def browser():
    program = installed()
    if program is None:
        assert not os.environ.get("KERASIG_REQUIRE_FIREFOX"), f"there is no Firefox on this machine: {REMEDY}"
        pytest.skip(f"there is no Firefox on this machine: {REMEDY}")
    with firefox(program) as found:
        yield found


@pytest.fixture(scope="module")
def servers(tensorboard_server, logdirs, tmp_path_factory):
    volumes = tmp_path_factory.mktemp("volumes")
    shown, labels, inside = balls(N)
    probes = kerasig.ProbeSet(shown, labels, regions={"ball": inside}, title="scans")
    x, y, _ = balls(16, seed=1)
    callback = kerasig.IGCallback(probes, str(volumes / "run"), on_error="raise")
    network().fit(x, y, epochs=1, verbose=0, callbacks=[callback])
    folders = {"rust": logdirs["data"], "odd": logdirs["odd"], "volumes": volumes}
    found = {name: tensorboard_server(folder, load_fast=True) for name, folder in folders.items()}
    for server, runs, title in KINDS.values():
        least = {"rust": 12, "odd": 1, "volumes": 2}[server]
        found[server].wait_until(lambda answer, of=(runs, title), n=least: _steps(answer, *of) >= n)
    return {name: server.url for name, server in found.items()}


def _steps(answer, runs, title):
    """How many steps the shortest of the runs has of a set, as far as TensorBoard has read them."""
    found = {run["run"]: shown["steps"] for run in answer["runs"] for shown in run["sets"] if shown["title"] == title}
    return min(found.get(run, 0) for run in runs.split(","))


@pytest.fixture(scope="module")
def open_tabs(browser, servers):
    tabs = {}

    def get(server, *, dark=False):
        if (server, dark) not in tabs:
            tabs[server, dark] = Tab(browser, servers[server], dark=dark)
        tab = tabs[server, dark]
        # One that is hidden draws nothing.
        browser.ask("browsingContext.activate", context=tab.top)
        browser.events.clear()
        return tab

    return get


@pytest.fixture
def tab(open_tabs):
    found = open_tabs("rust")
    found.open(view="gallery", runs="first/kerasig", set="digits")
    yield found
    assert found.problems == []


def views(tab):
    return tab.evaluate('import(new URL("plugin/kerasig/static/state.js", location.href)).then((m) => m.VIEW_NAMES)')


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dark", [False, True])
def test_each_kind_opens_in_every_view(open_tabs, kind, dark, request):
    server, runs, title = KINDS[kind]
    tab = open_tabs(server, dark=dark)
    folder = request.config.getoption("--screenshots")
    for view in views(tab):
        assert tab.open(view=view, runs=runs, set=title) == "ready", view
        assert tab.evaluate("document.documentElement.classList.contains('dark')") == dark
        if view == "gallery" and kind in ("image", "two runs", "volume"):
            tab.wait_for(f"{COLORS} > 20")
        if folder:
            with open(f"{folder}/firefox-{kind}-{view}-{'dark' if dark else 'light'}.png", "wb") as file:
                file.write(tab.screenshot())
        assert tab.problems == [], view


def test_keys_go_from_step_to_step_and_the_address_follows(tab):
    step = "document.querySelector('.stepper [data-fact=step]').textContent"
    tab.evaluate("document.activeElement?.blur() ?? 1")
    tab.press("\ue011")  # Home.
    tab.wait_for(f"{step} === '0'")
    tab.press("\ue014")  # The right arrow.
    tab.wait_for(f"{step} !== '0'")
    tab.settle()
    said = tab.evaluate(step).replace(",", "")
    assert f"p.kerasig.step={said}" in tab.browser.evaluate(tab.top, "location.hash")


def test_a_click_on_a_picture_opens_its_probe(tab):
    tab.click(".card[data-probe='1'] canvas")
    tab.wait_for("document.querySelector('.stage canvas')")
    tab.settle()
    assert "p.kerasig.probe=1" in tab.browser.evaluate(tab.top, "location.hash")


def test_scroll_bars_are_dark_in_the_dark(open_tabs):
    tab = open_tabs("rust", dark=True)
    tab.open(runs="first/kerasig,second/kerasig", set="digits", view="gallery")
    assert tab.evaluate("((e) => e.scrollHeight > e.clientHeight)(document.querySelector('.content'))")
    # Below TensorBoard's shadow.
    assert tab.pixels()[10:, -10:].max() < 200


def test_what_the_tab_complains_about_is_heard(browser, servers):
    tab = Tab(browser, servers["rust"])
    browser.events.clear()
    tab.evaluate("console.warn('odd')")
    tab.evaluate("setTimeout(() => nowhere.to.be.found)")
    tab.evaluate("fetch(new URL('plugin/kerasig/steps', location.href)).then(() => 1)")
    tab.evaluate("new Promise((done) => setTimeout(() => done(1)))")
    heard = tab.problems
    assert heard[:2] == ["warn: odd", "error: ReferenceError: nowhere is not defined"]
    assert [problem[:8] for problem in heard[2:]] == ["HTTP 400"]
    browser.ask("browsingContext.close", context=tab.top)


def test_a_pasted_link_opens_what_it_says(browser, servers):
    tab = Tab(browser, servers["rust"], "&p.kerasig.view=probe&p.kerasig.set=digits&p.kerasig.probe=3")
    browser.events.clear()
    assert tab.evaluate("document.querySelectorAll('.stage canvas').length") > 0
    assert tab.evaluate(COLORS) > 20
    assert tab.problems == []
    browser.ask("browsingContext.close", context=tab.top)


@pytest.mark.parametrize("view", ["gallery", "probe", "timeline"])
def test_the_picture_to_save_has_the_canvases_bit_for_bit(tab, view):
    image = pytest.importorskip("PIL.Image")
    tab.open(view=view, runs="first/kerasig", set="digits", probe=3)
    module = 'import(new URL("plugin/kerasig/static/{}.js", location.href))'
    still = (
        f"Promise.all([{module.format('scene')}, {module.format('picture')}]).then(([scene, picture]) =>"
        " scene.withScene(document.querySelector('#kerasig .content'), {title: 'digits', line: '', moving: false},"
        " ({svg, width, height}) => ({svg: svg(), width, height}))"
    )
    svg = tab.evaluate(f"{still}.then(({{svg}}) => svg))")
    shown = tab.evaluate(
        "[...document.querySelectorAll('.content canvas')].filter((e) => e.width && e.getBoundingClientRect().width)"
        ".map((e) => e.toDataURL()).join(' ')"
    ).split()
    assert shown or view == "timeline"
    assert all(address in svg for address in shown)
    text = tab.evaluate(
        f"{still}.then(picture.png)).then((blob) => new Promise((done) => {{ const reader = new FileReader();"
        " reader.onload = () => done(reader.result); reader.readAsDataURL(blob) }))"
    )
    saved = np.asarray(image.open(io.BytesIO(base64.b64decode(text.partition(",")[2]))).convert("RGB")).astype(int)
    assert saved.std() > 10
