"""The plugin as it is here, and as it was at another revision."""

from __future__ import annotations

import os
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parents[2]
_STATIC = Path("tensorboard_plugin_kerasig", "static")


class NoRevision(Exception):
    """There is no such revision; the message is one sentence."""


@contextmanager
def checked_out(revision: str) -> Iterator[Path]:
    """The repository at a revision, in a folder of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="kerasig-before-") as scratch:
        tree = Path(scratch, "tree")
        made = _git("worktree", "add", "--detach", str(tree), revision)
        if made.returncode:
            raise NoRevision(f"git has no revision {revision!r} to look at: {made.stderr.strip().splitlines()[-1]}")
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(("git", *arguments), cwd=HERE, capture_output=True, text=True)


@contextmanager
def plugin_of(tree: Path) -> Iterator[None]:
    """Processes that are started meanwhile find the plugin of that tree before any other."""
    before = os.environ.get("PYTHONPATH")
    parts = [str(tree), str(tree / "tb_plugin"), *([before] if before else [])]
    os.environ["PYTHONPATH"] = os.pathsep.join(parts)
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def check_served(url: str, tree: Path) -> None:
    """That TensorBoard serves the page of that tree, and not of one that is installed.

    Raises:
        RuntimeError: it serves another one.
    """
    for file in sorted((tree / "tb_plugin" / _STATIC).glob("*.js")):
        with urllib.request.urlopen(f"{url}/data/plugin/kerasig/static/{file.name}", timeout=60) as response:
            if response.read() != file.read_bytes():
                raise RuntimeError(f"TensorBoard serves another {file.name} than that of {tree}.")
