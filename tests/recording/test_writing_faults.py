"""Disks that are full, slow or gone, and processes that die or meet: the training and what is written stay whole."""

import contextlib
import gc
import os
import shutil
import signal
import struct
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from trainings import (
    STEPS,
    assert_equal_bits,
    decoded,
    fit,
    full_disk,
    let_write,
    probes,
    shared,
    steps_of,
    weights_of,
    written_steps,
)

import kerasig
from kerasig._locks import DirectoryLock
from kerasig._recording.record_file import RecordFile

pytestmark = pytest.mark.slow


def watching(tmp_path, given=None, **options):
    return kerasig.IGCallback(given or probes(), tmp_path, **{"interior_alphas": None, **options})


# Directories and disks.


def becomes_file(tmp_path):
    tmp_path.write_text("not a folder")


def becomes_below_file(tmp_path):
    tmp_path.parent.rmdir()
    tmp_path.parent.write_text("not a folder")


def taken(tmp_path):
    tmp_path.mkdir()
    (tmp_path / "kerasig").write_text("not a folder")


@pytest.mark.parametrize("spoil", [becomes_file, becomes_below_file, taken, None])
def test_a_log_dir_that_cannot_be_written_warns_once_and_leaves_the_training_alone(spoil, tmp_path):
    model = shared(keras)
    fit(model, [], epochs=2)
    expected = weights_of(model)
    (tmp_path / "a").mkdir()
    # Nobody, root included, makes a directory in /proc.
    callback = watching(tmp_path / "a" / "logs" if spoil else "/proc/logs")
    if spoil:
        spoil(tmp_path / "a" / "logs")
    with pytest.warns(UserWarning, match="could not be recorded") as caught:
        history = fit(shared(keras), [callback], epochs=2)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert_equal_bits(weights_of(model), expected)
    # What was measured is there all the same.
    assert steps_of(callback) == [0, STEPS, 2 * STEPS]
    assert np.isfinite(history.history["ig_residual"]).all()


def test_a_log_dir_that_cannot_be_written_raises_at_the_end_if_asked_to(tmp_path):
    callback = watching("/proc/logs", on_error="raise")
    with pytest.raises((OSError, tf.errors.OpError), match="/proc/logs"):
        fit(shared(keras), [callback])


@pytest.mark.parametrize("what", ["log_dir", "kerasig"])
def test_a_log_dir_that_vanishes_leaves_the_training_alone(what, tmp_path):
    def vanish(epoch, logs=None):
        if epoch == 1:
            let_write(callback)
            shutil.rmtree(tmp_path / "logs" / ("" if what == "log_dir" else "kerasig"))

    callback = watching(tmp_path / "logs")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(shared(keras), [callback, keras.callbacks.LambdaCallback(on_epoch_begin=vanish)], epochs=4)
    assert steps_of(callback) == [STEPS * epoch for epoch in range(5)]
    assert not any("could not be recorded" in str(warning.message) for warning in caught)
    # What comes after is there again.
    assert written_steps(tmp_path / "logs" / "kerasig") == [2 * STEPS, 3 * STEPS, 4 * STEPS]


@contextlib.contextmanager
def full_tmpfs(directory):
    """Leaves no room on a disk of its own."""
    ballast = directory / "ballast"
    with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
        while file.write(bytes(100)):
            pass
    try:
        yield
    finally:
        ballast.unlink()


