"""The event files: where they go, and that every reader finds in them what was measured."""

import contextlib
import gc
import logging
import os
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorboard_plugin_kerasig import schema
from trainings import (
    STEPS,
    accumulated,
    both_libraries,
    decoded,
    fit,
    full_disk,
    probes,
    shared,
    steps_of,
    written_steps,
)

import kerasig
from kerasig._recording.earlier import event_files, read_earlier
from kerasig._recording.event_writer import EventWriter, writer_for

FIRST = np.eye(6, dtype=bool)[0]


# What is in them.


@pytest.mark.slow
@both_libraries
@pytest.mark.parametrize("update_freq", ["epoch", "batch", 3])
@pytest.mark.parametrize("place", [0, 1])
def test_every_record_is_read_back_beside_keras_own_tensorboard_callback(library, update_freq, place, tmp_path):
    callback = kerasig.IGCallback(probes(regions={"first": FIRST}), tmp_path, every=1)
    others = [library.callbacks.TensorBoard(str(tmp_path), update_freq=update_freq, write_graph=False)]
    others.insert(place, callback)
    fit(shared(library), others, epochs=2)
    steps = list(range(2 * STEPS + 1))
    for tag in ("attributions/probes", "interior/probes", "stats/probes", "probes/residual", "probes/region_mass"):
        assert written_steps(tmp_path / "kerasig", tag) == steps
    assert written_steps(tmp_path / "kerasig", "inputs/probes") == [0]


@both_libraries
def test_headers_are_exact_and_values_within_sixteen_bits(library, tmp_path):
    callback = kerasig.IGCallback(probes(regions={"first": FIRST}, groups=["a", "b", "a"]), tmp_path)
    model, found = shared(library), []
    explain = library.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: found.append(
            kerasig.explain(model, probes().inputs, probes().class_labels, interior_alphas=(0.02, 0.1, 0.3, 1.0))
        )
    )
    fit(model, [callback, explain], epochs=2)
    records = decoded(tmp_path / "kerasig", "attributions/probes")
    assert list(records) == [0, STEPS, 2 * STEPS]
    for (step, record), measured in zip(records.items(), callback.history, strict=True):
        header, columns = record.header, measured["probes"]
        assert (header["step"], header["epoch"], header["duration"]) == (step, measured["epoch"], measured["duration"])
        assert schema.floats(header["scalars"].values()).tolist()[:2] == [measured["residual"], measured["map_error"]]
        for name in ("score", "baseline_score", "delta", "residual", "map_error", "n_evaluations"):
            np.testing.assert_array_equal(schema.floats(header[name]), columns[name].astype("float64"))
        assert header["converged"] == columns["converged"].tolist()
        assert header["classes"] == columns["class"].tolist()
        assert header["rule"] == "Adaptive(tolerance=0.01, map_tolerance=0.05, max_steps=512)"
        assert header["tolerances"] == {"residual": 0.01, "map_error": 0.05}
    for record, now in zip(list(records.values())[1:], found, strict=True):
        largest = np.abs(now.values).max(axis=1, keepdims=True)
        assert (np.abs(record.leaves[0] - now.values) <= largest * (0.5 / 32767 + 1e-6)).all()
    stats = accumulated(tmp_path / "kerasig").Tensors("stats/probes")
    content = accumulated(tmp_path / "kerasig").SummaryMetadata("stats/probes").plugin_data.content
    names = schema.parse_plugin_content(content).names
    for event, measured in zip(stats, callback.history, strict=True):
        table = tf.make_ndarray(event.tensor_proto)
        assert table.dtype == np.float64
        for column, name in zip(table.T, names, strict=True):
            np.testing.assert_array_equal(column, measured["probes"][name])


def test_interior_gradients_are_those_on_the_path(tmp_path):
    alphas = [0.02, 0.1, 0.3, 1.0]
    callback = kerasig.IGCallback(probes(), tmp_path)
    model = shared(keras)
    callback.record(model, 0)
    now = kerasig.explain(model, probes().inputs, probes().class_labels, interior_alphas=alphas)
    record = decoded(tmp_path / "kerasig", "interior/probes")[0]
    np.testing.assert_allclose(record.header["alphas"], alphas, rtol=1e-6)
    np.testing.assert_allclose(record.leaves[0], now.interior.gradients, atol=1e-4)
    path = record.header["path"]
    for name in ("alphas", "scores", "slopes"):
        np.testing.assert_allclose(np.array(path[name], float), getattr(now.path, name), rtol=1e-5, atol=1e-6)
    kerasig.IGCallback(probes(), tmp_path / "none", interior_alphas=()).record(model, 0)
    assert "interior/probes" not in accumulated(tmp_path / "none" / "kerasig").Tags()["tensors"]


