"""`kerasig.report`: what is written, how large it is, and what is refused."""

import json
import re
import subprocess
import sys
import zlib
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from event_logs import Value, a_set, blobs_of, table_of, write
from tensorboard_plugin_kerasig import schema
from tensorboard_plugin_kerasig.container import pack_columns

import kerasig
from kerasig import Adaptive, Attribution
from kerasig._report.logs import _AROUND as AROUND
from kerasig._report.packing import columns, deflated, opened
from kerasig._suspects.report import Suspects
from kerasig._suspects.suspect import Candidate, Interval
from kerasig.attribution import PathProfile

HOSTILE = "</script><script>alert(1)</script>&\"'"


def attribution_of(values, **fields):
    """An Attribution; no model is needed to draw one."""
    n = len(values)
    one = np.ones(n, np.float32)
    alphas = np.tile([0.0, 1.0], (n, 1)).astype(np.float32)
    defaults = {
        **{"score": one, "baseline_score": 0 * one, "delta": 0 * one, "residual": 0 * one, "map_error": 0 * one},
        **{"converged": one > 0, "status": np.full(n, "converged"), "n_evaluations": np.full(n, 9)},
        **{"rule": Adaptive(), "path": PathProfile(alphas, alphas, alphas), "inputs": values},
    }
    return Attribution(values=values, **(defaults | fields))


def a_candidate(*, clear=True, name="rows 0 to 1, columns 0 to 1"):
    region = np.zeros((6, 8), bool)
    region[:2, :2] = True
    one = Interval(0.5, 0.4, 0.6)
    told = {"group": "class 3", "label": 3, "members": np.arange(5), "family": "window", "name": name, "leaf": "x"}
    told |= dict.fromkeys(("share", "before", "emphasis", "fall", "rise"), one)
    told |= {"region": region, "repeated": 1.0, "fall_baseline": 0.5, "matched": np.array([0.1, 0.2]), "flips": 0.5}
    told |= {"matched_flips": 0.0, "p_value": 0.01, "evidence": 2.0, "stands_clear": clear}
    return Candidate(**told, mean_map=np.where(region, 0.2, 0.01).astype(np.float32))


@pytest.fixture
def log(tmp_path):
    """The smallest log."""
    write(tmp_path / "logs" / "kerasig", list(a_set("rows").values()))
    return tmp_path / "logs"


def test_a_log_becomes_the_same_file_each_time(log, tmp_path):
    first, second = (Path(kerasig.report(log, tmp_path / name)) for name in ("a.html", "b.html"))
    assert first.read_bytes() == second.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"logs", "a.html", "b.html"}


def test_a_file_runs_its_own_script_alone_whatever_names_say(log, tmp_path):
    text = Path(kerasig.report(log, tmp_path / "a.html", title=HOSTILE)).read_text("utf-8")
    assert "default-src 'none'" in text
    assert "alert(1)</script>" not in text
    # Of script elements those of the data, the index and one that runs.
    kinds = re.findall(r"<script([^>]*)>", text)
    assert kinds[-1] == ""
    assert all("type=" in kind for kind in kinds[:-1])
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", text)


