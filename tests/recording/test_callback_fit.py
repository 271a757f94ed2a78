"""IGCallback in `fit`, whatever form the data take and however the training is run."""

import copy

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from keras.src.utils import is_default
from trainings import (
    BATCH,
    STEPS,
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

pytestmark = pytest.mark.slow


def as_arrays(library):
    x, y = table()
    return {"x": x, "y": y, "batch_size": BATCH}


def as_tensors(library):
    x, y = table()
    return {"x": tf.constant(x), "y": tf.constant(y), "batch_size": BATCH}


def as_dataset(library):
    return {"x": tf.data.Dataset.from_tensor_slices(table()).shuffle(40).batch(BATCH)}


def as_endless_dataset(library):
    return {"x": tf.data.Dataset.from_tensor_slices(table()).repeat().batch(BATCH), "steps_per_epoch": STEPS}


def as_dataset_of_unknown_length(library):
    return {"x": tf.data.Dataset.from_tensor_slices(table()).batch(BATCH).filter(lambda x, y: True)}


def as_generator(library):
    x, y = table()

    def batches():
        while True:
            for start in range(0, len(x), BATCH):
                yield x[start : start + BATCH], y[start : start + BATCH]

    return {"x": batches(), "steps_per_epoch": STEPS}


def as_sequence(library):
    x, y = table()

    class Batches(getattr(library.utils, "PyDataset", library.utils.Sequence)):
        def __len__(self):
            return STEPS

        def __getitem__(self, index):
            rows = slice(index * BATCH, (index + 1) * BATCH)
            return x[rows], y[rows]

    return {"x": Batches()}


DATA = [
    *(as_arrays, as_tensors, as_dataset, as_endless_dataset, as_dataset_of_unknown_length, as_generator, as_sequence),
]


@both_libraries
@pytest.mark.parametrize("data", DATA, ids=lambda data: data.__name__)
def test_records_at_the_begin_and_each_epochs_end(library, data, tmp_path):
    callback = kerasig.IGCallback(probes(), tmp_path, interior_alphas=None)
    iterations = [0]
    model = shared(library)
    look = library.callbacks.LambdaCallback(on_epoch_end=lambda *_: iterations.append(int(model.optimizer.iterations)))
    history = model.fit(**data(library), epochs=2, verbose=0, callbacks=[look, callback])
    assert steps_of(callback) == iterations
    # Keras counts an iteration where a dataset of unknown length turns out to have ended.
    assert iterations == [0, STEPS, 2 * STEPS] or data is as_dataset_of_unknown_length
    assert [record["epoch"] for record in callback.history] == [0, 1, 2]
    assert len(history.history["ig_residual"]) == 2
    assert written_steps(tmp_path / "kerasig") == steps_of(callback)


@both_libraries
def test_a_dataset_of_unknown_length_is_recorded_every_so_many_batches(library, tmp_path):
    callback = kerasig.IGCallback(probes(), tmp_path, every=3, interior_alphas=None)
    data = as_dataset_of_unknown_length(library)
    shared(library).fit(**data, epochs=2, verbose=0, callbacks=[callback])
    steps = steps_of(callback)
    # As above, an iteration more may have been counted where the first epoch ended.
    assert steps[:2] == [0, 3]
    assert steps[2] in (6, 7)
    assert len(steps) == 4


RUNS = {
    "compiled by XLA": {"jit_compile": True},
    "eagerly": {"run_eagerly": True},
    "several batches at once": {"steps_per_execution": 2},
}


@both_libraries
@pytest.mark.parametrize("run", RUNS)
def test_records_however_batches_are_run(library, run, tmp_path):
    callback = kerasig.IGCallback(probes(), tmp_path, interior_alphas=None)
    fit(dense(library, **RUNS[run]), [callback])
    assert steps_of(callback) == [0, STEPS]
    assert all(record["untrusted"] == 0 for record in callback.history)


@both_libraries
def test_several_batches_at_once_are_recorded_at_the_first_hook_past_each_multiple(library, tmp_path):
    callback = kerasig.IGCallback(probes(), tmp_path, every=3, interior_alphas=None)
    fit(dense(library, steps_per_execution=2), [callback], epochs=3)
    # Hooks come after batches 2, 4, ...; multiples of 3 are 3, 6, 9 and 12.
    assert steps_of(callback) == [0, 4, 6, 10, 12]


@both_libraries
def test_an_initial_epoch_counts_in_the_epoch_and_not_in_the_step(library, tmp_path):
    callback = kerasig.IGCallback(probes(), tmp_path, interior_alphas=None)
    fit(shared(library), [callback], epochs=7, initial_epoch=5)
    assert [(record["step"], record["epoch"]) for record in callback.history] == [(0, 5), (STEPS, 6), (2 * STEPS, 7)]


def subclassed(library):
    library.utils.set_random_seed(0)

    class Subclassed(library.Model):
        def __init__(self):
            super().__init__()
            self.hidden = library.layers.Dense(8, activation="tanh")
            self.last = library.layers.Dense(2)

        def call(self, inputs, training=False):
            return self.last(self.hidden(inputs))

    return Subclassed()


def deferred(library):
    library.utils.set_random_seed(0)
    return library.Sequential([library.layers.Dense(8, activation="tanh"), library.layers.Dense(2)])


@both_libraries
@pytest.mark.parametrize(("make", "every"), [(subclassed, "epoch"), (subclassed, 1), (deferred, "epoch")])
def test_a_model_that_its_first_batch_builds_is_recorded_after_that(library, make, every, tmp_path, caplog):
    model = compile_(library, make(library))
    callback = kerasig.IGCallback(probes(), tmp_path, every=every, interior_alphas=None)
    fit(model, [callback], epochs=2)
    fit(model, [callback])
    first = STEPS if every == "epoch" else 1
    assert steps_of(callback) == list(range(first, 3 * STEPS + 1, STEPS if every == "epoch" else 1))
    assert sum("built by its first batch" in record.message for record in caplog.records) == 1
    # Nothing of ours was there to be built.
    assert len(model.weights) == 4
    assert len(model.layers) == 2


@both_libraries
def test_a_model_that_its_first_batch_builds_meets_an_older_series_all_the_same(library, tmp_path):
    for _ in range(2):
        fit(compile_(library, subclassed(library)), [kerasig.IGCallback(probes(), tmp_path, interior_alphas=None)])
    assert written_steps(tmp_path / "kerasig") == [STEPS]
    assert written_steps(tmp_path / "kerasig-2") == [STEPS]


@both_libraries
def test_a_subclassed_model_that_is_built_is_recorded_from_the_begin(library, tmp_path):
    model = compile_(library, subclassed(library))
    model(table()[0][:1])
    callback = kerasig.IGCallback(probes(), tmp_path, interior_alphas=None)
    fit(model, [callback])
    assert steps_of(callback) == [0, STEPS]


def test_batch_hooks_are_left_alone_unless_records_go_by_batches(tmp_path):
    by_epoch = kerasig.IGCallback(probes(), tmp_path)
    by_batch = kerasig.IGCallback(probes(), tmp_path, every=2)
    assert "on_train_batch_end" not in vars(type(by_epoch))
    # What Keras 3 asks before it dispatches hooks asynchronously, and tf_keras before it calls them at all.
    assert is_default(by_epoch.on_train_batch_end)
    assert not is_default(by_batch.on_train_batch_end)
    assert not tf_keras.callbacks.CallbackList([by_epoch])._should_call_train_batch_hooks
    assert tf_keras.callbacks.CallbackList([by_batch])._should_call_train_batch_hooks


@both_libraries
@pytest.mark.parametrize("every", ["epoch", 2])
def test_a_subclass_has_its_own_batch_hooks_called_whatever_every_is(every, library, tmp_path):
    class Counting(kerasig.IGCallback):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            self.called = dict.fromkeys(("begin", "end", "alias begin", "alias end", "test", "predict"), 0)

        def on_train_batch_begin(self, batch, logs=None):
            super().on_train_batch_begin(batch, logs)
            self.called["begin"] += 1

        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            self.called["end"] += 1

        def on_batch_begin(self, batch, logs=None):
            self.called["alias begin"] += 1

        def on_batch_end(self, batch, logs=None):
            self.called["alias end"] += 1

        def on_test_batch_end(self, batch, logs=None):
            self.called["test"] += 1

        def on_predict_batch_begin(self, batch, logs=None):
            self.called["predict"] += 1

    made = Counting(probes(), tmp_path, interior_alphas=None, every=every)
    for callback in (made, copy.deepcopy(made)):
        model = shared(library)
        fit(model, [callback])
        model.evaluate(*table(), batch_size=BATCH, verbose=0, callbacks=[callback])
        model.predict(table()[0], batch_size=BATCH, verbose=0, callbacks=[callback])
        assert callback.called == dict.fromkeys(callback.called, STEPS)
        assert steps_of(callback) == ([0, STEPS] if every == "epoch" else [0, 2, STEPS])


def test_validation_is_not_in_the_way(tmp_path):
    callback = kerasig.IGCallback(probes(), tmp_path, interior_alphas=None)
    history = fit(shared(keras), [callback], validation_data=table(1))
    assert {"val_loss", "ig_residual"} <= history.history.keys()
    assert np.isfinite(history.history["ig_drift"]).all()


@both_libraries
def test_records_in_mixed_precision(library, tmp_path):
    set_policy = library.config.set_dtype_policy if library is keras else library.mixed_precision.set_global_policy
    set_policy("mixed_float16")
    try:
        model = dense(library)
    finally:
        set_policy("float32")
    callback = kerasig.IGCallback(probes(), tmp_path, interior_alphas=None)
    fit(model, [callback])
    assert "LossScale" in type(model.optimizer).__name__
    assert steps_of(callback) == [0, STEPS]
    assert all(record["untrusted"] == 0 for record in callback.history)


@both_libraries
def test_a_model_without_a_call_is_trained_and_said_to_go_unrecorded(library, tmp_path):
    class Without(library.Model):
        def __init__(self):
            super().__init__()
            self.inner = library.Sequential([library.Input((6,)), library.layers.Dense(2)])

        def train_step(self, data):
            return {"loss": tf.reduce_mean(self.inner(data[0]))}

    model = Without()
    model.compile()
    callback = kerasig.IGCallback(probes(), tmp_path)
    with pytest.warns(UserWarning, match="nothing is recorded") as caught:
        fit(model, [callback], epochs=2)
    assert steps_of(callback) == []
    assert sum("nothing is recorded" in str(warning.message) for warning in caught) == 1


def test_evaluating_and_predicting_record_nothing(tmp_path):
    model, callback = shared(keras), kerasig.IGCallback(probes(), tmp_path, every=1)
    model.evaluate(*table(), verbose=0, callbacks=[callback])
    model.predict(table()[0], verbose=0, callbacks=[callback])
    assert not callback.history
    assert not list(tmp_path.iterdir())


def test_a_copy_is_a_callback_of_its_own(tmp_path):
    # Tuners give each of their trials a copy.
    original = kerasig.IGCallback(probes(), tmp_path, every=2, interior_alphas=None)
    for callback in (copy.deepcopy(original), original):
        fit(shared(keras), [callback])
        assert steps_of(callback) == [0, 2, STEPS]
