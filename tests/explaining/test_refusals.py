"""What cannot be explained, or would be taken for something else, is refused in one sentence that says what fits."""

import re

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras

import kerasig
from kerasig import baselines, targets

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
WEIGHTS = tf.constant(np.random.default_rng(1).normal(size=(4, 2)), tf.float32)


def linear(x):
    return tf.matmul(x, WEIGHTS)


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])


def refused(kind, *args, **options):
    with pytest.raises(kind) as caught:
        kerasig.explain(*args, steps=2, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 700
    assert "Received" in message
    return message


# Models.


@pytest.mark.slow
@pytest.mark.parametrize("library", [keras, tf_keras])
@pytest.mark.parametrize("method", ["predict", "predict_on_batch", "evaluate", "fit"])
def test_a_models_method_that_gives_arrays_is_refused_for_the_model(library, method):
    model = library.Sequential([library.Input((4,)), library.layers.Dense(3)])
    said = refused(TypeError, getattr(model, method), X, 0)
    assert said.startswith(f"model must be the model itself. Received its method {method}")
    # What works on tensors is a callable as any other.
    np.testing.assert_allclose(
        kerasig.explain(model.call, X, 0, steps=2).values, kerasig.explain(model, X, 0, steps=2).values, rtol=1e-5
    )


FOREIGN = {
    "numpy()": lambda x: x.numpy(),
    "a ufunc": lambda x: np.tanh(x),
    "np.asarray": lambda x: np.asarray(x) @ np.ones((4, 2)),
    "a list of it": lambda x: tf.reduce_sum(x, axis=1) * x.numpy().tolist()[0][0],
}


@pytest.mark.parametrize("model", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_function_that_needs_values_is_refused(model):
    said = refused(TypeError, model, X, 0)
    assert said.startswith("model must work on tensors of a graph, by TensorFlow's operations alone")


MAKING = {
    "a variable": lambda x: tf.Variable(2.0) * x,
    "one of its argument": lambda x: tf.Variable(x) * 2.0,
    "one of that by a function": lambda x: tf.Variable(lambda: x + 1.0) * 2.0,
    "one of Keras": lambda x: keras.Variable(2.0) * x,
    "a layer": lambda x: keras.layers.Dense(3)(x),
    "a layer of tf_keras": lambda x: tf_keras.layers.Dense(3)(x),
}


class Making(keras.Model):
    def call(self, x):
        return tf.Variable(2.0) * x


@pytest.mark.parametrize("make", MAKING.values(), ids=MAKING.keys())
def test_a_function_that_makes_variables_is_refused_with_how_they_are_made(classifier, make):
    fits = "Make variables, and layers that have some, once and outside of it"
    first = lambda outputs: make(outputs)[:, 0]  # noqa: E731
    of_two = [
        targets.Loss(np.zeros(3), lambda y, outputs: first(outputs)),
        targets.PerExample(lambda outputs, y: first(outputs), np.zeros(3)),
    ]
    for arguments, name in [
        ((make, X), "model"),
        ((classifier, X, first), "the target's function"),
        ((classifier, X, of_two[0]), "targets.Loss"),
        ((classifier, X, of_two[1]), "targets.PerExample's function"),
    ]:
        said = refused(ValueError, *arguments)
        assert said.startswith(f"{name} must make no variable while it is called. Received ")
        assert fits in said


def test_variables_that_are_made_once_are_no_matter():
    class Lazy(tf.Module):
        weight = None

        def __call__(self, x):
            if self.weight is None:
                self.weight = tf.Variable(tf.ones((4, 2)))
            return tf.matmul(x, self.weight)

    assert "model must make no variable" in refused(ValueError, Making(), X)
    np.testing.assert_allclose(kerasig.explain(Lazy(), X, 0, steps=2).values, X, rtol=1e-6)


@pytest.mark.parametrize("ask", [lambda e, x: e.explain(x), lambda e, x: e.scores(x), lambda e, x: e.check(x)])
def test_a_call_inside_a_graph_is_refused(ask):
    explainer = kerasig.Explainer(lambda x: x[:, 0])
    with pytest.raises(ValueError, match=r"model must be explained eagerly\. Received a call inside a tf\.function"):
        tf.function(lambda x: ask(explainer, x), autograph=False)(X)
    with tf.Graph().as_default(), pytest.raises(ValueError, match="explained eagerly"):
        ask(explainer, X)
    explainer.explain(X)


OF_OTHER_ROWS = {
    "folded": lambda x: tf.reshape(x, (-1, 2)),
    "the first": lambda x: x[:1, 0],
    "one more": lambda x: tf.concat([x, x[:1]], axis=0),
    "one less": lambda x: x[1:],
    "one for all": lambda x: tf.reduce_sum(x, axis=0, keepdims=True),
}


@pytest.mark.parametrize("model", OF_OTHER_ROWS.values(), ids=OF_OTHER_ROWS.keys())
@pytest.mark.parametrize("target", [None, np.zeros(3, int)], ids=["predicted", "classes"])
def test_a_model_that_does_not_keep_the_rows_is_refused(model, target):
    said = refused(ValueError, model, X, target)
    assert said.startswith("model must return one row per example. Received an output of shape (")


BEYOND = {
    "float64": ("float32", np.float64(1e300), "1e\\+300 among them. Pass numbers of at most 3.4e\\+38"),
    "below": ("float32", np.float64(-1e300), "-1e\\+300 among them"),
    "half": ("float16", np.float32(1e6), "1e\\+06 among them. Pass numbers of at most 6.55e\\+04"),
    "ids": ("float16", np.int64(70000), "7e\\+04 among them"),
}


@pytest.mark.parametrize(("dtype", "number", "said"), BEYOND.values(), ids=BEYOND.keys())
def test_numbers_that_would_turn_infinite_in_the_models_dtype_are_refused(dtype, number, said):
    model = keras.Sequential([keras.Input((4,), dtype=dtype), keras.layers.Dense(1)])
    inputs = np.ones((2, 4), number.dtype)
    inputs[1, 2] = number
    message = refused(ValueError, model, inputs)
    assert re.match(f"inputs must be finite in {dtype}, which the model takes. Received {said}", message)


def test_infinite_inputs_stay_as_they_are():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    inputs = np.ones((2, 4))
    inputs[1, 2] = np.inf
    with pytest.warns(UserWarning, match="NaN or infinite for example 1"):
        assert kerasig.explain(model, inputs, steps=2).status[1] == "not finite"


class Sum(keras.layers.Layer):
    """Sums up to three inputs, of which all but the first may be left out."""

    def call(self, first, second=None, third=None):
        given = [each for each in (first, second, third) if each is not None]
        return keras.ops.sum(sum(given), axis=1)


OPTIONAL = {
    "a list": (["a", "b"], [X, None], X, "[x, None]"),
    "one in the middle": (["a", "b", "c"], [X, None, X], [X, X], "[x[0], None, x[1]]"),
    "a tuple": (["a", "b"], (X, None), X, "(x, None)"),
    "a dict": ({"a": 0, "b": 0}, {"a": X, "b": None}, {"a": X}, "{**x, 'b': None}"),
}


@pytest.mark.parametrize(("names", "inputs", "others", "code"), OPTIONAL.values(), ids=OPTIONAL.keys())
def test_an_optional_input_that_is_left_out_is_answered_with_a_function_that_leaves_it_out(names, inputs, others, code):
    symbolic = {name: keras.Input((4,), name=name, optional=name == "b") for name in names}
    outputs = Sum()(*symbolic.values())
    model = keras.Model(symbolic if isinstance(names, dict) else list(symbolic.values()), outputs)
    said = refused(ValueError, model, inputs)
    assert said.startswith(f"inputs {'b' if isinstance(names, dict) else 1} must be an array. Received None")
    assert said.endswith(f"as the model a function that puts None in: lambda x: model({code}).")
    function = eval(f"lambda x: model({code})", {"model": model})
    result = kerasig.explain(function, others, steps=2)
    np.testing.assert_allclose(result.score, model(inputs), rtol=1e-5)
    nested = refused(ValueError, model, {"all": inputs})
    assert nested.endswith("and as the model a function that puts None in.")


def test_an_assertion_of_the_models_own_is_told_in_its_words():
    def asserting(x):
        tf.debugging.assert_less(x, -9.0)
        return x

    assert "on which one of them fails: assertion failed" in refused(ValueError, asserting, X, 0)


def test_an_output_without_any_class_or_of_ragged_rows_is_refused():
    assert "an output of shape (N, 0), which holds none" in refused(ValueError, lambda x: x[:, :0], X, 0)
    ragged = tf.RaggedTensor.from_tensor
    assert "an output that is a RaggedTensor" in refused(ValueError, lambda x: ragged(x), X, 0)
    found = kerasig.explain(lambda x: ragged(x), X, lambda outputs: outputs.to_tensor()[:, 0], steps=2)
    np.testing.assert_allclose(found.values, X * [1, 0, 0, 0], rtol=1e-6)


CONSTANT = {
    "an array": lambda x: np.ones((3, 2), "float32"),
    "a list of numbers": lambda x: [1.0, 2.0],
    "None": lambda x: None,
    "a string": lambda x: "score",
    "an object": lambda x: object(),
}


@pytest.mark.parametrize("model", CONSTANT.values(), ids=CONSTANT.keys())
def test_a_function_that_returns_no_tensor_is_refused(model):
    said = refused(TypeError, model, X, 0)
    assert said.startswith("model must return tensors that TensorFlow computes from its inputs. Received <lambda>")


def test_a_numpy_function_behind_tensorflow_is_refused_for_its_unknown_shape():
    said = refused(ValueError, lambda x: tf.numpy_function(lambda a: a, [x], tf.float32), X, 0)
    assert "an output of shape unknown" in said


class Contextual(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, x, context):
        return self.dense(x * context)


class Teacher(keras.layers.Layer):
    def call(self, x, labels, training=None):
        return x


class Masked(keras.Model):
    def call(self, x, mask):
        return x


class MaskedInOldKeras(tf_keras.Model):
    def call(self, x, mask):
        return x


class Trained(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, x, training, mask=None):
        return self.dense(x)


@pytest.mark.parametrize("model", [Contextual, Teacher, Masked, MaskedInOldKeras])
def test_a_model_that_takes_more_than_its_inputs_is_refused(model):
    for inputs in (X, (X, X), {"x": X, "context": X}):
        said = refused(TypeError, model(), inputs, 0)
        assert said.startswith(
            f"model must be called with its inputs alone. Received {model.__name__}, whose call takes"
        )


@pytest.mark.parametrize("library", [keras, tf_keras])
def test_a_model_without_a_call_is_refused_in_a_sentence(library):
    class Unfinished(library.Model):
        pass

    said = refused(TypeError, Unfinished(), X, 0)
    assert said.startswith("model must say what its outputs are. Received Unfinished, which has no call().")


def test_the_remedy_for_a_model_that_takes_more_than_its_inputs_works():
    model = Contextual()
    model(X, X)
    found = kerasig.explain(lambda inputs: model(inputs["x"], inputs["context"]), {"x": X, "context": X}, 0, steps=8)
    assert found.converged.all()


def test_a_model_that_must_be_told_whether_it_trains_is_told():
    np.testing.assert_array_equal(kerasig.explain(Trained(), X, 0, steps=2).delta.shape, [3])


@pytest.mark.parametrize("model", [lambda x, context: x, lambda: 0, lambda *, x: x], ids=["two", "none", "by name"])
def test_a_function_of_other_arguments_is_refused(model):
    assert refused(TypeError, model, X, 0).startswith(
        "model must be a function of its inputs alone. Received <lambda>("
    )


@pytest.mark.slow
def test_a_saved_model_that_cannot_be_called_is_refused_with_its_functions(classifier, tmp_path):
    classifier.export(str(tmp_path), verbose=False)
    loaded = tf.saved_model.load(str(tmp_path))
    said = refused(TypeError, loaded, X, 0)
    assert said.endswith("Pass one of its functions: serve, signatures['serve'], signatures['serving_default'].")
    found = kerasig.explain(loaded.serve, X, 0, steps=2)
    np.testing.assert_allclose(found.values, kerasig.explain(classifier, X, 0, steps=2).values, rtol=1e-5)
    said = refused(TypeError, str(tmp_path), X, 0)
    assert said.endswith("Pass keras.models.load_model(...) of a path.")


# Inputs.


IMAGES = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")


@pytest.fixture(scope="module")
def convolutional():
    return keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(2, 3), keras.layers.Flatten(), keras.layers.Dense(3)]
    )


