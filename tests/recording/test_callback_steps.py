"""Which steps IGCallback records, over fits, recompiling, restarts and loops of one's own."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from trainings import (
    EXAMPLES,
    STEPS,
    accumulated,
    both_libraries,
    compile_,
    dense,
    fit,
    probes,
    shared,
    steps_of,
    table,
    written_steps,
)

import kerasig
from kerasig._recording.step_counter import StepCounter

pytestmark = pytest.mark.slow


def watching(tmp_path, **options):
    return kerasig.IGCallback(probes(), tmp_path, **{"interior_alphas": None, **options})


# The counter.


def test_steps_advance_as_iterations_do():
    counter = StepCounter()
    assert [counter.update(*pair) for pair in [(0, 0), (5, 5), (5, 5), (9, 20)]] == [0, 5, 5, 9]


def test_steps_begin_at_the_iterations_of_a_training_that_goes_on():
    counter = StepCounter()
    assert [counter.update(30, 0, begins=True), counter.update(34, 4)] == [30, 34]


def test_steps_count_batches_without_an_optimizer():
    counter = StepCounter()
    assert [counter.update(None, batches) for batches in (0, 4, 8)] == [0, 4, 8]


def test_steps_count_batches_while_iterations_stand_still():
    counter = StepCounter()
    assert [counter.update(0, 0), counter.update(0, 3), counter.update(1, 4), counter.update(1, 5)] == [0, 3, 4, 5]


def test_steps_go_on_when_a_new_optimizer_begins_at_zero():
    counter = StepCounter()
    assert [counter.update(12, 12), counter.update(0, 12, begins=True), counter.update(4, 16)] == [12, 12, 16]


def test_steps_go_back_with_a_state_that_was_restored():
    counter = StepCounter()
    assert [counter.update(35, 35), counter.update(30, 37, begins=True), counter.update(33, 40)] == [35, 30, 33]


def test_steps_never_jump_where_iterations_fall_in_the_middle_of_a_fit():
    counter = StepCounter()
    assert [counter.update(35, 35), counter.update(30, 36), counter.update(31, 37)] == [35, 36, 37]


# Trainings.


@both_libraries
def test_records_are_the_first_the_multiples_and_the_last(library, tmp_path):
    callback = watching(tmp_path, every=3)
    history = fit(shared(library), [callback], epochs=2)
    assert steps_of(callback) == [0, 3, 6, 8]
    np.testing.assert_allclose([record["epoch"] for record in callback.history], [0, 0.75, 1.5, 2])
    assert written_steps(tmp_path / "kerasig") == [0, 3, 6, 8]
    # Each epoch's end carries what was measured last.
    assert history.history["ig_drift"] == [callback.history[1]["drift"], callback.history[2]["drift"]]


@both_libraries
def test_fits_one_after_another_go_on_in_one_file(library, tmp_path):
    callback, model = watching(tmp_path), shared(library)
    for _ in range(3):
        fit(model, [callback])
    assert steps_of(callback) == [0, STEPS, 2 * STEPS, 3 * STEPS]
    assert written_steps(tmp_path / "kerasig") == steps_of(callback)
    assert len(list((tmp_path / "kerasig").iterdir())) == 1


@both_libraries
def test_steps_go_on_after_recompiling(library, tmp_path):
    callback, model = watching(tmp_path, every=3), dense(library)
    fit(model, [callback])
    compile_(library, model)
    assert int(model.optimizer.iterations) == 0
    fit(model, [callback])
    assert steps_of(callback) == [0, 3, 4, 6, 8]
    assert written_steps(tmp_path / "kerasig") == steps_of(callback)


def test_batches_count_where_gradients_are_accumulated(tmp_path):
    optimizer = keras.optimizers.SGD(0.1, gradient_accumulation_steps=3)
    callback = watching(tmp_path, every=2)
    fit(dense(keras, optimizer=optimizer), [callback], epochs=2)
    assert steps_of(callback) == [0, 2, 4, 6, 8]


@both_libraries
def test_steps_are_those_of_an_optimizer_behind_a_loss_scale(library, tmp_path):
    inner = library.optimizers.SGD(0.1)
    scaling = getattr(library, "mixed_precision", library.optimizers)
    model = dense(library, optimizer=scaling.LossScaleOptimizer(inner))
    fit(model, [])
    callback = watching(tmp_path)
    fit(model, [callback])
    assert steps_of(callback) == [STEPS, 2 * STEPS]


@both_libraries
def test_it_is_said_where_fit_ends_with_averages_that_have_no_record(library, tmp_path, caplog):
    def ends_with(optimizer, every):
        caplog.clear()
        model = compile_(library, dense(library), optimizer)
        callback = watching(tmp_path / f"{optimizer.use_ema} {every}", every=every)
        fit(model, [callback])
        said = [record.message for record in caplog.records if "averages (use_ema)" in record.message]
        return callback, model, said

    averaging = {"use_ema": True, "ema_momentum": 0.5}
    callback, model, said = ends_with(library.optimizers.SGD(0.5, **averaging), "epoch")
    assert len(said) == 1
    assert f"at step {STEPS}" in said[0]
    last = callback.history[-1]["probes"]["score"]
    assert not np.allclose(last, kerasig.explain(model, probes().inputs, probes().class_labels).score)
    assert ends_with(library.optimizers.SGD(0.5), "epoch")[2] == []
    # Recorded when fit ends: the averages themselves.
    callback, model, said = ends_with(library.optimizers.SGD(0.5, **averaging), STEPS - 1)
    assert said == []
    last = callback.history[-1]["probes"]["score"]
    np.testing.assert_allclose(last, kerasig.explain(model, probes().inputs, probes().class_labels).score, rtol=1e-5)


@both_libraries
def test_steps_are_those_of_optimizers_that_a_train_step_keeps_for_itself(library, tmp_path):
    class Adversarial(library.Model):
        """A discriminator that learns to tell examples from what a generator makes."""

        def __init__(self):
            super().__init__()
            self.generator = library.Sequential([library.Input((2,)), library.layers.Dense(6)])
            self.discriminator = library.Sequential([library.Input((6,)), library.layers.Dense(1)])
            self.optimizers = {"d": library.optimizers.SGD(0.1), "g": library.optimizers.SGD(0.1)}

        def call(self, inputs, training=False):
            return self.discriminator(inputs)

        def train_step(self, data):
            real = data[0]
            noise = tf.random.normal((tf.shape(real)[0], 2))
            for name, sign in (("d", 1.0), ("g", -1.0)):
                trained = self.discriminator if name == "d" else self.generator
                with tf.GradientTape() as tape:
                    made = self.discriminator(self.generator(noise))
                    loss = sign * tf.reduce_mean(made - self.discriminator(real))
                gradients = tape.gradient(loss, trained.trainable_variables)
                self.optimizers[name].apply_gradients(zip(gradients, trained.trainable_variables, strict=True))
            return {"loss": loss}

    library.utils.set_random_seed(0)
    model = Adversarial()
    model(table()[0][:2])
    model.compile()
    callback = watching(tmp_path)
    fit(model, [callback], epochs=2)
    assert steps_of(callback) == [0, STEPS, 2 * STEPS]


@both_libraries
def test_a_new_training_opens_a_directory_of_its_own_and_says_so(library, tmp_path, caplog):
    for _ in range(2):
        fit(shared(library), [watching(tmp_path)])
    assert written_steps(tmp_path / "kerasig") == [0, STEPS]
    assert written_steps(tmp_path / "kerasig-2") == [0, STEPS]
    assert [str(tmp_path / "kerasig-2") in record.message for record in caplog.records] == [True]


def test_a_new_callback_goes_on_with_a_model_that_was_trained_before(tmp_path):
    model = shared(keras)
    for _ in range(2):
        fit(model, [watching(tmp_path)])
    assert not (tmp_path / "kerasig-2").exists()
    # The second begins with the state that the first ended in; readers keep what was written last.
    assert written_steps(tmp_path / "kerasig") == [0, STEPS, 2 * STEPS]


def test_callbacks_of_one_model_share_a_directory(tmp_path, caplog):
    callbacks = [
        kerasig.IGCallback(probes(title="a"), tmp_path, interior_alphas=None),
        kerasig.IGCallback(probes(title="b"), tmp_path, interior_alphas=None, every=2),
    ]
    fit(shared(keras), callbacks)
    assert len(list((tmp_path / "kerasig").iterdir())) == 1
    assert written_steps(tmp_path / "kerasig", "stats/a") == [0, STEPS]
    assert written_steps(tmp_path / "kerasig", "stats/b") == [0, 2, STEPS]
    assert not caplog.records


def test_a_killed_and_restarted_training_continues_its_series(tmp_path):
    def run(*arguments):
        script = Path(__file__).parents[1] / "restarted_training.py"
        command = [sys.executable, str(script), str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    def written():
        tags = ("stats/by batch", "stats/by epoch")
        return [[written_steps(tmp_path / name / "kerasig", tag) for tag in tags] for name in ("keras", "tf_keras")]

    killed = run("die")
    assert killed.returncode == -9, killed.stderr
    # At step 9 it had recorded more than the backup, of step 8, knows of.
    assert written() == [[[0, 3, 6, 9], [0, 4, 8]]] * 2
    restarted = run()
    assert restarted.returncode == 0, restarted.stderr
    assert restarted.stdout.splitlines()[-2:] == ["recorded [8, 9, 12, 15, 16] [8, 12, 16]"] * 2
    assert written() == [[[0, 3, 6, 8, 9, 12, 15, 16], [0, 4, 8, 12, 16]]] * 2
    assert not (tmp_path / "keras" / "kerasig-2").exists()


def test_a_training_that_goes_back_within_a_process_leaves_no_steps_of_the_abandoned_one(tmp_path):
    model, callback = shared(keras), watching(tmp_path, every=1)
    fit(model, [callback])
    model.optimizer.iterations.assign(2)
    fit(model, [callback])
    assert steps_of(callback) == [0, 1, 2, 3, 4, 2, 3, 4, 5, 6]
    assert written_steps(tmp_path / "kerasig") == [0, 1, 2, 3, 4, 5, 6]


# Loops of one's own.


@both_libraries
def test_a_loop_without_fit_records_when_it_says(library, tmp_path):
    model, callback = shared(library), watching(tmp_path)
    x, y = table()
    for step in range(0, 31, 10):
        logs = callback.record(model, step)
        assert np.isnan(logs["ig_drift"]) == (step == 0)
        model.train_on_batch(x, y)
    assert steps_of(callback) == [0, 10, 20, 30]
    assert all(record["epoch"] is None for record in callback.history)
    assert logs["ig_drift"] == callback.history[-1]["drift"]
    assert written_steps(tmp_path / "kerasig") == [0, 10, 20, 30]


def test_a_loop_may_train_a_function_that_keras_knows_nothing_of(tmp_path):
    weights = tf.Variable(tf.ones((6, 2)))

    def model(x):
        return tf.tanh(x @ weights)

    callback = watching(tmp_path)
    callback.record(model, 0)
    weights.assign_add(tf.random.stateless_normal((6, 2), (0, 0)))
    callback.record(model, tf.constant(5))
    assert steps_of(callback) == [0, 5]
    assert callback.history[-1]["drift"] > 0


def test_a_loop_goes_on_in_what_an_earlier_process_wrote_unless_it_begins_at_zero(tmp_path):
    for first in (0, 20, 0):
        callback = watching(tmp_path)
        callback.record(shared(keras), first)
        callback.record(shared(keras), first + 10)
        del callback
    assert written_steps(tmp_path / "kerasig") == [0, 10, 20, 30]
    assert written_steps(tmp_path / "kerasig-2") == [0, 10]


def test_fit_may_follow_a_loop_on_one_callback(tmp_path):
    model, callback = shared(keras), watching(tmp_path)
    callback.record(model, 0)
    model.train_on_batch(*table())
    fit(model, [callback])
    assert steps_of(callback) == [0, 1, 1 + STEPS]


def test_another_model_is_another_first_record(tmp_path):
    callback = watching(tmp_path)
    for library in (keras, tf_keras):
        callback.record(shared(library), 0)
    assert np.isnan(callback.history[-1]["drift"])


# What records may cost.


def test_scheduled_records_beyond_the_budget_are_skipped_and_said_so_once(tmp_path, caplog):
    callback = watching(tmp_path, max_overhead=1e-4)
    history = fit(shared(keras), [callback], epochs=4)
    assert steps_of(callback) == [0, 4 * STEPS]  # The first and the last are compulsory.
    (line,) = [record.message for record in caplog.records if "skipped" in record.message]
    assert "more than 0.01% of the training time" in line
    assert len(history.history["ig_residual"]) == 4


def test_a_generous_budget_skips_nothing(tmp_path, caplog):
    class Slow(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            callback._training.budget._began -= 1000

    callback = watching(tmp_path, max_overhead=0.5)
    fit(shared(keras), [callback, Slow()], epochs=2)
    assert steps_of(callback) == [0, STEPS, 2 * STEPS]
    assert not caplog.records


def test_scalars_for_the_time_series_tab_are_written_at_each_record(tmp_path):
    fit(shared(keras), [watching(tmp_path)], epochs=2)
    read = accumulated(tmp_path / "kerasig")
    assert [event.step for event in read.Tensors("probes/residual")] == [0, STEPS, 2 * STEPS]
    # What cannot be measured is left out.
    assert [event.step for event in read.Tensors("probes/drift")] == [STEPS, 2 * STEPS]
    assert EXAMPLES == STEPS * 10
