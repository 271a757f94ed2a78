"""The file itself: the tab's page, what it needs, and nothing from anywhere else."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import json
from html import escape
from pathlib import Path
from typing import Any

import tensorboard_plugin_kerasig
from tensorboard_plugin_kerasig import definitions, linked
from tensorboard_plugin_kerasig.assets import STATIC

from kerasig._report.answers import Answers, Key
from kerasig._report.packing import text

_PLUGIN = Path(tensorboard_plugin_kerasig.__file__).parent
_REPORT = _PLUGIN / "report"
_ENTRY = "report/index.js"
# Where the page asks a server, or looks at TensorBoard around it, the report's modules of these names stand in.
_REPLACED = ("http.js", "host.js")
_LACKS = "This is not in the report, which has a part of what was logged. TensorBoard's tab shows it."


@functools.cache
def script() -> str:
    """The tab's modules and those of the report as one, which begins by itself."""

    def read(path: str) -> str:
        folder, _, name = path.partition("/")
        file = _REPORT / name if folder == "static" and name in _REPLACED else _PLUGIN / path
        return linked.bare(file.read_text(encoding="utf-8"))

    joined, _, _ = linked.link(_ENTRY, read).rpartition("\nexport const ")
    # As an inline script ends at the first of these, wherever it stands.
    return f"(() => {{\n{joined}\n}})();".replace("</script", "<\\/script").replace("<!--", "<\\!--")


@functools.cache
def style() -> str:
    """The tab's styles, and the report's own after them."""
    tab = [linked.bare_style((STATIC / name).read_text(encoding="utf-8")) for name in linked.STYLES]
    return "\n".join([*tab, sheet("report.css")])


def sheet(name: str) -> str:
    """One of the report's own styles."""
    return linked.bare_style((_REPORT / name).read_text(encoding="utf-8"))


def page(answers: Answers, *, title: str, sentences: list[str], identity: str) -> str:
    """The file of a log directory's report.

    Args:
        answers: what it shows.
        title: at its top.
        sentences: below that.
        identity: of the report, among those that one notebook has.
    """
    numbers = {_asked(key): at for at, key in enumerate(answers.packed)}
    faults = {_asked(key): sentence for key, sentence in answers.faults.items()}
    index = {"id": identity, "title": title, "answers": numbers, "faults": faults, "lacks": _LACKS}
    index["definitions"] = _definitions()
    data = "\n".join(
        f'<script type="text/plain" id="kerasig-{at}">{text(packed)}</script>'
        for at, packed in enumerate(answers.packed.values())
    )
    said = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    body = (
        f'<header class="report"><strong>{escape(title)}</strong>{said}</header>\n'
        "<noscript><p>The report is drawn by its own JavaScript, which this browser does not run.</p></noscript>\n"
        f'<script type="application/json" id="kerasig-index">{_json(index)}</script>\n{data}\n'
        f"<script>{script()}</script>\n"
    )
    return document(title, style(), body, script=script())


def document(title: str, styles: str, body: str, *, script: str | None = None) -> str:
    """A whole page that may load nothing and run nothing but one script.

    Args:
        title: of the page.
        styles: its style sheet.
        body: its content, as HTML.
        script: the text of the script element in it, if there is one.
    """
    runs = "" if script is None else f"script-src 'sha256-{_hash(script)}'; "
    policy = (
        f"default-src 'none'; {runs}style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{styles}</style></head>\n<body>\n{body}</body></html>\n"
    )


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _asked(key: Key) -> str:
    """A question as the page writes it."""
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def _json(value: Any) -> str:
    """JSON that ends no script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


@functools.cache
def _definitions() -> str:
    return gzip.decompress(definitions.page().content).decode()
