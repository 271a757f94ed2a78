"""Every kind of target picks the scalar it names, and what picks none is refused with what would."""

import re
from collections import namedtuple

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig._explaining.targets import resolve
from kerasig._models import adapt
from kerasig.targets import Label, Loss, Output, PerExample

N, F, C = 4, 5, 3
INPUTS = np.random.default_rng(0).normal(size=(N, F)).astype("float32")
CLASSES = np.array([2, 0, 1, 2])


def scored(model, target):
    """The explained score at the inputs."""
    return kerasig.explain(model, INPUTS, target).score


def assert_close(found, expected):
    """Float32 outputs of size 1, computed in microbatches of other shapes."""
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def built(library, outputs):
    """A model of F inputs, and for each of `outputs` a layer after one hidden layer."""
    inputs = library.Input((F,))
    hidden = library.layers.Dense(6, activation="tanh", name="hidden")(inputs)
    return library.Model(inputs, outputs(library, hidden))


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return built(keras, lambda library, hidden: library.layers.Dense(C, activation="softmax")(hidden))


@pytest.fixture(scope="module")
def sequence():
    """Outputs [N, 2, C]."""
    keras.utils.set_random_seed(1)
    layers = keras.layers
    return built(keras, lambda library, hidden: layers.Reshape((2, C))(layers.Dense(2 * C)(hidden)))


@pytest.fixture(scope="module", params=[keras, tf_keras], ids=["keras", "tf_keras"])
def two_outputs(request):
    keras.utils.set_random_seed(2)

    def outputs(library, hidden):
        return [library.layers.Dense(C, name="kind")(hidden), library.layers.Dense(1, name="size")(hidden)]

    return built(request.param, outputs)


@pytest.mark.parametrize(
    "target",
    [CLASSES, CLASSES[:, None], CLASSES.tolist(), CLASSES.astype("uint8"), tf.constant(CLASSES)],
    ids=["(N,)", "(N, 1)", "list", "uint8", "tensor"],
)
def test_one_class_per_example(classifier, target):
    expected = classifier(INPUTS).numpy()[np.arange(N), CLASSES]
    assert_close(scored(classifier, target), expected)


@pytest.mark.parametrize("target", [1, np.int64(1), np.array(1)])
def test_one_class_for_all(classifier, target):
    assert_close(scored(classifier, target), classifier(INPUTS)[:, 1])


def test_none_is_the_predicted_class_and_the_result_names_it(classifier):
    result = kerasig.explain(classifier, INPUTS)
    outputs = classifier(INPUTS).numpy()
    np.testing.assert_array_equal(result.target, outputs.argmax(axis=1))
    assert_close(result.score, outputs.max(axis=1))


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)], ids=["(N,)", "(N, 1)"])
def test_none_and_class_0_are_the_value_itself_of_single_outputs(shape):
    def model(x):
        return tf.reshape(tf.reduce_sum(x**2, axis=1), shape)

    for target in (None, 0):
        assert_close(scored(model, target), (INPUTS**2).sum(axis=1))
    assert kerasig.explain(model, INPUTS).target is None
    with pytest.raises(ValueError, match=r"out of range.*target=None for outputs \(N, 1\)"):
        scored(model, 1)


def test_a_tuple_indexes_the_axes_after_the_first(sequence):
    outputs = sequence(INPUTS).numpy()
    assert_close(scored(sequence, (1, 2)), outputs[:, 1, 2])
    times = np.array([0, 1, 1, 0])
    assert_close(scored(sequence, (times, CLASSES)), outputs[np.arange(N), times, CLASSES])
    assert_close(scored(sequence, (times, 1)), outputs[np.arange(N), times, 1])
    recorded = kerasig.explain(sequence, INPUTS, (times, 1)).target
    np.testing.assert_array_equal(recorded, (times, np.ones(N)))


def test_a_callable_sees_the_outputs(classifier):
    found = scored(classifier, lambda outputs: outputs[:, 0] - outputs[:, 1])
    outputs = classifier(INPUTS).numpy()
    assert_close(found, outputs[:, 0] - outputs[:, 1])