def test_one_example_without_its_axis_is_refused_with_the_remedy(classifier, convolutional):
    said = refused(ValueError, classifier, X[0], 0)
    assert said.startswith("inputs must have the shape (N, 4) that the model declares. Received shape (4,).")
    assert said.endswith("Pass inputs[None] for one example.")
    said = refused(ValueError, convolutional, IMAGES[0], 0)
    assert said.endswith("Received shape (8, 8, 3). Pass inputs[None] for one example.")
    assert len(kerasig.explain(convolutional, IMAGES[0][None], 0, steps=2)) == 1


def test_a_shape_that_the_model_does_not_take_is_refused_with_the_one_that_it_declares(convolutional):
    for wrong in (IMAGES[None], IMAGES.transpose(0, 3, 1, 2), IMAGES[:, :7]):
        said = refused(ValueError, convolutional, wrong, 0)
        assert said == (
            f"inputs must have the shape (N, 8, 8, 3) that the model declares. Received shape {wrong.shape}. "
            "Pass shape (N, 8, 8, 3)."
        )


def test_a_list_of_examples_is_refused_with_how_they_become_one_array(classifier, convolutional):
    for model, examples in ((classifier, list(X)), (convolutional, tuple(IMAGES))):
        kind = type(examples).__name__
        said = refused(ValueError, model, examples, 0)
        assert said == (
            f"inputs must be one array, for the model takes one. Received a {kind} of {len(examples)} arrays, the "
            f"first of shape {examples[0].shape}, which is as many inputs. Pass np.stack(inputs) of examples."
        )
        assert len(kerasig.explain(model, np.stack(examples), 0, steps=2)) == len(examples)
    # Lists of what are no examples are refused as before.
    assert "np.stack" not in refused(ValueError, convolutional, [X, X], 0)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3)

    def call(self, x):
        return self.dense(x)


