"""IGCallback where `fit` trains a model that holds the explained one, or trains by another way than `call`."""

import copy
import functools
import pickle

import keras
import numpy as np
import pytest
import tensorflow as tf
from trainings import (
    STEPS,
    assert_equal_bits,
    both_libraries,
    decoded,
    fit,
    probes,
    steps_of,
    table,
    weights_of,
)

import kerasig

pytestmark = pytest.mark.slow

x, y = table()


def drawn():
    """The next numbers that anybody would get."""
    return [np.random.random(), float(tf.random.uniform([]))]  # noqa: NPY002


def watching(tmp_path, given=None, **options):
    return kerasig.IGCallback(given or probes(target=0), tmp_path, **{"interior_alphas": None, "steps": 9, **options})


def network(library, inputs, outputs, *, name=None):
    layers = [library.Input((inputs,)), library.layers.Dense(4, activation="tanh"), library.layers.Dropout(0.5)]
    return library.Sequential([*layers, library.layers.Dense(outputs)], name=name)


def gan(library):
    """A generative adversarial network as Keras's example has it: two optimizers, and no `call`."""
    library.utils.set_random_seed(0)

    class GAN(library.Model):
        def __init__(self):
            super().__init__()
            self.generator = network(library, 3, 6)
            self.discriminator = network(library, 6, 1)

        def compile(self, d_optimizer, g_optimizer):
            super().compile()
            self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer

        def train_step(self, data):
            real = data[0] if isinstance(data, tuple) else data
            noise = tf.random.normal([tf.shape(real)[0], 3])
            with tf.GradientTape() as tape:
                fake = self.discriminator(self.generator(noise, training=True), training=True)
                loss = tf.reduce_mean(tf.nn.softplus(fake) + tf.nn.softplus(-self.discriminator(real, training=True)))
            weights = self.discriminator.trainable_variables
            self.d_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            with tf.GradientTape() as tape:
                fake = self.discriminator(self.generator(noise, training=True), training=True)
                loss = tf.reduce_mean(tf.nn.softplus(-fake))
            weights = self.generator.trainable_variables
            self.g_optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
            return {"loss": loss}

    model = GAN()
    model.compile(library.optimizers.SGD(0.1), library.optimizers.SGD(0.1))
    return model


def own_step(library, *, deferred=False, **compile_options):
    """A subclass whose `train_step` goes past its `call`; its layers have weights, or get them from the first batch."""
    library.utils.set_random_seed(0)

    class Contrastive(library.Model):
        def __init__(self):
            super().__init__()
            self.encoder = library.Sequential([library.layers.Dense(4, activation="tanh"), library.layers.Dropout(0.5)])
            self.head = library.layers.Dense(2)
            if not deferred:
                self.encoder.build((None, 6))
                self.head.build((None, 4))

        def call(self, inputs, training=False):
            return self.head(self.encoder(inputs, training=training))

        def train_step(self, data):
            inputs, labels = data
            with tf.GradientTape() as tape:
                outputs = self.head(self.encoder(inputs, training=True))
                loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, outputs))
            gradients = tape.gradient(loss, [*self.encoder.trainable_variables, *self.head.trainable_variables])
            weights = [*self.encoder.trainable_variables, *self.head.trainable_variables]
            self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
            return {"loss": loss}

    model = Contrastive()
    model.compile(library.optimizers.SGD(0.1), **compile_options)
    return model


def discriminator_of(trained):
    return trained.discriminator


@both_libraries
@pytest.mark.parametrize("how", ["model", "function", "method"])
def test_a_part_is_explained_with_the_steps_of_the_whole_and_no_bit_changes(library, how, tmp_path):
    plain, model = gan(library), None
    fit(plain, [], epochs=2)
    numbers = drawn()
    model = gan(library)
    part = {
        "model": model.discriminator,
        "function": discriminator_of,
        "method": lambda trained: lambda inputs: trained.discriminator(inputs, training=False),
    }[how]
    callback = watching(tmp_path, model=part, every=3)
    fit(model, [callback], epochs=2)
    assert_equal_bits(weights_of(model), weights_of(plain))
    assert drawn() == numbers
    assert steps_of(callback) == [0, 3, 6, 2 * STEPS]
    assert [record["epoch"] for record in callback.history] == [0, 0.75, 1.5, 2]
    now = kerasig.explain(model.discriminator, x[:3], 0, steps=9)
    np.testing.assert_allclose(decoded(tmp_path / "kerasig", "attributions/probes")[8].leaves[0], now.values, atol=1e-3)


