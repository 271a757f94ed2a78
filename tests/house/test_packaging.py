"""What is released: an sdist and a wheel that install where there is no checkout, and what they say of themselves."""

import configparser
import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from test_architecture import sources

import kerasig

ROOT = Path(__file__).parents[2]


def run(*command, cwd):
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The folder of an sdist that was made from the tracked files, without a repository, and of a wheel of that."""
    folder = tmp_path_factory.mktemp("release")
    source = folder / "source"
    run("git", "clone", "--quiet", "--no-hardlinks", ROOT, source, cwd=folder)
    run("rm", "-rf", ".git", cwd=source)
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", cwd=source)
    return folder / "dist"


@pytest.fixture(scope="module")
def wheel(dist):
    """The names in the wheel."""
    (path,) = dist.glob("*.whl")
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


@pytest.mark.slow
def test_the_wheel_stays_under_a_size(dist):
    # Source as it is written, each file packed by itself; it grows with the source, and holds no data.
    (path,) = dist.glob("*.whl")
    assert path.stat().st_size < 1_250_000
    with zipfile.ZipFile(path) as archive:
        assert max(file.file_size for file in archive.infolist()) < 60_000


@pytest.mark.slow
def test_the_sdist_installs_where_there_is_no_checkout(dist, tmp_path):
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {Path(name).relative_to(Path(name).parts[0]).as_posix() for name in archive.getnames()}
    assert {"LICENSE", "CHANGELOG.md", "CITATION.cff", "SECURITY.md"} <= names
    assert not any(name.startswith("tests") for name in names)
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", tmp_path / "installed"]
    run(sys.executable, "-m", "pip", "install", *options, path, cwd=tmp_path)
    code = "import kerasig, tensorboard_plugin_kerasig.definitions as d; print(kerasig.__file__, len(d.page().content))"
    said = run(sys.executable, "-c", f"import sys; sys.path.insert(0, 'installed'); {code}", cwd=tmp_path)
    assert said.startswith(str(tmp_path / "installed"))


@pytest.mark.slow
def test_the_metadata_passes_the_package_indexs_check(dist):
    run(sys.executable, "-m", "twine", "check", "--strict", *dist.iterdir(), cwd=dist)
    (path,) = dist.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        found = Parser().parsestr(archive.read(name).decode())
    assert found["Version"] == kerasig.__version__
    assert found.get_all("Project-URL")
    pythons = {line.rpartition(":: ")[2] for line in found.get_all("Classifier") if "Python :: 3." in line}
    said = (ROOT / "docs/guides/supported.md").read_text("utf-8")
    assert pythons
    assert all(f"Python {version}" in said for version in pythons)


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == kerasig.__version__
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()


def test_the_formats_versions_are_those_that_the_docs_tell():
    page = (ROOT / "docs/guides/formats.md").read_text("utf-8")
    source = sources()
    for row, module, name in [
        ("the wire format", "tensorboard_plugin_kerasig.headers", "VERSION"),
        ("the file format", "kerasig._attribution.file", "FILE_VERSION"),
    ]:
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {row}")]
        text = source.get(module) or (ROOT / f"tb_plugin/{module.replace('.', '/')}.py").read_text("utf-8")
        assert f"\n{name} = {line.split('|')[2].strip()}\n" in text


def test_tensorboard_finds_the_plugin_by_its_entry_point():
    (entry,) = [e for e in metadata.entry_points(group="tensorboard_plugins") if e.name == "kerasig"]
    assert entry.load().__name__ == "Loader"


def test_the_environment_of_the_tests_serves_other_targets_of_the_makefile():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    needed = {extra: {*text.split("\n")} for extra, text in config["options.extras_require"].items()}
    (touched,) = re.findall(r"touch \$@ (.*)", (ROOT / "Makefile").read_text("utf-8"))
    assert touched
    for extra in ["tf", *re.findall(r"\$\(VENV\)/\.(\w+)", touched)]:
        assert needed[extra] <= needed["test"], extra
