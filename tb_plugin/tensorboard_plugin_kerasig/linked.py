"""Joins the page's modules, and its styles, into one file each.

TensorBoard's server makes a new connection for each request, so that eighty small files take longer than what is on
them. Modules are written with `import { a, b as c } from "./other.js";` and exported function, class or const, each
beginning a line, and never import each other in a circle; any other form is an error.
"""

import functools
import gzip
import posixpath
import re
from collections.abc import Callable
from pathlib import Path

from tensorboard_plugin_kerasig.assets import STATIC, Asset

ENTRY = "index.js"
# In the order in which they apply.
STYLES = (
    "style.css",
    "shell.css",
    "overview.css",
    "gallery.css",
    "probe.css",
    "probe-facts.css",
    "chart.css",
    "path.css",
    "timeline.css",
    "compare.css",
    "suspects.css",
)
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async function|function|class|const) ([\w$]+))", re.MULTILINE)
# Comments that have lines of their own: a third of the page, which nobody reads there.
_COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)
_STYLE_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


def page() -> Asset:
    """The page as one module, which exports what its entry does. Linked anew only when a file has changed."""
    return _compressed(_links, "text/javascript", _state("**/*.js"))


def style() -> Asset:
    """The page's styles as one sheet."""
    return _compressed(_styles, "text/css", _state("*.css"))


def link(entry: str, read: Callable[[str], str]) -> str:
    """One module that does what `entry` and all that it imports do.

    Args:
      entry: Path of a module.
      read: From a module's path to its text.

    Raises:
      ValueError: If a module has an import or export of another form, asks for what is not exported, or depends on
        itself.
    """
    exported: dict[str, list[str]] = {}
    parts: list[str] = []

    def visit(path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise ValueError(f"{path} imports itself by way of {', '.join(importers[importers.index(path) + 1 :])}.")
        if path in exported:
            return
        text = read(path)

        def take(found: re.Match[str]) -> str:
            wanted, other = found[1], posixpath.normpath(posixpath.join(posixpath.dirname(path), found[2]))
            visit(other, (*importers, path))
            for name in filter(None, (part.split(" as ")[0].strip() for part in wanted.split(","))):
                if name not in exported[other]:
                    raise ValueError(f"{path} imports {name} from {other}, which exports no such thing.")
            return f"const {{{wanted.replace(' as ', ': ')}}} = {_scope(other)};"

        body = _IMPORT.sub(take, text)
        exported[path] = [found[2] for found in _EXPORT.finditer(body)]
        body = _EXPORT.sub(r"\1", body)
        left = _LEFT.search(body)
        if left:
            raise ValueError(f"{path} has an import or export that cannot be linked: {left[0]}")
        names = ", ".join(exported[path])
        parts.append(f"// {path}\nconst {_scope(path)} = (() => {{\n{body}\nreturn {{ {names} }};\n}})();\n")

    visit(entry, ())
    return "\n".join([*parts, f"export const {{ {', '.join(exported[entry])} }} = {_scope(entry)};\n"])


def _scope(path: str) -> str:
    return "$" + re.sub(r"\W", "_", path.removesuffix(".js"))


def _state(pattern: str) -> tuple[tuple[str, int, int], ...]:
    files = sorted(STATIC.glob(pattern))
    return tuple((str(file), (stat := file.stat()).st_mtime_ns, stat.st_size) for file in files)


@functools.lru_cache(maxsize=4)
def _compressed(make: Callable[[], str], mimetype: str, state: tuple[tuple[str, int, int], ...]) -> Asset:
    return Asset(gzip.compress(make().encode(), 9, mtime=0), mimetype, gzipped=True)


def _links() -> str:
    return link(ENTRY, lambda path: bare(_text(STATIC / path)))


def bare(text: str) -> str:
    """A module without comments that have lines of their own, and without indentation but that in template literals.

    No template literal may have a line like such a comment, and none may be written in another over several lines.
    """
    lines: list[str] = []
    inside = False
    for line in _COMMENT.sub("", text).split("\n"):
        lines.append(line if inside else line.lstrip())
        inside ^= line.count("`") % 2 == 1
    return "\n".join(lines)


def _styles() -> str:
    return "\n".join(bare_style(_text(STATIC / name)) for name in STYLES)


def bare_style(text: str) -> str:
    """A style sheet without its comments."""
    return _STYLE_COMMENT.sub("", text)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
