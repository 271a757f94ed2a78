"""What is wrong is said before training begins; what goes wrong later leaves the training alone."""

import contextlib
import os
import shutil
import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from trainings import (
    STEPS,
    assert_equal_bits,
    both_libraries,
    compile_,
    decoded,
    fit,
    full_disk,
    probes,
    shared,
    steps_of,
    table,
    weights_of,
    written_steps,
)

import kerasig


def watching(tmp_path, given=None, **options):
    return kerasig.IGCallback(given or probes(), tmp_path, **{"interior_alphas": None, **options})


# At construction.

WRONG = {
    "no probes": (lambda: {"probes": table()[0]}, TypeError, "ProbeSet"),
    "nothing": (lambda: {"probes": []}, TypeError, "ProbeSet"),
    "one title twice": (lambda: {"probes": [probes(), probes(2)]}, ValueError, "distinct titles"),
    "one key twice": (
        lambda: {"probes": [probes(title="a", target="both"), probes(title="a_label")]},
        ValueError,
        "ig_drift_a_label",
    ),
    "every 0": (lambda: {"every": 0}, ValueError, "every=0"),
    "every half": (lambda: {"every": 0.5}, ValueError, "every=0.5"),
    "every batch": (lambda: {"every": "batch"}, ValueError, "every='batch'"),
    "steps 0": (lambda: {"steps": 0}, ValueError, "0"),
    "steps as words": (lambda: {"steps": "many"}, TypeError, "many"),
    "alphas beyond the path": (lambda: {"interior_alphas": [2.0]}, ValueError, "interior_alphas"),
    "an alpha alone": (lambda: {"interior_alphas": 0.5}, ValueError, "interior_alphas"),
    "batch_size 0": (lambda: {"batch_size": 0}, ValueError, "batch_size=0"),
    "jit_compile as a word": (lambda: {"jit_compile": "yes"}, TypeError, "jit_compile='yes'"),
    "a negative budget": (lambda: {"max_overhead": -0.1}, ValueError, "max_overhead=-0.1"),
    "a budget of all and more": (lambda: {"max_overhead": 5}, ValueError, "max_overhead=5"),
    "alarms": (lambda: {"alarms": ["tag"]}, TypeError, "alarms"),
    "another way with errors": (lambda: {"on_error": "ignore"}, ValueError, "on_error='ignore'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_argument_that_needs_no_model_is_judged_at_construction(case, tmp_path):
    make, error, words = WRONG[case]
    arguments = {"probes": probes(), "log_dir": tmp_path, **make()}
    with pytest.raises(error, match=words):
        kerasig.IGCallback(arguments.pop("probes"), arguments.pop("log_dir"), **arguments)


def test_no_log_dir_is_a_folder_of_this_moment():
    assert kerasig.IGCallback(probes()).log_dir.startswith("logs" + os.sep)
    assert not Path("logs").exists() or Path("logs").is_dir()


# At the begin of training.

x, y = table()
image = np.zeros((2, 6, 6, 1), "float32")
UNFIT = {
    "a layer that is none": ({}, {"layer": "conv"}, ValueError, "conv"),
    "labels out of range": ({"labels": [0, 1, 2]}, {}, ValueError, "out of range"),
    "inputs of another shape": ({"inputs": x[:3, :4]}, {}, (ValueError, TypeError), "4"),
    "baselines of another shape": ({}, {"baselines": np.zeros((5,))}, ValueError, "baselines"),
    "a target that is no scalar": ({"target": lambda outputs: outputs}, {}, ValueError, "one scalar per example"),
    "a target out of range": ({"target": 7}, {}, ValueError, "out of range"),
    "an output that is none": ({"target": kerasig.targets.Output("b", 0)}, {}, ValueError, "names no output"),
    "a region that does not fit the layer": (
        {"regions": {"first": np.eye(6, dtype=bool)[0]}},
        {"layer": "hidden"},
        ValueError,
        "'first'",
    ),
}


@both_libraries
@pytest.mark.parametrize("steps", [None, 4])
@pytest.mark.parametrize("case", UNFIT)
def test_an_argument_that_does_not_fit_the_model_raises_before_training(library, case, steps, tmp_path):
    given, options, error, words = UNFIT[case]
    model = shared(library)
    before = weights_of(model)
    given = {"inputs": x[:3], "labels": y[:3], **given}
    callback = watching(tmp_path, kerasig.ProbeSet(given.pop("inputs"), **given), steps=steps, **options)
    with pytest.raises(error, match=words):
        callback.set_model(model) or callback.on_train_begin()
    assert_equal_bits(before, weights_of(model))
    # What was refused is in nobody's way.
    right = watching(tmp_path)
    right.set_model(model)
    right.on_train_begin()
    right.on_train_end()


def test_fit_itself_raises_what_does_not_fit(tmp_path):
    model = shared(keras)
    before = weights_of(model)
    with pytest.raises(ValueError, match="no_such_layer"):
        fit(model, [watching(tmp_path, layer="no_such_layer")])
    assert_equal_bits(before, weights_of(model))


@both_libraries
def test_what_does_not_fit_a_model_that_its_first_batch_builds_raises_at_the_first_record(library, tmp_path):
    model = compile_(library, library.Sequential([library.layers.Dense(2)]))
    with pytest.raises(ValueError, match="out of range"):
        fit(model, [watching(tmp_path, kerasig.ProbeSet(x[:2], [0, 5]), every=1)])


def test_a_loop_of_ones_own_raises_what_does_not_fit(tmp_path):
    callback = watching(tmp_path, kerasig.ProbeSet(x[:2], [0, 5]))
    with pytest.raises(ValueError, match="out of range"):
        callback.record(shared(keras), 0)
    with pytest.raises(ValueError, match="must be built"):
        callback.record(keras.Sequential([keras.layers.Dense(2)]), 0)


# Two that would write one series.


def test_a_second_callback_that_writes_the_same_series_raises(tmp_path):
    with pytest.raises(ValueError, match="Another IGCallback writes 'probes'"):
        fit(shared(keras), [watching(tmp_path), watching(tmp_path)])


def test_loops_that_write_the_same_series_raise(tmp_path):
    first, second = watching(tmp_path), watching(tmp_path / "." / "x" / "..")
    first.record(shared(keras), 0)
    with pytest.raises(ValueError, match="Another IGCallback"):
        second.record(shared(keras), 0)
    del first
    second.record(shared(keras), 0)


class Interrupt(keras.callbacks.Callback):
    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def on_train_begin(self, logs=None):
        if self.batch < 0:
            raise KeyboardInterrupt

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.batch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("batch", [-1, 1])
def test_after_an_interrupted_fit_a_new_callback_goes_on(batch, tmp_path):
    model, interrupted = shared(keras), watching(tmp_path, every=1)
    with pytest.raises(KeyboardInterrupt):
        fit(model, [interrupted, Interrupt(batch)])
    callback = watching(tmp_path, every=1)
    fit(model, [callback])
    assert steps_of(interrupted) == ([] if batch < 0 else [0, 1, 2])
    assert steps_of(callback) == list(range(batch + 1, batch + 2 + STEPS))
    assert written_steps(tmp_path / "kerasig") == list(range(batch + 2 + STEPS))


def test_the_interrupted_callback_itself_may_go_on(tmp_path):
    model, callback = shared(keras), watching(tmp_path, every=1)
    with pytest.raises(KeyboardInterrupt):
        fit(model, [callback, Interrupt(1)])
    fit(model, [callback])
    assert written_steps(tmp_path / "kerasig") == steps_of(callback) == [0, 1, 2, 3, 4, 5, 6]


# Failures during training.


def failing(library):
    """A model whose inference fails once its switch is on; training does not."""

    class Failing(library.Model):
        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(2)
            self.switch = tf.Variable(0.0, trainable=False)

        def call(self, inputs, training=False):
            outputs = self.dense(inputs)
            if training:
                return outputs
            return tf.debugging.check_numerics(outputs / (1 - self.switch), "the switch is on")

    library.utils.set_random_seed(0)
    model = Failing()
    model(x[:2])
    return compile_(library, model)


@both_libraries
def test_a_record_that_fails_warns_once_and_leaves_the_training_alone(library, tmp_path):
    model = failing(library)
    plain = failing(library)
    fit(plain, [], epochs=4)
    callback = watching(tmp_path)
    on = library.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: model.switch.assign(float(epoch > 1)))
    with pytest.warns(UserWarning, match="could not be recorded; training goes on. InvalidArgumentError") as caught:
        history = fit(model, [callback, on], epochs=4)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert steps_of(callback) == [0, STEPS, 2 * STEPS]
    # The last values stay in the logs.
    assert history.history["ig_drift"][1:] == [callback.history[2]["drift"]] * 3
    model.switch.assign(0.0)
    assert_equal_bits(weights_of(model), weights_of(plain))


def test_a_record_that_fails_raises_if_asked_to(tmp_path):
    model = failing(keras)
    on = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: model.switch.assign(float(epoch > 0)))
    with pytest.raises(tf.errors.InvalidArgumentError, match="the switch is on"):
        fit(model, [watching(tmp_path, on_error="raise"), on], epochs=3)