def test_output_is_named_by_its_layer_or_its_position(two_outputs):
    kind, size = (np.asarray(part) for part in two_outputs(INPUTS))
    assert_close(scored(two_outputs, Output("kind", 1)), kind[:, 1])
    assert_close(scored(two_outputs, Output("kind", CLASSES)), kind[np.arange(N), CLASSES])
    assert_close(scored(two_outputs, Output("kind")), kind.max(axis=1))
    assert_close(scored(two_outputs, Output("size")), size[:, 0])
    assert_close(scored(two_outputs, Output(1)), size[:, 0])
    squared = Output("size", lambda output: output[:, 0] ** 2)
    assert_close(scored(two_outputs, squared), size[:, 0] ** 2)
    result = kerasig.explain(two_outputs, INPUTS, Output("kind"))
    np.testing.assert_array_equal(result.target["target"], kind.argmax(axis=1))
    assert result.target["output"] == "kind"


@pytest.mark.parametrize("target", [None, 0, Label(CLASSES), Loss(CLASSES, "sparse_categorical_crossentropy")])
def test_a_target_of_one_output_has_the_names_of_all(two_outputs, target):
    with pytest.raises(ValueError, match=r"^The model has 2 outputs \(kind, size\), so target must say which"):
        scored(two_outputs, target)


def test_output_of_a_model_that_returns_a_dict_is_named_by_its_key():
    def model(x):
        return {"sum": tf.reduce_sum(x, axis=1), "pair": [x[:, :2], x[:, 2:]]}

    assert_close(scored(model, Output("sum")), INPUTS.sum(axis=1))
    assert_close(scored(model, Output("pair/1", 0)), INPUTS[:, 2])


def test_output_of_a_model_that_returns_a_named_tuple_is_named_by_its_field():
    pair = namedtuple("pair", ["left", "right"])

    def model(x):
        return pair(x[:, :2], {"deep": pair(x[:, 2:], x[:, :1])})

    assert_close(scored(model, Output("left", 0)), INPUTS[:, 0])
    assert_close(scored(model, Output("right", Output("deep", Output("left", 0)))), INPUTS[:, 2])
    assert_close(scored(model, Output("right/deep/left", 0)), INPUTS[:, 2])
    # As places in tuples are called.
    assert_close(scored(model, Output("1/deep/0", 0)), INPUTS[:, 2])
    assert_close(scored(model, Output(0, 0)), INPUTS[:, 0])
    with pytest.raises(ValueError, match="Pass one of 'left', 'right/deep/left', 'right/deep/right' or a position"):
        scored(model, Output("middle"))
    with pytest.raises(ValueError, match=r"3 outputs \(left, right/deep/left, right/deep/right\)"):
        scored(model, 0)


def nested_model():
    inputs = keras.Input((INPUTS.shape[1],))
    parts = [keras.layers.Dense(size, name=f"dense_{name}")(inputs) for name, size in (("a", 2), ("c", 3), ("d", 1))]
    return keras.Model(inputs, {"a": parts[0], "b": {"c": parts[1], "d": parts[2]}})


def test_outputs_in_nested_dicts_are_listed_by_the_paths_of_keys_that_pick_them():
    model = nested_model()
    for target, said in (
        (0, "The model has 3 outputs (a, b/c, b/d), so target must say which"),
        (Output("b", 0), "The model's output 'b' has 2 outputs (b/c, b/d), so target must say which"),
        (Output("c", 0), "names no output of the model. Received 'c'. Pass one of 'a', 'b/c', 'b/d' or a position"),
    ):
        with pytest.raises(ValueError, match=re.escape(said)):
            scored(model, target)
    for name in ("b/c", "dense_c", 1):
        assert_close(scored(model, Output(name, 2)), np.asarray(model(INPUTS)["b"]["c"])[:, 2])
    # A part of a part is told by the whole path.
    deeper = lambda x: {"outer": model(x)}  # noqa: E731
    with pytest.raises(ValueError, match=r"'outer/b' has 2 outputs \(outer/b/c, outer/b/d\)"):
        scored(deeper, Output("outer", Output("b", 0)))
    assert_close(scored(deeper, Output("outer/b/c", 2)), np.asarray(model(INPUTS)["b"]["c"])[:, 2])


def test_several_outputs_without_a_name_are_refused_with_the_names(two_outputs):
    with pytest.raises(ValueError, match=r"2 outputs \(kind, size\).*Pass kerasig\.targets\.Output\(name, target\)"):
        scored(two_outputs, 0)
    with pytest.raises(ValueError, match=r"no output of the model\. Received 'age'\. Pass one of 'kind', 'size'"):
        scored(two_outputs, Output("age"))
    with pytest.raises(ValueError, match="position from 0 to 1"):
        scored(two_outputs, Output(2))


def crossentropy(outputs, classes):
    return -np.log(outputs[np.arange(N), classes])


