"""Trainings that BackupAndRestore takes up again, in the middle of an epoch or at their end."""

import keras
import tf_keras
from trainings import STEPS, dense, fit, probes, steps_of, written_steps

import kerasig


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
