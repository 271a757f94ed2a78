"""Examples of the papers' systems, run as a reader would."""

import contextlib
import io
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples" / "papers"
DATA = os.environ.get("KERASIG_DATA")


def has_data(*parts: str) -> bool:
    return DATA is not None and Path(DATA, *parts).exists()


def run_example(name: str, folder: Path, *options: str | Path) -> subprocess.CompletedProcess:
    """Runs an example in `folder`, in a process of its own."""
    command = [sys.executable, EXAMPLES / name, *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=900)


def run_small(name: str, folder: Path, *options: str) -> dict:
    """What the short version found, as it keeps it; the figures lie in the folder `figures`."""
    ended = run_example(name, folder, "--small", "--json", "found.json", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads((folder / "found.json").read_text("utf-8"))


def is_neighbour(module: str) -> bool:
    return (EXAMPLES / f"{module}.py").exists()


def refusal(name: str, folder: Path, *options: str | Path, without: str = "") -> str:
    """The errors of an example that ends with code 2, run as a program in `folder` within this process.

    Args:
        name: the example's file.
        folder: the working directory.
        options: of the command line.
        without: a package that is not there, or KERASIG_DATA, which is not set then.
    """
    printed, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(EXAMPLES))
        patch.setattr(sys, "argv", [str(EXAMPLES / name), *map(str, options)])
        # As in a process of its own, it imports its neighbours, and nothing of a package that is not there.
        for module in list(sys.modules):
            if is_neighbour(module) or module.partition(".")[0] == without:
                patch.delitem(sys.modules, module)
        if without == "KERASIG_DATA":
            patch.delenv(without, raising=False)
        elif without:
            patch.setitem(sys.modules, without, None)
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(errors),
            pytest.raises(SystemExit) as ended,
        ):
            runpy.run_path(sys.argv[0], run_name="__main__")
        for module in filter(is_neighbour, list(sys.modules)):
            del sys.modules[module]
    assert ended.value.code == 2, printed.getvalue() + errors.getvalue()
    return errors.getvalue()
