"""Lessons as notebooks and as pages: each file of examples/lessons is text between code, in keras.io's way of writing.

    python docs/tutobook.py notebooks build/notebooks    to open in Jupyter, not yet run
    python docs/tutobook.py run                          runs each in a Jupyter kernel, from a fresh folder

As a hook of MkDocs it adds a page of each lesson, with what its cells have shown. What was run is kept in
build/lessons until the lesson or kerasig itself changes; with KERASIG_LESSONS=unrun nothing is run, and pages have the
code alone. Needs nbclient, nbformat and ipykernel.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "lessons"
# In the order in which they are read.
LESSONS = tuple(
    ROOT / "examples" / "lessons" / f"{name}.py" for name in ("watch_a_training", "explain_a_model", "find_a_shortcut")
)
# What libraries beneath Python write to the process's errors before anything of ours can stop them.
NOISE = re.compile(
    r"^(?:WARNING: All log messages before absl|[IWE]\d{4,} |.*(?:cpu_feature_guard|rebuild TensorFlow)).*\n?"
)
FIGURE = "application/vnd.plotly.v1+json"
PLOTLY = "javascripts/plotly.min.js"
DRAWING = "javascripts/figures.js"
WIDTH = 88  # Characters of a line.


@dataclass(frozen=True)
class Lesson:
    """A lesson as it is written.

    Args:
        path: its file.
        about: the lines of its header by their names: Title, Description, Packages, Seconds.
        cells: kinds, "markdown" or "code", and texts.
    """

    path: Path
    about: dict[str, str]
    cells: list[tuple[str, str]]

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def heading(self) -> str:
        """Title and description, as the first cell has them."""
        needs = " ".join(f"`{package}`" for package in re.split(r",\s*", self.about["Packages"]))
        return (
            f"# {self.about['Title']}\n\n{self.about['Description']}\n\n"
            f"Needs {needs}. Takes about {self.about['Seconds']} seconds on two cores."
        )


def read(path: Path) -> Lesson:
    """Reads a lesson: strings at the top level are text, the first of them the header, all between them is code."""
    source = path.read_text("utf-8")
    lines = source.splitlines()
    header, *statements = ast.parse(source).body
    about = dict(re.findall(r"^(\w+): (.+)$", ast.literal_eval(header.value), re.MULTILINE))
    cells: list[tuple[str, str]] = []
    end = header.end_lineno
    for statement in [*statements, None]:
        text = statement and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if statement is not None and not text:
            continue
        code = "\n".join(lines[end : statement.lineno - 1 if statement else None]).strip("\n")
        if code:
            cells.append(("code", code))
        if statement:
            cells.append(("markdown", statement.value.value.strip()))
            end = statement.end_lineno
    return Lesson(path, about, cells)


def notebook(lesson: Lesson) -> NotebookNode:
    """The lesson as a notebook that has not been run."""
    from nbformat import v4

    made = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
    cells = [v4.new_markdown_cell(lesson.heading), *(made[kind](text) for kind, text in lesson.cells)]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # The same file each time.
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def run(lesson: Lesson, timeout: int = 300) -> NotebookNode:
    """The lesson as a notebook that was run in a kernel of Jupyter, in a folder of its own."""
    from nbclient import NotebookClient

    made = notebook(lesson)
    # Figures as data: with plotly.js in each of them a notebook takes megabytes.
    settings = {"PLOTLY_RENDERER": "plotly_mimetype", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        client = NotebookClient(made, timeout=timeout, kernel_name="python3", resources=resources)
        paths = [str(ROOT), str(ROOT / "tb_plugin"), *filter(None, [os.environ.get("PYTHONPATH")])]
        client.execute(env={**os.environ, **settings, "PYTHONPATH": os.pathsep.join(paths)})
    return made


def run_or_kept(lesson: Lesson) -> NotebookNode:
    """The notebook as it was last run, if neither the lesson nor kerasig has changed since."""
    import nbformat

    if os.environ.get("KERASIG_LESSONS") == "unrun":
        return notebook(lesson)
    sources = [lesson.path, Path(__file__), *sorted((ROOT / "kerasig").rglob("*.py"))]
    state = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    kept = KEPT / f"{lesson.name}-{state}.ipynb"
    if kept.exists():
        return nbformat.read(kept, 4)
    made = run(lesson)
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(f"{lesson.name}-*.ipynb"):
        old.unlink()
    nbformat.write(made, kept)
    return made


# A page of the site.


def page(lesson: Lesson, run_notebook: NotebookNode) -> str:
    """The lesson in Markdown, with what its cells have shown."""
    parts = [lesson.heading, f"The file: [{lesson.path.name}](../../{lesson.path.relative_to(ROOT).as_posix()})."]
    for cell in run_notebook.cells[1:]:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        parts += [shown for output in joined(cell.outputs) if (shown := as_markdown(output))]
    text = "\n\n".join(parts) + "\n"
    if FIGURE_CLASS in text:
        text += "".join(f'\n<script src="../{script}"></script>' for script in (PLOTLY, DRAWING)) + "\n"
    return text


FIGURE_CLASS = "kerasig-figure"


def joined(outputs: list[Any]) -> Iterator[Any]:
    """The outputs of a cell, with what was printed in several pieces as one."""
    printed = ""
    for output in outputs:
        if output.output_type == "stream":
            printed += output.text
            continue
        if printed:
            yield printed
        printed = ""
        yield output
    if printed:
        yield printed


def as_markdown(output: Any) -> str:
    """One output: a figure, HTML, or text."""
    if isinstance(output, str):
        return text_block(output)
    data = output.get("data", {})
    if "application/vnd.jupyter.widget-view+json" in data:
        return ""  # A bar, which is gone by the end.
    if FIGURE in data:
        return figure(data[FIGURE])
    if "text/html" in data:
        return f'<div class="kerasig-html">{in_one_line(data["text/html"])}</div>'
    text = data.get("text/plain", "")
    return "" if re.fullmatch(r"<.* at 0x[0-9a-f]+>", text) else text_block(text)  # Of such nobody learns anything.


def in_one_line(html: str) -> str:
    """HTML without line breaks, where Markdown might take up again; those of preformatted text become entities."""
    html = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    html = re.sub(r"<pre.*?</pre>", lambda text: text[0].replace("\n", "&#10;"), html, flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", " ", html)


def text_block(text: str) -> str:
    """What was printed, as it was seen in the end, in a box."""
    lines = [line.rpartition("\r")[2] for line in text.split("\n") if not NOISE.match(line)]
    # Sentences are broken, the columns of tables are not.
    text = "\n".join(line if "  " in line else textwrap.fill(line, WIDTH) for line in lines)
    return f"```text\n{text.rstrip()}\n```" if text.strip() else ""


def figure(data: dict[str, Any]) -> str:
    """A place for a figure, with its data, which a script of the page draws in the colours of the page."""
    layout = {name: value for name, value in data["layout"].items() if name != "template"}
    kept = json.dumps({"data": data["data"], "layout": layout}, separators=(",", ":")).replace("<", "\\u003c")
    height = layout.get("height", 450)
    return (
        f'<div class="{FIGURE_CLASS}" style="height: {escape(str(height))}px">'
        f'<script type="application/json">{kept}</script></div>'
    )


# What MkDocs calls.


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lists the lessons' pages behind what else is in the section Tutorials."""
    for entry in config.nav or []:
        if isinstance(entry, dict) and "Tutorials" in entry:
            before = entry["Tutorials"] if isinstance(entry["Tutorials"], list) else []
            entry["Tutorials"] = [*before, *(f"tutorials/{path.stem}.md" for path in LESSONS)]
            return config
    config.nav = [*(config.nav or []), {"Tutorials": [f"tutorials/{path.stem}.md" for path in LESSONS]}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages, and the scripts that draw their figures."""
    from mkdocs.structure.files import File
    from plotly.offline import get_plotlyjs

    for path in LESSONS:
        lesson = read(path)
        files.append(File.generated(config, f"tutorials/{lesson.name}.md", content=page(lesson, run_or_kept(lesson))))
    files.append(File.generated(config, PLOTLY, content=get_plotlyjs()))
    files.append(File.generated(config, DRAWING, content=Path(__file__).with_name("figures.js").read_text("utf-8")))
    return files


def main() -> int:
    """Writes notebooks, or runs the lessons."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    written = commands.add_parser("notebooks", help="writes a notebook of each lesson")
    written.add_argument("folder", type=Path, nargs="?", default=Path("build/notebooks"))
    commands.add_parser("run", help="runs each lesson as a notebook")
    options = parser.parse_args()
    for lesson in map(read, LESSONS):
        if options.command == "run":
            run(lesson)
            print(f"{lesson.name}: ran", flush=True)
            continue
        import nbformat

        options.folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(lesson), options.folder / f"{lesson.name}.ipynb")
        print(options.folder / f"{lesson.name}.ipynb")
    return 0


if __name__ == "__main__":
    sys.exit(main())
