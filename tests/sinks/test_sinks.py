"""What a training's sinks are given, and that none of them can hold the training up or end it."""

import copy
import subprocess
import sys
import threading
import warnings
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from trainings import STEPS, assert_equal_bits, fit, probes, shared, weights_of, written_steps

import kerasig
from kerasig._recording import sink_outbox
from kerasig._recording.sink_outbox import SinkOutbox


class Keeping(kerasig.sinks.Sink):
    """Keeps what it is given."""

    def __init__(self):
        self.scalars, self.pictures, self.alarms, self.threads, self.closed = [], [], [], set(), 0

    def write_scalars(self, step, scalars):
        self.threads.add(threading.current_thread().name)
        self.scalars.append((step, dict(scalars)))

    def write_picture(self, step, name, pixels):
        self.pictures.append((step, name, pixels))

    def write_alarm(self, step, alert):
        self.alarms.append((step, alert))

    def close(self):
        self.closed += 1


class ScalarsAlone(kerasig.sinks.Sink):
    def __init__(self):
        self.steps = []

    def write_scalars(self, step, scalars):
        self.steps.append(step)


class Failing(kerasig.sinks.Sink):
    def write_scalars(self, step, scalars):
        raise OSError(f"no server at step {step}")

    def write_picture(self, step, name, pixels):
        raise OSError("no server either")


class Quitting(kerasig.sinks.Sink):
    """Gives up as clients do that cannot log in."""

    def write_scalars(self, step, scalars):
        sys.exit(f"no login at step {step}")


class Wordless(kerasig.sinks.Sink):
    def write_scalars(self, step, scalars):
        class Failure(Exception):
            def __str__(self):
                raise ValueError("no words")

        raise Failure


class Hanging(kerasig.sinks.Sink):
    def __init__(self, until):
        self.until, self.steps = until, []

    def write_scalars(self, step, scalars):
        self.until.wait(60)
        self.steps.append(step)


class Always(kerasig.alarms.Alarm):
    columns = ("score",)

    def read(self, record):
        return kerasig.alarms.Reading("score", 2.0, 1.0)


def trained(tmp_path, sinks, **options):
    """The callback of a training of one epoch, and the weights that it ended with."""
    callback = kerasig.IGCallback(probes(), tmp_path, steps=5, interior_alphas=None, sinks=sinks, **options)
    model = shared(keras)
    fit(model, [callback])
    return callback, weights_of(model)


def test_a_sink_is_given_what_the_event_files_have(tmp_path):
    kept, alone = Keeping(), ScalarsAlone()
    callback, _ = trained(tmp_path, [kept, alone], alarms=[Always(patience=1)])
    assert [step for step, _ in kept.scalars] == [0, STEPS] == alone.steps
    for (_, scalars), record in zip(kept.scalars, callback.history, strict=True):
        assert all(np.isfinite(value) for value in scalars.values())
        assert scalars == {
            f"probes/{name}": record[name] for name in record if np.isfinite(scalars.get(f"probes/{name}", np.nan))
        }
        assert scalars["probes/residual"] == record["residual"]
    assert [(step, name, pixels.dtype) for step, name, pixels in kept.pictures] == [
        (step, "probes", np.uint8) for step in (0, STEPS)
    ]
    assert [(step, alert.name) for step, alert in kept.alarms] == [(0, "Always")]
    assert kept.closed == 1
    assert kept.threads == {"kerasig-writer"}
    assert written_steps(tmp_path / "kerasig") == [0, STEPS]


def test_a_sink_that_fails_is_told_once_and_the_training_is_the_same(tmp_path):
    kept = Keeping()
    with pytest.warns(
        UserWarning, match=r"sink Failing could not write scalars; training goes on.*no server at step 0"
    ) as told:
        _, weights = trained(tmp_path / "with", [Failing(), kept], on_error="raise")
    assert len([one for one in told if "Failing" in str(one.message)]) == 1
    assert [step for step, _ in kept.scalars] == [0, STEPS]
    assert written_steps(tmp_path / "with" / "kerasig") == [0, STEPS]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _, without = trained(tmp_path / "without", [])
    assert_equal_bits(weights, without)