def test_a_wrong_value_late_in_training_is_no_wrong_argument(tmp_path):
    labels = np.array([0, 1])
    answers = []

    def target(outputs):
        return outputs[:, 0]

    def baselines(inputs):
        answers.append(1)
        if len(answers) > 3:
            raise ValueError("late")
        return np.zeros_like(inputs)

    callback = watching(tmp_path, kerasig.ProbeSet(x[:2], labels, target=target), baselines=baselines)
    with pytest.warns(UserWarning, match="late"):
        fit(shared(keras), [callback], epochs=4)
    assert steps_of(callback) == [0, STEPS]


def is_file(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    return tmp_path / "file"


def below_file(tmp_path):
    return is_file(tmp_path) / "logs"


def taken(tmp_path):
    (tmp_path / "kerasig").write_text("not a folder")
    return tmp_path


@pytest.mark.parametrize("place", [is_file, below_file, taken])
def test_a_log_dir_that_cannot_be_written_warns_once_and_leaves_the_training_alone(place, tmp_path):
    model = shared(keras)
    fit(model, [], epochs=2)
    expected = weights_of(model)
    callback = watching(place(tmp_path))
    with pytest.warns(UserWarning, match="could not be recorded") as caught:
        history = fit(shared(keras), [callback], epochs=2)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert_equal_bits(weights_of(model), expected)
    # What was measured is there all the same.
    assert steps_of(callback) == [0, STEPS, 2 * STEPS]
    assert np.isfinite(history.history["ig_residual"]).all()


@pytest.mark.parametrize("what", ["log_dir", "kerasig"])
def test_a_log_dir_that_vanishes_leaves_the_training_alone(what, tmp_path):
    def vanish(epoch, logs=None):
        if epoch == 1:
            shutil.rmtree(tmp_path / "logs" / ("" if what == "log_dir" else "kerasig"))

    callback = watching(tmp_path / "logs")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(shared(keras), [callback, keras.callbacks.LambdaCallback(on_epoch_begin=vanish)], epochs=4)
    assert steps_of(callback) == [STEPS * epoch for epoch in range(5)]
    assert sum("could not be recorded" in str(warning.message) for warning in caught) <= 1
    # What comes after is there again.
    assert written_steps(tmp_path / "logs" / "kerasig")[-1] == 4 * STEPS


class Fill(keras.callbacks.Callback):
    """Fills the disk for the second and third epoch."""

    def __init__(self, directory):
        super().__init__()
        self.directory, self.full = directory, contextlib.ExitStack()

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            self.full.enter_context(full_disk(self.directory))
        elif epoch == 3:
            self.full.close()


def test_a_disk_that_fills_leaves_the_log_readable_and_the_training_alone(tmp_path):
    callback, fill = watching(tmp_path), Fill(tmp_path / "kerasig")
    with fill.full, pytest.warns(UserWarning, match="could not be recorded") as caught:
        fit(shared(keras), [callback, fill], epochs=5)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert not tf.summary.should_record_summaries()
    assert steps_of(callback) == [STEPS * epoch for epoch in range(6)]
    # What was written before, and once there was room again.
    for tag in ("stats/probes", "attributions/probes"):
        steps = written_steps(tmp_path / "kerasig", tag)
        assert steps[:2] + steps[-2:] == [0, STEPS, 4 * STEPS, 5 * STEPS]
    assert list(decoded(tmp_path / "kerasig", "attributions/probes"))[-2:] == [4 * STEPS, 5 * STEPS]


@both_libraries
def test_weights_that_turn_nan_are_recorded_as_they_are_and_warned_of_once(library, tmp_path):
    model = shared(library)

    def spoil(epoch, logs=None):
        if epoch == 1:
            model.layers[-1].bias.assign([np.nan, 0.0])

    callback = watching(tmp_path, kerasig.ProbeSet(x[:3], [0, 1, 1], regions={"first": np.eye(6, dtype=bool)[0]}))
    with pytest.warns(UserWarning, match="NaN or infinite") as caught:
        history = fit(model, [callback, library.callbacks.LambdaCallback(on_epoch_begin=spoil)], epochs=4)
    assert sum("NaN or infinite" in str(warning.message) for warning in caught) == 1
    assert not any("could not be recorded" in str(warning.message) for warning in caught)
    records = decoded(tmp_path / "kerasig", "attributions/probes")
    assert list(records) == [STEPS * epoch for epoch in range(5)]
    last = records[4 * STEPS]
    assert {payload["encoding"] for payload in last.header["payloads"]} == {"float32"}
    assert last.header["converged"] == [False] * 3
    assert np.isnan(last.leaves[0]).any()
    assert callback.history[-1]["untrusted"] == 3
    assert history.history["ig_region_mass"][1:] == [callback.history[1]["region_mass"]] * 3
