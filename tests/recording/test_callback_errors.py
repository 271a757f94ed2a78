"""What goes wrong during training leaves the training alone."""

import os
import shutil
import warnings

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
    dense,
    fit,
    let_write,
    probes,
    shared,
    steps_of,
    table,
    weights_of,
    written_steps,
)

import kerasig

pytestmark = pytest.mark.slow

x, y = table()


def watching(tmp_path, given=None, **options):
    return kerasig.IGCallback(given or probes(), tmp_path, **{"interior_alphas": None, **options})


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
    with pytest.warns(UserWarning, match="could not be recorded; training goes on.*the switch is on") as caught:
        history = fit(model, [callback, on], epochs=4)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert steps_of(callback) == [0, STEPS, 2 * STEPS]
    # The last values stay in the logs.
    assert history.history["ig_drift"][1:] == [callback.history[2]["drift"]] * 3
    model.switch.assign(0.0)
    assert_equal_bits(weights_of(model), weights_of(plain))


@both_libraries
def test_what_would_be_warned_of_is_logged_where_warnings_are_errors(library, tmp_path, caplog):
    model, plain = failing(library), failing(library)
    fit(plain, [], epochs=4)
    divided = kerasig.metrics.Measure("divided", lambda attribution, probes: 1 / 0)
    callback = watching(tmp_path / "logs", metrics=[divided])
    homeless = watching(tmp_path / "file")
    (tmp_path / "file").write_text("not a folder")
    on = library.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: model.switch.assign(float(epoch > 1)))
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        fit(model, [callback, homeless, on], epochs=4)
    # A measure that fails is told while its record is made, which goes on.
    assert steps_of(callback) == [0, STEPS, 2 * STEPS]
    assert written_steps(tmp_path / "logs" / "kerasig") == [0, STEPS, 2 * STEPS]
    said = [record.getMessage() for record in caplog.records if record.name == "kerasig"]
    causes = {"divided": 1, "training goes on. UndefinedError": 2, "training goes on. FailedPrecondition": 1}
    assert {cause: sum(cause in sentence for sentence in said) for cause in causes} == causes
    model.switch.assign(0.0)
    assert_equal_bits(weights_of(model), weights_of(plain))


def divided(inputs):
    return 1 / 0


@pytest.mark.parametrize(
    ("options", "whose"),
    [
        ({"model": lambda trained: divided}, "the model's own code, divided"),
        ({"given": kerasig.ProbeSet(x[:3], target=divided)}, "the target's function on the model's outputs"),
        ({"baselines": divided}, "baselines on the inputs"),
    ],
)
def test_whose_function_has_failed_is_told(options, whose, tmp_path):
    with pytest.warns(UserWarning, match=rf"goes on\. ZeroDivisionError: division by zero\. Raised by {whose}\. \(W"):
        fit(shared(keras), [watching(tmp_path, **options)])


def test_a_record_that_fails_raises_if_asked_to(tmp_path):
    model = failing(keras)
    on = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: model.switch.assign(float(epoch > 0)))
    with pytest.raises(ValueError, match="on which one of them fails: the switch is on"):
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


@pytest.mark.parametrize("every", ["epoch", 2])
def test_a_working_directory_that_vanishes_leaves_the_training_alone(every, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    callback = watching("logs", every=every)

    def vanish(epoch, logs=None):
        if epoch == 1:
            let_write(callback)
            shutil.rmtree(tmp_path / "here")

    fit(shared(keras), [callback, keras.callbacks.LambdaCallback(on_epoch_begin=vanish)], epochs=2)
    assert steps_of(callback)[-1] == 2 * STEPS
    # Where it was when the callback was made.
    assert written_steps(tmp_path / "here" / "logs" / "kerasig")[-1] == 2 * STEPS


def test_another_working_directory_is_not_written_to(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path)
    callback = watching("logs")
    move = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs=None: os.chdir(tmp_path / "there"))
    fit(shared(keras), [move, callback], epochs=2)
    assert written_steps(tmp_path / "logs" / "kerasig") == [0, STEPS, 2 * STEPS]
    assert not list((tmp_path / "there").iterdir())


class Counting:
    """What a training needs of an optimizer here, with a count that cannot be read."""

    @property
    def iterations(self):
        raise OSError("no count")


@pytest.mark.parametrize("every", ["epoch", 1])
def test_an_optimizer_whose_count_cannot_be_read_leaves_the_training_alone(every, tmp_path):
    model = dense(keras)
    vars(model)["of_ones_own"] = type("OwnOptimizer", (Counting,), {})()
    callback = watching(tmp_path, every=every)
    with pytest.warns(UserWarning, match="could not be recorded; training goes on. OSError: no count") as caught:
        history = fit(model, [callback], epochs=2)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert len(history.epoch) == 2


def test_what_is_only_called_an_optimizer_is_none(tmp_path):
    model = dense(keras)
    vars(model)["of_ones_own"] = type("HyperparameterOptimizer", (), {})()
    callback = watching(tmp_path, every=1)
    fit(model, [callback])
    assert steps_of(callback) == list(range(STEPS + 1))


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Fails:
    """Baselines of zeros, with an error of one's own from the third record on."""

    def __init__(self, error):
        self.error, self.records = error, 0

    def __call__(self, inputs):
        self.records += 1
        if self.records > 3:  # The arguments' check takes one.
            raise self.error
        return np.zeros_like(inputs)


@pytest.mark.parametrize(
    "error", [Unspeakable(), MemoryError(), RecursionError(), tf.errors.UnavailableError(None, None, "gone")]
)
def test_any_error_is_a_warning(error, tmp_path):
    with tf.distribute.OneDeviceStrategy("CPU:0").scope():
        model = dense(keras)
    callback = watching(tmp_path, baselines=Fails(error))
    with pytest.warns(UserWarning, match=f"training goes on. {type(error).__name__}"):
        history = fit(model, [callback], epochs=4)
    assert len(history.epoch) == 4
    assert steps_of(callback) == [0, STEPS]


@pytest.mark.parametrize("ends", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_inside_a_record_ends_the_training(ends, tmp_path):
    model, callback = shared(keras), watching(tmp_path, baselines=Fails(ends()))
    with pytest.raises(ends):
        fit(model, [callback], epochs=4)
    assert steps_of(callback) == [0, STEPS]
    # And nothing else: the next one goes on.
    callback = watching(tmp_path)
    fit(model, [callback])
    assert steps_of(callback) == [2 * STEPS, 3 * STEPS]
