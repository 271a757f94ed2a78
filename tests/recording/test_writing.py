"""Writing happens beside the training: in order, within bounds, and leaving nothing behind."""

import copy
import ctypes
import gc
import os
import threading
import time
import weakref

import keras
import numpy as np
import pytest
from slow_disk import SlowDisk
from trainings import STEPS, assert_equal_bits, dense, fit, probes, shared, steps_of, weights_of, written_steps

import kerasig
from kerasig._recording import backlog, training
from kerasig._recording.backlog import Backlog, backlog_of


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "kerasig-writer"]


def watching(tmp_path, **options):
    return kerasig.IGCallback(probes(), tmp_path, **{"interior_alphas": None, **options})


# The backlog.


def test_jobs_are_done_in_order_on_one_thread_that_ends_with_them():
    done, work = [], Backlog()
    for number in range(50):
        assert work.put(lambda number=number: done.append((number, threading.current_thread().name)), 1)
    assert work.wait(60) == 0
    assert done == [(number, "kerasig-writer") for number in range(50)]
    for thread in threads():
        thread.join(60)
    assert not threads()


@pytest.fixture
def held():
    """A backlog whose first job, of 10 bytes, waits for the event."""
    work, go = Backlog(), threading.Event()
    work.put(lambda: go.wait(60), 10)
    yield work, go
    go.set()
    assert work.wait(60, again=True) == 0


def test_no_more_jobs_wait_than_are_allowed(held, monkeypatch):
    monkeypatch.setattr(backlog, "MOST_JOBS", 3)
    assert [held[0].put(int, 1) for _ in range(4)] == [True, True, False, False]


def test_no_more_bytes_wait_than_are_allowed(held, monkeypatch):
    monkeypatch.setattr(backlog, "MOST_BYTES", 100)
    assert [held[0].put(int, 60), held[0].put(int, 31), held[0].put(int, 30)] == [True, False, True]


def test_a_single_job_may_be_larger_than_all_that_may_wait():
    work = Backlog()
    assert work.put(int, backlog.MOST_BYTES + 1)
    assert work.wait(60) == 0


def test_room_is_waited_for(held, monkeypatch):
    monkeypatch.setattr(backlog, "MOST_JOBS", 1)
    threading.Timer(0.05, held[1].set).start()
    assert held[0].put(int, 1, wait=60)


def test_who_waited_in_vain_does_not_wait_again_until_something_is_done(held):
    work, go = held
    assert work.wait(0.01) == 1
    # An hour, if it were waited for.
    assert work.wait(3600) == 1
    assert work.wait(0.01, again=True) == 1
    go.set()
    assert work.wait(60, again=True) == 0
    work.put(lambda: time.sleep(0.05), 1)
    assert work.wait(60) == 0


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_job_that_raises_is_told_of_and_those_behind_it_are_done(error, held, caplog):
    work, go = held
    done = []

    def fails():
        raise error("lost")

    for job in (fails, lambda: done.append(1)):
        work.put(job, 1)
    go.set()
    assert work.wait(60) == 0
    work.put(lambda: done.append(2), 1)
    assert work.wait(60) == 0
    assert done == [1, 2]
    assert [record.getMessage() for record in caplog.records] == [
        f"What was to be written is lost: {error.__name__}: lost"
    ]


def test_nothing_is_left_of_a_job_once_it_is_waited_for():
    class Job:
        def __call__(self):
            pass

    work, job = Backlog(), Job()
    gone = weakref.ref(job)
    work.put(job, 1)
    del job
    assert work.wait(60) == 0
    assert gone() is None


def test_a_directory_has_one_backlog_whatever_it_is_called(tmp_path):
    assert backlog_of(str(tmp_path)) is (kept := backlog_of(str(tmp_path / "a" / "..")))
    assert backlog_of(str(tmp_path / "b")) is not kept


def test_a_callback_that_has_not_begun_can_be_copied(tmp_path):
    # As tuners do for each of their trials.
    watcher = copy.deepcopy(watching(tmp_path))
    fit(shared(keras), [watcher])
    assert written_steps(tmp_path / "kerasig") == steps_of(watcher) == [0, STEPS]


# Trainings on a disk that hangs.