def test_several_baselines_have_a_path_each(tmp_path):
    rows = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    callback = kerasig.IGCallback(probes(), tmp_path, baselines=kerasig.baselines.Samples(rows))
    callback.record(shared(keras), 0)
    path = decoded(tmp_path / "kerasig", "interior/probes")[0].header["path"]
    assert [len(alphas) % 4 for alphas in path["alphas"]] == [0] * 3


def test_a_record_of_ones_own_loop_is_there_as_soon_as_it_is_made(tmp_path):
    callback = kerasig.IGCallback(probes(), tmp_path)
    for steps in ([0], [0, 1]):
        callback.record(shared(keras), steps[-1])
        assert written_steps(tmp_path / "kerasig") == steps


@pytest.fixture(scope="module")
def hard_times(tmp_path_factory):
    """Logs of a training that went back to an earlier state, and of one whose third record was cut by a full disk."""
    logdir, model, title = tmp_path_factory.mktemp("logs"), shared(keras), "a/b & c@d"
    abandoned = kerasig.IGCallback(probes(title=title), logdir / "back", every=1)
    fit(model, [abandoned])
    model.optimizer.iterations.assign(2)
    # As a restarted process does: the writer of the first is gone.
    del abandoned
    gc.collect()
    fit(model, [kerasig.IGCallback(probes(title=title), logdir / "back", every=1)])
    callback = kerasig.IGCallback(probes(title=title), logdir / "full")
    for step in range(6):
        with full_disk(logdir / "full" / "kerasig") if step == 2 else contextlib.nullcontext():
            callback.record(model, step)
    return logdir


@pytest.mark.parametrize("load_fast", [True, False])
@pytest.mark.filterwarnings("ignore:Attributions could not be recorded")
def test_tensorboard_shows_what_is_left_of_hard_times(load_fast, hard_times, tensorboard_server):
    server = tensorboard_server(hard_times, load_fast=load_fast)
    for run, last, steps in [("back", 6, [0, 1, 2, 3, 4, 5, 6]), ("full", 5, [0, 1, 3, 4, 5])]:
        arguments = {"run": f"{run}/kerasig", "set": "a/b & c@d"}
        shown = server.wait_until(lambda found, last=last: found["steps"][-1:] == [last], "steps", **arguments)
        assert shown["steps"] == steps


# Where they go.


def opened(log_dir, began_at, *, model="model", until=None, **fingerprints):
    """Writes a record the way a recorder does, and one at `until`; the writer, which lives as long as it is kept."""
    fingerprints = fingerprints or {"probes": "f"}
    writer = writer_for(str(log_dir), model, fingerprints, began_at)
    records = []
    for title, fingerprint in fingerprints.items():
        header = {"kind": "inputs", "title": title, "probes": 0, "leaves": [], "probe_kind": "tabular"}
        inputs = schema.encode_record({**header, "fingerprint": fingerprint, "layer": None}, [])
        records += [("inputs", title, "", inputs, {}), ("stats", title, "", np.zeros((0, 1)), {"epoch": {}})]
    writer.write(began_at, records, {})
    if until is not None:
        writer.write(until, [record for record in records if record[0] == "stats"], {})
    return writer


def name_of(writer):
    return writer.directory.rpartition("/")[2]


def test_a_training_from_zero_has_a_directory_of_its_own(tmp_path, caplog):
    assert [name_of(opened(tmp_path, 0, until=1)) for _ in range(3)] == ["kerasig", "kerasig-2", "kerasig-3"]
    assert len(caplog.records) == 2


def test_a_training_that_never_got_beyond_its_begin_gives_its_directory_to_the_next(tmp_path, caplog):
    assert [name_of(opened(tmp_path, 0)) for _ in range(3)] == ["kerasig"] * 3
    assert written_steps(tmp_path / "kerasig") == [0]
    assert not [record for record in caplog.records if record.name == "kerasig"]
    # Other probes, and a training that is still there, keep theirs.
    other = opened(tmp_path, 0, probes="other probes")
    assert [name_of(other), name_of(opened(tmp_path, 0, probes="other probes"))] == ["kerasig-2", "kerasig-3"]


def test_a_training_that_goes_on_finds_the_newest_of_its_own(tmp_path, caplog):
    opened(tmp_path, 0)
    opened(tmp_path, 0, probes="other probes")
    opened(tmp_path, 0)
    caplog.clear()
    assert name_of(opened(tmp_path, 5)) == "kerasig-3"
    assert name_of(opened(tmp_path, 5, probes="other probes")) == "kerasig-2"
    assert not caplog.records


def test_probes_that_changed_open_a_directory_and_say_so(tmp_path, caplog):
    opened(tmp_path, 0)
    assert name_of(opened(tmp_path, 5, probes="other probes")) == "kerasig-2"
    assert "kerasig-2" in caplog.records[0].message


def test_a_training_that_goes_on_where_nothing_is_begins_there(tmp_path, caplog):
    assert name_of(opened(tmp_path, 5)) == "kerasig"
    assert not caplog.records


