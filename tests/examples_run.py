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

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples" / "papers"
DATA = os.environ.get("KERASIG_DATA")


def has_data(*parts: str) -> bool:
    return DATA is not None and Path(DATA, *parts).exists()


def run_example(name: str, folder: Path, *options: str | Path, without: str = "") -> subprocess.CompletedProcess:
    """An example run as a program in `folder`, within this process, which has imported TensorFlow already.

    The demo, the lessons and the pages' code are run in processes of their own.

    Args:
        name: the example's file.
        folder: the working directory.
        options: of the command line.
        without: a package that is not there, or KERASIG_DATA, which is not set then.
    """
    printed, errors = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, "path", [str(EXAMPLES), *paths_of_a_reader()])
        patch.setattr(sys, "argv", [str(EXAMPLES / name), *map(str, options)])
        # As in a process of its own, it imports its neighbours, and nothing of a package that is not there.
        for module in list(sys.modules):
            if is_neighbour(module) or module.partition(".")[0] in ("examples", without):
                patch.delitem(sys.modules, module)
        if without == "KERASIG_DATA":
            patch.delenv(without, raising=False)
        elif without:
            patch.setitem(sys.modules, without, None)
        code = 0
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(errors):
            try:
                runpy.run_path(sys.argv[0], run_name="__main__")
            except SystemExit as ended:
                code = ended.code or 0
            finally:
                for module in filter(is_neighbour, list(sys.modules)):
                    del sys.modules[module]
    return subprocess.CompletedProcess(sys.argv, code, printed.getvalue(), errors.getvalue())


def run_small(name: str, folder: Path, *options: str) -> dict:
    """What the short version found, as it keeps it; the figures lie in the folder `figures`."""
    ended = run_example(name, folder, "--small", "--json", "found.json", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads((folder / "found.json").read_text("utf-8"))


def paths_of_a_reader() -> list[str]:
    """Where Python looks for modules where it runs an example: neither in the tests nor in the project's folder."""
    given = [Path(path).resolve() for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    ours = [path for path in map(Path, sys.path) if path.resolve() == ROOT or ROOT / "tests" in (path, *path.parents)]
    return [path for path in sys.path if Path(path) not in ours or Path(path).resolve() in given]


def is_neighbour(module: str) -> bool:
    return (EXAMPLES / f"{module}.py").exists()


def refusal(name: str, folder: Path, *options: str | Path, without: str = "") -> str:
    """The errors of an example that ends with code 2; arguments as those of `run_example`."""
    ended = run_example(name, folder, *options, without=without)
    assert ended.returncode == 2, ended.stdout + ended.stderr
    return ended.stderr
