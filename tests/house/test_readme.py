"""What the README promises, as a reader would try it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


PAGES = {"readme": ROOT / "README.md", "serving": ROOT / "docs" / "internals" / "serving.md"}
AFTER = "-- the end of a page --"


@pytest.fixture(scope="module")
def pasted(tmp_path_factory):
    """The folder that the code of all pages has run in, and what that of each has printed."""
    folder = tmp_path_factory.mktemp("reader")
    # One process for all of them: importing TensorFlow takes longer than the code.
    lines = []
    for page in PAGES.values():
        lines += [f"exec({block!r}, {{'__name__': '__main__'}})" for block in blocks(page)]
        lines.append(f"print({AFTER!r})")
    command = [sys.executable, "-c", "\n".join(lines)]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=550)
    assert ended.returncode == 0, ended.stderr
    return folder, dict(zip(PAGES, ended.stdout.split(AFTER), strict=False))


def blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.slow
def test_code_of_the_readme_runs_as_pasted(pasted):
    folder, printed = pasted
    assert len(blocks(PAGES["readme"])) == 4
    assert "converged  5 of 5" in printed["readme"]
    assert "RegionLift('suspects') at step" in printed["readme"]
    assert list((folder / "logs" / "example" / "kerasig").glob("*tfevents*"))


@pytest.mark.slow
def test_code_of_the_page_on_serving_runs_as_pasted(pasted):
    _, printed = pasted
    assert len(blocks(PAGES["serving"])) == 2
    assert "residual at most" in printed["serving"]


def test_commands_of_the_readme_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