@pytest.mark.parametrize(
    ("y", "loss", "expected"),
    [
        (CLASSES, "sparse_categorical_crossentropy", crossentropy),
        (CLASSES[:, None], keras.losses.SparseCategoricalCrossentropy(), crossentropy),
        (np.eye(C)[CLASSES], keras.losses.CategoricalCrossentropy(), crossentropy),
        (np.eye(C)[CLASSES], "mse", lambda outputs, y: ((outputs - np.eye(C)[y]) ** 2).mean(axis=1)),
        (np.eye(C)[CLASSES], lambda y, p: tf.abs(tf.cast(y, p.dtype) - p), None),
    ],
    ids=["name", "object", "one-hot", "mse", "function that keeps positions"],
)
def test_loss_is_the_loss_of_each_example_as_numpy_computes_it(classifier, y, loss, expected):
    outputs = np.asarray(classifier(INPUTS), "float64")
    by_hand = np.abs(outputs - y).mean(axis=1) if expected is None else expected(outputs, CLASSES)
    assert_close(scored(classifier, Loss(y, loss)), by_hand)


def test_loss_of_a_tf_keras_model_and_of_one_output(two_outputs):
    sizes = np.linspace(-1, 1, N).astype("float32")
    found = scored(two_outputs, Output("size", Loss(sizes[:, None], "mae")))
    assert_close(found, np.abs(np.asarray(two_outputs(INPUTS)[1])[:, 0] - sizes))


def test_loss_of_several_outputs_together_is_a_function(two_outputs):
    labels = [np.eye(C, dtype="float32")[CLASSES], np.linspace(-1, 1, N).astype("float32")[:, None]]
    found = scored(two_outputs, Loss(labels, lambda y, p: tf.reduce_sum((p[0] - y[0]) ** 2, -1) + (p[1] - y[1])[:, 0]))
    kind, size = (np.asarray(part) for part in two_outputs(INPUTS))
    assert_close(found, ((kind - labels[0]) ** 2).sum(-1) + (size - labels[1])[:, 0])
    for loss in ("mse", keras.losses.MeanSquaredError()):
        with pytest.raises(
            ValueError, match=r"y must be one array for a loss of Keras\. Received \[\*, \*\] for .*Output\("
        ):
            scored(two_outputs, Loss(labels, loss))


def test_loss_values_explain_what_raises_the_loss(classifier):
    result = kerasig.explain(classifier, INPUTS, Loss(CLASSES, "sparse_categorical_crossentropy"), steps=64)
    change = crossentropy(np.asarray(classifier(INPUTS)), CLASSES)
    change = change - crossentropy(np.asarray(classifier(0 * INPUTS)), CLASSES)
    np.testing.assert_allclose(result.values.sum(axis=1), change, rtol=1e-3)
    assert result.target == "Loss(sparse_categorical_crossentropy)"


def test_per_example_calls_the_function_with_each_microbatchs_rows(classifier):
    data = {"weight": np.arange(N, dtype="float32"), "class": CLASSES}

    def score(outputs, rows):
        return rows["weight"] * tf.gather(outputs, rows["class"], batch_dims=1)

    expected = np.arange(N) * classifier(INPUTS).numpy()[np.arange(N), CLASSES]
    for batch_size in (None, 3):
        result = kerasig.explain(classifier, INPUTS, PerExample(score, data), steps=2, batch_size=batch_size)
        assert_close(result.score, expected)


