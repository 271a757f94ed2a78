"""How the pages of docs, which are also read as plain files in the repository, become a site.

- Links that leave docs lead to pages of the site, too: the project's own pages, and the sources that they name.
- Names of the public interface, in pages and docstrings, lead to the reference.
- A public name that the reference lacks, or that has no docstring, fails the build, as a broken link does.
"""

from __future__ import annotations

import logging
import os
import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import griffe
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
LOG = logging.getLogger("mkdocs.plugins.kerasig")
# Pages that are not in docs, by where they are in the site.
PROJECT = {
    "project/contributing.md": "CONTRIBUTING.md",
    "project/changelog.md": "CHANGELOG.md",
    "project/security.md": "SECURITY.md",
    "project/benchmarks.md": "benchmarks/README.md",
    "project/tab.md": "tb_plugin/README.md",
    "project/http-api.md": "tb_plugin/HTTP_API.md",
}
# Of these the site has no page of its own.
INSTEAD = {"README.md": "README.md", "examples": "tutorials/README.md", "examples/papers": "internals/papers.md"}
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
# A public name in code style that stands in no link.
NAMED = re.compile(r"(?<![\[`\w])`(kerasig(?:\.\w+)+)(?:\([^`\n]*\))?`(?![`\]])")


def public_names() -> dict[str, list[str]]:
    """The names of each public module, as the list of names in the reference has them."""
    modules = {}
    for section in (ROOT / "docs/reference/public.md").read_text("utf-8").split("\n## ")[1:]:
        listed = [line.partition(":")[0] for line in section.split("\n") if line.startswith("- ")]
        modules[section.partition("\n")[0].strip("`")] = re.findall(r"`(\w+)`", " ".join(listed))
    return modules


def documented() -> set[str]:
    """The dotted names that the reference has a heading for."""
    found = set()
    for page in (ROOT / "docs/reference").glob("*.md"):
        for name, options in re.findall(r"^::: (\S+)\n((?:    .*\n)*)", page.read_text("utf-8"), re.MULTILINE):
            if name not in public_names():
                found.add(name)
            elif "members: false" not in options:  # The pages of modules have headings for what is in them.
                found |= {f"{name}.{member}" for member in public_names()[name]}
    return found


DOCUMENTED = documented()


def with_links(text: str) -> str:
    """The text with links from the names that the reference has."""
    return NAMED.sub(lambda found: f"[{found[0]}][{found[1]}]" if found[1] in DOCUMENTED else found[0], text)


class Docstrings(griffe.Extension):
    """Docstrings as the reference shows them: with links, and with examples as code and not as a box with a title."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrites a docstring that was read."""
        if obj.docstring is not None:
            text = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE)
            obj.docstring.value = with_links(text)


# Links that leave docs.


def outside_fences(text: str, change: Callable[[str], str]) -> str:
    """The text with all that is no block of code changed."""
    parts, at = [], 0
    for block in FENCED.finditer(text):
        parts += [change(text[at : block.start()]), block[0]]
        at = block.end()
    return "".join([*parts, change(text[at:])])


def origin(uri: str) -> str:
    """Where in the repository a page of the site comes from."""
    return PROJECT.get(uri, f"docs/{uri}")


def place(path: str) -> str | None:
    """Where in the site a file of the repository is, or what stands for it; None for one without a page."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    for uri, source in PROJECT.items():
        if path in (source, posixpath.dirname(source) or None):
            return uri
    if path in INSTEAD:
        return INSTEAD[path] if (ROOT / "docs" / INSTEAD[path]).exists() else None
    return f"sources/{path}.md" if (ROOT / path).is_file() else None


def targets(uri: str, text: str) -> Iterator[str]:
    """The files of the repository that a page links to."""
    for _, _, target in LINK.findall(FENCED.sub("", text)):
        path = target.partition("#")[0]
        if path and "://" not in target and not target.startswith("mailto:"):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(origin(uri)), path))


def relinked(uri: str, text: str) -> str:
    """The page's text, with links as they lead in the site."""

    def link(found: re.Match[str]) -> str:
        image, label, target = found.groups()
        path, hash_sign, anchor = target.partition("#")
        if not path or "://" in target or target.startswith("mailto:"):
            return found[0]
        there = posixpath.normpath(posixpath.join(posixpath.dirname(origin(uri)), path))
        to = place(there)
        if to is None and (ROOT / there).exists():
            return label  # A folder.
        to = posixpath.relpath(to or there, posixpath.dirname(uri) or ".")
        return f"{image}[{label}]({to}{hash_sign}{anchor})"

    return outside_fences(text, lambda part: LINK.sub(link, part))


