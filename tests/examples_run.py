"""Examples of the papers' systems, run as a reader would."""

import json
import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
DATA = os.environ.get("KERASIG_DATA")


def has_data(*parts: str) -> bool:
    return DATA is not None and Path(DATA, *parts).exists()


def run_example(name: str, folder: Path, *options: str, **environment: str | None) -> subprocess.CompletedProcess:
    """Runs an example in `folder`; a variable of the environment that is None is not set."""
    kept = {key: value for key, value in {**os.environ, **environment}.items() if value is not None}
    command = [sys.executable, str(EXAMPLES / name), *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=kept, timeout=500)


def run_small(name: str, folder: Path, *options: str) -> dict:
    """What the short version found, as it keeps it; the figures lie in the folder `figures`."""
    ended = run_example(name, folder, "--small", "--json", "found.json", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads((folder / "found.json").read_text("utf-8"))
