"""The screens before and after: a small log is photographed, by a real Chromium where there is one."""

import subprocess
import urllib.request
from pathlib import Path

import pytest

from benchmarks import chromium
from benchmarks.models import Unavailable
from benchmarks.screens import __main__ as screens
from benchmarks.screens import logs
from benchmarks.screens.album import write_album
from benchmarks.screens.revisions import HERE, NoRevision, check_served, checked_out, plugin_of
from benchmarks.tab_logs import Log, write
from benchmarks.tab_server import tensorboard

SMALL = {
    "first": screens.Screen("As it opens", "small"),
    "dark": screens.Screen("One probe in the dark", "small", {"view": "probe", "probe": 2}, width=900, dark=True),
    "absent": screens.Screen("What is not here", "molecules"),
}


def test_every_screen_has_a_log_that_can_be_written():
    assert len(screens.SCREENS) == 12
    assert {screen.log for screen in screens.SCREENS.values()} <= set(logs.LOGS)


def test_a_log_is_written_once_and_half_of_one_is_none(tmp_path, monkeypatch):
    calls = []

    def write_one(folder: Path) -> None:
        calls.append(folder)
        (folder / "run").mkdir()
        if len(calls) == 1:
            raise Unavailable("There is no data.")

    monkeypatch.setitem(logs.LOGS, "digits", write_one)
    assert logs.write_all(tmp_path, ["digits"]) == {"digits": "There is no data."}
    assert list(tmp_path.iterdir()) == []
    assert logs.write_all(tmp_path, ["digits", "digits"]) == {}
    assert (tmp_path / "digits" / "run").is_dir()
    assert len(calls) == 2


def test_forty_runs_show_the_same_images_with_other_numbers(tmp_path):
    log = Log(2, 3, (8, 8), runs=2)
    write(log, tmp_path)
    files = [next((tmp_path / name).rglob("*tfevents*")).read_bytes() for name in log.names()]
    assert files[0] != files[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(log.names())


def test_names_on_the_page_are_text_and_what_is_missing_says_why(tmp_path):
    page = write_album(tmp_path, {"a": "<b>", "b": "Other"}, ["before", "after"], {"b": {"after": "No <data>."}})
    text = page.read_text()
    assert [text.count(name) for name in ("a-before.png", "a-after.png", "b-before.png")] == [2, 2, 2]
    assert "b-after.png" not in text
    assert "No &lt;data&gt;." in text
    assert "<b>" not in text


@pytest.mark.slow
def test_a_revision_is_checked_out_and_gone_afterwards():
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=HERE, capture_output=True).returncode:
        pytest.skip("this is no git repository")
    with checked_out("HEAD") as tree:
        assert (tree / "tb_plugin" / "tensorboard_plugin_kerasig" / "plugin.py").exists()
    assert not tree.exists()
    listed = subprocess.run(["git", "worktree", "list"], cwd=HERE, capture_output=True, text=True).stdout
    assert str(tree) not in listed
    with pytest.raises(NoRevision, match="no revision 'no such one'"), checked_out("no such one"):
        pass


@pytest.mark.slow
def test_tensorboard_serves_the_page_of_the_tree_that_is_asked_for(tmp_path):
    package = tmp_path / "tree" / "tb_plugin" / "tensorboard_plugin_kerasig"
    package.parent.mkdir(parents=True)
    subprocess.run(["cp", "-r", HERE / "tb_plugin" / "tensorboard_plugin_kerasig", package], check=True)
    page = package / "static" / "index.js"
    page.write_text(page.read_text() + "// of that time\n")
    (tmp_path / "logs").mkdir()
    with plugin_of(tmp_path / "tree"), tensorboard(tmp_path / "logs") as server:
        check_served(server.url, tmp_path / "tree")
        with urllib.request.urlopen(f"{server.url}/data/plugin/kerasig/static/index.js") as response:
            assert response.read().endswith(b"// of that time\n")
        with pytest.raises(RuntimeError, match=r"another index\.js"):
            check_served(server.url, HERE)


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_screens_are_photographed_and_the_page_shows_them(tmp_path):
    if chromium.installed() is None:
        pytest.skip("there is no Chromium on this machine")
    write(Log(3, 4, (12, 12)), tmp_path / "logs" / "small")
    page = screens.take(tmp_path / "out", tmp_path / "logs", screens=SMALL, absent={"molecules": "There is no data."})
    sizes = {path.name: path.read_bytes()[16:24] for path in page.parent.glob("*.png")}
    wide, narrow = (width.to_bytes(4, "big") + (800).to_bytes(4, "big") for width in (1280, 900))
    assert sizes == {"first-after.png": wide, "dark-after.png": narrow}
    assert "after: There is no data." in page.read_text()
