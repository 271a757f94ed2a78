"""What is known about a model, whatever it is made of."""

import functools
import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

from kerasig._models import adapt, library_of

both_libraries = pytest.mark.parametrize("library", [keras, tf_keras], ids=["keras", "tf_keras"])


KEPT = []


@pytest.fixture(autouse=True)
def release():
    yield
    KEPT.clear()


def asked(model):
    """Adapts a model and keeps it for the test: adapting holds it weakly."""
    KEPT.append(model)
    return adapt(model)


def two_inputs(library, structure):
    inputs = {
        "image": library.Input((4,), dtype="uint8", name="image"),
        "ids": library.Input((2,), dtype="int32", name="ids"),
        "weight": library.Input((1,), name="weight"),
    }
    floats = [library.layers.Rescaling(1.0)(inputs["image"]), library.layers.Rescaling(1.0)(inputs["ids"])]
    outputs = library.layers.Concatenate(name="joined")([*floats, inputs["weight"]])
    return library.Model(inputs if structure is dict else structure(inputs.values()), outputs)


def subclassed(library, training):
    class WithTraining(library.Model):
        def __init__(self):
            super().__init__()
            self.dropout = library.layers.Dropout(0.5)
            self.dense = library.layers.Dense(2)

        def call(self, inputs, training=None):
            return self.dense(self.dropout(inputs, training=training))

    class WithoutTraining(WithTraining):
        def call(self, inputs):
            return self.dense(self.dropout(inputs))

    return WithTraining() if training else WithoutTraining()


@both_libraries
@pytest.mark.parametrize("training", [True, False])
def test_models_are_called_for_inference_with_or_without_a_training_argument(library, training):
    model = subclassed(library, training)
    x = np.ones((3, 4), "float32")
    model(x)
    expected = model.dense(x)
    np.testing.assert_allclose(asked(model)(x), expected)
    np.testing.assert_allclose(tf.function(asked(model), autograph=False)(x), expected, rtol=1e-6)


@both_libraries
def test_losses_that_layers_added_are_left_as_they_were(library):
    dense = library.layers.Dense(2, activity_regularizer="l2")
    model = library.Sequential([library.Input((3,)), library.Sequential([dense])])
    x = tf.ones((4, 3))
    model(x)
    before = [loss.numpy() for loss in model.losses]
    assert before
    adapt(model)(2 * x)
    tf.function(adapt(model), autograph=False)(2 * x)
    assert [loss.numpy() for loss in model.losses] == before


@both_libraries
def test_a_bare_layer_is_a_model(library):
    dense, dropout = library.layers.Dense(2), library.layers.Dropout(0.9)
    x = np.ones((3, 4), "float32")
    adapted = asked(dense)
    assert adapted.library == library.__name__
    assert not adapted.is_built()
    np.testing.assert_allclose(adapted(x), dense(x))
    assert adapted.is_built()
    np.testing.assert_allclose(asked(dropout)(x), x)
    assert (adapted.declared_dtypes(x), adapted.static_batch(), adapted.output_names()) == (None, None, None)
    assert (adapted.strategy(), adapted.optimizer_iterations(), adapted.jit_compile) == (None, None, False)


class Holder:
    def __init__(self, function):
        self.function = function

    def __call__(self, inputs):
        return self.function(inputs)