def test_a_model_that_declares_nothing_refuses_in_its_own_words_in_one_sentence():
    built, unbuilt = Subclassed(), Subclassed()
    built(X)
    for model in (built, unbuilt):
        said = refused(ValueError, model, X[0], 0)
        assert said.startswith(
            "inputs must be what the model takes, examples along the first axis (inputs[None] for one"
        )
        assert "expected min_ndim=2, found ndim=1" in said
    said = refused(ValueError, built, X[:, :3], 0)
    assert "expected axis -1 of input shape to have value 4" in said


def test_a_leaf_too_few_is_refused_in_one_sentence():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    model = keras.Model({"a": a, "b": b}, keras.layers.Dense(2)(keras.layers.Add()([a, b])))
    for wrong in ({"a": X}, {"a": X, "c": X}, [X], X):
        assert refused(ValueError, model, wrong, 0).startswith("inputs")


MASKED = np.ma.masked_array(X, X > 1)


def test_masked_arrays_are_refused_wherever_an_array_is_passed(classifier):
    column = np.ma.masked_array([0, 1, 2], [False, True, False])
    hidden = int((X > 1).sum())
    assert f"Received {hidden} masked entries" in refused(ValueError, classifier, MASKED, 0)
    for target in (column, targets.Label(column), targets.Loss(column, "mse"), targets.PerExample(linear_of, column)):
        assert "must not be masked" in refused(ValueError, classifier, X, target)
    for start in (MASKED, baselines.Mean(MASKED)):
        assert "must not be masked" in refused(ValueError, classifier, X, 0, baselines=start)
    with pytest.raises(ValueError, match=r"baselines.Samples must not be masked"):
        baselines.Samples(MASKED)
    with pytest.raises(ValueError, match=r"inputs inputs must not be masked|inputs must not be masked"):
        kerasig.ProbeSet(MASKED)
    with pytest.raises(ValueError, match="labels must not be masked"):
        kerasig.ProbeSet(X, column)
    # One that hides nothing is an array as any other.
    whole = np.ma.masked_array(X, np.zeros_like(X, bool))
    np.testing.assert_array_equal(
        kerasig.explain(classifier, whole, 0, steps=2).values, kerasig.explain(classifier, X, 0, steps=2).values
    )