@both_libraries
def test_a_model_without_call_is_told_of_at_the_begin_with_the_remedy(library, tmp_path):
    callback = watching(tmp_path)
    with pytest.warns(UserWarning, match=r"no call\(\).*Pass model=lambda trained: trained.generator") as caught:
        fit(gan(library), [callback], epochs=2)
    assert sum("kerasig" in warning.filename for warning in caught) == 1
    assert callback.history == []
    seen = []
    began = library.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs=None: seen.append(batch))
    with pytest.raises(ValueError, match=r"trained\.generator"):
        fit(gan(library), [watching(tmp_path, on_error="raise"), began])
    assert seen == []


@both_libraries
def test_a_subclass_whose_own_step_passes_its_call_by_is_recorded_from_the_begin(library, tmp_path):
    plain, model = own_step(library), own_step(library)
    fit(plain, [], epochs=2)
    numbers = drawn()
    model = own_step(library)
    callback = watching(tmp_path, on_error="raise")
    fit(model, [callback], epochs=2)
    assert_equal_bits(weights_of(model), weights_of(plain))
    assert drawn() == numbers
    assert steps_of(callback) == [0, STEPS, 2 * STEPS]
    # Weights before the first update, where nothing was called yet.
    fresh = own_step(library)
    np.testing.assert_allclose(
        decoded(tmp_path / "kerasig", "attributions/probes")[0].leaves[0],
        kerasig.explain(fresh, x[:3], 0, steps=9).values,
        atol=1e-3,
    )


@both_libraries
def test_a_subclass_whose_own_step_makes_the_weights_is_recorded_after_it(library, tmp_path):
    plain, model = own_step(library, deferred=True), None
    fit(plain, [])
    model = own_step(library, deferred=True)
    callback = watching(tmp_path, on_error="raise")
    fit(model, [callback])
    assert steps_of(callback) == [STEPS]
    assert_equal_bits(weights_of(model), weights_of(plain))


class Unused(keras.Model):
    """Has a `call` that needs what its training never makes."""

    def __init__(self):
        super().__init__()
        self.dense, self.other = keras.layers.Dense(2), keras.layers.Dense(2)

    def call(self, inputs):
        return self.other(inputs)

    def train_step(self, data):
        self.dense(data[0])
        return {"loss": tf.constant(0.0)}


def test_a_call_that_training_never_makes_possible_is_told_of_after_the_first_batch(tmp_path):
    model = Unused()
    model.compile()
    seen = []
    began = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs=None: seen.append(batch))
    with pytest.warns(UserWarning, match=r"own train_step does not use call.*trained.dense \(it holds dense, o"):
        fit(model, [watching(tmp_path), began], epochs=2)
    assert not model.other.built
    seen.clear()
    model = Unused()
    model.compile()
    with pytest.raises(ValueError, match="Pass model="):
        fit(model, [began, watching(tmp_path, on_error="raise")])
    assert seen == [0, 1]


def test_arguments_that_do_not_fit_a_model_that_the_first_batch_builds_raise_after_that_batch(tmp_path):
    seen = []
    began = keras.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs=None: seen.append(batch))
    for given, options in [
        (kerasig.ProbeSet(x[:3, :2], target=0), {}),
        (probes(target=7), {}),
        (probes(target=0), {"every": 3, "baselines": np.zeros(2)}),
    ]:
        model = keras.Sequential([keras.layers.Dense(2)])
        model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        seen.clear()
        with pytest.raises(ValueError, match="Received"):
            fit(model, [began, watching(tmp_path, given, **options)])
        assert seen == [0, 1]


def test_record_raises_each_time_that_its_arguments_do_not_fit(tmp_path):
    model = network(keras, 6, 2)
    for given in (probes(target=7), kerasig.ProbeSet(x[:3, :2], target=0)):
        callback = watching(tmp_path, given)
        for step in range(3):
            with pytest.raises(ValueError, match=r"Received|out of range"):
                callback.record(model, step)
        assert callback.history == []


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (3, TypeError, "model must be None, a Keras model, or a function of the trained model. Received model=3"),
        ("discriminator", TypeError, "Pass such as gan.discriminator"),
        (keras.Model, TypeError, "not a class"),
        (lambda trained: trained.critic, ValueError, r"AttributeError.*Pass model=lambda trained: trained.generator"),
        (lambda trained: None, TypeError, r"must return a model.*GAN.*Received None"),
        (lambda: None, ValueError, "called with the trained model"),
    ],
)
def test_a_model_that_is_none_is_refused_in_a_sentence(given, error, words, tmp_path):
    with pytest.raises(error, match=words):
        fit(gan(keras), [watching(tmp_path, model=given)])


def test_a_model_that_shares_no_weight_with_the_trained_one_is_warned_of(tmp_path):
    with pytest.warns(UserWarning, match="shares no weight with the one that is trained, GAN"):
        fit(gan(keras), [watching(tmp_path, model=network(keras, 6, 1))])