@pytest.mark.parametrize("make", [lambda function: function, functools.partial, tf.function, Holder])
def test_any_callable_is_a_model_and_may_branch_on_tensors(make):
    def flipped(inputs):
        if tf.reduce_sum(inputs) < 0:
            return -inputs
        return inputs

    function = make(flipped)
    adapted = asked(function)
    assert (adapted.library, adapted.autograph, adapted.is_built()) == ("callable", True, True)
    run = tf.function(adapted, autograph=False)
    for x in (np.ones((2, 3), "float32"), -np.ones((2, 3), "float32")):
        np.testing.assert_allclose(run(tf.constant(x)), np.ones((2, 3)))
        np.testing.assert_allclose(adapted(tf.constant(x)), np.ones((2, 3)))
    assert (adapted.declared_dtypes({"a": 1}), adapted.static_batch()) == ({"a": None}, None)
    assert (adapted.output_names(), adapted.strategy(), adapted.optimizer_iterations()) == (None, None, None)
    assert (adapted.jit_compile, adapted.embedding_layers()) == (False, [])


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match=r"callable of the inputs\. Received: 3"):
        asked(3)
    with pytest.raises(TypeError, match=r"not a class.*Pass an instance"):
        asked(keras.Model)
    for inputs in (np.ones((2, 3)), {"x": np.ones(2)}, [1.0], tf.ones(2)):
        with pytest.raises(TypeError, match=r"Pass the model first, then its inputs"):
            asked(inputs)
    for path in ("model.keras", Path("model.keras")):
        with pytest.raises(TypeError, match=r"Pass keras\.models\.load_model"):
            asked(path)


def test_library_of_models_losses_and_functions():
    assert library_of(keras.Sequential()) == library_of(keras.losses.Huber()) == "keras"
    assert library_of(tf_keras.Sequential()) == library_of(tf_keras.losses.Huber()) == "tf_keras"
    assert library_of(tf.nn.relu) == library_of("mse") == "callable"


def test_keras_on_another_backend_is_refused_with_the_remedy(monkeypatch):
    model = keras.Sequential()
    monkeypatch.setattr(keras.config, "backend", lambda: "jax")
    with pytest.raises(ValueError, match=r"'jax' backend.*KERAS_BACKEND=tensorflow before importing keras"):
        asked(model)
    asked(tf_keras.Sequential())


WITHOUT_KERAS = """
import sys
sys.modules["keras"] = None
import numpy as np
import tf_keras
from kerasig._models.layers import resolve_layers
from kerasig._models import adapt
double = lambda inputs: 2 * inputs
model = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(2, name="hidden")])
adapted = adapt(model)
with resolve_layers(model, "hidden").capture() as record:
    outputs = adapted(np.ones((1, 3), "float32"))
assert np.allclose(record.outputs[0], outputs)
for some in (adapted, adapt(double)):
    some.loss_function("mse")(np.ones((1, 2)), outputs)
"""


@pytest.mark.slow
def test_tf_keras_alone_is_enough():
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", WITHOUT_KERAS]
    result = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert result.returncode == 0, result.stderr


@both_libraries
@pytest.mark.parametrize("structure", [dict, list, tuple])
def test_declared_dtypes_are_matched_by_key_by_name_and_by_position(library, structure):
    model = two_inputs(library, structure)
    adapted = asked(model)
    by_name = {"weight": 0, "ids": 0, "image": 0}
    assert adapted.declared_dtypes(by_name) == {"weight": "float32", "ids": "int32", "image": "uint8"}
    assert adapted.declared_dtypes({"ids": 0, "other": 0}) == {"ids": "int32", "other": None}
    # By position a dict of inputs counts in the order of its keys.
    positions = ["int32", "uint8", "float32"] if structure is dict else ["uint8", "int32", "float32"]
    assert adapted.declared_dtypes([0, 0, 0]) == positions
    assert adapted.declared_dtypes((0, 0)) == (None, None)


@both_libraries
def test_declared_dtypes_of_sequential_and_nested_models(library):
    texts = library.layers.TextVectorization(output_sequence_length=4, vocabulary=["a"])
    strings = library.Sequential([library.Input((1,), dtype="string"), texts])
    assert asked(strings).declared_dtypes(0) == "string"
    outer_input = library.Input((1,), dtype="int32")
    inner = library.Sequential([library.Input((1,)), library.layers.Dense(1)])
    outer = library.Model(outer_input, inner(outer_input))
    assert (asked(inner).declared_dtypes(0), asked(outer).declared_dtypes(0)) == ("float32", "int32")
    assert asked(library.Sequential([library.layers.Dense(1)])).declared_dtypes(0) is None
    assert asked(subclassed(library, True)).declared_dtypes({"a": [0, 0]}) == {"a": [None, None]}
    a, b, c = library.Input((1,), name="a"), library.Input((1,), dtype="int32", name="b"), library.Input((1,), name="c")
    sums = library.layers.Concatenate()([a, library.layers.Rescaling(1.0)(b), c])
    nested = library.Model({"x": [a, b], "y": c}, sums)
    assert asked(nested).declared_dtypes({"x": [0, 0], "y": 0}) == {"x": ["float32", "int32"], "y": "float32"}