def linear_of(outputs, data):
    return outputs[:, 0] * tf.cast(data, tf.float32)


def test_floats_longer_than_tensorflows_are_refused(classifier):
    longer = X.astype(np.longdouble)
    if longer.dtype == np.float64:
        pytest.skip("NumPy has no longer floats here")
    assert "Received float128. Pass float64." in refused(ValueError, classifier, longer, 0)
    assert "float128" in refused(ValueError, classifier, X, targets.Loss(longer, "mse"))
    assert "float128" in refused(ValueError, linear, longer, 0)


def test_a_frame_with_columns_that_are_no_numbers_is_refused_with_the_remedy(classifier):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    np.testing.assert_array_equal(
        kerasig.explain(classifier, frame, 0, steps=2).values, kerasig.explain(classifier, X, 0, steps=2).values
    )
    for column, dtype in ((["x", "y", "z"], "str|object"), (pandas.Categorical([1, 2, 1]), "category")):
        said = refused(ValueError, classifier, frame.assign(d=column), 0)
        assert re.match(f"inputs must be columns of numbers, .*Received a DataFrame with 'd' of ({dtype})", said)
        assert "pandas.get_dummies, or pass dict(frame) to a model that takes its columns by name" in said


NO_ARRAYS = {
    "a range": range(3),
    "an iterator": iter([1, 2]),
    "a set": {1.0, 2.0},
    "a dataset": tf.data.Dataset.from_tensors(X),
    "a symbolic tensor": keras.Input((4,)),
    "an object": object(),
    "ragged rows": np.array([[1.0], [2.0, 3.0]], object),
    "numbers and strings": np.array([[1.0, "a"]], object),
    "records": np.zeros(3, [("a", "f4"), ("b", "f4")]),
}


