"""A training is the same with IGCallback and without it, to the last bit, and its model is traced once."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context
from trainings import (
    EXAMPLES,
    assert_equal_bits,
    both_libraries,
    compile_,
    fit,
    probes,
    shared,
    steps_of,
    weights_of,
)

import kerasig

pytestmark = pytest.mark.slow

SIZE = 6


def sampling(library):
    """A layer that draws at inference too, as variational models do."""

    class Sampling(library.layers.Layer):
        def __init__(self):
            super().__init__()
            if library is keras:
                self.seeds = keras.random.SeedGenerator(3)

        def call(self, inputs):
            if library is keras:
                return inputs + 0.1 * keras.random.normal(tf.shape(inputs), seed=self.seeds)
            return inputs + 0.1 * tf.random.normal(tf.shape(inputs))

    return Sampling()


def augmented(library, *extra):
    layers = library.layers
    library.utils.set_random_seed(11)
    return library.Sequential(
        [
            library.Input((SIZE, SIZE, 2)),
            layers.RandomFlip(),
            layers.RandomRotation(0.1),
            layers.Conv2D(4, 3),
            layers.BatchNormalization(momentum=0.5),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dropout(0.3),
            *extra,
            layers.Dense(3),
        ]
    )


def images():
    rng = np.random.default_rng(0)
    return rng.normal(size=(EXAMPLES, SIZE, SIZE, 2)).astype("float32"), rng.integers(0, 3, EXAMPLES)


def train(library, make, data, callbacks, **options):
    """What two fits leave behind, each number that they draw afterwards included."""
    model = compile_(library, make())
    losses = []
    for _ in range(2):
        history = model.fit(*data, batch_size=5, epochs=2, shuffle=True, verbose=0, callbacks=callbacks, **options)
        losses += history.history["loss"]
    numbers = [random.random(), np.random.random(), tf.random.uniform(()).numpy()]  # noqa: NPY002
    return [*weights_of(model), *map(np.asarray, [losses, *numbers])]


@both_libraries
@pytest.mark.parametrize("every", ["epoch", 7])
def test_a_training_ends_in_the_same_bits_with_and_without(library, every, tmp_path):
    x, y = images()
    extra = [sampling(library)] if every == "epoch" else []
    callback = kerasig.IGCallback(
        kerasig.ProbeSet(x[:4], y[:4], target="both", regions={"corner": np.eye(SIZE, dtype=bool)}),
        tmp_path,
        every=every,
        # What draws at inference has no path that could be integrated to a tolerance.
        steps=4 if extra else None,
        max_overhead=None if extra else 0.5,
    )
    with_it = train(library, lambda: augmented(library, *extra), (x, y), [callback])
    if extra:
        extra[0] = sampling(library)
    without = train(library, lambda: augmented(library, *extra), (x, y), [])
    assert_equal_bits(with_it, without)
    assert len(steps_of(callback, "label")) >= 3


@both_libraries
def test_the_states_of_a_stateful_network_are_left_as_they_were(library, tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(EXAMPLES, 4, 2)).astype("float32"), rng.integers(0, 2, EXAMPLES)

    def make():
        library.utils.set_random_seed(5)
        options = {"batch_shape": (5, 4, 2)} if library is keras else {"batch_input_shape": (5, 4, 2)}
        first = [library.Input(**options)] if library is keras else [library.layers.InputLayer(**options)]
        return library.Sequential(
            [*first, library.layers.SimpleRNN(3, stateful=True, unroll=True), library.layers.Dense(2)]
        )

    callback = kerasig.IGCallback(kerasig.ProbeSet(x[:3], y[:3]), tmp_path, every=7, steps=4, interior_alphas=None)
    assert_equal_bits(train(library, make, (x, y), [callback]), train(library, make, (x, y), []))


@both_libraries
def test_global_random_numbers_are_not_drawn(library, tmp_path):
    model = shared(library)

    def states():
        generator = tf.random.get_global_generator()
        return [
            random.getstate(),
            *np.random.get_state()[1:3],  # noqa: NPY002
            generator.state.numpy(),
            context.context()._rng.getstate(),
        ]

    before = states()
    callback = kerasig.IGCallback(probes(), tmp_path)
    for step in range(2):
        callback.record(model, step)
    after = states()
    assert all(np.array_equal(one, other) for one, other in zip(before[1:4], after[1:4], strict=True))
    assert (before[0], before[4]) == (after[0], after[4])


@both_libraries
def test_nothing_is_traced_after_the_first_record(library, tmp_path):
    calls = []

    class Counting(library.layers.Layer):
        def call(self, inputs):
            calls.append(1)
            return inputs

    library.utils.set_random_seed(0)
    layers = library.layers
    # Rectified, so that records refine some paths more than others.
    model = library.Sequential(
        [library.Input((6,)), Counting(), layers.Dense(16, activation="relu"), layers.Dense(8, activation="relu")]
    )
    compile_(library, model)
    callback = kerasig.IGCallback(probes(5, target="both"), tmp_path, every=3)
    counts = []
    look = library.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs=None: counts.append(len(calls)),
        on_epoch_end=lambda epoch, logs=None: counts.append(len(calls)),
    )
    fit(model, [callback, look], epochs=10)
    fit(model, [callback, look])
    # The first epoch's end has seen the trace of the train step.
    assert set(counts[1:]) == {counts[1]}
    evaluations = {n for record in callback.history for n in record["probes"]["n_evaluations"]}
    assert len(evaluations) > 1


@both_libraries
def test_the_model_is_given_no_attribute_and_no_variable(library, tmp_path):
    model = shared(library)
    fit(model, [])
    names, count = set(vars(model)), len(weights_of(model))
    fit(model, [kerasig.IGCallback(probes(), tmp_path)])
    assert set(vars(model)) == names
    assert len(weights_of(model)) == count
    model.save(tmp_path / "model.keras")
