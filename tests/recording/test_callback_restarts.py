"""Trainings that BackupAndRestore takes up again, in the middle of an epoch or at their end."""

import gc

import keras
import numpy as np
import pytest
import tf_keras
from trainings import STEPS, decoded, dense, fit, probes, shared, steps_of, written_steps

import kerasig

pytestmark = pytest.mark.slow


class Stop(Exception):
    pass


def training(library, folder, *, every="epoch", save_freq="epoch", stop_at=None, epochs=2):
    """A training that begins where the last one in the folder was backed up; the steps that it recorded."""

    class Stopping(library.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if int(self.model.optimizer.iterations) == stop_at:
                raise Stop

    backup = library.callbacks.BackupAndRestore(str(folder / "backup"), save_freq=save_freq, delete_checkpoint=False)
    callback = kerasig.IGCallback(probes(), folder, every=every, steps=3, interior_alphas=None)
    try:
        fit(dense(library), [backup, callback, Stopping()], epochs=epochs)
    except Stop:
        assert stop_at is not None
    return steps_of(callback)


def test_the_schedule_goes_on_in_the_middle_of_an_epoch(tmp_path):
    # tf_keras goes on behind the batches of the epoch that went by.
    assert training(tf_keras, tmp_path, every=2, save_freq=3, stop_at=5) == [0, 2, 4]
    assert training(tf_keras, tmp_path, every=2, save_freq=3) == [3, 4, 6, 8]
    assert written_steps(tmp_path / "kerasig") == [0, 2, 3, 4, 6, 8]


def test_the_schedule_goes_on_where_an_epoch_is_begun_again(tmp_path):
    # Keras 3 restores the state after three batches and then begins the epoch anew.
    assert training(keras, tmp_path, every=2, save_freq=3, stop_at=5) == [0, 2, 4]
    recorded = training(keras, tmp_path, every=2, save_freq=3)
    assert recorded == [3, 4, 6, 8, 10, 11]
    assert written_steps(tmp_path / "kerasig") == [0, 2, *recorded]


def test_starting_a_training_that_is_over_adds_nothing_to_its_series(tmp_path):
    for library in (keras, tf_keras):
        folder = tmp_path / library.__name__
        recorded = [training(library, folder, epochs=1) for _ in range(2)]
        assert recorded == [[0, STEPS], [STEPS]]
        assert written_steps(folder / "kerasig") == [0, STEPS]


def recorded_at_the_begin(folder, given, *, weight):
    """A training that is killed after its first record."""
    model = shared(keras)
    model.layers[-1].kernel.assign(np.full((8, 2), weight))
    callbacks = [kerasig.IGCallback(each, folder, steps=3, interior_alphas=None) for each in given]
    for callback in callbacks:
        callback.record(model, 0)
    return callbacks, model


def test_a_training_that_was_killed_as_it_began_is_taken_over_by_the_next_one(tmp_path):
    for weight in (1.0, 2.0, 3.0):
        callbacks, model = recorded_at_the_begin(
            tmp_path, [probes(target=0), probes(title="others", target=0)], weight=weight
        )
        if weight < 3:
            del callbacks
            gc.collect()
    callbacks[0].record(model, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["kerasig"]
    assert written_steps(tmp_path / "kerasig") == [0, 1]
    assert written_steps(tmp_path / "kerasig", "stats/others") == [0]
    # The state that this training begins with, which is not that of the ones before.
    now = kerasig.explain(model, probes().inputs, 0, steps=3)
    for title in ("probes", "others"):
        stored = decoded(tmp_path / "kerasig", f"attributions/{title}")[0]
        np.testing.assert_allclose(stored.leaves[0], now.values, atol=1e-3)
        assert list(decoded(tmp_path / "kerasig", f"inputs/{title}")) == [0]
    # One that got further stays, as do other probes.
    del callbacks
    gc.collect()
    recorded_at_the_begin(tmp_path, [probes(target=0)], weight=4.0)
    gc.collect()
    recorded_at_the_begin(tmp_path, [probes(2, target=0)], weight=4.0)
    assert written_steps(tmp_path / "kerasig") == [0, 1]
    assert written_steps(tmp_path / "kerasig-2") == written_steps(tmp_path / "kerasig-3") == [0]