@pytest.mark.parametrize("ahead", [0, 1, 86_400, 10**9])
def test_a_process_writes_behind_what_is_there_whatever_clock_and_number_the_earlier_had(ahead, tmp_path, monkeypatch):
    # Two that begin in one second, and machines whose clocks differ; "~" sorts behind any host's name.
    began = time.time() + ahead
    with monkeypatch.context() as earlier:
        earlier.setattr("time.time", lambda: began)
        earlier.setattr("socket.gethostname", lambda: "~")
        opened(tmp_path, 0, until=4)
    for step in (5, 6, 7):
        assert name_of(opened(tmp_path, step)) == "kerasig"
    assert written_steps(tmp_path / "kerasig") == [0, 4, 5, 6, 7]
    assert [len(os.path.basename(path).split(".")[3]) for path in event_files(str(tmp_path / "kerasig"))] == [10] * 4


def test_sets_of_one_model_share_a_writer_and_another_model_does_not(tmp_path):
    first = opened(tmp_path, 0, a="f")
    assert opened(tmp_path, 0, b="f") is first
    assert name_of(opened(tmp_path, 0, model="another", c="f")) == "kerasig-2"
    assert name_of(opened(tmp_path, 0, a="f")) == "kerasig-3"


def test_a_folder_that_holds_no_events_is_used(tmp_path):
    (tmp_path / "kerasig").mkdir()
    (tmp_path / "kerasig" / "notes.txt").write_text("mine")
    assert name_of(opened(tmp_path, 0)) == "kerasig"


@pytest.mark.parametrize("name", ["[run] 1*", "tfevents", "über den/zweiten"])
def test_any_name_of_a_log_dir_will_do(name, tmp_path):
    opened(tmp_path / name, 0, until=1)
    assert name_of(opened(tmp_path / name, 0)) == "kerasig-2"
    assert written_steps(tmp_path / name / "kerasig") == [0, 1]


def test_a_folder_with_the_name_of_an_event_file_is_none(tmp_path):
    (tmp_path / "kerasig" / "events.out.tfevents.old").mkdir(parents=True)
    (tmp_path / "kerasig" / "events.out.tfevents.1.x.profile-empty").touch()
    assert event_files(str(tmp_path / "kerasig")) == []
    assert name_of(opened(tmp_path, 0, until=1)) == "kerasig"
    assert written_steps(tmp_path / "kerasig") == [0, 1]


def test_a_file_that_was_cut_short_is_read_up_to_there(tmp_path):
    callback = kerasig.IGCallback(probes(), tmp_path)
    fit(shared(keras), [callback], epochs=2)
    (path,) = event_files(str(tmp_path / "kerasig"))
    with open(path, "rb+") as file:
        file.truncate(file.seek(0, 2) * 2 // 3)
    (earlier,) = read_earlier(str(tmp_path / "kerasig")).values()
    assert earlier.fingerprint == probes().fingerprint
    assert 0 in earlier.steps[""]
    assert 2 * STEPS not in earlier.steps[""]
    # The next process goes on behind the cut.
    del callback
    gc.collect()
    callback = kerasig.IGCallback(probes(), tmp_path)
    callback.record(shared(keras), 2 * STEPS)
    assert not (tmp_path / "kerasig-2").exists()
    assert 2 * STEPS in read_earlier(str(tmp_path / "kerasig"))["probes"].steps[""]


def test_what_others_wrote_into_the_directory_is_passed_over(tmp_path):
    with tf.summary.create_file_writer(str(tmp_path / "kerasig")).as_default(0):
        tf.summary.scalar("loss", 1.0)
    assert read_earlier(str(tmp_path / "kerasig")) == {}
    assert read_earlier(str(tmp_path / "nowhere")) == {}


def test_after_a_failed_write_the_next_record_goes_to_a_new_file(tmp_path):
    writer = EventWriter(str(tmp_path))
    record = ("stats", "probes", "", np.zeros((1, 1)), {"epoch": {}})
    writer.write(0, [record], {})
    with full_disk(tmp_path):
        for step in (1, 2, 3):
            with pytest.raises(OSError, match="too large"):
                writer.write(step, [("attributions", "probes", "", [os.urandom(10_000)], {})], {})
    writer.write(4, [record], {})
    # No file is left behind that holds nothing.
    assert len(event_files(str(tmp_path))) == 2
    assert written_steps(tmp_path) == [0, 4]


def test_writing_leaves_the_default_writer_and_its_condition_alone(tmp_path):
    with tf.summary.record_if(False):
        kerasig.IGCallback(probes(), tmp_path).record(shared(keras), 0)
        assert not tf.summary.should_record_summaries()
    assert not tf.summary.should_record_summaries()
    assert written_steps(tmp_path / "kerasig") == [0]
    assert logging.getLogger("kerasig").level == logging.NOTSET
    assert steps_of(kerasig.IGCallback(probes(), tmp_path)) == []