@pytest.mark.parametrize("inputs", NO_ARRAYS.values(), ids=NO_ARRAYS.keys())
def test_what_is_no_array_of_examples_is_refused(classifier, inputs):
    assert refused(ValueError, classifier, inputs, 0).startswith("inputs must")


def test_a_nest_that_holds_itself_is_refused(classifier):
    nest = []
    nest.append(nest)
    assert "Received one that may hold itself" in refused(ValueError, classifier, nest, 0)
    assert "Received one that may hold itself" in refused(ValueError, classifier, X, 0, baselines=nest)


@pytest.mark.parametrize(
    "ids",
    [
        np.array([[2.0**31]], "float32"),
        np.array([[0], [2**40]]),
        np.array([[2**63]], "uint64"),
        np.array([[np.nan]]),
        np.array([[-(2.0**33)]]),
    ],
)
def test_numbers_that_the_declared_dtype_does_not_have_are_refused(ids):
    model = keras.Sequential([keras.Input((1,), dtype="int32"), keras.layers.Embedding(5, 2, name="table")])
    said = refused(ValueError, model, ids, (0, 0), layer="table")
    assert said.startswith("inputs must fit int32, which the model takes. Received values from")


def test_fractions_that_a_model_of_whole_numbers_would_cut_are_refused():
    model = keras.Sequential([keras.Input((1,), dtype="int32"), keras.layers.Embedding(5, 2, name="table")])
    said = refused(ValueError, model, np.array([[3.0], [0.5]]), (0, 0), layer="table")
    assert said.startswith("inputs must be whole numbers, for the model takes int32")
    assert "Received 0.5." in said
    assert kerasig.explain(model, np.array([[3.0], [0.0]]), (0, 0), layer="table").values.shape == (2, 1, 2)


