"""Small trainings with real models, for the tests of the callback."""

import contextlib
import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tensorboard.backend.event_processing.plugin_event_accumulator import TENSORS, EventAccumulator
from tensorboard_plugin_kerasig import schema

import kerasig

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])

FEATURES, EXAMPLES, BATCH = 6, 40, 10
STEPS = EXAMPLES // BATCH  # per epoch


def table(seed=0, examples=EXAMPLES):
    """Features and the classes that the first of them decides."""
    x = np.random.default_rng(seed).normal(size=(examples, FEATURES)).astype("float32")
    return x, (x[:, 0] > 0).astype("int32")


def dense(library, **compile_options):
    """A smooth classifier of `table`, so that every path is settled by few nodes."""
    library.utils.set_random_seed(0)
    model = library.Sequential(
        [library.Input((FEATURES,)), library.layers.Dense(8, activation="tanh", name="hidden"), library.layers.Dense(2)]
    )
    return compile_(library, model, **compile_options)


@functools.cache
def _shared(library):
    model = dense(library)
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *optimizer_variables(model)]
    return model, variables, [np.copy(variable.numpy()) for variable in variables]


def shared(library):
    """The model of `dense`, as new; all tests that can share one, for most of a short test is compiling."""
    model, variables, values = _shared(library)
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return model


def optimizer_variables(model):
    variables = getattr(model.optimizer, "variables", [])
    return variables() if callable(variables) else list(variables)


def compile_(library, model, optimizer="adam", **options):
    loss = library.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer if optimizer != "adam" else library.optimizers.Adam(0.01), loss, **options)
    return model


def probes(examples=3, **options):
    x, y = table()
    return kerasig.ProbeSet(x[:examples], y[:examples], **options)


def fit(model, callbacks, *, epochs=1, **options):
    """Fits the table, in order, in `STEPS` batches per epoch."""
    x, y = table()
    options = {"batch_size": BATCH, "shuffle": False, "verbose": 0, **options}
    return model.fit(x, y, epochs=epochs, callbacks=callbacks, **options)


def steps_of(callback, series=""):
    return [record["step"] for record in callback.history if record["series"] == series]


def let_write(callback):
    """Waits until what the callback recorded so far is in its file."""
    assert callback._training.recorder.outbox.backlog.wait(60) == 0


def accumulated(directory):
    accumulator = EventAccumulator(str(directory), size_guidance={TENSORS: 0})
    accumulator.Reload()
    return accumulator


def written_steps(directory, tag="stats/probes"):
    """The steps that a reader of the event files finds under a tag, in the order of writing."""
    return [event.step for event in accumulated(directory).Tensors(tag)]


def decoded(directory, tag):
    """Every record under a tag, by step."""
    return {
        event.step: schema.decode_record(list(event.tensor_proto.string_val))
        for event in accumulated(directory).Tensors(tag)
    }


@contextlib.contextmanager
def checked_numerics():
    """Fails where TensorFlow computes an infinity or NaN, as who looks for the first one of a model lets it."""
    tf.debugging.enable_check_numerics()
    try:
        yield
    finally:
        tf.debugging.disable_check_numerics()


@contextlib.contextmanager
def full_disk(directory):
    """Leaves less room in the directory's largest file than any record takes; not on Windows."""
    import resource

    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(path.stat().st_size for path in directory.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 1000, unlimited[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)


def weights_of(model):
    """Everything a training leaves behind in its model: weights, statistics, seeds, and the optimizer's state."""
    variables = [*model.weights, *getattr(model, "non_trainable_variables", [])]
    return [np.copy(variable.numpy()) for variable in [*variables, *optimizer_variables(model)]]


def assert_equal_bits(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert one.dtype == other.dtype
        assert one.tobytes() == other.tobytes()
