"""What a trace holds of a model's Python side: who changes it is answered by the model as it is now."""

import argparse
import collections
import functools
import importlib
import sys
import types

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig._models.captured_values import captured

F = 5
X = np.random.default_rng(0).normal(size=(4, F)).astype("float32")
both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


def network(library, *layers):
    return library.Sequential([library.Input((F,)), *layers])


def score_now(model, inputs=X):
    """The score of class 1 as the model itself gives it."""
    return np.asarray(model(tf.constant(inputs)))[:, 1]


def assert_explained_as_it_is(model, change, inputs=X, **options):
    explained = functools.partial(kerasig.explain, model, inputs, 1, steps=2, **options)
    before = explained().score
    change()
    assert not np.allclose(before, score_now(model, inputs), rtol=1e-3)  # The change matters.
    np.testing.assert_allclose(explained().score, score_now(model, inputs), rtol=1e-5, atol=1e-6)


@both_libraries
def test_a_softmax_that_is_taken_away(library):
    head = library.layers.Dense(3, activation="softmax")
    model = network(library, head)
    assert_explained_as_it_is(model, lambda: setattr(head, "activation", library.activations.linear))


@both_libraries
def test_a_layer_that_is_added(library):
    model = network(library, library.layers.Dense(3))
    assert_explained_as_it_is(model, lambda: model.add(library.layers.Activation("softmax")))


@both_libraries
def test_a_layer_that_another_of_its_name_and_shape_replaces(library):
    model = network(library, library.layers.Dense(3, name="head"))

    def replaced():
        model.pop()
        model.add(library.layers.Dense(3, name="head"))

    assert_explained_as_it_is(model, replaced)


@both_libraries
def test_statistics_that_are_adapted_again(library):
    normalization = library.layers.Normalization()
    normalization.adapt(X)
    model = network(library, normalization, library.layers.Dense(3))
    assert_explained_as_it_is(model, lambda: normalization.adapt(3 * X + 1))


def test_words_that_are_looked_up_in_another_vocabulary():
    words = keras.layers.TextVectorization(vocabulary=["a", "b"], output_sequence_length=2)
    embedding = keras.layers.Embedding(10, 3, name="embedding")
    texts = keras.Input((), dtype="string")
    model = keras.Model(texts, keras.layers.Dense(2)(keras.layers.Flatten()(embedding(words(texts)))))
    assert_explained_as_it_is(
        model, lambda: words.set_vocabulary(["c", "a", "b"]), np.array(["a b", "c a"]), layer="embedding"
    )


class Tempered(keras.Model):
    """Its call reads settings of its own, and writes what nobody reads."""

    def __init__(self):
        super().__init__()
        self.head, self._temperature, self.options = keras.layers.Dense(3), 1.0, {"scale": 1.0}
        self.traces, self.batches, self.calls = 0, 0, []

    def call(self, x):
        self.traces += 1
        self.calls.append(self.traces)
        return self.head(x) / self.temperature * self.options["scale"]

    @property
    def temperature(self):
        return self._temperature


@pytest.mark.parametrize(
    "change", [lambda m: setattr(m, "_temperature", 3.0), lambda m: m.options.update({"scale": 2.0})]
)
def test_settings_of_a_model_of_ones_own(change):
    model = Tempered()
    model(X)
    assert_explained_as_it_is(model, lambda: change(model))


def test_numbers_that_the_call_writes_or_does_not_read_are_no_change():
    model = Tempered()
    model(X)
    kerasig.explain(model, X, 1, steps=2)
    traces = model.traces
    for _ in range(3):
        model.batches += 1
        model(X)  # Which counts on.
        traces += 1
        kerasig.explain(model, X, 1, steps=2)
    assert model.traces == traces


SCALE = 1.0
GAIN = {"gain": 1.0}


def scaled(x):
    return x * SCALE * gained()


def gained():
    return GAIN["gain"]


class Calibrated:
    def __init__(self):
        self.slope, self.uses = np.ones((F, 1000), "float32"), 0

    def __call__(self, x):
        return self._of(x)

    def _of(self, x):
        return x @ self.slope


def test_a_global_number(monkeypatch):
    assert_explained_as_it_is(scaled, lambda: monkeypatch.setitem(globals(), "SCALE", 3.0))


def test_a_number_in_a_global_dict_of_a_function_that_is_called(monkeypatch):
    assert_explained_as_it_is(scaled, lambda: monkeypatch.setitem(GAIN, "gain", 3.0))


@pytest.mark.parametrize("subject", [lambda given: given, lambda given: given.__call__, lambda given: given._of])
def test_an_attribute_of_an_object_that_is_called(subject):
    calibrated = Calibrated()
    assert_explained_as_it_is(subject(calibrated), lambda: calibrated.slope.__imul__(2))


class Slotted:
    __slots__ = ("gain",)

    def __init__(self):
        self.gain = 1.0


class Graded:
    """Its method reads a global, a class's attribute and what it hands to a function."""

    gain = 1.0

    def __init__(self, options):
        self.options = options

    def __call__(self, x):
        return graded(x * self.gain * SCALE, self.options)


def graded(x, options):
    return x * options.gain


class Scaled(keras.layers.Layer):
    def __init__(self, options):
        super().__init__()
        self.options = options

    def call(self, x):
        return graded(x * SCALE, self.options)


