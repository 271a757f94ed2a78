"""Two callbacks that would write one series, and one that follows an interrupted one."""

import keras
import pytest
from trainings import STEPS, both_libraries, fit, probes, shared, steps_of, written_steps

import kerasig

pytestmark = pytest.mark.slow


def watching(tmp_path, given=None, **options):
    return kerasig.IGCallback(given or probes(), tmp_path, **{"interior_alphas": None, **options})


def test_a_second_callback_that_writes_the_same_series_raises(tmp_path):
    with pytest.raises(ValueError, match="Another IGCallback writes 'probes'"):
        fit(shared(keras), [watching(tmp_path), watching(tmp_path)])


@both_libraries
@pytest.mark.parametrize(("every", "expected"), [("epoch", [0, STEPS, 2 * STEPS]), (3, [0, 3, 6, 2 * STEPS])])
def test_a_callback_that_is_listed_twice_makes_each_record_once(library, every, expected, tmp_path):
    callback = watching(tmp_path, every=every)
    history = fit(shared(library), [callback, callback], epochs=2)
    assert steps_of(callback) == expected
    assert written_steps(tmp_path / "kerasig") == expected
    assert len(history.history["ig_residual"]) == 2
    # Also when the epochs are counted anew.
    fit(shared(library), [callback, callback])
    assert steps_of(callback)[len(expected) :][-1] - steps_of(callback)[len(expected) - 1] == STEPS


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
