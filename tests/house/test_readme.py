"""What the README promises, as a reader would try it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_code_of_the_readme_runs_as_pasted(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(blocks) == 4
    # One process for all of them: importing TensorFlow takes longer than the code.
    program = "\n".join(f"exec({block!r}, {{'__name__': '__main__'}})" for block in blocks)
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    assert "converged  5 of 5" in ended.stdout
    assert "RegionLift('suspects') at step" in ended.stdout
    assert list((tmp_path / "logs" / "example" / "kerasig").glob("*tfevents*"))


@pytest.mark.slow
def test_code_of_the_page_on_serving_runs_as_pasted(tmp_path):
    page = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert len(blocks) == 2
    program = "\n".join(f"exec({block!r}, {{'__name__': '__main__'}})" for block in blocks)
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    assert "residual at most" in ended.stdout


def test_commands_of_the_readme_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