def test_a_sink_that_quits_is_told_once_and_the_others_get_everything(tmp_path):
    kept = Keeping()
    with pytest.warns(UserWarning, match="could not write scalars; training goes on") as told:
        trained(tmp_path, [Quitting(), Wordless(), kept])
    # No word of a wait that ended in vain: the thread is there until everything is written.
    assert [str(each.message).partition(" training goes on. ")[2] for each in told] == [
        "SystemExit: no login at step 0 (Warned once.)",
        "Failure (Warned once.)",
    ]
    assert [step for step, _ in kept.scalars] == [0, STEPS]
    assert kept.closed == 1


def test_a_sink_that_hangs_delays_neither_the_event_files_nor_the_training(tmp_path, monkeypatch):
    monkeypatch.setattr(sink_outbox, "LONGEST_WAIT", 0.05)
    until = threading.Event()
    sink = Hanging(until)
    with pytest.warns(UserWarning, match=r"Sinks took more than 0.05 s"):
        callback, _ = trained(tmp_path, [sink])
    assert written_steps(tmp_path / "kerasig") == [0, STEPS]
    assert sink.steps == []
    until.set()
    assert callback._training.recorder.sinks._backlog.wait(30, again=True) == 0
    assert sink.steps == [0, STEPS]


def test_what_there_is_no_room_for_is_left_out_and_told(tmp_path, monkeypatch):
    until = threading.Event()
    sink = Hanging(until)
    outbox = SinkOutbox([sink], str(tmp_path))
    empty = {"measured": [], "audit": None, "size": 0}
    count = 70
    for step in range(count):
        audit = SimpleNamespace(found=[], audit=SimpleNamespace(title="a"), alerts=[])
        outbox.put(SimpleNamespace(**{**empty, "audit": audit}, step=step))
    (first, *_) = outbox.failures()
    assert first.sentence == "Sinks do not keep up: the record of step 64 is left out."
    assert outbox.failures() == []
    until.set()
    assert outbox._backlog.wait(30) == 0
    assert sink.steps == list(range(64))


def test_a_loop_of_ones_own_writes_and_does_not_wait_for_sinks(tmp_path):
    until, kept = threading.Event(), Keeping()
    sink = Hanging(until)
    callback = kerasig.IGCallback(probes(), tmp_path, steps=5, interior_alphas=None, sinks=[sink, kept])
    callback.record(shared(keras), 0)
    callback.record(shared(keras), 3)
    assert written_steps(tmp_path / "kerasig") == [0, 3]
    assert (sink.steps, kept.closed) == ([], 0)
    until.set()
    assert callback._training.recorder.sinks._backlog.wait(30) == 0
    assert sink.steps == [0, 3] == [step for step, _ in kept.scalars]


def test_copies_of_a_callback_write_to_the_same_sink(tmp_path):
    kept = Keeping()
    callback = kerasig.IGCallback(probes(), tmp_path, sinks=[kept])
    assert copy.deepcopy(callback)._settings.sinks == (kept,)
    assert "sinks=[" in repr(callback)
    assert "sinks" not in repr(kerasig.IGCallback(probes(), tmp_path))


@pytest.mark.parametrize("sinks", ["mlflow", [print], None, [kerasig.sinks.Sink]])
def test_what_is_no_sink_is_refused(sinks, tmp_path):
    with pytest.raises(TypeError, match=r"sinks must be a list of kerasig\.sinks\. Received .* Pass \[kerasig"):
        kerasig.IGCallback(probes(), tmp_path, sinks=sinks)


@pytest.mark.parametrize(("name", "module"), [("MLflow", "mlflow"), ("WeightsAndBiases", "wandb")])
def test_a_sink_says_what_to_install(name, module, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"kerasig\.sinks\.{name} needs .*pip install 'kerasig\[{module}\]'"):
        getattr(kerasig.sinks, name)()
    with pytest.raises(ValueError, match="prefix must be a string"):
        getattr(kerasig.sinks, name)(prefix=3)


@pytest.mark.slow
def test_no_library_is_imported_before_a_sink_is_made():
    code = "import sys, kerasig; kerasig.sinks.MLflow; print({'mlflow', 'wandb', 'tensorflow'} & set(sys.modules))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert ended.stdout == "set()\n", ended.stderr
