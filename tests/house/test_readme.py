"""What the README promises, as a reader would try it; tests/house/test_docs.py runs its code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_commands_of_the_readme_are_targets_of_the_makefile():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = set(re.findall(r"\bmake (\w+)", README))
    assert {"demo", "test"} <= asked
    for target in asked:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_the_readme_is_one_screen_with_thirty_lines_of_code():
    assert len(README.splitlines()) <= 90
    code = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert len(code) == 1
    assert len(code[0].strip().splitlines()) <= 30


def test_each_number_of_the_readme_has_the_command_that_makes_it():
    table = README.partition("## Three numbers")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| .* \| .*\d.* \| `python (.*)` \|$", table, flags=re.MULTILINE)
    assert len(rows) == 3
    for command in rows:
        path = command.removeprefix("-m ").split()[0]
        module = path.replace(".", "/")
        assert any((ROOT / found).exists() for found in (path, f"{module}.py", f"{module}/__main__.py")), command


def test_the_example_of_the_readme_is_that_of_the_first_steps():
    code = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)[0]
    first = re.findall(r"```python\n(.*?)```", (ROOT / "docs/start.md").read_text("utf-8"), flags=re.DOTALL)[0]
    assert code.startswith(first)
