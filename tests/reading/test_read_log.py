"""A training's log read back as data: beside what the callback itself had, and from files that were hurt."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from event_logs import Value, a_set, blobs_of, write
from strange_arguments import THINGS
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard_plugin_kerasig import schema
from trainings import dense, fit, probes

import kerasig
from kerasig._reading import run_index

ROOT = Path(__file__).parents[2]


class Always(kerasig.alarms.Alarm):
    """Fires at its first record."""

    columns = ("score",)

    def read(self, record):
        return kerasig.alarms.Reading("score", 2.0, 1.0)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A callback and its log: a table with a region, explained for the label and for what was predicted."""
    folder = tmp_path_factory.mktemp("trained")
    followed = probes(target="both", regions={"first": [1, 0, 0, 0, 0, 0]}, class_names=["low", "high"], title="t@b")
    callback = kerasig.IGCallback(followed, folder / "run", alarms=[Always(patience=1)], interior_alphas=(0.5, 1.0))
    fit(dense(keras), [callback], epochs=2)
    return callback, kerasig.read_log(folder)


def pictures(channels):
    return np.random.default_rng(0).random((4, 6, 6, channels), dtype="float32")


@pytest.fixture(scope="module")
def of_pictures(tmp_path_factory):
    """The log of a function of pictures with three channels, and what `explain` says of them."""
    folder, x = tmp_path_factory.mktemp("pictures"), pictures(3)
    model = keras.Sequential([keras.Input((6, 6, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    callback = kerasig.IGCallback(kerasig.ProbeSet(x, kind="image"), folder, steps=9)
    callback.record(model, 0)
    return kerasig.read_log(folder)["."]["probes"], kerasig.explain(
        model, x, steps=9, interior_alphas=[0.02, 0.1, 0.3, 1.0]
    )


def test_a_log_has_its_runs_and_a_run_its_series(trained):
    _, log = trained
    assert list(log) == ["run"]
    assert [(one.title, one.series) for one in log["run"]] == [("t@b", "label"), ("t@b", "predicted")]
    assert log["run"]["t@b", "predicted"].series == "predicted"
    assert log["run"]["t@b"].series == "label"
    with pytest.raises(KeyError, match=r"no run 'other'.*'run'"):
        log["other"]
    with pytest.raises(KeyError, match=r"no set 'other'.*\('t@b', 'predicted'\)"):
        log["run"]["other"]


def test_any_other_key_is_a_key_error_in_a_sentence(trained):
    _, log = trained
    logged = log["run"]["t@b"]
    for make in THINGS:
        for ask in (log.__getitem__, log["run"].__getitem__, logged.column, logged.mean):
            with pytest.raises(KeyError, match=r"has no (run|set|measure) ") as raised:
                ask(make())
            assert len(raised.value.args[0]) < 900  # The names of the measures are most of it.
    for step in (np.uint64(2**64 - 1), 2**70, -1, "0", [0], 0.0, True):
        with pytest.raises(KeyError, match=r"step must be one with a record. Received step="):
            logged.record(step)
    assert [1] not in log
    assert log.get(None) is None


@pytest.mark.parametrize("series", ["label", "predicted"])
def test_steps_numbers_and_means_are_those_of_the_history(trained, series):
    callback, log = trained
    history = [record for record in callback.history if record["series"] == series]
    logged = log["run"]["t@b", series]
    assert logged.steps == [record["step"] for record in history]
    np.testing.assert_array_equal(logged.epochs, [record["epoch"] for record in history])
    for record in history:
        stats = logged.stats(record["step"])
        for name, column in record["probes"].items():
            if name not in ("status", "alarms"):
                np.testing.assert_array_equal(stats[name], np.asarray(column, float), err_msg=name)
    for name, of_history in [("drift", "drift"), ("residual", "residual"), ("region/first", "region_mass")]:
        means = [record.get(of_history, np.nan) for record in history]
        np.testing.assert_allclose(logged.mean(name)[1:], means[1:], rtol=1e-12, err_msg=name)
    np.testing.assert_allclose(logged.mean("untrusted"), [record["untrusted"] / 3 for record in history])
    table = logged.scalars
    assert list(table.index) == logged.steps
    np.testing.assert_array_equal(table["region/first"], logged.mean("region/first"))


def test_alarms_are_those_that_fired(trained):
    callback, log = trained
    fired = [(record["step"], entry) for record in callback.history for entry in record["alarms"]]
    found = log["run"].alarms
    assert [(alert.step, alert.entry()) for alert in found] == fired
    assert len(found) == 2


def test_an_attribution_is_that_of_the_training_to_the_precision_of_the_format(of_pictures):
    logged, explained = of_pictures
    found = logged.attribution(0)
    summed = explained.values.sum(axis=-1, keepdims=True)
    largest = np.abs(summed).max(axis=(1, 2, 3), keepdims=True)
    assert found.values.shape == (4, 6, 6, 1)
    assert (np.abs(found.values - summed) <= 2e-5 * largest).all()
    assert (np.abs(found.inputs - explained.inputs) <= 2e-5).all()
    for name in ("score", "baseline_score", "map_error", "converged", "n_evaluations", "status"):
        assert np.array_equal(getattr(found, name), getattr(explained, name)), name
    np.testing.assert_array_equal(found.path.alphas, explained.path.alphas)
    np.testing.assert_array_equal(found.path.scores, explained.path.scores)
    assert found.rule == kerasig.Fixed(9)
    assert found.baselines is None
    np.testing.assert_array_equal(found.predicted, explained.predicted)


def test_it_is_saved_drawn_and_measured_like_any_other(of_pictures, tmp_path):
    logged, explained = of_pictures
    found = logged.attribution()
    found.save(tmp_path / "kept")
    again = kerasig.Attribution.load(tmp_path / "kept")
    np.testing.assert_array_equal(again.values, found.values)
    assert len(found.plot([1, 2], probes=logged.probes).data) > 0
    assert len(found[1:3].plot().data) > 0
    assert "image" in found._repr_html_() or "svg" in found._repr_html_()
    measured, before = found.metrics(probes=logged.probes), explained.metrics(kind="image")
    for name in ("gini", "alpha_50", "positive_sum", "effective_features"):
        np.testing.assert_allclose(measured[name], before[name], rtol=1e-3, err_msg=name)


def test_what_a_log_does_not_hold_is_nan_and_works_all_the_same(tmp_path):
    write(tmp_path / "kerasig", [value for kind, value in a_set("s").items() if kind != "interior"])
    found = kerasig.read_log(tmp_path)["."]["s"].attribution()
    assert np.isnan(found.path.alphas).all()
    assert found.interior is None
    assert np.isnan(found.residual).all()
    assert list(found.status) == ["converged", "out of steps"]
    found.save(tmp_path / "kept.npz")
    assert np.isfinite(found.metrics()["gini"]).all()
    assert found.plot().data


def test_the_probes_come_back_with_their_names_and_regions(trained):
    _, log = trained
    original, found = probes(), log["run"]["t@b"].probes
    assert found.title == "t@b"
    assert found.class_names == ("low", "high")
    assert np.abs(found.inputs - original.inputs).max() < 1e-4
    np.testing.assert_array_equal(found.class_labels, original.class_labels)
    assert log["run"]["t@b"].attribution().metrics(probes=found)["region/first"].shape == (3,)


def with_header(value, leaves, **fields):
    """A record with other leaves, and more in its header."""
    header = schema.decode_header(value.tensor.string_val[0]) | fields
    told = [{"name": name, "shape": list(a.shape[-n:]), "full_shape": full} for name, (a, n, full) in leaves.items()]
    blobs = schema.encode_record({**header, "leaves": told}, [array for array, _, _ in leaves.values()])
    return value._replace(tensor=blobs_of(blobs))


def test_layers_several_leaves_and_words_come_back_in_their_places(tmp_path):
    kinds = a_set("s")
    ids, x = np.arange(8, dtype="int32").reshape(2, 4), np.ones((2, 3), "float32")
    words, maps = [["a", "b", "c", "d"], ["e", "f"]], np.arange(8, dtype="float32").reshape(2, 4)
    region = {"b": schema.encode_mask(np.array([[0, 1, 0, 0]], bool), leaf=0)}
    shown = {"ids": (ids, 1, [4]), "x": (x, 1, [3])}
    about = {"probe_kind": "tokens", "tokens": words, "regions": region, "feature_names": None}
    kinds["inputs"] = with_header(kinds["inputs"], shown, layer=["embedding", None], **about)
    mapped = {"embedding": (maps, 1, [4, 5]), "x": (x, 1, [3])}
    kinds["attributions"] = with_header(kinds["attributions"], mapped, rule="Fixed(n=7, rule='trapezoid')")
    gradients = {"embedding": (np.stack([maps, maps], 1), 1, [4, 5]), "x": (np.stack([x, x], 1), 1, [3])}
    kinds["interior"] = with_header(kinds["interior"], gradients)
    write(tmp_path / "kerasig", list(kinds.values()))
    logged = kerasig.read_log(tmp_path)["."]["s"]
    found = logged.attribution()
    assert found.layer == ["embedding", None]
    assert found.rule == kerasig.Fixed(7, "trapezoid")
    np.testing.assert_allclose(found.values[0][..., 0], maps, atol=1e-3)
    np.testing.assert_array_equal(found.values[1]["x"], x)
    assert found.interior.gradients[0].shape == (2, 2, 4, 1)
    assert logged.probes.tokens == (("a", "b", "c", "d"), ("e", "f"))
    assert found.metrics(probes=logged.probes)["region/b"].shape == (2,)
    assert found.plot(probes=logged.probes).data
    found.save(tmp_path / "kept")


def test_an_audit_comes_back_with_its_suspects(tmp_path):
    suspect = {"group": "class 3", "family": "window", "name": "rows 1 to 3", "share": [0.3, 0.2, 0.4], "first": 20}
    others = [{**suspect, "clear": True, "watch": "regions={}"}, {**suspect, "name": "row 9", "clear": False}]
    alarm = {"name": "Suspect()", "message": "It lasts.", "value": 0.3, "threshold": 0.1, "loud": True}
    header = {
        "title": "audit",
        "kind": "image",
        "sentence": "None yet.",
        "step": 0,
        "n": 9,
        "looked": 80,
        "suspects": [],
    }
    told = {20: {"sentence": "There is one.", "suspects": others, "alarms": [alarm]}, 0: {}}
    content, of_kind = schema.plugin_content("suspects", "audit"), schema.DATA_CLASS["suspects"]
    audits = [
        Value("suspects", "audit", "", step, blobs_of(schema.encode_suspects({**header, **more})), content, of_kind)
        for step, more in told.items()
    ]
    write(tmp_path / "kerasig", audits)
    run = kerasig.read_log(tmp_path)["."]
    first, last = run.audits["audit"]
    assert (first.step, first.sentence, first.suspects) == (0, "None yet.", ())
    assert (last.step, last.n, last.looked, len(last.candidates)) == (20, 9, 80, 2)
    (found,) = last.suspects
    assert (found.name, found.share, found.first_step, found.watch) == (
        "rows 1 to 3",
        (0.3, 0.2, 0.4),
        20,
        "regions={}",
    )
    assert [(alert.step, alert.title, alert.value, alert.loud) for alert in run.alarms] == [(20, "audit", 0.3, True)]
    assert run.sets == ()


def test_opening_decodes_nothing_and_a_step_decodes_itself(trained, monkeypatch):
    callback, _ = trained
    read, real = [], run_index.read_value

    def counting(place, tag):
        read.append(tag)
        return real(place, tag)

    monkeypatch.setattr(run_index, "read_value", counting)
    log = kerasig.read_log(callback.log_dir)
    assert [len(one.steps) for one in log.sets] == [3, 3]
    assert read == []
    log["."]["t@b"].attribution(4)
    assert sorted(read) == ["attributions/t@@b@label", "inputs/t@@b", "interior/t@@b@label"]


def event(step, **parts):
    return Event(step=step, wall_time=1.7e9, **parts).SerializeToString()


def write_events(path, events):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        writer = RecordWriter(file)
        for one in events:
            writer.write(one)


def a_run(steps):
    """Events of whole records at some steps."""
    return [value.event().SerializeToString() for step in steps for value in a_set("s", step).values()]


def test_of_a_training_that_began_again_the_later_records_count(tmp_path):
    session = event(4, session_log=SessionLog(status=SessionLog.START))
    write_events(tmp_path / "kerasig" / "events.out.tfevents.1.a", a_run([0, 2, 4, 6]))
    later = a_set("s", 4)["stats"]
    values = np.array([[9.0, 9.0], [9.0, 9.0]])
    later.tensor.tensor_content = values.tobytes()
    whole = [*a_run([4])[:-1], later.event().SerializeToString()]
    write_events(tmp_path / "kerasig" / "events.out.tfevents.2.a", [session, *whole])
    logged = kerasig.read_log(tmp_path)["."]["s"]
    assert logged.steps == [0, 2, 4]
    assert logged.mean("max_abs")[-1] == 9
    with pytest.raises(KeyError, match="Steps are 0, 2, 4; the nearest is 4"):
        logged.attribution(6)


def test_runs_have_the_names_that_the_tab_has(tmp_path):
    for place in ("kerasig", "kerasig-2", "a/b/kerasig", "moved"):
        write(tmp_path / place, list(a_set("s").values()))
    (tmp_path / "train").mkdir()
    write_events(tmp_path / "train" / "events.out.tfevents.1.a", [event(0, file_version="brain.Event:2")])
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert list(kerasig.read_log(tmp_path)) == ["a/b", ".", ". (2)", "moved"]
    # By the name that the tab shows, too.
    log = kerasig.read_log(tmp_path)
    assert log[tmp_path.name] is log["."]
    assert log[f"{tmp_path.name} (2)"] is log[". (2)"]
    with pytest.raises(KeyError, match=f"It has 'a/b', '{tmp_path.name}'"):
        log["nothing"]
    assert list(kerasig.read_log(tmp_path / "kerasig")) == ["."]


@pytest.mark.parametrize("left", [0, 5, 30, 2000, -1, -5])
def test_a_file_that_was_cut_is_read_up_to_there(tmp_path, left):
    path = tmp_path / "kerasig" / "events.out.tfevents.1.a"
    write_events(path, a_run([0, 1]))
    whole = path.read_bytes()
    path.write_bytes(whole[:left])
    run = kerasig.read_log(tmp_path)["."]
    steps = [] if not run.sets else run["s"].steps
    # Cut behind the first record, or in it: its stats are its last event.
    assert steps == ([0] if len(whole[:left]) > len(whole) // 2 else [])
    assert run.faults == ([] if left == 0 else [f"{path} ends within a record: it was cut, or is being written."])
    for one in run:
        assert one.attribution(0).values["x"].shape == (2, 3)


def test_a_byte_that_changed_is_told_and_nothing_is_made_up(tmp_path):
    path = tmp_path / "kerasig" / "events.out.tfevents.1.a"
    write_events(path, a_run([0]))
    whole = path.read_bytes()
    expected = kerasig.read_log(tmp_path)["."]["s"]
    values, stats = expected.attribution().values["x"], expected.stats()
    for place in range(0, len(whole), 37):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        # A record that is damaged is not read; any other is what it was.
        with contextlib.suppress(ValueError, KeyError):
            found = kerasig.read_log(tmp_path)["."]["s"]
            again, numbers = found.attribution().values["x"], found.stats()
            np.testing.assert_array_equal(again, values)
            assert numbers.keys() != stats.keys() or all(np.array_equal(numbers[name], stats[name]) for name in stats)


def test_directories_that_hold_nothing_to_read_are_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"log_dir must be a directory.*not there"):
        kerasig.read_log(tmp_path / "missing")
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="a file"):
        kerasig.read_log(tmp_path / "file")
    with pytest.raises(ValueError, match="holds no event files"):
        kerasig.read_log(tmp_path)
    write_events(tmp_path / "train" / "events.out.tfevents.1.a", [event(0, file_version="brain.Event:2")])
    with pytest.raises(ValueError, match=r"event files in 1 directory, none of kerasig's"):
        kerasig.read_log(tmp_path)
    with pytest.raises(ValueError, match="of this machine"):
        kerasig.read_log("gs://bucket/logs")
    with pytest.raises(TypeError, match="log_dir must be a path"):
        kerasig.read_log(3)


def test_a_log_of_an_earlier_version_is_read(tmp_path):
    (tmp_path / "kerasig").symlink_to(ROOT / "tests" / "plugin" / "data" / "version_1")
    (logged,) = kerasig.read_log(tmp_path).sets
    found = logged.attribution()
    assert (logged.title, logged.series, logged.steps) == ("probes @ version 1", "label", [7])
    found.save(tmp_path / "kept")
    assert found.metrics()["gini"].shape == (len(found),)
    assert len(logged.probes) == len(found)


WITHOUT = """
import sys
import kerasig
log = kerasig.read_log(sys.argv[1])
logged = log.sets[0]
logged.scalars, logged.alarms, logged.probes, logged.attribution().metrics()
assert not {"tensorflow", "keras", "tf_keras"} & set(sys.modules), "imported"
"""


@pytest.mark.slow
def test_no_tensorflow_is_imported(trained):
    callback, _ = trained
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tb_plugin")])}
    command = [sys.executable, "-c", WITHOUT, callback.log_dir]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert ended.returncode == 0, ended.stderr