@pytest.fixture
def hanging(tmp_path, monkeypatch):
    """A disk that takes nothing, and callers that soon lose their patience."""
    monkeypatch.setattr(training, "LONGEST_WAIT", 0.2)
    return SlowDisk(monkeypatch, tmp_path / "kerasig")


@pytest.mark.slow
def test_a_disk_that_hangs_leaves_the_training_alone_and_gets_everything_later(hanging, tmp_path):
    model = shared(keras)
    fit(model, [], epochs=3)
    expected, watcher = weights_of(model), watching(tmp_path)
    with pytest.warns(UserWarning, match="4 records were not written within 0.2 s") as caught:
        fit(shared(keras), [watcher], epochs=3)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert_equal_bits(weights_of(model), expected)
    assert steps_of(watcher) == [0, STEPS, 2 * STEPS, 3 * STEPS]
    hanging.let_through()
    assert watcher._training.recorder.outbox.backlog.wait(60, again=True) == 0
    del watcher
    gc.collect()
    hanging.keep()
    assert written_steps(tmp_path / "kerasig") == [0, STEPS, 2 * STEPS, 3 * STEPS]


@pytest.mark.slow
def test_what_waits_for_the_disk_holds_neither_model_nor_callback(hanging, tmp_path):
    model = dense(keras)
    watcher = watching(tmp_path)
    with pytest.warns(UserWarning, match="not written within"):
        fit(model, [watcher])
    work, gone = watcher._training.recorder.outbox.backlog, [weakref.ref(model), weakref.ref(watcher)]
    del model, watcher
    gc.collect()
    assert [reference() for reference in gone] == [None, None]
    assert work.wait(0.01, again=True) == 2
    hanging.let_through()
    assert work.wait(60, again=True) == 0
    hanging.keep()
    assert written_steps(tmp_path / "kerasig") == [0, STEPS]


def test_records_for_which_there_is_no_room_are_left_out_but_for_the_last(hanging, tmp_path, monkeypatch):
    monkeypatch.setattr(backlog, "MOST_JOBS", 2)
    watcher = watching(tmp_path)
    let = keras.callbacks.LambdaCallback(on_train_end=lambda logs=None: hanging.let_through())
    monkeypatch.setattr(training, "LONGEST_WAIT", 60)
    with pytest.warns(UserWarning, match="The disk does not keep up; the record of step 8 is left out") as caught:
        fit(shared(keras), [let, watcher], epochs=4)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    # They are measured all the same.
    assert steps_of(watcher) == [0, STEPS, 2 * STEPS, 3 * STEPS, 4 * STEPS]
    del watcher
    gc.collect()
    hanging.keep()
    assert written_steps(tmp_path / "kerasig") == [0, STEPS, 4 * STEPS]


def test_a_disk_that_does_not_keep_up_raises_if_asked_to(hanging, tmp_path):
    watcher = watching(tmp_path, on_error="raise")
    with pytest.raises(TimeoutError, match="1 records were not written"):
        watcher.record(shared(keras), 0)
    hanging.let_through()
    assert watcher._training.recorder.outbox.backlog.wait(60, again=True) == 0


# Forks.


@pytest.mark.slow
def test_a_forked_process_writes_nothing_of_what_its_parent_writes(hanging, tmp_path):
    # More than a pipe holds, so that half of it is in the buffers of the process.
    x = np.random.default_rng(0).normal(size=(8, 20_000)).astype("float32")
    watcher = kerasig.IGCallback(kerasig.ProbeSet(x, target=lambda outputs: outputs), tmp_path, steps=2)
    with pytest.warns(UserWarning, match="not written within"):
        watcher.record(lambda inputs: keras.ops.sum(inputs**2, axis=1), 0)
    hanging.fill()
    child = os.fork()
    if child == 0:
        # What a process that ends does with its open files: to write what is in their buffers.
        ctypes.CDLL(None).fflush(None)
        os._exit(0 if watcher._training.recorder.outbox.backlog.wait(60) == 0 and not threads() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert threads()
    hanging.let_through()
    assert watcher._training.recorder.outbox.backlog.wait(60, again=True) == 0
    del watcher
    gc.collect()
    hanging.keep()
    assert written_steps(tmp_path / "kerasig") == [0]
