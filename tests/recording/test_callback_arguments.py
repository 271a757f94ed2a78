"""What is wrong is said before training begins."""

import os
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from strange_arguments import THINGS, calls, fault
from trainings import assert_equal_bits, both_libraries, compile_, fit, probes, shared, table, weights_of

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
    "a budget in words": (lambda: {"max_overhead": "5%"}, ValueError, "max_overhead='5%'"),
    "a budget that is no number": (lambda: {"max_overhead": float("nan")}, ValueError, "max_overhead=nan"),
    "every -1": (lambda: {"every": -1}, ValueError, "every=-1"),
    "a log_dir that is a file": (lambda: {"log_dir": __file__}, ValueError, "is a file"),
    "a log_dir below a file": (lambda: {"log_dir": Path(__file__) / "a" / "b"}, ValueError, "is a file"),
    "a log_dir that is no path": (lambda: {"log_dir": 3}, TypeError, "log_dir=3"),
    "alarms": (lambda: {"alarms": ["tag"]}, TypeError, "alarms"),
    "another way with errors": (lambda: {"on_error": "ignore"}, ValueError, "on_error='ignore'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_argument_that_needs_no_model_is_judged_at_construction(case, tmp_path):
    make, error, words = WRONG[case]
    arguments = {"probes": probes(), "log_dir": tmp_path, **make()}
    with pytest.raises(error, match=words):
        kerasig.IGCallback(arguments.pop("probes"), arguments.pop("log_dir"), **arguments)


def callbacks():
    """Arguments that fit, of those that are judged at construction."""
    nothing = dict.fromkeys(("log_dir", "model", "steps", "coordinates", "batch_size", "jit_compile", "max_overhead"))
    others = {"every": 3, "alarms": [], "metrics": [], "audit": None, "audit_every": None, "sinks": []}
    return {"probes": probes(), **nothing, "interior_alphas": [0.5], **others, "on_error": "warn"}


def test_a_callback_takes_its_arguments_or_says_what_fits(fuzzing):
    for name in callbacks():
        for make in THINGS:
            assert (name, fault(kerasig.IGCallback, {**callbacks(), name: make()})) == (name, None)

    @fuzzing(100)
    @given(calls({"IGCallback": (kerasig.IGCallback, callbacks)}))
    def check(call):
        assert fault(kerasig.IGCallback, call[1]) is None

    check()


@pytest.mark.parametrize("name", ["log_dir", "every", "probes", "alarms", "max_overhead", "on_error"])
def test_a_setting_that_is_assigned_later_is_refused(name, tmp_path):
    callback = watching(tmp_path)
    with pytest.raises(AttributeError, match=f"{name} must be given.*'other'.*Make a new one: .*{name}="):
        setattr(callback, name, "other")
    assert callback.log_dir == str(tmp_path)


def test_a_subclass_and_keras_assign_what_is_theirs(tmp_path):
    class Own(kerasig.IGCallback):
        def __init__(self, log_dir):
            self.log_dir, self.every = log_dir, "mine"
            super().__init__(probes(), log_dir, interior_alphas=None)
            self.log_dir, self.steps = log_dir, 3

    own = Own(tmp_path)
    assert (own.log_dir, own.every, own.steps) == (str(tmp_path), "mine", 3)
    with pytest.raises(AttributeError, match="log_dir must be given"):
        own.log_dir = tmp_path / "other"
    callback = watching(tmp_path)
    callback.set_model(shared(keras))
    callback.set_params({"epochs": 1})
    callback.validation_data, callback.mine = None, 1
    assert callback.mine == 1


def test_a_log_dir_of_bytes_is_a_path(tmp_path):
    assert kerasig.IGCallback(probes(), os.fsencode(tmp_path)).log_dir == str(tmp_path)


NO_STEPS = [1.5, "a", None, float("nan"), float("inf"), 2**63, np.array([1]), 1 + 0j]
NEGATIVE, BOOLS = [-1, np.int64(-1), -1.0, tf.constant(-1)], [True, np.False_, tf.constant(True)]


@pytest.mark.parametrize("step", [*NO_STEPS, *NEGATIVE, *BOOLS])
def test_a_step_of_ones_own_is_a_whole_number_that_is_not_negative(step, tmp_path):
    callback = watching(tmp_path)
    with pytest.raises(ValueError, match=r"step must be a whole number, at least 0 .* Received step=.* Pass how many"):
        callback.record(shared(keras), step)
    assert not callback.history


@pytest.mark.parametrize(("audit", "said"), [("yes", "audit must be True or False"), (True, "that has no audit")])
def test_an_audit_that_nobody_set_up_cannot_be_asked_for(audit, said, tmp_path):
    callback = watching(tmp_path)
    with pytest.raises(ValueError, match=f"{said}.* Received audit="):
        callback.record(lambda x: x, 0, audit=audit)
    assert not callback.history


def test_a_step_of_ones_own_may_come_as_any_kind_of_whole_number(tmp_path):
    callback = watching(tmp_path)
    given = [
        0,
        np.int32(1),
        np.uint8(2),
        3.0,
        np.float32(4),
        np.array(5),
        tf.constant(6),
        tf.Variable(7, dtype="int64"),
    ]
    for step in [*given, keras.Variable(8, dtype="int64")]:
        callback.record(shared(keras), step)
    assert [record["step"] for record in callback.history] == list(range(9))
    assert {type(record["step"]) for record in callback.history} == {int}


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


@pytest.mark.slow
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
