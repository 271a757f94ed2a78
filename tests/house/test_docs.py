"""The pages of README and docs, as a reader goes through them: all code runs, and each page says where to go next."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [ROOT / "README.md", *DOCS]
PYTHON = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s:]+\.md)(?:#[^)]*)?\)")
# What must hold of the names that a page's code has made, beside that it ran.
THEN = {
    "docs/internals/alarms.md": """
callback = kerasig.IGCallback(probes, "logs/own", alarms=[AllCorrect(patience=1)])
model.fit(x, y, verbose=0, callbacks=[callback])
assert np.isfinite(callback.history[-1]["probes"]["correct"]).all()
""",
    "docs/internals/coordinates.md": """
assert np.abs(attribution.values).mean(axis=0).argmax() == 0
assert attribution.converged.all()
""",
    "docs/internals/metrics.md": 'assert np.isfinite(callback.history[-1]["probes"]["edge_mass"]).all()',
    "docs/extending/alarm.md": 'assert any(record["alarms"] for record in callback.history)',
    "docs/extending/measure.md": 'assert np.isfinite(callback.history[-1]["probes"]["edge"]).all()',
    "docs/extending/path.md": "assert np.allclose(detour.values, [[7, -1]], atol=0.1)",
    "docs/extending/rule.md": "assert np.allclose(attribution.values, [[6, 2]], atol=1e-5)",
    "docs/guides/limits.md": "assert kerasig.explain(alarm, readings).values[0, 1] == 0",
}
# What a page's code must have printed.
PRINTED = {
    "README.md": ["converged  5 of 5"],
    "docs/start.md": ["converged  5 of 5", "RegionLift('suspects') at step"],
    "docs/internals/serving.md": ["residual at most"],
    "docs/extending/alarm.md": ["AllCorrect at step"],
    "docs/extending/kind.md": ["piano"],
}


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# Pages of these are made of files that have tests of their own.
MADE = {ROOT / "docs/tutorials", ROOT / "docs/gallery"}
WITH_CODE = [named(page) for page in PAGES if page.parent not in MADE and PYTHON.search(page.read_text("utf-8"))]


@pytest.fixture(scope="module")
def pasted():
    """What came of each page's code."""
    command = [sys.executable, "tests/pasted.py", "--then", json.dumps(THEN), *WITH_CODE]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=550)
    assert ended.returncode == 0, ended.stderr
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    return {named(Path(page["page"])): page for page in told}


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_CODE)
def test_the_code_of_a_page_runs_as_pasted(pasted, page):
    assert pasted[page]["error"] == ""
    for words in PRINTED.get(page, []):
        assert words in pasted[page]["printed"]


@pytest.mark.slow
def test_the_first_steps_leave_logs_for_the_tab(pasted):
    assert any(name.startswith("logs/example/kerasig/events") for name in pasted["README.md"]["files"])


def test_every_page_with_an_expectation_has_code():
    assert THEN.keys() | PRINTED.keys() <= set(WITH_CODE)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_what_is_not_run_is_marked_as_text_or_commands(page):
    fences = re.findall(r"^```(\S*)$", page.read_text("utf-8"), flags=re.MULTILINE)
    assert {opening for opening in fences[::2]} <= {"python", "text", "bash", "yaml"}
    assert set(fences[1::2]) <= {""}


@pytest.mark.parametrize("page", sorted((ROOT / "docs/extending").glob("[!R]*.md")), ids=named)
def test_an_extension_takes_under_forty_lines(page):
    (code,) = PYTHON.findall(page.read_text("utf-8"))
    assert len([line for line in code.splitlines() if line.strip()]) < 40


def test_every_page_says_where_to_go_next():
    without = [named(page) for page in DOCS if not re.search(r"^Next: .*\]\(", page.read_text("utf-8"), re.MULTILINE)]
    assert without == []


def test_every_page_is_reached_from_the_readme():
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page not in reached and page.exists():
            reached.add(page)
            todo += [(page.parent / link).resolve() for link in LINK.findall(page.read_text("utf-8"))]
    assert [named(page) for page in DOCS if page not in reached] == []