@pytest.fixture
def tmpfs(tmp_path):
    """A disk of 256 KiB; only root may have one."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no disk may be mounted here")
    yield tmp_path
    gc.collect()
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


class Fill(keras.callbacks.Callback):
    """Fills the disk for the second and third epoch."""

    def __init__(self, watcher, full):
        super().__init__()
        self.watcher, self.full, self.until = watcher, full, contextlib.ExitStack()

    def on_epoch_begin(self, epoch, logs=None):
        let_write(self.watcher)
        if epoch == 1:
            self.until.enter_context(self.full())
        elif epoch == 3:
            self.until.close()


@pytest.mark.parametrize("disk", ["limit", "tmpfs"])
def test_a_disk_that_fills_leaves_the_log_readable_and_the_training_alone(disk, tmp_path, request):
    if disk == "tmpfs":
        request.getfixturevalue("tmpfs")
    # Inputs that no page has room for: the second record must not fit into what is left of the first's.
    callback = watching(tmp_path, probes(40))
    fill = Fill(callback, lambda: (full_disk if disk == "limit" else full_tmpfs)(tmp_path / "kerasig"))
    with fill.until, pytest.warns(UserWarning, match="could not be recorded") as caught:
        fit(shared(keras), [callback, fill], epochs=5)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert not tf.summary.should_record_summaries()
    assert steps_of(callback) == [STEPS * epoch for epoch in range(6)]
    # What was written before, and once there was room again.
    for tag in ("stats/probes", "attributions/probes"):
        steps = written_steps(tmp_path / "kerasig", tag)
        assert steps[:2] + steps[-2:] == [0, STEPS, 4 * STEPS, 5 * STEPS]
    assert list(decoded(tmp_path / "kerasig", "attributions/probes"))[-2:] == [4 * STEPS, 5 * STEPS]


# Probes that change.


def test_probes_that_change_between_restarts_begin_a_series_of_their_own(tmp_path, caplog):
    model = shared(keras)
    for given in (probes(), probes(4), probes()):
        callback = watching(tmp_path, given)
        fit(model, [callback])
        del callback
        gc.collect()
    assert written_steps(tmp_path / "kerasig") == [0, STEPS, 2 * STEPS, 3 * STEPS]
    assert written_steps(tmp_path / "kerasig-2") == [STEPS, 2 * STEPS]
    assert sum("kerasig-2" in record.message for record in caplog.records) == 1


# Processes.


def started(*arguments, **options):
    command = [sys.executable, str(Path(__file__).parents[1] / "writing_process.py"), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options)


def wait_for(path, process):
    end = time.monotonic() + 120
    while not path.exists():
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)


def wait_until_free(directory):
    """The system may take a moment to give up the locks of a process that was killed."""
    lock, end = DirectoryLock(), time.monotonic() + 60
    while not lock.take(str(directory)):
        assert time.monotonic() < end
        time.sleep(0.01)
    lock.release()


def cut_event(content):
    """How many bytes follow the last whole event, and how many the event has that they begin; 0 if that is unknown."""
    at = 0
    while at + 12 <= len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        if at + length + 16 > len(content):
            return len(content) - at, length + 16
        at += length + 16
    return len(content) - at, 0


def test_a_process_that_is_killed_in_the_middle_of_a_record_leaves_a_log_that_tensorboard_shows(
    tmp_path, tensorboard_server
):
    run, written = tmp_path / "logs" / "kerasig", bytearray()
    pipe = run / "events.out.tfevents.0000000001.killed.v2"
    process = started("forever", tmp_path / "logs", pipe)
    announced = []
    listener = threading.Thread(target=lambda: announced.extend(int(line) for line in process.stdout))
    listener.start()
    wait_for(pipe, process)
    with open(pipe, "rb", buffering=0) as disk:
        begun, whole = 0, 0
        # Until a record is on its way, and more of it than the pipe holds is missing.
        while len(announced) < 3 or not begun or whole - begun < 100_000:
            written += disk.read(1 << 12)
            begun, whole = cut_event(written)
        process.send_signal(signal.SIGKILL)
        assert process.wait(60) == -signal.SIGKILL
        while chunk := disk.read(1 << 16):
            written += chunk
    listener.join(60)
    pipe.unlink()
    pipe.write_bytes(written)
    steps = written_steps(run)
    assert steps == list(range(len(steps)))
    assert set(announced) <= set(steps)
    # Something of the next is there, and cut.
    assert cut_event(written)[0] > 0
    for load_fast in (True, False):
        server = tensorboard_server(tmp_path / "logs", load_fast=load_fast)
        arguments = {"run": "kerasig", "set": "probes"}
        shown = server.wait_until(lambda found: found["steps"][-1:] == steps[-1:], "steps", **arguments)
        assert shown["steps"] == steps


@pytest.mark.parametrize("opens", [False, True], ids=["at the first byte", "in the middle of a record"])
def test_a_process_ends_though_its_disk_hangs(opens, tmp_path):
    pipe = tmp_path / "logs" / "kerasig" / "events.out.tfevents.0000000001.v2"
    process = started("hang", tmp_path / "logs", pipe)
    wait_for(pipe, process)
    # Nobody ever reads. The exit status is that of the interrupt.
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK) if opens else None
    if reader is not None:
        import fcntl  # Not on Windows, where the other tests of this file can run.

        fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    try:
        assert process.wait(120) in (1, 130, -signal.SIGINT)
        if reader is not None:
            assert 0 < len(os.read(reader, 1 << 16)) <= 4096
    finally:
        process.kill()
        if reader is not None:
            os.close(reader)


def test_records_are_those_of_tensorflow(tmp_path):
    records = [b"", b"a", bytes(range(256)) * 100, np.random.default_rng(0).bytes(3_000_001)]
    with tf.io.TFRecordWriter(str(tmp_path / "theirs")) as theirs:
        for record in records:
            theirs.write(record)
    ours = RecordFile(str(tmp_path / "ours"))
    through_tensorflow = RecordFile(f"file://{tmp_path}/other")
    for file in (ours, through_tensorflow):
        for record in records:
            file.append(record)
        file.close()
    for name in ("ours", "other"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "theirs").read_bytes()


def test_two_processes_that_write_to_one_directory_get_one_each(tmp_path):
    processes = [started("turns", tmp_path, 0, stdin=subprocess.PIPE) for _ in range(2)]
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 2

    def turn(number=1):
        for _ in range(number):
            for process in processes:
                process.stdin.write("record\n")
                process.stdin.flush()
        return [[process.stdout.readline().split() for _ in range(number)] for process in processes]

    told = turn(3)
    assert sorted(records[0][0] for records in told) == ["kerasig", "kerasig-2"]
    for records in told:
        assert {name for name, _ in records} == {records[0][0]}
        assert written_steps(tmp_path / records[0][0]) == [0, 1, 2]
    # One more, that goes on from a later step, finds neither free while they live.
    callback = watching(tmp_path)
    callback.record(shared(keras), 2)
    assert written_steps(tmp_path / "kerasig-3") == [2]
    del callback
    gc.collect()
    # A process that is killed leaves what it wrote to whoever goes on with it.
    for process in processes:
        process.kill()
        process.communicate()
    shutil.rmtree(tmp_path / "kerasig-3")
    wait_until_free(tmp_path / "kerasig-2")
    callback = watching(tmp_path)
    callback.record(shared(keras), 3)
    assert written_steps(tmp_path / "kerasig-2") == [0, 1, 2, 3]
