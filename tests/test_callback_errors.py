"""What goes wrong during training leaves the training alone."""

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
    probes,
    shared,
    steps_of,
    table,
    weights_of,
)

import kerasig

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