@both_libraries
def test_static_batch_of_inputs_and_of_stateful_layers(library):
    fixed = library.Sequential([library.Input(batch_shape=(4, 3)), library.layers.Dense(1)])
    assert asked(fixed).static_batch() == 4
    free = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
    assert asked(free).static_batch() is None
    assert asked(library.Sequential([library.Input((5, 3)), library.layers.GRU(2)])).static_batch() is None

    class Stateful(library.Model):
        def __init__(self):
            super().__init__()
            self.rnn = library.layers.GRU(2, stateful=True)

        def call(self, inputs):
            return self.rnn(inputs)

    model = Stateful()
    assert asked(model).static_batch() is None
    model(tf.zeros((6, 5, 3)))
    assert asked(model).static_batch() == 6


@both_libraries
def test_metrics_do_not_fix_the_batch(library):
    model = subclassed(library, True)
    model.compile("sgd", "mse", metrics=[library.metrics.MeanAbsoluteError()])
    model.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)
    assert asked(model).static_batch() is None


@both_libraries
def test_output_names_follow_the_flattened_outputs(library):
    inputs = library.Input((3,))
    dense = library.layers.Dense(2, name="shared")
    other = library.layers.Dense(1, name="other")(inputs)
    first, second = dense(inputs), dense(library.layers.Dense(3)(inputs))
    assert asked(library.Model(inputs, other)).output_names() == ["other"]
    assert asked(library.Model(inputs, [first, other, second])).output_names() == ["shared", "other", "shared_1"]
    by_key = library.Model(inputs, {"z": first, "a": other})
    assert asked(by_key).output_names() == ["a", "z"] == sorted(by_key(tf.zeros((1, 3))))
    assert asked(library.Sequential([library.Input((3,)), dense])).output_names() == ["shared"]
    assert asked(library.Sequential([library.layers.Dense(1)])).output_names() is None
    assert asked(subclassed(library, True)).output_names() is None


@both_libraries
def test_embedding_layers_are_found_inside_nested_models(library):
    inner = library.Sequential([library.Input((2,)), library.layers.Embedding(3, 2, name="words")], name="inner")
    model = library.Sequential([library.Input((2,)), inner, library.layers.Flatten()])
    assert asked(model).embedding_layers() == ["inner/words"]
    assert asked(subclassed(library, True)).embedding_layers() == []


@both_libraries
def test_jit_compile_is_what_the_compiled_model_says(library):
    def says(**arguments):
        model = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
        before = dict(vars(model))
        uncompiled = asked(model).jit_compile
        assert vars(model) == before
        assert uncompiled is False
        model.compile("sgd", "mse", **arguments)
        return asked(model).jit_compile

    assert says(jit_compile=True) is True
    assert says(jit_compile=False) is False
    assert says() is bool(library is keras and tf.config.list_physical_devices("GPU"))


def test_uncompiled_keras_model_is_not_made_to_decide_on_xla():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    asked(model).jit_compile  # noqa: B018
    assert model._jit_compile is None


@both_libraries
def test_models_are_built_when_their_variables_exist(library):
    model = subclassed(library, True)
    assert not asked(model).is_built()
    model(tf.zeros((1, 3)))
    assert asked(model).is_built()
    assert not asked(library.Sequential([library.layers.Dense(1)])).is_built()
    assert asked(two_inputs(library, dict)).is_built()


@both_libraries
def test_strategy_is_the_one_the_model_was_made_under(library):
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        model = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
        assert asked(model).strategy() is strategy
    assert asked(model).strategy() is strategy
    assert asked(library.Sequential()).strategy() is None