@pytest.mark.parametrize("made", [copy.deepcopy, copy.copy, lambda callback: pickle.loads(pickle.dumps(callback))])
def test_a_copy_explains_the_same_part(made, tmp_path):
    original, model = watching(tmp_path, model=discriminator_of), gan(keras)
    fit(model, [original])
    copied = made(original)
    fit(model, [copied])
    assert steps_of(copied) == [STEPS, 2 * STEPS]


def test_a_deep_copy_does_not_copy_the_model(tmp_path):
    model = gan(keras)
    copied = copy.deepcopy(watching(tmp_path, model=model.discriminator))
    fit(model, [copied])
    assert copied._training.recorder.followed.explained.model is model.discriminator


def test_record_explains_the_part_of_the_model_that_it_is_given(tmp_path):
    model = gan(keras)
    callback = watching(tmp_path, model=discriminator_of)
    assert callback.record(model, 0)["ig_residual"] < 0.1
    model.discriminator.layers[0].kernel.assign(model.discriminator.layers[0].kernel * 0)
    callback.record(model, 1)
    assert not decoded(tmp_path / "kerasig", "attributions/probes")[1].leaves[0].any()


class Growing(keras.Model):
    """Hands over to a larger part of its own; the head is in both."""

    def __init__(self):
        super().__init__()
        head = keras.layers.Dense(2, activation="softmax")
        self.parts = [keras.Sequential([keras.Input((6,)), *before, head]) for before in ([], [keras.layers.Dense(6)])]
        self.stage = 0

    def call(self, x):
        return self.parts[self.stage](x)


@pytest.mark.parametrize("fits", [1, 2])
def test_a_part_that_another_replaces_is_followed_between_two_runs_and_in_one(fits, tmp_path):
    keras.utils.set_random_seed(0)
    model = Growing()
    inputs, labels = np.eye(6, dtype="float32"), np.arange(6) % 2

    callback = kerasig.IGCallback(
        kerasig.ProbeSet(inputs, labels), tmp_path, model=lambda trained: trained.parts[trained.stage], steps=8
    )
    growing = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: setattr(model, "stage", epoch))
    for stage in range(fits):
        model.stage = stage
        model.compile("sgd", "sparse_categorical_crossentropy", run_eagerly=True)
        model.fit(inputs, labels, epochs=2 // fits, verbose=0, callbacks=[callback] + [growing] * (fits == 1))
    # The second run begins where the first has ended, with another part to explain.
    assert steps_of(callback) == {1: [0, 1, 2], 2: [0, 1, 1, 2]}[fits]
    now = kerasig.explain(model.parts[1], inputs, labels, steps=8)
    np.testing.assert_allclose(callback.history[-1]["probes"]["score"], now.score, rtol=1e-5)
    before = kerasig.explain(model.parts[0], inputs, labels, steps=8)
    assert not np.allclose(now.score, before.score, rtol=1e-3)


@pytest.mark.parametrize("how", [lambda net: net.__call__, lambda net: functools.partial(net), lambda net: net])
def test_a_method_or_a_partial_function_of_another_part_is_followed(how, tmp_path):
    model, inputs = Growing(), np.eye(6, dtype="float32")
    part = kerasig.ProbeSet(inputs, np.zeros(6, int))
    callback = kerasig.IGCallback(part, tmp_path, model=lambda trained: how(trained.parts[trained.stage]), steps=8)
    for stage in (0, 1):
        model.stage = stage
        callback.record(model, stage)
        now = kerasig.explain(model.parts[stage], inputs, 0, steps=8)
        np.testing.assert_allclose(callback.history[-1]["probes"]["score"], now.score, rtol=1e-5)


def test_a_part_that_does_not_fit_takes_no_training_with_it(tmp_path):
    model, inputs = Growing(), np.eye(6, dtype="float32")
    model.parts.append(keras.Sequential([keras.Input((5,)), keras.layers.Dense(2)]))
    model.compile("sgd", "sparse_categorical_crossentropy")
    shown = {"stage": 0}
    callback = kerasig.IGCallback(
        kerasig.ProbeSet(inputs, np.zeros(6, int)), tmp_path, model=lambda t: t.parts[shown["stage"]], steps=8
    )
    # At the ends of the second and the third epoch one of another width; then the first again.
    change = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: shown.update(stage=[0, 2, 2, 0][epoch]))
    with pytest.warns(UserWarning, match=r"could not be recorded; training goes on.*\(N, 5\)"):
        model.fit(inputs, np.zeros(6, int), epochs=4, verbose=0, callbacks=[change, callback])
    assert steps_of(callback) == [0, 1, 4]
    # Before a training it is told as any argument that does not fit.
    shown["stage"] = 2
    with pytest.raises(ValueError, match=r"\(N, 5\)"):
        model.fit(inputs, np.zeros(6, int), verbose=0, callbacks=[callback])
