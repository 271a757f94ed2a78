"""The documentation as a site: it is whole, it reads without a network, and what is wrong with it fails the build."""

import functools
import os
import shutil
import subprocess
import sys
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build(source: Path, into: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(into)]
    # Lessons are run by tests of their own.
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "KERASIG_LESSONS": "unrun"}
    return subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=300, env=environment)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built here unless KERASIG_SITE names one that was built just now."""
    if built := os.environ.get("KERASIG_SITE"):
        return Path(built)
    folder = tmp_path_factory.mktemp("site")
    ended = build(ROOT, folder)
    assert ended.returncode == 0, ended.stderr
    return folder


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def served(site):
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def reader(chromium, served):
    """A page of the site, what it asked for elsewhere, and what it complained about."""
    page = chromium.new_page(color_scheme="dark")
    problems = []
    page.on("request", lambda asked: asked.url.startswith((served, "data:")) or problems.append(asked.url))
    page.on("console", lambda said: said.type in ("error", "warning") and problems.append(said.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("response", lambda answer: answer.status >= 400 and problems.append(f"{answer.status} {answer.url}"))
    yield page
    page.close()
    assert problems == []


@pytest.mark.parametrize("name", ["index", "start", "reference/explain", "internals/accuracy", "guides/serving"])
def test_no_page_asks_for_anything_elsewhere(reader, served, name):
    reader.goto(f"{served}/{name}.html")
    assert reader.locator("h1").count() >= 1
    broken = "[...document.images].filter((image) => !image.complete || !image.naturalWidth).map((image) => image.src)"
    reader.wait_for_function("[...document.images].every((image) => image.complete)")
    assert reader.evaluate(broken) == []


def test_the_theme_follows_the_reader_and_changes_by_a_button(reader, served):
    reader.goto(f"{served}/index.html")
    theme = "document.body.dataset.mdColorScheme"
    paper = "getComputedStyle(document.body).backgroundColor"
    reader.wait_for_function(f"{theme} === 'slate'")
    dark = reader.evaluate(paper)
    reader.locator("label[title=Light]:visible").click()
    light = reader.wait_for_function(f"(dark) => {theme} === 'default' && {paper} !== dark && {paper}", arg=dark)
    assert light.json_value() != dark


def test_the_search_finds_an_argument_in_the_reference(reader, served):
    reader.goto(f"{served}/index.html")
    reader.locator(".md-search__input").click()
    reader.locator(".md-search__input").press_sequentially("map_tolerance")
    found = reader.locator(".md-search-result__link").first
    found.wait_for(state="attached")
    hrefs = reader.locator(".md-search-result__link").evaluate_all("(links) => links.map((link) => link.href)")
    assert any("/reference/steps.html" in href for href in hrefs)


def test_the_reference_has_the_types_and_the_example_of_explain(reader, served):
    reader.goto(f"{served}/reference/explain.html")
    signature = reader.locator("[id='kerasig.explain'] ~ .doc-signature, .doc-signature").first.inner_text()
    assert "baselines: Baselines | None = None" in signature
    assert ">>> attribution = kerasig.explain" in reader.locator("article").inner_text()


def test_lost_links_missing_docstrings_and_missing_names_fail_the_build(tmp_path):
    for name in ("docs", "kerasig", "benchmarks", "tb_plugin", "examples", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [*ROOT.glob("*.md"), ROOT / "mkdocs.yml", ROOT / "Makefile"]:
        shutil.copy(path, tmp_path)
    page = tmp_path / "docs/internals/alarms.md"
    page.write_text(page.read_text("utf-8") + "\n[lost](nowhere.md), [anchor](accuracy.md#no-such)\n", "utf-8")
    steps = tmp_path / "kerasig/steps.py"
    source = steps.read_text("utf-8")
    steps.write_text(source.replace('"""A fixed number of gradient', '_ = """A fixed number of gradient'), "utf-8")
    reference = tmp_path / "docs/reference/training.md"
    reference.write_text(reference.read_text("utf-8").replace("::: kerasig.Audit\n", ""), "utf-8")
    ended = build(tmp_path, tmp_path / "site")
    assert ended.returncode != 0
    assert "target 'internals/nowhere.md' is not found" in ended.stderr
    assert "no-such" in ended.stderr
    assert "kerasig.Fixed has no docstring." in ended.stderr
    assert "kerasig.Audit is in reference/public.md, and no page of the reference has it." in ended.stderr