def test_without_a_path_it_lies_in_the_working_directory(log, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert kerasig.report("logs") == str(tmp_path / "kerasig-report.html")


@pytest.mark.slow
def test_64_probes_of_200_records_take_at_most_5_megabytes(tmp_path):
    rng, steps = np.random.default_rng(0), range(0, 2000, 10)
    # Of a stroke each, as wide as those of digits, on which attributions lie.
    strokes = zip(rng.integers(8, 20, 64), rng.integers(8, 20, 64), rng.normal(size=64), strict=True)
    place = np.arange(28)
    digits = np.stack(
        [np.abs(np.add.outer(place - row, (place - column) * slope)) < 2 for row, column, slope in strokes]
    )
    names = ("epoch", "score", "baseline_score", "delta", "residual", "map_error", "converged", "drift", "max_abs")
    leaf = {"name": "x", "shape": [28, 28], "full_shape": [28, 28, 1]}
    images = {**leaf, "shape": [28, 28, 1]}
    common = {"title": "digits", "wall_time": 1.7e9}
    inputs = schema.encode_record(
        {**common, "kind": "inputs", "leaves": [images], "probe_kind": "image", "names": None, "tokens": None},
        [digits[..., None].astype(np.float32)],
    )
    values = [Value("inputs", "digits", "", 0, blobs_of(inputs), schema.plugin_content("inputs", "digits"), 3)]
    for step in steps:
        maps = (digits * rng.normal(size=digits.shape)).astype(np.float32)
        told = {name: rng.normal(size=64) for name in names[1:6]} | {"n_evaluations": np.full(64, 17)}
        header = {**common, **told, "kind": "attributions", "leaves": [leaf], "step": step, "epoch": step / 100}
        blobs = schema.encode_record({**header, "converged": np.ones(64, bool)}, [maps])
        content = schema.plugin_content("attributions", "digits")
        values.append(Value("attributions", "digits", "", step, blobs_of(blobs), content, 3))
        content = schema.plugin_content("stats", "digits", names=names)
        values.append(Value("stats", "digits", "", step, table_of(rng.normal(size=(64, len(names)))), content, 2))
    write(tmp_path / "logs" / "kerasig", values)
    path = Path(kerasig.report(tmp_path / "logs", tmp_path / "a.html"))
    assert 4.5e6 < path.stat().st_size <= 5e6
    maps, records = re.search(r"Maps of (\d+) of (\d+) records, numbers of all", path.read_text("utf-8")).groups()
    assert (30 < int(maps) < 200, int(records)) == (True, 200)


def test_packed_numbers_are_those_that_were_packed():
    steps = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    answer = pack_columns({"probes": 3}, {"score": steps, "drift": 2 * steps})
    np.testing.assert_array_equal(columns(answer, 5)["drift"], 2 * steps)
    header, body = opened(zlib.decompress(deflated(answer)))
    entry = header["columns"][0]
    stored = np.frombuffer(body[: entry["length"]], np.uint8)
    apart = stored.reshape(entry["apart"], -1).T.tobytes() if "apart" in entry else stored.tobytes()
    np.testing.assert_array_equal(np.frombuffer(apart, "<f4").reshape(5, 3), steps)


@pytest.mark.slow
def test_large_pictures_are_left_out_last_those_that_changed_least(tmp_path):
    rng, n = np.random.default_rng(0), 12
    noise = rng.normal(size=(n, 96, 96)).astype(np.float32)
    leaf = {"name": "x", "shape": [96, 96], "full_shape": [96, 96]}
    common = {"title": "noise", "wall_time": 1.7e9, "leaves": [leaf]}
    inputs = schema.encode_record({**common, "kind": "inputs", "probe_kind": "image", "tokens": None}, [noise])
    values = [Value("inputs", "noise", "", 0, blobs_of(inputs), schema.plugin_content("inputs", "noise"), 3)]
    for step in range(4):
        blobs = schema.encode_record({**common, "kind": "attributions", "step": step}, [noise])
        values.append(
            Value("attributions", "noise", "", step, blobs_of(blobs), schema.plugin_content("attributions", "noise"), 3)
        )
        # Each probe's map changes more than that of the one before.
        table = np.stack([np.full(n, float(step)), np.arange(n) / n], axis=1)
        content = schema.plugin_content("stats", "noise", names=("epoch", "drift"))
        values.append(Value("stats", "noise", "", step, table_of(table), content, 2))
    write(tmp_path / "logs" / "kerasig", values)
    path = Path(kerasig.report(tmp_path / "logs", tmp_path / "a.html", megabytes=1.0))
    text = path.read_text("utf-8")
    assert path.stat().st_size <= 1e6
    assert "Maps of 2 of 4 records, numbers of all: the first and the last." in text
    some = int(re.search(r"Pictures of (\d+) of 12 probes", text)[1])
    index = json.loads(re.search(r'id="kerasig-index">(.*?)</script>', text)[1])
    at = index["answers"]['["attributions","kerasig","noise","","3"]']
    packed = re.search(rf'id="kerasig-{at}">(.*?)</script>', text)[1]
    header, _ = opened(zlib.decompress(b64decode(packed)))
    assert [entry["probe"] for entry in header["payloads"] if "error" not in entry] == list(range(n - some, n))
    # As far as the sizes of all pictures tell, and what is kept free for the index, no other one would have fit.
    assert path.stat().st_size + 1.4 * 3 * 96 * 96 * 2 + AROUND > 1e6


def test_an_attribution_becomes_figures_and_a_table(tmp_path):
    values = np.random.default_rng(0).normal(size=(12, 8, 8, 1)).astype(np.float32)
    text = Path(kerasig.report(attribution_of(values), tmp_path / "a.html", title=HOSTILE)).read_text("utf-8")
    assert text.count('src="data:image/png') >= 12
    assert "Attribution of 12 examples" in text
    assert "map error" in text
    assert text.count("<tr>") == 13
    assert "<script" not in text
    assert "alert(1)" in text


def test_suspects_are_drawn_where_they_lie(tmp_path):
    found = Suspects(candidates=[a_candidate(name=HOSTILE)], looked=9, audit_size=40)
    text = Path(kerasig.report(found, tmp_path / "a.html")).read_text("utf-8")
    assert "top: 0.00%; height: 33.33%; left: 0.00%; width: 25.00%" in text
    assert "<script" not in text
    assert "seems to rely on a shortcut" in text
    none = Suspects(candidates=[a_candidate(clear=False)], looked=9, audit_size=40)
    assert "do not stand clear" in Path(kerasig.report(none, tmp_path / "b.html")).read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"what": 3}, TypeError, "what must be a log directory, an IGCallback, an Attribution.*Received what=3"),
        (
            {"what": "nowhere"},
            ValueError,
            "below which IGCallback has logged. Received what='nowhere', which is not there",
        ),
        ({"what": __file__}, ValueError, "below which IGCallback has logged. Received what=.*test_report.py', a file"),
        ({"path": "."}, ValueError, "path must be the path of a file. Received path='.*', a directory"),
        ({"path": 3}, TypeError, "path must be the path of a file. Received path=3"),
        (
            {"path": "gs://a/b.html"},
            ValueError,
            "path must be the path of a file of this machine. Received path='gs://a",
        ),
        (
            {"what": "none://x"},
            ValueError,
            "what must be a directory .*Received what='none://x', which cannot be read: ",
        ),
        ({"title": 3}, ValueError, "title must be a string. Received title=3"),
        ({"runs": ["c"]}, ValueError, "runs must be names of runs in the log: logs. Received 'c'"),
        ({"runs": "c"}, ValueError, "runs must be a list of the names of runs"),
        ({"megabytes": 0.1}, ValueError, "megabytes must be from 0.7"),
        ({"what": attribution_of(np.ones((2, 3), np.float32)), "runs": ["a"]}, ValueError, "runs must be None where"),
    ],
)
def test_what_does_not_fit_is_refused(log, tmp_path, arguments, error, sentence):
    with pytest.raises(error, match=sentence):
        kerasig.report(**{"what": log, "path": tmp_path / "a.html", **arguments})
    assert not (tmp_path / "a.html").exists()


