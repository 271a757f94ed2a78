"""An index beyond what it is looked up in names its argument, example and value, on any device."""

import re
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from trainings import both_libraries

import kerasig

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
IDS = np.array([[0, 1], [2, 3], [4, 0]], np.int32)
BEYOND = np.array([[0, 1], [2, 5], [4, 9]], np.int32)
CLASSES_FROM_1 = np.array([1, 2, 3])


def with_ids(library=keras):
    library.utils.set_random_seed(0)
    x, ids = library.Input((4,), name="x"), library.Input((2,), dtype="int32", name="ids")
    looked_up = library.layers.Flatten()(library.layers.Embedding(5, 2, name="embedding")(ids))
    outputs = library.layers.Dense(3, activation="softmax")(library.layers.Concatenate()([x, looked_up]))
    return library.Model({"x": x, "ids": ids}, outputs)


@pytest.fixture(scope="module", params=[keras, tf_keras], ids=["keras", "tf_keras"])
def model(request):
    return with_ids(request.param)


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])


USES = {
    "explain": lambda explainer, *args: explainer.explain(*args),
    "check": lambda explainer, *args: explainer.check(*args),
    "scores": lambda explainer, *args: explainer.scores(*args),
}
every_use = pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
both_rules = pytest.mark.parametrize("steps", [2, None], ids=["fixed", "adaptive"])


def refused(call, *args):
    """The message of the refusal: one line that no trace of TensorFlow's follows."""
    with pytest.raises(ValueError) as caught:
        call(*args)
    error, message = caught.value, str(caught.value)
    assert "\n" not in message
    assert len(message) < 200
    assert error.__cause__ is None or error.__suppress_context__
    return message


@every_use
@both_rules
def test_an_id_beyond_the_vocabulary_names_its_leaf_example_and_value(model, use, steps):
    explainer = kerasig.Explainer(model, steps=steps)
    said = refused(use, explainer, {"x": X, "ids": BEYOND}, 0)
    assert said == "inputs ids is out of range. Received 5 in example 1. Pass indices from 0 to 4."
    # And what fits works as ever.
    use(explainer, {"x": X, "ids": IDS}, 0)


def test_an_id_beyond_the_vocabulary_is_refused_where_the_embedding_is_explained(model):
    for jit_compile in (False, True):
        explainer = kerasig.Explainer(model, layer="embedding", steps=2, jit_compile=jit_compile)
        said = refused(explainer.explain, {"x": X, "ids": BEYOND}, 0)
        assert said == "inputs ids is out of range. Received 5 in example 1. Pass indices from 0 to 4."
        # Also of a baseline.
        said = refused(
            lambda: explainer.explain(  # noqa: B023
                {"x": X, "ids": IDS}, 0, baselines=kerasig.baselines.AtInputs({"x": X, "ids": BEYOND})
            )
        )
        assert "Received 5 in example 1" in said


@pytest.mark.slow
def test_where_the_lookup_itself_says_nothing_the_index_is_refused_all_the_same(model, classifier):
    # XLA takes the last row, and NaN for a label, as accelerators give zeros.
    explainer = kerasig.Explainer(model, steps=2, jit_compile=True)
    said = refused(explainer.explain, {"x": X, "ids": BEYOND}, 0)
    assert said == "inputs ids is out of range. Received 5 in example 1. Pass indices from 0 to 4."
    np.testing.assert_allclose(
        explainer.explain({"x": X, "ids": IDS}, 0).score,
        kerasig.explain(model, {"x": X, "ids": IDS}, 0, steps=2).score,
        rtol=1e-5,
    )
    loss = kerasig.targets.Loss(CLASSES_FROM_1, "sparse_categorical_crossentropy")
    said = refused(kerasig.Explainer(classifier, steps=2, jit_compile=True).explain, X, loss)
    assert said == "targets.Loss's y is out of range. Received 3 in example 2. Pass indices from 0 to 2."


def test_ids_in_float_inputs_are_refused_by_their_value():
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Embedding(5, 2, name="table"),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    said = refused(kerasig.Explainer(model, layer="table", steps=2).explain, BEYOND.astype("float32"))
    assert said == "inputs is out of range. Received 5.0 in example 1. Pass indices from 0 to 4."


def test_ids_below_what_counts_from_the_end_are_refused_with_the_value_that_was_passed():
    model = with_ids()
    ids = IDS.copy()
    ids[2, 1] = -9  # Keras 3 looks up -4 for it, and the last row for -1.
    said = refused(kerasig.explain, model, {"x": X, "ids": ids}, 0)
    assert said == "inputs ids is out of range. Received -9 in example 2. Pass indices from 0 to 4."


def test_an_index_that_the_model_makes_of_its_inputs_names_what_it_is_made_of():
    table = tf.constant(np.eye(5, dtype="float32"))

    def shifted(inputs):
        return tf.reduce_sum(inputs["x"], axis=1) * tf.reduce_sum(tf.gather(table, inputs["ids"] + 3), axis=[1, 2])

    said = refused(kerasig.explain, shifted, {"x": X, "ids": IDS})
    assert said == "inputs ids leads to an index that is out of range. Received 5. Pass indices from 0 to 4."


def test_an_index_that_nothing_passed_leads_to_is_no_arguments_fault():
    said = refused(kerasig.explain, lambda x: tf.reduce_sum(x, axis=1) * tf.gather([1.0, 2.0], tf.constant(7)), X)
    assert said.startswith("A constant of the model or the target leads to an index that is out of range. Received 7.")


