"""The contents of an installation."""

import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in a wheel that was built from a clean copy of the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, source], check=True, capture_output=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, source]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def tracked(folder):
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, capture_output=True, text=True, check=True)
    return {Path(name) for name in listed.stdout.split("\n") if name}


@pytest.mark.slow
def test_wheel_holds_every_module_and_static_file(wheel):
    for path in tracked("kerasig"):
        assert path.as_posix() in wheel
    for path in tracked("tb_plugin/tensorboard_plugin_kerasig"):
        assert path.relative_to("tb_plugin").as_posix() in wheel


@pytest.mark.slow
def test_wheel_holds_nothing_but_the_two_packages(wheel):
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"kerasig", "tensorboard_plugin_kerasig"}


def test_tensorboard_finds_the_plugin_by_its_entry_point():
    (entry,) = [e for e in metadata.entry_points(group="tensorboard_plugins") if e.name == "kerasig"]
    assert entry.load().__name__ == "Loader"
