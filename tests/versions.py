"""The quick tests on other versions of Python and TensorFlow, each in an environment of its own.

python tests/versions.py                     all of the table below whose interpreter is found
python tests/versions.py oldest 3.13         some of it

An interpreter is looked for as `python3.X` on the search path, then asked of `uv`, which fetches one where it may. Each
environment takes about 3 GB under `.versions`, which may be deleted at any time. Prints a line for each.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".versions"
SHOWN = ("tensorflow", "keras", "tf-keras", "tensorboard", "numpy")


@dataclass(frozen=True)
class Combination:
    """An interpreter and what is installed for it.

    Args:
        name: as the command line has it.
        python: the interpreter's version.
        requirements: beside the extra `test`.
    """

    name: str
    python: str
    requirements: tuple[str, ...] = ()


COMBINATIONS = [
    Combination("oldest", "3.11", ("tensorflow==2.16.*", "tf-keras==2.16.*", "tensorboard==2.16.*", "numpy<2")),
    Combination("newest", "3.11"),
    Combination("3.12", "3.12"),
    Combination("3.13", "3.13"),
]


def interpreter(version: str) -> str | None:
    """The path of a Python of this version; None where none can be had."""
    candidates = [shutil.which(f"python{version}"), sys.executable, shutil.which("python3")]
    if shutil.which("uv"):
        subprocess.run(["uv", "python", "install", "--quiet", version], check=False, stderr=subprocess.DEVNULL)
        found = subprocess.run(["uv", "python", "find", version], capture_output=True, text=True, check=False)
        candidates.append(found.stdout.strip())
    return next((path for path in candidates if path and is_version(path, version)), None)


def is_version(python: str, version: str) -> bool:
    """Whether a program is a Python of this version; a manager's shim may stand for one that is not installed."""
    ended = subprocess.run([python, "--version"], capture_output=True, text=True, check=False)
    return ended.returncode == 0 and ended.stdout.startswith(f"Python {version}.")


def environment(combination: Combination, python: str) -> Path:
    """The Python of an environment that has what the combination asks for."""
    folder = FOLDER / combination.name
    inside = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        install = [inside, "-m", "pip", "install", "--quiet"]
        subprocess.run([*install, "--upgrade", "pip"], check=True)
        subprocess.run([*install, "--editable", f"{ROOT}[test]", *combination.requirements], check=True)
        (folder / "complete").touch()
    return inside


def versions(python: Path) -> str:
    """The versions of Python and of what matters, in one line."""
    code = f"""
import importlib.metadata as metadata, platform
print("Python", platform.python_version(), *(f", {{name}} {{metadata.version(name)}}" for name in {SHOWN!r}), sep=" ")
"""
    ended = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    return ended.stdout.strip().replace(" ,", ",")


def main() -> int:
    """Runs what was asked for, and says how each ended."""
    parser = argparse.ArgumentParser(description="The quick tests on other versions.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(c.name for c in COMBINATIONS)}; all without any")
    asked = parser.parse_args().names
    if unknown := set(asked) - {combination.name for combination in COMBINATIONS}:
        parser.error(f"no combination is called {', '.join(sorted(unknown))}")
    failed, told = False, []
    for combination in COMBINATIONS:
        if asked and combination.name not in asked:
            continue
        python = interpreter(combination.python)
        if python is None:
            told.append(f"{combination.name}: there is no Python {combination.python} here")
            continue
        inside = environment(combination, python)
        ended = subprocess.run(
            [inside, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--quick", "-q"],
            cwd=ROOT,
            check=False,
        )
        failed |= ended.returncode != 0
        told.append(f"{combination.name}: {'failed' if ended.returncode else 'passed'} with {versions(inside)}")
    print(*told, sep="\n")
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