@pytest.mark.parametrize("options", [types.SimpleNamespace(gain=1.0), argparse.Namespace(gain=1.0), Slotted()])
@pytest.mark.parametrize(
    "wanted", [Graded, lambda given: network(keras, Scaled(given)), lambda o: lambda x: x * o.gain]
)
def test_a_setting_in_an_object_that_is_handed_on(options, wanted):
    assert_explained_as_it_is(wanted(options), lambda: setattr(options, "gain", options.gain + 2.0))


@pytest.mark.parametrize("wanted", [Graded, lambda given: network(keras, Scaled(given))])
def test_a_global_that_a_method_reads(wanted, monkeypatch):
    model = wanted(types.SimpleNamespace(gain=1.0))
    assert_explained_as_it_is(model, lambda: monkeypatch.setitem(globals(), "SCALE", 3.0))


@pytest.mark.parametrize("subject", [Graded(types.SimpleNamespace(gain=1.0)), lambda x: x * Graded.gain])
def test_an_attribute_of_a_class(subject, monkeypatch):
    assert_explained_as_it_is(subject, lambda: monkeypatch.setattr(Graded, "gain", 3.0))


def test_a_module_of_ones_own_that_is_edited_and_loaded_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    file = tmp_path / "own_network_of_a_test.py"
    file.write_text("SCALE = 1.0\ndef head(x): return x * SCALE\n")
    own = importlib.import_module("own_network_of_a_test")
    importlib.invalidate_caches()

    def edited():
        file.write_text("SCALE = 10.0\ndef head(x): return x * SCALE * 2\n")
        importlib.reload(own)

    assert_explained_as_it_is(lambda x: own.head(x), edited)
    assert_explained_as_it_is(lambda x: x * own.SCALE, lambda: setattr(own, "SCALE", 1.0))
    own.model, other = network(keras, keras.layers.Dense(3)), network(keras, keras.layers.Dense(3))
    assert_explained_as_it_is(lambda x: own.model(x), lambda: setattr(own, "model", other))


@pytest.mark.parametrize(
    "many", [[1.0] * 2000, collections.deque([1.0]), {0: 1.0, **dict.fromkeys(range(1, 2000), 2.0)}, np.ones(300_000)]
)
def test_one_number_of_however_many(many):
    assert_explained_as_it_is(lambda x: x * many[0], lambda: many.__setitem__(0, 3.0))


def test_a_number_at_the_end_of_many_functions():
    own = {"__name__": __name__, "gain": 1.0}
    exec("def f0(x): return x * gain", own)
    for number in range(1, 20):
        exec(f"def f{number}(x): return f{number - 1}(x)", own)
    assert_explained_as_it_is(own["f19"], lambda: own.update(gain=3.0))


class Ladder:
    """Read by syntax and by a text, and filled in where nothing was."""

    def __init__(self):
        self.steps, self.gain, self.bias = [1.0], 2.0, None

    def __getitem__(self, place):
        return self.steps[place]

    def __rmul__(self, x):
        return x * getattr(self, "gain")  # noqa: B009

    def __call__(self, x):
        if self.bias is None:
            self.bias = 0.0
        return x * self[0] * self + self.bias


@pytest.mark.parametrize(
    "change",
    [
        lambda ladder: ladder.steps.__setitem__(0, 3.0),
        lambda ladder: setattr(ladder, "gain", 3.0),
        lambda ladder: setattr(ladder, "bias", 3.0),
    ],
)
def test_a_setting_that_is_read_without_being_named(change):
    ladder = Ladder()
    assert_explained_as_it_is(ladder, lambda: change(ladder))


def test_a_dict_that_the_call_adds_to_is_read_on():
    seen = {"scale": 1.0}

    def model(x):
        seen["last"] = None
        return x * seen["scale"]

    assert_explained_as_it_is(model, lambda: seen.update(scale=3.0))


def test_words_in_a_large_set():
    words = {str(number) for number in range(5000)}
    assert_explained_as_it_is(lambda x: x * (1.0 + ("a" in words)), lambda: words.add("a"))


def test_an_argument_that_is_bound():
    bound = functools.partial(lambda x, by: x * by[0], by=[1.0])
    assert_explained_as_it_is(bound, lambda: bound.keywords["by"].__setitem__(0, 2.0))


@both_libraries
def test_the_model_that_a_function_closes_over(library):
    head = library.layers.Dense(3, activation="softmax")
    model = network(library, head)
    assert_explained_as_it_is(lambda x: 2 * model(x), lambda: setattr(head, "activation", library.activations.linear))


def test_weights_that_come_to_a_model_that_a_function_closes_over():
    model = network(keras, keras.layers.Dense(3))

    def adapted():
        model.layers[0].enable_lora(1)
        model.layers[0].lora_kernel_b.assign(np.ones((1, 3)))

    assert_explained_as_it_is(lambda x: 2 * model(x), adapted)


def test_a_number_that_the_targets_function_closes_over():
    model, factor = network(keras, keras.layers.Dense(3)), [1.0]

    def target(outputs):
        return factor[0] * outputs[:, 1]

    before = kerasig.explain(model, X, target, steps=2).score
    factor[0] = 3.0
    np.testing.assert_allclose(kerasig.explain(model, X, target, steps=2).score, 3 * before, rtol=1e-5)


def test_values_that_hold_each_other_or_equal_nothing_are_the_same_twice():
    loop = [np.nan, {"a", "b"}, slice(0, 2)]
    loop.append(loop)

    def looped(x):
        return x * loop[0]

    assert captured(looped) == captured(looped)