# What MkDocs calls.


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lists the pages of each folder; sections without a page yet are left out."""
    nav = []
    for entry in config.nav or []:
        ((title, target),) = entry.items()
        folder = target.removesuffix("/*")
        if folder == target:
            nav.append(entry)
        elif pages := sorted(PROJECT) if folder == "project" else in_folder(folder):
            nav.append({title: pages})
    config.nav = nav
    return config


def in_folder(folder: str) -> list[str]:
    """The pages of a folder of docs, in the order in which its README links to them, the others behind those."""
    pages = {path.name for path in (ROOT / "docs" / folder).glob("*.md")}
    if "README.md" not in pages:
        return [f"{folder}/{name}" for name in sorted(pages)]
    named = re.findall(r"\]\(([\w.-]+\.md)", (ROOT / "docs" / folder / "README.md").read_text("utf-8"))
    ordered = dict.fromkeys(["README.md", *(name for name in named if name in pages), *sorted(pages)])
    return [f"{folder}/{name}" for name in ordered]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the project's pages, and those of the sources that any page links to."""
    for uri, path in PROJECT.items():
        if (ROOT / path).exists():
            files.append(File.generated(config, uri, content=(ROOT / path).read_text("utf-8")))
    wanted = {
        path
        for file in files.documentation_pages()
        for path in targets(file.src_uri, file.content_string)
        if (place(path) or "").startswith("sources/")
    }
    for path in sorted(wanted):
        language = os.path.splitext(path)[1].lstrip(".")
        content = (ROOT / path).read_text("utf-8")
        page = f"---\nsearch: {{ exclude: true }}\n---\n# {path}\n\n````{language}\n{content}\n````\n"
        files.append(File.generated(config, f"sources/{path}.md", content=page))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """The page with links as they lead in the site, and with links from public names."""
    uri = page.file.src_uri
    if uri.startswith("sources/"):
        return markdown
    if page.parent is None:
        page.meta["hide"] = ["navigation"]  # It would list this page alone.
    text = relinked(uri, markdown)
    return outside_fences(text, lambda part: "\n".join(unless_heading(line) for line in part.split("\n")))


def unless_heading(line: str) -> str:
    """A line with links from names; headings and indented code stay as they are."""
    return line if line.startswith(("#", "    ", ":::")) else with_links(line)


def on_post_build(config: MkDocsConfig) -> None:
    """Fails the build, by a warning each, for names that the reference lacks, and for those without a docstring."""
    package = griffe.load("kerasig", search_paths=[str(ROOT)], resolve_aliases=True)
    for module, names in public_names().items():
        for name in names:
            found = package[f"{module}.{name}".removeprefix("kerasig.")]
            if found.is_alias:
                found = found.final_target
            if module != "kerasig.typing" and not found.is_module and not found.is_attribute:
                check(f"{module}.{name}", found)


def check(dotted: str, found: griffe.Object) -> None:
    """Warns of a public name that the reference lacks, and of docstrings that it or its methods lack."""
    if dotted not in DOCUMENTED:
        shorter = f"kerasig.{dotted.rpartition('.')[2]}"
        if shorter not in DOCUMENTED:
            LOG.warning("%s is in reference/public.md, and no page of the reference has it.", dotted)
    methods = [m for m in found.members.values() if found.is_class and m.is_function and not m.name.startswith("_")]
    for part in [found, *methods]:
        if not part.has_docstring:
            LOG.warning("%s has no docstring.", dotted if part is found else f"{dotted}.{part.name}")