def test_an_id_that_is_looked_up_inside_a_saved_model_is_named_by_its_value(tmp_path):
    model = with_ids()
    model.export(str(tmp_path), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path))
    inputs = {"x": X, "ids": BEYOND, "far": 100 + IDS}

    def score(inputs):
        return loaded.serve({"x": inputs["x"], "ids": inputs["ids"]})[:, 0] * tf.cast(inputs["far"][:, 0], tf.float32)

    said = refused(kerasig.explain, score, inputs)
    assert re.fullmatch(
        "inputs ids is out of range. Received (5 in example 1|9 in example 2). Pass indices from 0 to 4.", said
    )


def test_an_unbuilt_model_that_is_called_for_the_first_time_refuses_ids_as_any_other():
    class Unbuilt(keras.Model):
        def __init__(self):
            super().__init__()
            self.look_up, self.dense = keras.layers.Embedding(5, 2), keras.layers.Dense(1)

        def call(self, inputs):
            return self.dense(keras.ops.mean(self.look_up(inputs["ids"]), axis=1) + inputs["x"][:, :2])

    said = refused(kerasig.explain, Unbuilt(), {"x": X, "ids": BEYOND[::-1].copy()})
    assert said == "inputs ids is out of range. Received 9 in example 0. Pass indices from 0 to 4."


LOSSES = {
    "a name": "sparse_categorical_crossentropy",
    "an object": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "a function": lambda y, outputs: tf.nn.sparse_softmax_cross_entropy_with_logits(tf.cast(y, tf.int32), outputs),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())
def test_labels_that_count_from_1_are_refused_in_a_loss(classifier, loss):
    target = kerasig.targets.Loss(CLASSES_FROM_1, loss)
    said = refused(kerasig.Explainer(classifier, steps=2).explain, X, target)
    assert said == "targets.Loss's y is out of range. Received 3 in example 2. Pass indices from 0 to 2."


TARGETS = {
    "ints": (CLASSES_FROM_1, "target is out of range of the model's output. Received example 2: [3]."),
    "Label": (kerasig.targets.Label(CLASSES_FROM_1), "targets.Label's y is out of range .*Received example 2: [3]."),
    "Output": (kerasig.targets.Output(0, CLASSES_FROM_1), "target is out of range .*Received example 2: [3]."),
    "PerExample": (
        kerasig.targets.PerExample(lambda outputs, y: tf.gather(outputs, y, batch_dims=1), CLASSES_FROM_1),
        "targets.PerExample's data is out of range. Received 3 in example 2. Pass indices from 0 to 2.",
    ),
    "PerExample of several": (
        kerasig.targets.PerExample(
            lambda outputs, rows: rows["w"] * tf.gather(outputs, rows["y"], batch_dims=1),
            {"w": np.ones(3, np.float32), "y": CLASSES_FROM_1},
        ),
        "targets.PerExample's data y is out of range. Received 3 in example 2. Pass indices from 0 to 2.",
    ),
}


@every_use
@pytest.mark.parametrize(("target", "message"), TARGETS.values(), ids=TARGETS.keys())
def test_labels_that_count_from_1_are_refused_in_every_target(classifier, use, target, message):
    start, _, end = message.partition(".*")
    said = refused(use, kerasig.Explainer(classifier, steps=2), X, target)
    assert said.startswith(start)
    assert end in said


@both_libraries
def test_probes_whose_ids_are_beyond_the_vocabulary_are_refused_before_the_training(library, tmp_path):
    model = with_ids(library)
    model.compile("sgd", "sparse_categorical_crossentropy")
    probes = kerasig.ProbeSet({"x": X, "ids": BEYOND}, np.arange(3))
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"inputs ids is out of range\. Received 5 in example 1\."):
        model.fit({"x": X, "ids": IDS}, np.arange(3), verbose=0, callbacks=[kerasig.IGCallback(probes, tmp_path)])
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_loop_of_ones_own_is_told_of_labels_that_count_from_1(classifier, tmp_path):
    callback = kerasig.IGCallback(kerasig.ProbeSet(X, CLASSES_FROM_1), tmp_path, steps=2)
    said = refused(callback.record, classifier, 0)
    assert said.startswith("targets.Label's y is out of range of the model's output. Received example 2: [3].")


def test_a_loss_that_cannot_be_read_for_its_labels_says_so_in_one_sentence(tmp_path):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    callback = kerasig.IGCallback(kerasig.ProbeSet(X, CLASSES_FROM_1, target="predicted"), tmp_path, steps=2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        callback.record(model, 0)
    said = [str(warning.message) for warning in caught if "loss" in str(warning.message)]
    assert len(said) == 1
    assert "labels is out of range. Received 3 in example 2. Pass indices from 0 to 2." in said[0]
    assert np.isnan(callback.history[0]["probes"]["loss"]).all()


FAILING = {
    "a cast": (
        lambda x: tf.cast(tf.strings.as_string(x[:, 0]), tf.float32) + x[:, 0],
        tf.errors.UnimplementedError,
        "Cast string to float is not supported",
    ),
    "Python": (
        lambda x: tf.ensure_shape(tf.numpy_function(lambda rows: rows[:, 9], [x], tf.float32), [None]) + x[:, 0],
        tf.errors.UnknownError,
        "index 9 is out of bounds",
    ),
}


@pytest.mark.parametrize(("model", "kind", "said"), FAILING.values(), ids=FAILING.keys())
def test_what_fails_while_it_runs_for_another_reason_keeps_its_kind_in_one_line(model, kind, said):
    with pytest.raises(kind) as caught:
        kerasig.explain(model, X, lambda outputs: outputs)
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