def test_a_run_may_be_asked_for_by_the_name_that_is_shown(log, tmp_path):
    write(log / "other" / "kerasig", list(a_set("rows").values()))
    files = [Path(kerasig.report(log, tmp_path / "a.html", runs=[name])).read_bytes() for name in ("logs", ".")]
    assert files[0] == files[1] != Path(kerasig.report(log, tmp_path / "b.html", runs=["other"])).read_bytes()


@pytest.mark.parametrize("none", [[], (), np.array([], str)])
def test_no_run_at_all_is_no_choice_of_runs(none, log, tmp_path):
    with pytest.raises(ValueError, match=r"runs must name at least one run\. Received an empty list\. Pass None"):
        kerasig.report(log, tmp_path / "a.html", runs=none)
    assert not (tmp_path / "a.html").exists()


def test_a_run_keeps_its_name_where_the_log_directory_has_the_same(log, tmp_path):
    write(log / "logs" / "kerasig", list(a_set("rows").values()))
    with pytest.raises(ValueError, match=r"names of runs in the log: \., logs\. Received"):
        kerasig.report(log, tmp_path / "a.html", runs=["c"])


@pytest.mark.parametrize("place", ["tfevents-runs", "kerasig/tfevents-2", "kerasig/events.out.tfevents.old"])
def test_a_folder_is_no_event_file_whatever_it_is_called(place, log, tmp_path):
    write(log / place, list(a_set("more").values()))
    text = Path(kerasig.report(log, tmp_path / "a.html")).read_text("utf-8")
    assert "2 runs" in text
    assert sorted(kerasig.read_log(log)) == sorted([".", place])


@pytest.mark.slow
def test_the_command_line_writes_one_without_tensorflow(log, tmp_path):
    report = [*("-X", "importtime", "-m", "kerasig", "report", str(log)), "-o", str(tmp_path / "a.html")]
    ran = subprocess.run(
        [sys.executable, *report, "--run", "."], capture_output=True, text=True, check=True, timeout=100
    )
    assert ran.stdout == f"{tmp_path / 'a.html'}: {(tmp_path / 'a.html').stat().st_size / 1e6:.1f} MB\n"
    assert not re.search(r"\| +tensorflow$", ran.stderr, re.MULTILINE)
    assert (tmp_path / "a.html").read_bytes() == Path(kerasig.report(log, tmp_path / "b.html")).read_bytes()


def test_the_folder_of_a_report_is_made_and_nothing_is_left_of_one_that_failed(log, tmp_path, monkeypatch):
    path = Path(kerasig.report(log, tmp_path / "new" / "folder" / "a.html"))

    def no_room(*given):
        raise OSError("no room")

    monkeypatch.setattr(Path, "replace", no_room)
    with pytest.raises(OSError, match="no room"):
        kerasig.report(log, path)
    assert [each.name for each in path.parent.iterdir()] == ["a.html"]


def test_a_run_is_chosen_by_its_name_in_the_tab(log, tmp_path):
    write(log / "other" / "kerasig", list(a_set("others").values()))
    text = Path(kerasig.report(log, tmp_path / "a.html", runs=["other"])).read_text("utf-8")
    assert "1 run, step 7" in text