@both_libraries
@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_optimizer_iterations_count_updates(library, policy):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(1, dtype=policy)])
    assert asked(model).optimizer_iterations() is None
    optimizer = library.optimizers.SGD()
    if policy != "float32":
        optimizer = library.mixed_precision.LossScaleOptimizer(optimizer, initial_scale=1.0)
    model.compile(optimizer, "mse")
    assert asked(model).optimizer_iterations() == 0
    model.fit(np.ones((4, 3)), np.ones((4, 1)), batch_size=2, verbose=0)
    assert asked(model).optimizer_iterations() == 2


def test_optimizer_iterations_count_batches_where_gradients_are_accumulated():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(gradient_accumulation_steps=3), "mse")
    model.fit(np.ones((4, 3)), np.ones((4, 1)), batch_size=1, verbose=0)
    assert asked(model).optimizer_iterations() == 4


@both_libraries
def test_of_several_optimizers_the_busiest_counts(library):
    class Adversarial(library.Model):
        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(1)
            self.critic_optimizer = library.optimizers.SGD()
            self.optimizers_by_name = {"generator": library.optimizers.SGD()}

        def call(self, inputs):
            return self.dense(inputs)

        def train_step(self, data):
            for optimizer in (self.critic_optimizer, self.critic_optimizer, self.optimizers_by_name["generator"]):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(self(data[0], training=True))
                gradients = tape.gradient(loss, self.trainable_variables)
                optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            return {"loss": loss}

    model = Adversarial()
    assert asked(model).optimizer_iterations() == 0
    model.compile()  # Gives the model an optimizer that its train_step never uses.
    model.fit(np.ones((4, 3)), np.ones((4, 1)), batch_size=2, verbose=0)
    assert asked(model).optimizer_iterations() == 4


def test_legacy_optimizer_is_not_made_to_create_its_counter():
    model = tf_keras.Sequential([tf_keras.Input((3,)), tf_keras.layers.Dense(1)])
    model.compile(tf_keras.optimizers.legacy.SGD(), "mse")
    assert asked(model).optimizer_iterations() == 0
    assert model.optimizer._iterations is None


@both_libraries
def test_loss_comes_from_the_models_or_the_loss_objects_library(library):
    other = tf_keras if library is keras else keras
    adapted = asked(library.Sequential())
    y_true, y_pred = np.array([0, 2]), tf.constant([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
    expected = -np.log([0.7, 0.6])
    objects = [some.losses.SparseCategoricalCrossentropy() for some in (library, other)]
    for loss in ("crossentropy", *objects):
        np.testing.assert_allclose(adapted.loss_function(loss)(y_true, y_pred), expected, rtol=1e-5)


@both_libraries
def test_models_are_held_weakly(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
    before = dict(vars(model))
    adapted, watcher = adapt(model), weakref.ref(model)
    adapted(np.ones((1, 3), "float32"))
    adapted.declared_dtypes(0), adapted.output_names(), adapted.strategy(), adapted.optimizer_iterations()
    assert set(vars(model)) == set(before)
    del model, before
    gc.collect()
    assert watcher() is None
    with pytest.raises(RuntimeError, match="no longer exists"):
        adapted(np.ones((1, 3), "float32"))


def test_functions_and_bound_methods_are_held_weakly():
    class Scorer:
        def score(self, inputs):
            return inputs * 2

    scorer = Scorer()
    adapted, watcher = adapt(scorer.score), weakref.ref(scorer)
    gc.collect()
    assert adapted(3) == 6
    del scorer
    gc.collect()
    assert watcher() is None
    function = lambda inputs: inputs  # noqa: E731
    adapted = adapt(function)
    del function
    gc.collect()
    with pytest.raises(RuntimeError, match="Keep a reference"):
        adapted(3)


def test_an_object_without_weak_references_is_held_strongly():
    class Slotted:
        __slots__ = ()

        def __call__(self, inputs):
            return inputs

    assert adapt(Slotted())(3) == 3
