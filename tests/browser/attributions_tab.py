"""The Attributions tab as a reader has it: opened, asked, and watched for what it complains about."""

import base64
import re
from collections.abc import Callable
from typing import Any

# What TensorBoard's own page complains about; everything else is ours.
# The console does not say which resource failed to load: the response does, and is looked at.
KNOWN = re.compile(r"Multiple instances of Three\.js|Failed to load resource")
KNOWN_MISSING = re.compile(r"\.(woff2?|ttf)(\?|$)|/font-roboto/|favicon")
SECONDS = 20_000  # In Playwright's milliseconds: a bound, not a pause.


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

    def once(self, fits: Callable[[Any], bool], expression: str) -> Any:
        """What a function of the page gives once it fits; what it gave last where it never does, to be asserted of."""
        for _ in range(SECONDS // 50):
            found = self.frame.evaluate(expression)
            if fits(found):
                break
            self.page.wait_for_timeout(50)
        return found

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
        encoded = self.frame.evaluate(
            # Of a copy: a canvas that is read from again and again has the browser complain.
            "(selector) => { const canvas = document.querySelector(selector); const { width, height } = canvas;"
            " const copy = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });"
            " copy.drawImage(canvas, 0, 0);"
            " const { data } = copy.getImageData(0, 0, width, height), part = 8192; let text = '';"
            " for (let at = 0; at < data.length; at += part)"
            " text += String.fromCharCode(...data.subarray(at, at + part));"
            " return btoa(text) }",
            selector,
        )
        # Millions of numbers take Playwright a minute, their bytes no time.
        return list(base64.b64decode(encoded))