def test_numbers_for_a_model_of_truth_values_are_0_and_1():
    model = keras.Sequential(
        [keras.Input((2,), dtype="bool"), keras.layers.Lambda(lambda x: keras.ops.cast(x, "float32"))]
    )
    model.add(keras.layers.Dense(2, name="dense"))
    said = refused(ValueError, model, np.array([[0.5, 0.0]]), 0, layer="dense")
    assert said.startswith("inputs must be True or False, or 0 and 1, for the model takes bool. Received 0.5.")
    assert kerasig.explain(model, np.array([[1.0, 0.0]]), 0, layer="dense").values.shape == (1, 2)


# Targets, labels, baselines.


def test_labels_of_uint64_do_not_turn_negative(classifier):
    wrapped = np.array([0, 1, 2**64 - 1], np.uint64)
    assert "Received 18446744073709551615" in refused(ValueError, classifier, X, wrapped)
    assert "Received 18446744073709551615" in refused(ValueError, classifier, X, targets.Label(wrapped))
    with pytest.raises(ValueError, match=r"labels must be class indices.*Received 18446744073709551615"):
        kerasig.ProbeSet(X, wrapped)
    whole = wrapped % 3
    np.testing.assert_array_equal(kerasig.explain(classifier, X, whole, steps=2).target, [0, 1, 0])
    assert kerasig.ProbeSet(X, whole).class_labels.tolist() == [0, 1, 0]


ARITIES = {
    "a target of outputs and labels": (
        {"target": lambda outputs, labels: outputs[:, 0]},
        "target must be a function of",
    ),
    "a target of nothing": ({"target": lambda: 0}, "target must be a function of the outputs. Received <lambda>()"),
    "a loss as target": ({"target": keras.losses.mean_squared_error}, "target must be a function of the outputs"),
    "rows that are not taken": (
        {"target": targets.PerExample(lambda outputs: outputs[:, 0], np.arange(3))},
        "targets.PerExample's fn must be a function of the outputs and the data. Received <lambda>(outputs)",
    ),
    "no function": ({"target": targets.PerExample("mse", np.arange(3))}, "targets.PerExample's fn must be a function"),
    "baselines of two": (
        {"baselines": lambda x, y: x},
        "baselines must be a function of the inputs. Received <lambda>(x",
    ),
    "baselines of a class": ({"baselines": baselines.Noise}, "baselines must not be a class"),
}


@pytest.mark.parametrize(("options", "start"), ARITIES.values(), ids=ARITIES.keys())
def test_functions_of_other_arguments_are_refused(classifier, options, start):
    assert refused(TypeError, classifier, X, **options).startswith(start)


FAILING = {
    "an index": (lambda outputs: outputs[:, 7], ValueError, "slice index 7 of dimension 1 out of bounds"),
    "a key": (lambda outputs: {}["main"], ValueError, "main"),
    "NumPy": (lambda outputs: np.asarray(outputs)[:, 0], TypeError, "Cannot convert a symbolic"),
    "an attribute": (lambda outputs: outputs.logits[:, 0], TypeError, "has no attribute 'logits'"),
    "shapes": (lambda outputs: tf.matmul(outputs, tf.ones((7, 1)))[:, 0], ValueError, "Dimensions must be equal"),
}


@pytest.mark.parametrize(("target", "kind", "reason"), FAILING.values(), ids=FAILING.keys())
def test_a_target_that_fails_on_the_outputs_says_their_shape(classifier, target, kind, reason):
    said = refused(kind, classifier, X, target)
    assert said.startswith("the target's function must take the model's outputs. Received outputs of shape (N, 3)")
    assert reason in said


@pytest.mark.parametrize("seed", [None, "a", 1.0, True, [1], np.float32(1), np.random.default_rng(0)])
@pytest.mark.parametrize("made", [lambda seed: baselines.Noise(1.0, seed), lambda seed: baselines.Samples(X, 2, seed)])
def test_seeds_that_are_no_seeds_are_refused_where_they_are_passed(made, seed):
    with pytest.raises(TypeError, match=r"seed must be an int\. Received"):
        made(seed)
    with pytest.raises(ValueError, match=r"seed must not be negative\. Received seed=-1"):
        made(-1)
    made(np.uint64(2**64 - 1))
    made(2**100)