@pytest.mark.parametrize(
    ("target", "error", "message"),
    [
        (C, ValueError, r"out of range.*example 0: \[3\].*0 to C - 1"),
        (np.array([0, 1, 2, 3]), ValueError, r"Received example 3: \[3\]"),
        (-1, ValueError, r"must not be negative\. Received -1"),
        (2**40, ValueError, r"out of range.*Received 1099511627776"),
        ([0, 1], ValueError, r"one index for each of the 4 examples\. Received shape \(2,\)"),
        (np.eye(C, dtype=int)[CLASSES], ValueError, r"Received shape \(4, 3\).*one-hot labels pass np\.argmax"),
        (np.eye(C, dtype="float32")[CLASSES], TypeError, r"dtype float32, shape \(4, 3\).*one-hot.*np\.argmax"),
        (1.0, TypeError, r"None, an int, ints of shape \(N,\)"),
        (True, TypeError, "dtype bool"),
        ("cat", TypeError, "Received target of type str"),
        ([[0], [1, 2], [0], [0]], TypeError, "Received target of type list"),
        ((), ValueError, "empty tuple"),
        ((0, 1), ValueError, r"2 indices.*output of shape \(N, 3\).*list or array of one class for each example"),
        (
            (0, "a"),
            TypeError,
            r"target\[1\] must be an int, or ints.*Received target\[1\] of type str",
        ),
        ((None, 1), TypeError, r"target\[0\] must be an int, or ints of shape \(N,\)\. Received None\."),
        (Label(None), TypeError, r"Label's y must be an int, or ints of shape \(N,\)\. Received None\."),
        (lambda outputs: outputs, ValueError, r"one scalar per example, shape \(N,\)\. Received shape \(N, 3\)"),
        (lambda outputs: tf.reduce_sum(outputs), ValueError, r"Received shape \(\)"),
        (lambda outputs: tf.reduce_sum(outputs, axis=0), ValueError, "one scalar per example"),
        (
            lambda outputs: tf.reshape(outputs, [-1]),
            ValueError,
            r"one scalar per example\. Received \d+ for the \d+ rows",
        ),
        (lambda outputs: tf.argmax(outputs, axis=1), ValueError, "must be floating.*int64"),
        (PerExample(lambda outputs, rows: outputs, CLASSES), ValueError, r"PerExample's function must return one"),
        (PerExample(lambda outputs, rows: outputs[:, 0], CLASSES[:2]), ValueError, r"PerExample's data.*shape \(2,\)"),
        (Loss(CLASSES[:2], "mse"), ValueError, r"Loss's y must have one row for each of the 4.*shape \(2,\)"),
        (Loss([0, 1, 2, 2], "mse"), ValueError, r"shape \(\).*pass np\.asarray"),
        (Loss(CLASSES, "mse"), ValueError, r"Loss's y must have the shape of the outputs.*\(4,\) for.*\(4, \d\)"),
        (Loss(CLASSES, keras.losses.Huber()), ValueError, r"Loss's y must have the shape of the outputs"),
        (Loss(CLASSES % 2, "binary_crossentropy"), ValueError, r"Loss's y must have the shape of the outputs"),
        (Loss(CLASSES, lambda y, p: tf.reduce_sum(p)), ValueError, "one loss per example"),
        (Loss(CLASSES, 3), TypeError, "loss must be a name, a Keras loss object or a function"),
        (Loss(CLASSES, "no_such_loss"), ValueError, "no_such_loss"),
    ],
)
def test_what_picks_no_scalar_is_refused_with_what_would(classifier, target, error, message):
    with pytest.raises(error, match=message):
        scored(classifier, target)


def test_outputs_of_more_axes_ask_for_a_tuple(sequence):
    for target in (None, 1):
        with pytest.raises(ValueError, match=r"output of shape \(N, 2, 3\)\. Pass a tuple"):
            scored(sequence, target)
    with pytest.raises(ValueError, match=r"out of range.*\[2, 0\]"):
        scored(sequence, (2, 0))


def test_integer_outputs_are_refused():
    with pytest.raises(ValueError, match=r"must be floating.*int32"):
        scored(lambda x: tf.cast(x, tf.int32), 0)


def test_targets_of_one_kind_share_a_key_and_keep_no_data():
    def fn(outputs, rows):
        return outputs[:, 0]

    model = adapt(lambda x: x)
    pairs = [
        (resolve(None, N, model), resolve(CLASSES, N, model)),
        (resolve(0, N, model), resolve(CLASSES, N, model)),
        (resolve((0, 1), N, model), resolve((CLASSES, 2), N, model)),
        (resolve(PerExample(fn, CLASSES), N, model), resolve(PerExample(fn, 2 * CLASSES), N, model)),
        (resolve(Loss(CLASSES, fn), N, model), resolve(Loss(0 * CLASSES, fn), N, model)),
        (resolve(Output("a", 1), N, model), resolve(Output("a", CLASSES), N, model)),
    ]
    for first, second in pairs:
        assert first.key == second.key
        cells = [cell.cell_contents for cell in first.select.__closure__ or ()]
        assert not any(isinstance(item, np.ndarray | Loss | PerExample) for item in cells)
    assert resolve(0, N, model).key != resolve((0, 0), N, model).key
    assert resolve(Output("a", 1), N, model).key != resolve(Output("b", 1), N, model).key


def test_a_target_without_a_hash_is_taken():
    class Unhashable:
        __hash__ = None

        def __call__(self, outputs):
            return outputs[:, 0] - outputs[:, 1]

    assert_close(scored(lambda x: x, Unhashable()), INPUTS[:, 0] - INPUTS[:, 1])
